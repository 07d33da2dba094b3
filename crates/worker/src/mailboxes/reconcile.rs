//! What a mailbox holds, compared with what is recorded of it; and fetching what is not.

use throughline_app::mail_settings::{self, MailInbox};
use throughline_app::mailboxes::{self, FolderKey};
use throughline_app::{App, AppError};
use throughline_core::id::InboxId;
use throughline_ingest::email::imap::{Connection, ImapError, encode_name, listing};

use super::recorder::message_of;
use super::trouble::Trouble;
use super::{after_in, folders_of};
use crate::access::MailAccess;

/// So many missing messages are listed by their UIDs.
const MOST_LISTED: usize = 1_000;

/// What was found of one folder, or why nothing could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report<T> {
    /// The folder.
    pub folder: String,
    /// What was found; or what stands in the way, in words for an admin.
    pub found: Result<T, String>,
}

/// A folder compared with what is recorded of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderCheck {
    /// The UIDVALIDITY under which its UIDs have their meaning at present.
    pub uid_validity: u32,
    /// How many messages are in it.
    pub in_mailbox: usize,
    /// How many of these are recorded.
    pub recorded: usize,
    /// The UIDs of those that are not, ascending; the first 1,000.
    pub missing: Vec<u32>,
}

/// What became of fetching what was missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderFetch {
    /// How many messages are recorded now that were not.
    pub fetched: usize,
    /// How many of these are new to the ledger; the others had come another way.
    pub fresh: usize,
    /// The UIDs that do not come, with the reason.
    pub failed: Vec<(u32, String)>,
}

/// Compares each folder of an inbox with what is recorded of it. Nothing is changed anywhere.
pub async fn reconcile(
    access: &MailAccess,
    app: &App,
    inbox: InboxId,
) -> Result<Vec<Report<FolderCheck>>, AppError> {
    let inbox = set_up(app, inbox).await?;
    let mut reports = Vec::new();
    for folder in folders_of(&inbox) {
        let visit = Visit { access, app, inbox: &inbox, folder: &folder };
        let found = visit.check().await.map_err(|trouble| trouble.to_string());
        let shortened = |(mut check, _): (FolderCheck, Connection)| {
            check.missing.truncate(MOST_LISTED);
            check
        };
        reports.push(Report { found: found.map(shortened), folder });
    }
    Ok(reports)
}

/// Fetches and records what each folder of an inbox holds and we do not. A message that cannot be
/// fetched keeps none of the others.
pub async fn fetch_missing(
    access: &MailAccess,
    app: &App,
    inbox: InboxId,
) -> Result<Vec<Report<FolderFetch>>, AppError> {
    let inbox = set_up(app, inbox).await?;
    let mut reports = Vec::new();
    for folder in folders_of(&inbox) {
        let visit = Visit { access, app, inbox: &inbox, folder: &folder };
        let found = visit.fetch_missing().await.map_err(|trouble| trouble.to_string());
        reports.push(Report { found, folder });
    }
    Ok(reports)
}

async fn set_up(app: &App, inbox: InboxId) -> Result<MailInbox, AppError> {
    let loaded = mail_settings::load(app, inbox).await?;
    loaded.ok_or_else(|| AppError::not_found("inbox with a set-up for mail"))
}

/// One visit to a folder.
struct Visit<'a> {
    access: &'a MailAccess,
    app: &'a App,
    inbox: &'a MailInbox,
    folder: &'a str,
}

impl Visit<'_> {
    fn key(&self) -> FolderKey {
        FolderKey { inbox: self.inbox.inbox.id, folder: self.folder.to_owned() }
    }

    async fn open(&self) -> Result<Connection, Trouble> {
        let (server, login) = self.access.incoming(self.inbox).await.map_err(Trouble::Setup)?;
        Ok(Connection::open(&server, &login).await?)
    }

    /// Compares; all that is missing is listed, and the connection has the folder open.
    async fn check(&self) -> Result<(FolderCheck, Connection), Trouble> {
        let mut connection = self.open().await?;
        let (opened, there) = listing(&mut connection, &encode_name(self.folder)).await?;
        let uid_validity = opened.uid_validity;
        let recorded =
            mailboxes::recorded_among(self.app, &self.key(), uid_validity, &there).await?;
        let (in_mailbox, count) = (there.len(), recorded.len());
        let is_missing = |uid: &u32| recorded.binary_search(uid).is_err();
        let missing = there.into_iter().filter(is_missing).collect();
        let check = FolderCheck { uid_validity, in_mailbox, recorded: count, missing };
        Ok((check, connection))
    }

    async fn fetch_missing(&self) -> Result<FolderFetch, Trouble> {
        let (check, mut connection) = self.check().await?;
        let mut result = FolderFetch::default();
        for some in connection.portions(&check.missing).await? {
            match self.take(&mut connection, &some, &mut result).await {
                Ok(()) => {}
                Err(Trouble::Imap(_)) => {
                    connection = self.take_each(check.uid_validity, &some, &mut result).await?;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(result)
    }

    /// Fetches and records messages one by one, with a fresh connection after each that fails.
    async fn take_each(
        &self,
        uid_validity: u32,
        uids: &[u32],
        result: &mut FolderFetch,
    ) -> Result<Connection, Trouble> {
        let mut connection = self.open_at(uid_validity).await?;
        for &uid in uids {
            match self.take(&mut connection, &[uid], result).await {
                Ok(()) => {}
                Err(Trouble::Imap(error)) => {
                    result.failed.push((uid, error.to_string()));
                    connection = self.open_at(uid_validity).await?;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(connection)
    }

    /// A fresh connection with the folder open under the same UIDVALIDITY.
    async fn open_at(&self, uid_validity: u32) -> Result<Connection, Trouble> {
        let mut connection = self.open().await?;
        let opened = connection.examine(&encode_name(self.folder)).await?;
        if opened.uid_validity == uid_validity {
            return Ok(connection);
        }
        Err(Trouble::Setup("the folder began anew meanwhile: try again".to_owned()))
    }

    /// Fetches messages and records what comes.
    async fn take(
        &self,
        connection: &mut Connection,
        uids: &[u32],
        result: &mut FolderFetch,
    ) -> Result<(), Trouble> {
        let got = connection.fetch(uids).await?;
        let messages: Vec<_> = got.messages.into_iter().map(message_of).collect();
        let after = after_in(self.inbox.settings.incoming.as_ref(), self.folder);
        let recorded = mailboxes::record_missing(self.app, &self.key(), after, messages).await?;
        result.fetched += recorded.len();
        result.fresh += recorded.iter().filter(|recorded| recorded.fresh).count();
        let folder = self.folder.to_owned();
        let words = |uid: u32| ImapError::Missing { folder: folder.clone(), uid }.to_string();
        result.failed.extend(got.missing.into_iter().map(|uid| (uid, words(uid))));
        Ok(())
    }
}
