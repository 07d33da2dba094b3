//! What the saving of mails needs to know beforehand: how the inboxes are set up, and by which key and
//! name our own mail is known.

use std::collections::HashMap;
use std::sync::Arc;

use throughline_core::facts::rules::RuleSet;
use throughline_core::id::InboxId;
use throughline_core::mail_settings::MailSettings;
use throughline_core::time::Instant;
use throughline_mail::token::{Key, Named, ReplyAddress, SignedId};
use throughline_store::{Conn, mail_settings};

use crate::secret::Secret;
use crate::{App, AppError};

/// What is the same for all mails; read before the transaction.
pub(super) struct Desk {
    /// The use cases.
    pub app: App,
    /// The name of this installation.
    installation: String,
    signing: Secret<Vec<u8>>,
}

impl Desk {
    /// Reads the key and the name.
    pub async fn open(app: &App) -> Result<Self, AppError> {
        let signing = app.mail_signing_key().await?.clone();
        let installation = app.installation().await?.to_owned();
        Ok(Self { app: app.clone(), installation, signing })
    }

    fn keys(&self) -> Vec<Key<'_>> {
        Key::new(self.signing.expose()).into_iter().collect()
    }

    /// The number of the ticket for which we signed an address.
    pub fn ticket_of_address(&self, address: &str) -> Option<i64> {
        ReplyAddress::read(&self.keys(), address)
    }

    /// What a Message-ID names that we signed.
    pub fn named_by_id(&self, mail_id: &str) -> Option<Named> {
        SignedId::read(&self.keys(), mail_id)
    }

    /// Whether this is the name of this installation.
    pub fn is_ours(&self, installation: &str) -> bool {
        self.installation == installation
    }
}

/// A desk for one transaction.
pub(super) struct Batch<'a> {
    /// What is the same for all mails.
    pub desk: &'a Desk,
    /// When it is done.
    pub now: Instant,
    /// By which rules facts are found.
    pub fact_rules: Arc<RuleSet>,
    settings: HashMap<InboxId, MailSettings>,
}

impl<'a> Batch<'a> {
    /// Reads how these inboxes are set up.
    pub fn open(
        desk: &'a Desk,
        conn: &mut Conn,
        inboxes: &[InboxId],
        now: Instant,
    ) -> Result<Self, AppError> {
        let stored = mail_settings::of_inboxes(conn, inboxes)?;
        let settings = stored.into_iter().map(|stored| (stored.inbox, stored.settings)).collect();
        let fact_rules = desk.app.fact_rules().rules(conn)?;
        Ok(Self { desk, now, fact_rules, settings })
    }

    /// The use cases.
    pub fn app(&self) -> &App {
        &self.desk.app
    }

    /// How an inbox is set up.
    pub fn settings(&self, inbox: InboxId) -> MailSettings {
        self.settings.get(&inbox).cloned().unwrap_or_default()
    }
}
