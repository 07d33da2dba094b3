//! A running node: the store opened, the schema up to date, a node number leased, the use cases
//! ready. Built in one place for every command that needs the database.

use std::sync::Arc;

use throughline_app::nodes::{self, Lease};
use throughline_app::{App, Clock, Guard, Keyring, SystemClock};
use throughline_core::id::IdMaker;
use throughline_store::{Store, StoreOptions, migrate};
use throughline_worker::Schedule;
use throughline_worker::reconcilers::RenewLease;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::error::Failure;
use crate::webhooks;

/// See the module. [`Node::close`] gives the number back.
pub struct Node {
    /// The use cases.
    pub app: App,
    /// Cancelled when the node's number was lost to another: nothing may be written any more.
    pub lost: CancellationToken,
    lease: Lease,
    closing: CancellationToken,
    keeper: JoinHandle<()>,
}

impl Node {
    /// Opens everything.
    pub async fn start(settings: &Settings) -> Result<Self, Failure> {
        let options = settings.store_options()?;
        if settings.database.migrate_on_start {
            migrate_now(&options).await?;
        }
        let keyring = Keyring::new(settings.keyring()?);
        let store = open(options).await?;
        if !settings.database.migrate_on_start {
            refuse_outdated(&store).await?;
        }
        let now = SystemClock.now();
        let lease = nodes::lease(&store, now).await?;
        let ids = Arc::new(IdMaker::new(lease.node));
        let app = App::new(store, Arc::new(SystemClock), ids)
            .with_keyring(keyring)
            .with_default_region(settings.default_region())
            .with_guard(Guard {
                mode: settings.guard.mode,
                brief_on_hand_over: settings.guard.brief_on_hand_over,
            })
            .with_public_url(&settings.public_url())
            .with_webhook_rules(webhooks::rules(settings));
        let (lost, closing) = (CancellationToken::new(), CancellationToken::new());
        let renew = RenewLease { lease, lost: lost.clone() };
        let keeper = tokio::spawn(Schedule::new(app.clone()).with(renew).run(closing.clone()));
        Ok(Self { app, lost, lease, closing, keeper })
    }

    /// Gives the node's number back.
    pub async fn close(self) {
        self.closing.cancel();
        let _ = self.keeper.await;
        // Not given back, it ends by itself after a minute.
        if let Err(error) = nodes::release(self.app.store(), &self.lease, self.app.now()).await {
            tracing::debug!(%error, "the node's number could not be given back");
        }
    }
}

/// Brings the schema up to date; answers with the migrations that ran.
pub async fn migrate_now(options: &StoreOptions) -> Result<Vec<String>, Failure> {
    let options = options.clone();
    blocking(move || migrate::run(&options)).await
}

async fn open(options: StoreOptions) -> Result<Store, Failure> {
    blocking(move || Store::open(&options)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, throughline_store::StoreError> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => Ok(result?),
        Err(error) => Err(Failure::new(format!("opening the database failed: {error}"))),
    }
}

async fn refuse_outdated(store: &Store) -> Result<(), Failure> {
    // Listing makes the table of migrations when it is missing, hence not a read.
    match store.write(migrate::pending).await? {
        0 => Ok(()),
        n => Err(Failure::new(format!("the database lacks {n} migration(s)"))
            .advise("run `throughline migrate`, or set database.migrate_on_start")),
    }
}
