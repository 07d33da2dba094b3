//! Use cases: each authorises, loads, lets `core` decide, saves and enqueues, in one transaction.
//!
//! Nothing here speaks to the network or knows job runners; whoever calls brings an [`core::actor::Actor`].
//!
//! [`core::actor::Actor`]: throughline_core::actor::Actor

pub mod access;
pub mod actors;
mod admin;
pub mod agents;
pub mod api_keys;
pub mod attachments;
pub mod audit;
pub mod briefs;
pub mod changes;
pub mod channels;
mod clock;
pub mod customers;
pub mod deliveries;
pub mod demo;
pub mod desk;
mod error;
pub mod event_types;
pub mod events;
pub mod facts;
pub mod feed;
pub mod file_links;
pub mod guard;
pub mod health;
pub mod html;
pub mod idempotency;
pub mod imports;
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
pub mod phone;
pub mod profiles;
pub mod promises;
pub mod pushed;
mod random;
pub mod remote_files;
pub mod search;
mod secret;
pub mod secrets;
pub mod sessions;
pub mod statuses;
pub mod stream_tickets;
mod tagging;
pub mod tags;
pub mod teams;
pub mod ticket_links;
pub mod tickets;
pub mod timeline;
pub mod webhooks;

pub use clock::{Clock, SystemClock};
pub use error::{AppError, ErrorKind};
pub use keyring::Keyring;
pub use passwords::PasswordCost;
pub use secret::Secret;

use std::sync::Arc;

use throughline_core::actor::Actor;
use throughline_core::event::{DomainEvent, Happening};
use throughline_core::guard::GuardMode;
use throughline_core::id::IdMaker;
use throughline_core::identity::Region;
use throughline_core::time::Instant;
use throughline_store::Store;

/// How repeating is guarded against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// What happens when a reply asks for what is known.
    pub mode: GuardMode,
    /// Whether a brief is written when a ticket gets another agent or team.
    pub brief_on_hand_over: bool,
}

impl Default for Guard {
    fn default() -> Self {
        Self { mode: GuardMode::Warn, brief_on_hand_over: true }
    }
}

/// What every use case needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<IdMaker>,
    passwords: passwords::Passwords,
    keyring: Arc<Keyring>,
    mail_keys: Arc<mail_keys::MailKeys>,
    default_region: Option<Region>,
    fact_rules: Arc<facts::RuleCache>,
    guard: Guard,
    webhook_rules: webhooks::Rules,
    public_url: Option<Arc<str>>,
}

impl App {
    /// Puts the parts together. The node number in `ids` must be leased: see [`nodes`].
    pub fn new(store: Store, clock: Arc<dyn Clock>, ids: Arc<IdMaker>) -> Self {
        let passwords = passwords::Passwords::new(PasswordCost::default());
        let (keyring, mail_keys) = (Arc::default(), Arc::default());
        let fact_rules = Arc::default();
        Self {
            store,
            clock,
            ids,
            passwords,
            keyring,
            mail_keys,
            default_region: None,
            fact_rules,
            guard: Guard::default(),
            webhook_rules: webhooks::Rules::default(),
            public_url: None,
        }
    }

    /// Sets what hashing a password costs; tests set the least.
    pub fn with_password_cost(mut self, cost: PasswordCost) -> Self {
        self.passwords = passwords::Passwords::new(cost);
        self
    }

    /// Sets what the repeat guard does, and whether a brief is written at a hand-over.
    pub fn with_guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// What the repeat guard does.
    pub(crate) fn guard_mode(&self) -> GuardMode {
        self.guard.mode
    }

    /// Whether a brief is written at a hand-over.
    pub(crate) fn writes_briefs(&self) -> bool {
        self.guard.brief_on_hand_over
    }

    /// Sets the keys under which secrets are encrypted in the database.
    pub fn with_keyring(mut self, keyring: Keyring) -> Self {
        self.keyring = Arc::new(keyring);
        self
    }

    /// Sets the country in which telephone numbers without a country code are read.
    pub fn with_default_region(mut self, region: Option<Region>) -> Self {
        self.default_region = region;
        self
    }

    /// The country in which telephone numbers without a country code are read.
    pub fn default_region(&self) -> Option<Region> {
        self.default_region
    }

    /// Sets what holds for webhooks.
    pub fn with_webhook_rules(self, webhook_rules: webhooks::Rules) -> Self {
        Self { webhook_rules, ..self }
    }

    /// Sets our address as platforms reach it. One without TLS is none: files go out by it.
    pub fn with_public_url(self, url: &str) -> Self {
        let url = url.trim_end_matches('/');
        let public_url = url.starts_with("https://").then(|| url.into());
        Self { public_url, ..self }
    }

    /// Our address as platforms reach it over TLS, without a slash at its end.
    pub(crate) fn public_url(&self) -> Option<&str> {
        self.public_url.as_deref()
    }

    /// What holds for webhooks.
    pub(crate) fn webhook_rules(&self) -> &webhooks::Rules {
        &self.webhook_rules
    }

    /// The keys under which secrets are encrypted in the database.
    pub(crate) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The admin's fact rules, compiled.
    pub(crate) fn fact_rules(&self) -> &facts::RuleCache {
        &self.fact_rules
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
