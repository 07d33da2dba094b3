//! A signed-in connection: the one way commands are run, and the commands that only look.

use std::collections::HashSet;

use async_imap::Session;
use async_imap::imap_proto::{Capability, MailboxDatum, RequestId, Response, ResponseCode, Status};

use super::error::ImapError;
use super::names::{FolderName, quoted};
use super::server::Limits;
use super::sets::set_of;
use super::wire::Wire;

/// A signed-in connection to one mailbox. It is given up with the first failure, and also when a call
/// is dropped before it ends: every later call then answers [`ImapError::GivenUp`].
#[derive(Debug)]
pub struct Connection {
    /// Taken out while a command runs and put back when its tagged OK has come.
    session: Option<Session<Wire>>,
    pub(super) limits: Limits,
    capabilities: HashSet<String>,
    pub(super) folder: Option<Opened>,
    /// Why the server is going away, once it has said so (BYE).
    parting: String,
}

/// What is known of the open folder.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    pub(super) name: String,
    pub(super) uid_validity: u32,
    exists: u32,
    /// A message arrived since it was opened or since the last IDLE.
    pub(super) changed: bool,
}

/// A folder as the server described it when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folder {
    /// When this changes, all UIDs of the folder mean other messages (RFC 3501, section 2.3.1.1).
    pub uid_validity: u32,
    /// The least UID that the next message will get; old servers do not say.
    pub uid_next: Option<u32>,
    /// How many messages there are.
    pub exists: u32,
}

impl Connection {
    pub(super) fn over(session: Session<Wire>, limits: Limits) -> Self {
        let (capabilities, parting) = (HashSet::new(), String::new());
        Self { session: Some(session), limits, capabilities, folder: None, parting }
    }

    /// What the server offers, in capitals, as asked after signing in.
    pub fn capabilities(&self) -> &HashSet<String> {
        &self.capabilities
    }

    /// Whether the server offers an extension, named in capitals.
    pub fn offers(&self, name: &str) -> bool {
        self.capabilities.contains(name)
    }

    /// Opens a folder (its name as the server lists it) for reading: nothing in it changes.
    pub async fn examine(&mut self, folder: &str) -> Result<Folder, ImapError> {
        self.open_folder("EXAMINE", folder).await
    }

    /// Opens a folder (its name as the server lists it) for changes.
    pub async fn select(&mut self, folder: &str) -> Result<Folder, ImapError> {
        self.open_folder("SELECT", folder).await
    }

    async fn open_folder(&mut self, verb: &str, name: &str) -> Result<Folder, ImapError> {
        let command = format!("{verb} {}", quoted(name)?);
        let (mut validity, mut uid_next, mut exists) = (None, None, 0);
        self.folder = None;
        self.run(&command, "open the folder", |response| match response {
            Response::MailboxData(MailboxDatum::Exists(n)) => exists = *n,
            Response::Data { outcome, .. } | Response::Done { outcome, .. } => match outcome.code {
                Some(ResponseCode::UidValidity(n)) => validity = Some(n),
                Some(ResponseCode::UidNext(n)) => uid_next = Some(n),
                _ => {}
            },
            _ => {}
        })
        .await?;
        let Some(uid_validity) = validity else {
            self.session = None;
            return Err(ImapError::NoUidValidity { folder: name.to_owned() });
        };
        self.folder = Some(Opened { name: name.to_owned(), uid_validity, exists, changed: false });
        Ok(Folder { uid_validity, uid_next, exists })
    }

    /// The UIDs of the open folder from `from` to `to` inclusive, ascending; without `to` to the end.
    /// The caller asks in windows: the parser takes long over very long answers.
    pub async fn uids(&mut self, from: u32, to: Option<u32>) -> Result<Vec<u32>, ImapError> {
        let last = to.map_or_else(|| "*".to_owned(), |uid| uid.to_string());
        let command = format!("UID SEARCH UID {from}:{last}");
        let mut found = self.search(&command).await?;
        // `7:*` means the last message even when its UID is less (RFC 3501, section 6.4.8).
        found.retain(|uid| (from..=to.unwrap_or(u32::MAX)).contains(uid));
        Ok(found)
    }

    /// Which of these messages of the open folder are still there, ascending.
    pub(super) async fn still_there(&mut self, uids: &[u32]) -> Result<Vec<u32>, ImapError> {
        let mut found = self.search(&format!("UID SEARCH UID {}", set_of(uids))).await?;
        found.retain(|uid| uids.contains(uid));
        Ok(found)
    }

