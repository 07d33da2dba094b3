//! Mail servers asked for admins: is the way good, and what do they hold that is not in the ledger.

use async_trait::async_trait;
use throughline_app::mail_settings::{FolderCount, MailInbox, Probe, ProbeStep, ledger};
use throughline_app::{App, AppError};
use throughline_core::id::InboxId;
use throughline_ingest::email::imap::{self, Connection, ImapError, ImapServer, encode_name};
use throughline_outbound::email::smtp::{self, Stage};

use crate::access::MailAccess;

/// How many UIDs are compared at once. Long answers take their parser long.
const WINDOW: u32 = 20_000;
/// How many missing messages are fetched at once.
const AT_ONCE: usize = 10;
/// How many missing messages are named.
const NAMED: usize = 100;
/// How long an admin waits for a step.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(15);

/// Asks the servers themselves.
pub struct MailProbe {
    access: MailAccess,
}

impl MailProbe {
    /// Reaches servers as the poller and the sender do.
    pub fn new(access: MailAccess) -> Self {
        Self { access }
    }
}

#[async_trait]
impl Probe for MailProbe {
    async fn check_incoming(&self, inbox: &MailInbox) -> Vec<ProbeStep> {
        let (server, login) = match self.access.incoming(inbox).await {
            Ok((server, login)) => (hasty(server), login),
            Err(words) => {
                return vec![ProbeStep { protocol: "imap", step: "settings", ok: false, words }];
            }
        };
        let folders = inbox.settings.incoming.iter().flat_map(|incoming| &incoming.folders);
        let mut steps: Vec<ProbeStep> = Vec::new();
        for folder in folders {
            let walked = imap::check(&server, &login, &encode_name(folder)).await;
            // The way to the server is the same for all folders.
            let known = steps.iter().any(|step| step.step == "login" && step.ok);
            let is_new = |step: &imap::Step| {
                !known || step.outcome.is_err() || matches!(step.name, "folder" | "fetch")
            };
            steps.extend(walked.into_iter().filter(is_new).map(imap_step));
            // A missing folder says nothing about the next; a refused sign-in does.
            if steps.last().is_some_and(|last| !last.ok && last.step != "folder") {
                break;
            }
        }
        steps
    }

    async fn check_outgoing(&self, inbox: &MailInbox) -> Vec<ProbeStep> {
        match self.access.outgoing(inbox).await {
            Ok((server, login)) => {
                smtp::check(&server, &login).await.into_iter().map(smtp_step).collect()
            }
            Err(words) => vec![ProbeStep { protocol: "smtp", step: "settings", ok: false, words }],
        }
    }

    async fn reconcile(&self, app: &App, inbox: &MailInbox, fetch: bool) -> Vec<FolderCount> {
        let mut counts = Vec::new();
        for folder in inbox.settings.incoming.iter().flat_map(|incoming| &incoming.folders) {
            let mut count = FolderCount { folder: folder.clone(), ..FolderCount::default() };
            let compared = self.compare(app, inbox, fetch, &mut count).await;
            count.trouble = compared.err();
            counts.push(count);
        }
        counts
    }
}

impl MailProbe {
    /// Over a connection of its own for each folder: one that failed is not used again. The error is
    /// for an admin.
    async fn compare(
        &self,
        app: &App,
        inbox: &MailInbox,
        fetch: bool,
        count: &mut FolderCount,
    ) -> Result<(), String> {
        let (server, login) = self.access.incoming(inbox).await?;
        let mut connection = Connection::open(&server, &login).await.map_err(no_answer)?;
        let id = inbox.inbox.id;
        let missing = compared(app, &mut connection, id, count).await?;
        if fetch {
            recorded(app, &mut connection, id, count, &missing).await?;
        }
        // A failure to say goodbye is of no interest.
        drop(connection.logout().await);
        Ok(())
    }
}

fn hasty(mut server: ImapServer) -> ImapServer {
    server.limits.connect = server.limits.connect.min(PATIENCE);
    server.limits.step = server.limits.step.min(PATIENCE);
    server
}

fn imap_step(step: imap::Step) -> ProbeStep {
    let (ok, words) = match step.outcome {
        Ok(words) => (true, words),
        Err(words) => (false, words),
    };
    ProbeStep { protocol: "imap", step: step.name, ok, words }
}

fn smtp_step(step: smtp::Step) -> ProbeStep {
    let name = match step.stage {
        Stage::Connect => "connect",
        Stage::Tls | Stage::StartTls => "protect",
        Stage::Greeting | Stage::Ehlo => "greeting",
        Stage::Login => "login",
        Stage::Mail | Stage::Rcpt | Stage::Data | Stage::FinalAnswer => "send",
    };
    ProbeStep { protocol: "smtp", step: name, ok: step.ok, words: step.words }
}

/// Compares a folder with the ledger; answers the UIDs that are not there, ascending.
async fn compared(
    app: &App,
    connection: &mut Connection,
    inbox: InboxId,
    count: &mut FolderCount,
) -> Result<Vec<u32>, String> {
    let opened = connection.examine(&encode_name(&count.folder)).await.map_err(no_answer)?;
    count.uid_validity = opened.uid_validity;
    let (mut missing, mut from) = (Vec::new(), 1u32);
    loop {
        // Old servers do not say where the UIDs end: those are asked for all at once.
        let to = opened.uid_next.map(|_| from.saturating_add(WINDOW - 1));
        let there = connection.uids(from, to).await.map_err(no_answer)?;
        let last = to.unwrap_or(u32::MAX);
        let known = ledger::known_uids(app, inbox, &count.folder, count.uid_validity, (from, last));
        let known = known.await.map_err(not_read)?;
        let (in_ledger, not): (Vec<u32>, Vec<u32>) =
            there.into_iter().partition(|uid| known.binary_search(uid).is_ok());
        count.known += in_ledger.len() as u64;
        missing.extend(not);
        from = last.saturating_add(1);
        if opened.uid_next.is_none_or(|next| from >= next) {
            break;
        }
    }
    count.missing = missing.len() as u64;
    count.on_server = count.known + count.missing;
    count.missing_uids = missing.iter().copied().take(NAMED).collect();
    Ok(missing)
}

/// Fetches messages of the open folder and records them.
async fn recorded(
    app: &App,
    connection: &mut Connection,
    inbox: InboxId,
    count: &mut FolderCount,
    uids: &[u32],
) -> Result<(), String> {
    for part in uids.chunks(AT_ONCE) {
        let got = connection.fetch(part).await.map_err(no_answer)?;
        // Of one that is too large only the header came: it stays missing, and says so.
        let whole = got.messages.into_iter().filter(|message| message.full_size.is_none());
        let messages = whole.map(|message| (message.uid, message.bytes)).collect();
        let recorded = ledger::record(app, inbox, &count.folder, count.uid_validity, messages);
        count.fetched += recorded.await.map_err(not_read)?;
    }
    Ok(())
}

fn no_answer(error: ImapError) -> String {
    error.to_string()
}

/// What our own side could not do; the cause is in the log.
fn not_read(error: AppError) -> String {
    tracing::warn!(%error, cause = error.cause.as_ref().map(tracing::field::display), "not reconciled");
    error.message
}
