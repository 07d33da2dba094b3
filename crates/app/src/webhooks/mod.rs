//! Webhooks: where domain events are sent to. Set-up in `set_up`, the ways of an admin to steer the
//! sending in `steer`, what a worker does in `deliver`. Nothing here speaks to the network: a
//! [`Courier`] does.

mod address;
mod deliver;
mod secrets;
mod set_up;
mod steer;

use async_trait::async_trait;
use throughline_core::id::WebhookId;
use throughline_core::time::Instant;
use throughline_core::webhook::Try;

pub use deliver::{Claimed, Next, any_behind, claim, next, pass, purge, release, settle};
pub use set_up::{NewWebhook, WebhookPatch, create, delete, get, list, update};
pub use steer::{Origin, attempts, pause, replay, resume, rotate_secret, test};
pub use throughline_store::webhooks::Lane;

use crate::changes::Change;
use crate::secret::Secret;

/// What holds for all webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Whether they may be sent to addresses that are not public, and by http.
    pub allow_private: bool,
    /// After how many days of failures one is paused.
    pub pause_after_days: i64,
    /// For how many days the log of tries is kept.
    pub keep_attempts_days: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { allow_private: false, pause_after_days: 5, keep_attempts_days: 30 }
    }
}

/// A message to send.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Where to.
    pub url: String,
    /// What signs it, as `whsec_…`: the secret in use, and the one of before while that holds.
    pub secrets: Vec<Secret>,
    /// Its id: the event's.
    pub id: String,
    /// When it is sent.
    pub now: Instant,
    /// JSON.
    pub body: Vec<u8>,
}

/// Sends messages to webhooks. Whoever may use the network implements it.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Sends one message and says what came of it, within seconds.
    async fn send(&self, letter: &Letter) -> Try;
}

/// Says what a change looks like on the wire. Whoever knows the wire implements it.
pub trait Shape: Send + Sync {
    /// The body of the message about a change: `{"type": …, "timestamp": …, "data": …}`.
    fn body(&self, change: &Change) -> Vec<u8>;
}

/// Where the secret of a webhook is sealed to.
fn place(id: WebhookId) -> String {
    format!("webhook {id}")
}
