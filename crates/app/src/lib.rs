//! Use cases: each authorises, loads, lets `core` decide, saves and enqueues, in one transaction.
//!
//! Nothing here speaks to the network or knows job runners; whoever calls brings an [`core::actor::Actor`].
//!
//! [`core::actor::Actor`]: throughline_core::actor::Actor

pub mod actors;
mod admin;
pub mod agents;
pub mod api_keys;
pub mod attachments;
mod clock;
pub mod customers;
pub mod deliveries;
mod error;
pub mod event_types;
pub mod events;
pub mod health;
pub mod html;
pub mod idempotency;
pub mod inboxes;
mod index;
pub mod jobs;
mod keyring;
mod mail_keys;
pub mod mail_settings;
pub mod mailboxes;
pub mod messages;
pub mod nodes;
pub mod organizations;
pub mod outgoing;
mod page;
pub mod passwords;
pub mod profiles;
pub mod pushed;
mod random;
pub mod search;
mod secret;
pub mod secrets;
pub mod sessions;
pub mod statuses;
mod tagging;
pub mod tags;
pub mod teams;
pub mod ticket_links;
pub mod tickets;
pub mod timeline;

pub use clock::{Clock, SystemClock};
pub use error::{AppError, ErrorKind};
pub use keyring::Keyring;
pub use passwords::PasswordCost;
pub use secret::Secret;

use std::sync::Arc;

use throughline_core::actor::Actor;
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::id::IdMaker;
use throughline_core::time::Instant;
use throughline_store::Store;

/// What every use case needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<IdMaker>,
    passwords: passwords::Passwords,
    keyring: Arc<Keyring>,
    mail_keys: Arc<mail_keys::MailKeys>,
}

impl App {
    /// Puts the parts together. The node number in `ids` must be leased: see [`nodes`].
    pub fn new(store: Store, clock: Arc<dyn Clock>, ids: Arc<IdMaker>) -> Self {
        let passwords = passwords::Passwords::new(PasswordCost::default());
        let (keyring, mail_keys) = (Arc::default(), Arc::default());
        Self { store, clock, ids, passwords, keyring, mail_keys }
    }

    /// Sets what hashing a password costs; tests set the least.
    pub fn with_password_cost(mut self, cost: PasswordCost) -> Self {
        self.passwords = passwords::Passwords::new(cost);
        self
    }

    /// Sets the keys under which secrets are encrypted in the database.
    pub fn with_keyring(mut self, keyring: Keyring) -> Self {
        self.keyring = Arc::new(keyring);
        self
    }

    /// The keys under which secrets are encrypted in the database.
    pub(crate) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The store, for workers and for readiness checks.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The time now, by the clock that was handed in.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Hashes and checks passwords.
    pub(crate) fn passwords(&self) -> &passwords::Passwords {
        &self.passwords
    }

    /// The maker of ids.
    pub(crate) fn ids(&self) -> &Arc<IdMaker> {
        &self.ids
    }

    /// An event by `actor`, not yet said to concern anything.
    pub(crate) fn event(&self, actor: &Actor, now: Instant, what: Happening) -> DomainEvent {
        DomainEvent {
            id: self.ids.make(now),
            position: None,
            actor: actor.name(),
            customer: None,
            ticket: None,
            inbox: None,
            occurred_at: now,
            what,
        }
    }
}
