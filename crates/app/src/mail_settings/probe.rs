//! What admins ask about mailboxes: does the connection work, and what does the server hold
//! that we do not. The network part is behind [`Probe`], since nothing here calls out.

use async_trait::async_trait;
use throughline_core::actor::{Actor, Scope};
use throughline_core::id::InboxId;

use super::MailInbox;
use super::change::mail_inbox;
use crate::{App, AppError};

/// Asks mail servers. Whoever may use the network implements it.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Walks the way to every folder that is read and ends with the first step that fails. Changes
    /// nothing there.
    async fn check_incoming(&self, inbox: &MailInbox) -> Vec<ProbeStep>;

    /// Walks the way to where mail is handed over. Sends nothing.
    async fn check_outgoing(&self, inbox: &MailInbox) -> Vec<ProbeStep>;

    /// Compares what each folder holds with the ledger; with `fetch` records what is missing.
    async fn reconcile(&self, app: &App, inbox: &MailInbox, fetch: bool) -> Vec<FolderCount>;
}

/// One step of a test and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeStep {
    /// `imap` or `smtp`.
    pub protocol: &'static str,
    /// A stable name: `settings`, `connect`, `protect`, `greeting`, `login`, `folder`, `fetch`.
    pub step: &'static str,
    /// Whether it went well.
    pub ok: bool,
    /// What was found, or what is wrong and what helps.
    pub words: String,
}

/// A folder beside the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderCount {
    /// The folder's name.
    pub folder: String,
    /// What its UIDs are good for.
    pub uid_validity: u32,
    /// How many messages it holds.
    pub on_server: u64,
    /// How many of those are in the ledger.
    pub known: u64,
    /// How many are not.
    pub missing: u64,
    /// The UIDs of the first hundred of those.
    pub missing_uids: Vec<u32>,
    /// How many of those were recorded now.
    pub fetched: u64,
    /// What kept it from being compared to its end, for an admin.
    pub trouble: Option<String>,
}

/// Tests the stored set-up of an inbox: every step of fetching and sending, to the first failure of
/// each.
pub async fn test(
    app: &App,
    actor: &Actor,
    probe: &dyn Probe,
    id: InboxId,
) -> Result<Vec<ProbeStep>, AppError> {
    let inbox = loaded(app, actor, id).await?;
    let incoming = async {
        match inbox.settings.incoming {
            Some(_) => probe.check_incoming(&inbox).await,
            None => Vec::new(),
        }
    };
    let outgoing = async {
        match inbox.settings.outgoing {
            Some(_) => probe.check_outgoing(&inbox).await,
            None => Vec::new(),
        }
    };
    let (mut steps, more) = futures_util::future::join(incoming, outgoing).await;
    steps.extend(more);
    Ok(steps)
}

/// Compares the mailbox of an inbox with the ledger; with `fetch` records what is missing.
pub async fn reconcile(
    app: &App,
    actor: &Actor,
    probe: &dyn Probe,
    id: InboxId,
    fetch: bool,
) -> Result<Vec<FolderCount>, AppError> {
    let inbox = loaded(app, actor, id).await?;
    if inbox.settings.incoming.is_none() {
        return Err(AppError::conflict(
            "nothing_to_fetch",
            "this inbox has no server to fetch from",
        ));
    }
    Ok(probe.reconcile(app, &inbox, fetch).await)
}

/// Whether the actor may set up mailboxes at all.
pub fn may_set_up(actor: &Actor) -> Result<(), AppError> {
    Ok(actor.require(Scope::Admin)?)
}

async fn loaded(app: &App, actor: &Actor, id: InboxId) -> Result<MailInbox, AppError> {
    actor.require(Scope::Admin)?;
    let who = actor.clone();
    app.store().lookup(move |c| mail_inbox(c, &who, id)).await?;
    super::load(app, id).await?.ok_or_else(|| AppError::not_found("set-up for e-mail"))
}