    async fn search(&mut self, command: &str) -> Result<Vec<u32>, ImapError> {
        let mut found = Vec::new();
        self.run(command, "list the messages", |response| {
            if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                found.extend_from_slice(uids);
            }
        })
        .await?;
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// All folders of the mailbox.
    pub async fn list(&mut self) -> Result<Vec<FolderName>, ImapError> {
        let mut folders = Vec::new();
        self.run("LIST \"\" \"*\"", "list the folders", |response| {
            if let Response::MailboxData(MailboxDatum::List(entry)) = response {
                folders.push(FolderName::of(entry));
            }
        })
        .await?;
        Ok(folders)
    }

    /// Takes leave. The connection is gone afterwards, whatever the server says.
    pub async fn logout(mut self) -> Result<(), ImapError> {
        self.run("LOGOUT", "take leave", |_| {}).await
    }

    pub(super) async fn ask_capabilities(&mut self) -> Result<(), ImapError> {
        let mut found = HashSet::new();
        self.run("CAPABILITY", "ask what the server offers", |response| {
            if let Response::Capabilities(list) = response {
                found.extend(list.iter().map(capability_name));
            }
        })
        .await?;
        self.capabilities = found;
        Ok(())
    }

    /// Runs one command to its tagged OK. Every response on the way goes to `each`, the tagged one
    /// too. Anything but the tagged OK gives the connection up.
    pub(super) async fn run(
        &mut self,
        command: &str,
        doing: &str,
        mut each: impl FnMut(&Response<'_>) + Send,
    ) -> Result<(), ImapError> {
        let mut session = self.take()?;
        let id = send(&mut session, command, doing).await?;
        loop {
            let judge = |response: &Response<'_>| {
                let done = ended(response, &id, doing)?;
                each(response);
                Ok::<bool, ImapError>(done)
            };
            if self.hear(&mut session, doing, judge).await?? {
                self.session = Some(session);
                return Ok(());
            }
        }
    }

    /// Reads the next response and gives what `judge` makes of it. The end of the stream is an error,
    /// with the server's parting words.
    pub(super) async fn hear<R>(
        &mut self,
        session: &mut Session<Wire>,
        doing: &str,
        judge: impl FnOnce(&Response<'_>) -> R,
    ) -> Result<R, ImapError> {
        match session.read_response().await {
            Ok(Some(answer)) => {
                self.note(answer.parsed());
                Ok(judge(answer.parsed()))
            }
            Ok(None) => Err(ImapError::lost(doing, self.parting.as_str())),
            Err(error) => Err(ImapError::of_io(doing, &error)),
        }
    }

    /// The session, out of the connection: whoever fails, or is dropped, does not put it back.
    pub(super) fn take(&mut self) -> Result<Session<Wire>, ImapError> {
        let mut session = self.session.take().ok_or(ImapError::GivenUp)?;
        session.get_mut().allow(self.limits.step);
        Ok(session)
    }

    pub(super) fn put_back(&mut self, session: Session<Wire>) {
        self.session = Some(session);
    }

    /// Keeps what a server may say at any time: new messages, and why it is going away.
    fn note(&mut self, response: &Response<'_>) {
        match (response, &mut self.folder) {
            (Response::MailboxData(MailboxDatum::Exists(n)), Some(folder)) => {
                folder.changed |= *n > folder.exists;
                folder.exists = *n;
            }
            (Response::Expunge(_), Some(folder)) => folder.exists = folder.exists.saturating_sub(1),
            (Response::Data { status: Status::Bye, outcome }, _) => {
                self.parting = outcome.information.as_deref().unwrap_or_default().to_owned();
            }
            _ => {}
        }
    }
}

/// Sends a command; its tag comes back.
pub(super) async fn send(
    session: &mut Session<Wire>,
    command: &str,
    doing: &str,
) -> Result<RequestId, ImapError> {
    let sent = session.run_command(command).await;
    sent.map_err(|error| ImapError::of_library(doing, error))
}

/// Whether this response ends the command well; an error when it ends it otherwise.
pub(super) fn ended(
    response: &Response<'_>,
    id: &RequestId,
    doing: &str,
) -> Result<bool, ImapError> {
    match response {
        Response::Done { tag, status: Status::Ok, .. } if tag == id => Ok(true),
        Response::Done { tag, outcome, .. } if tag == id => {
            let words = outcome.information.as_deref().unwrap_or("without a reason");
            Err(ImapError::refused(doing, words))
        }
        Response::Done { .. } => Err(ImapError::unreadable(doing, "the answer of another command")),
        _ => Ok(false),
    }
}

fn capability_name(capability: &Capability<'_>) -> String {
    match capability {
        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
        Capability::Auth(name) => format!("AUTH={}", name.to_ascii_uppercase()),
        Capability::Atom(name) => name.to_ascii_uppercase(),
    }
}
