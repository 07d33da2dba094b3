//! An app on a database of its own, with a clock that tests move.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;
use throughline_app::{App, Clock, deliveries, inboxes};
use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::delivery::Delivery;
use throughline_core::id::{DeliveryId, IdMaker, JobId};
use throughline_core::inbound::RawDelivery;
use throughline_core::time::Instant;
use throughline_store::jobs::NewJob;
use throughline_store::{BlobOptions, DatabaseUrl, Store, StoreOptions, migrate};

/// A clock that stands still until it is moved.
pub struct StillClock(AtomicI64);

impl Clock for StillClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst))
    }
}

pub struct TestApp {
    pub app: App,
    clock: Arc<StillClock>,
    folder: TempDir,
}

impl TestApp {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            url: DatabaseUrl::Sqlite(folder.path().join("t.db")),
            blobs: BlobOptions::Folder(folder.path().join("blobs")),
            connections: None,
        };
        migrate::run(&options).unwrap();
        let store = Store::open(&options).unwrap();
        let clock = Arc::new(StillClock(AtomicI64::new(1_790_000_000_000_000)));
        let shared = Arc::clone(&clock);
        let app = App::new(store, shared, Arc::new(IdMaker::new(1)));
        Self { app, clock, folder }
    }

    pub fn pass_seconds(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Records mails; their texts are their names at the source.
    pub async fn record(&self, mails: &[&str]) -> Vec<DeliveryId> {
        let inbox = inboxes::ensure(&self.app, Channel::Email, "help@desk.example", "Help").await;
        let inbox = inbox.unwrap().id;
        let raw = |mail: &&str| RawDelivery {
            inbox,
            external_id: (*mail).to_owned(),
            bytes: mail.as_bytes().to_vec(),
            received_at: self.app.now(),
        };
        let raw = mails.iter().map(raw).collect();
        let recorded = deliveries::record(&self.app, &Actor::system(), raw).await.unwrap();
        recorded.into_iter().map(|recorded| recorded.delivery).collect()
    }

    pub async fn delivery(&self, id: DeliveryId) -> Delivery {
        deliveries::get(&self.app, &Actor::system(), id).await.unwrap()
    }

    /// Removes the bytes of a delivery behind the store's back.
    pub async fn lose_blob_of(&self, id: DeliveryId) {
        let blob = self.delivery(id).await.blob;
        let path = self.folder.path().join("blobs").join(&blob[..2]).join(&blob);
        std::fs::remove_file(path).unwrap();
    }

    /// The only file in a folder, said to have been written at this moment of the test's clock.
    pub fn written_now(&self, folder: &str) -> PathBuf {
        let mut files = std::fs::read_dir(self.folder.path().join(folder)).unwrap();
        let path = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none(), "there is one file");
        let micros = u64::try_from(self.app.now().as_micros()).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_micros(micros)).unwrap();
        path
    }

    /// Enqueues jobs of a made-up kind, due now.
    pub async fn enqueue(&self, kind: &'static str, payloads: &[&str]) {
        let now = self.app.now();
        let job = |(at, payload): (usize, &&str)| NewJob {
            id: JobId::from(at as i64 + 1),
            kind,
            payload: (*payload).to_owned(),
            run_at: now,
            dedup_key: None,
        };
        let new: Vec<NewJob> = payloads.iter().enumerate().map(job).collect();
        let write = move |c: &mut _| throughline_store::jobs::enqueue(c, &new, now);
        self.app.store().write(write).await.unwrap();
    }

    /// How many jobs wait, and how many are dead.
    pub async fn queue(&self) -> (i64, i64) {
        let counts = throughline_app::jobs::counts(&self.app).await.unwrap();
        counts.iter().fold((0, 0), |(q, d), count| (q + count.queued, d + count.dead))
    }
}
