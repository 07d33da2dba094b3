//! Mail servers asked for admins: is the way good, and what do they hold that is not in the ledger.

use async_trait::async_trait;
use throughline_app::mail_settings::{FolderCount, MailInbox, Probe, ProbeStep};
use throughline_app::{App, AppError};
use throughline_core::id::InboxId;
use throughline_ingest::email::imap::{self, ImapServer, encode_name};
use throughline_outbound::email::smtp::{self, Stage};

use crate::access::MailAccess;
use crate::mailboxes::{self, FolderCheck, FolderFetch, Report};

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
        match self.compare(app, inbox.inbox.id, fetch).await {
            Ok(counts) => counts,
            Err(error) => {
                let cause = error.cause.as_ref().map(tracing::field::display);
                tracing::warn!(%error, cause, "not reconciled");
                let trouble = Some(error.message);
                vec![FolderCount { trouble, ..FolderCount::default() }]
            }
        }
    }
}

impl MailProbe {
    async fn compare(
        &self,
        app: &App,
        inbox: InboxId,
        fetch: bool,
    ) -> Result<Vec<FolderCount>, AppError> {
        let checks = mailboxes::reconcile(&self.access, app, inbox).await?;
        let mut counts: Vec<FolderCount> = checks.into_iter().map(count_of).collect();
        if fetch {
            for report in mailboxes::fetch_missing(&self.access, app, inbox).await? {
                let same = |count: &&mut FolderCount| count.folder == report.folder;
                if let Some(count) = counts.iter_mut().find(same) {
                    add_fetched(count, report.found);
                }
            }
        }
        Ok(counts)
    }
}

fn count_of(report: Report<FolderCheck>) -> FolderCount {
    let empty = FolderCount { folder: report.folder, ..FolderCount::default() };
    match report.found {
        Ok(FolderCheck { uid_validity, in_mailbox, recorded, missing }) => FolderCount {
            uid_validity,
            on_server: in_mailbox as u64,
            known: recorded as u64,
            missing: in_mailbox.saturating_sub(recorded) as u64,
            missing_uids: missing.into_iter().take(NAMED).collect(),
            ..empty
        },
        Err(trouble) => FolderCount { trouble: Some(trouble), ..empty },
    }
}

fn add_fetched(count: &mut FolderCount, found: Result<FolderFetch, String>) {
    match found {
        Ok(FolderFetch { fetched, failed, .. }) => {
            count.fetched = fetched as u64;
            let first = failed.into_iter().next();
            count.trouble = first.map(|(uid, why)| format!("message {uid} cannot be had: {why}"));
        }
        Err(trouble) => count.trouble = Some(trouble),
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
