//! Trying out how an inbox is connected, for admins: who may use the network does it, here is what may be
//! asked of him.

use async_trait::async_trait;
use throughline_core::actor::{Actor, Scope};
use throughline_core::id::InboxId;
use throughline_core::outgoing::Template;
use throughline_store::{Conn, inboxes};

use super::{Connected, Untold, existing, opened_of};
use crate::{App, AppError};

/// The most characters of a test message.
const MAX_TEXT: usize = 1_000;
/// The most characters of the name of a recipient.
const MAX_TO: usize = 200;

/// Asks platforms. Whoever may use the network implements it.
#[async_trait]
pub trait ChannelProbe: Send + Sync {
    /// Tries out the set-up of an inbox, step by step, to the first step that fails. Changes nothing there.
    async fn check(&self, app: &App, connected: &Connected) -> Vec<ProbeStep>;

    /// Sends a message to somebody, once; nothing of it is kept here.
    async fn send(&self, app: &App, connected: &Connected, to: &str, text: &str) -> TestSent;

    /// The templates that the platform has approved for an inbox, by name and language.
    async fn templates(&self, app: &App, connected: &Connected) -> Result<Vec<Template>, Untold>;
}

/// One step of a test and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeStep {
    /// A stable name, such as `settings`, `token`, `hook`.
    pub step: &'static str,
    /// Whether it went well.
    pub ok: bool,
    /// What was found, or what is wrong and what helps.
    pub words: String,
}

/// What became of a test message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestSent {
    /// The platform took it.
    Taken,
    /// It was not sent.
    Refused {
        /// What it is, for programs; the codes are those of replies.
        code: String,
        /// Why, and what to do.
        words: String,
    },
    /// The platform could not be reached, or asks to wait.
    Later {
        /// Why.
        words: String,
    },
    /// It may have been sent.
    Unknown {
        /// Why nobody knows.
        words: String,
    },
}

/// Tries out how an inbox is connected. Whether it takes anything new makes no difference.
pub async fn test(
    app: &App,
    actor: &Actor,
    probe: &dyn ChannelProbe,
    id: InboxId,
) -> Result<Vec<ProbeStep>, AppError> {
    let connected = loaded(app, actor, id).await?;
    Ok(probe.check(app, &connected).await)
}

/// Sends a message to somebody on the platform of an inbox.
pub async fn test_message(
    app: &App,
    actor: &Actor,
    probe: &dyn ChannelProbe,
    id: InboxId,
    to: &str,
    text: &str,
) -> Result<TestSent, AppError> {
    let connected = loaded(app, actor, id).await?;
    for (name, value, most) in [("to", to, MAX_TO), ("text", text, MAX_TEXT)] {
        let length = value.chars().count();
        if value.trim().is_empty() || length > most || value.contains('\0') {
            return Err(AppError::invalid(name, format!("a text of 1 to {most} characters")));
        }
    }
    Ok(probe.send(app, &connected, to.trim(), text).await)
}

async fn loaded(app: &App, actor: &Actor, id: InboxId) -> Result<Connected, AppError> {
    actor.require(Scope::Admin)?;
    let actor = actor.clone();
    let read = move |c: &mut Conn| {
        let stored = existing(c, &actor, id)?;
        let inbox = inboxes::get(c, id)?.ok_or_else(|| AppError::not_found("inbox"))?;
        Ok::<_, AppError>((inbox, stored))
    };
    let (inbox, stored) = app.store().lookup(read).await?;
    opened_of(app, inbox, stored)
}
