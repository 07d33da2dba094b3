//! Recording what was found, in batches, and remembering what became of each.

use std::path::PathBuf;

use throughline_app::{App, deliveries};
use throughline_core::actor::Actor;
use throughline_core::id::{DeliveryId, InboxId};
use throughline_core::inbound::RawDelivery;
use throughline_ingest::files::FoundMail;

use super::reading::{Looked, What};
use crate::error::Failure;

/// Mails recorded with one transaction.
const BATCH: usize = 256;
/// A batch is closed early when its mails are large.
const BATCH_BYTES: usize = 32 * 1024 * 1024;

/// Where a mail or another thing was found.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// Its place in an mbox, from 1.
    pub position: Option<usize>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.position {
            Some(position) => write!(f, "{} (mail {position})", self.path.display()),
            None => write!(f, "{}", self.path.display()),
        }
    }
}

/// All that was found in a run.
#[derive(Debug, Default)]
pub struct Taken {
    /// How many files were looked at.
    pub files: usize,
    /// How many of them hold at least one mail.
    pub mail_files: usize,
    /// Mails, with their delivery and whether it is new.
    pub mails: Vec<(Place, DeliveryId, bool)>,
    /// What is no mail, with the reason.
    pub skipped: Vec<(Place, String)>,
    /// What could not be read, with the reason.
    pub unreadable: Vec<(Place, String)>,
}

/// Records as it goes.
pub struct Intake {
    app: App,
    inbox: InboxId,
    taken: Taken,
    places: Vec<Place>,
    batch: Vec<RawDelivery>,
    batch_bytes: usize,
    /// Whether the file at hand has yielded a mail.
    holds_mail: bool,
}

impl Intake {
    /// An intake into one inbox.
    pub fn new(app: App, inbox: InboxId) -> Self {
        let (places, batch) = (Vec::new(), Vec::new());
        Self {
            app,
            inbox,
            taken: Taken::default(),
            places,
            batch,
            batch_bytes: 0,
            holds_mail: false,
        }
    }

    /// Takes one find; a full batch is recorded.
    pub async fn take(&mut self, looked: Looked) -> Result<(), Failure> {
        let Looked { path, read: _, what } = looked;
        match what {
            What::End => {
                self.taken.files += 1;
                self.taken.mail_files += usize::from(std::mem::take(&mut self.holds_mail));
            }
            What::Unreadable(why) => {
                self.taken.unreadable.push((Place { path, position: None }, why));
            }
            What::Skipped(skipped) => {
                let place = Place { path, position: skipped.position };
                self.taken.skipped.push((place, skipped.reason));
            }
            What::Mail(mail) => {
                self.add(Place { path, position: mail.position }, mail);
                if self.batch.len() >= BATCH || self.batch_bytes >= BATCH_BYTES {
                    self.flush().await?;
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, place: Place, mail: FoundMail) {
        self.holds_mail = true;
        self.places.push(place);
        self.batch_bytes += mail.bytes.len();
        self.batch.push(RawDelivery {
            inbox: self.inbox,
            external_id: mail.external_id(),
            bytes: mail.bytes,
            received_at: self.app.now(),
        });
    }

    /// Records what is at hand.
    pub async fn flush(&mut self) -> Result<(), Failure> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.batch_bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        let recorded = deliveries::record(&self.app, &Actor::system(), batch).await?;
        let places = self.places.drain(..).zip(recorded);
        self.taken.mails.extend(places.map(|(place, r)| (place, r.delivery, r.fresh)));
        Ok(())
    }

    /// What was taken.
    pub fn finish(self) -> Taken {
        self.taken
    }
}
