//! Fetches the files of chat messages that lie with their platform.
//!
//! What is to be fetched, and what a try makes of it, is `app::remote_files`'s; how a platform is asked is
//! known to `ingest`, asking is `outbound`'s. Here one is led to the other, for each message by itself; the
//! way to one file is in `way`.

mod way;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::future::join_all;
use serde::Deserialize;
use throughline_app::remote_files::{self, Due, Tried};
use throughline_app::{App, AppError};
use throughline_core::id::{InboxId, ItemId};
use throughline_ingest::fetch::Reach;
use throughline_outbound::fetch::{ClientOptions, Fetcher, UnusableRoots};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::job::{Context, Job, Payload, Verdict};

/// Messages at one time, over all inboxes. Each holds one file in memory, as large as one may be.
const SIDE_BY_SIDE: usize = 12;
/// Messages of one inbox at one time, so that a slow server holds up its own inbox alone.
const OF_ONE_INBOX: usize = 4;
/// After how long a message is looked at again whose inbox has enough in hand, in microseconds.
const CROWDED_MICROS: i64 = 500_000;
/// The largest file that is taken where nothing else is said, in bytes.
const USUAL_MOST: u64 = 25 * 1024 * 1024;

/// How platforms are asked for files.
#[derive(Debug, Clone)]
pub struct FileAccess {
    fetcher: Fetcher,
    reach: Reach,
    most: u64,
}

impl FileAccess {
    /// With these options for connections; platforms are where they are.
    ///
    /// # Errors
    /// When the extra certificates cannot be used.
    pub fn new(options: ClientOptions) -> Result<Self, UnusableRoots> {
        Ok(Self { fetcher: Fetcher::new(options)?, reach: Reach::default(), most: USUAL_MOST })
    }

    /// The same with all platforms at one server, for tests. No setting leads here.
    ///
    /// # Errors
    /// When the extra certificates cannot be used.
    pub fn at(options: ClientOptions, base: &str) -> Result<Self, UnusableRoots> {
        let fetcher = Fetcher::with_platform_at(options, base)?;
        Ok(Self { fetcher, reach: Reach::at(base), most: USUAL_MOST })
    }

    /// The same, which takes files of up to so many bytes.
    #[must_use]
    pub fn up_to(self, most: u64) -> Self {
        Self { most, ..self }
    }
}

/// The job `fetch_files`.
pub struct FetchFiles {
    access: FileAccess,
    places: Mutex<HashMap<InboxId, Arc<Semaphore>>>,
}

impl FetchFiles {
    /// One that asks this way.
    pub fn new(access: FileAccess) -> Self {
        Self { access, places: Mutex::default() }
    }
}

#[derive(Deserialize)]
struct Arguments {
    item: ItemId,
}

#[async_trait]
impl Job for FetchFiles {
    fn kinds(&self) -> &'static [&'static str] {
        &[throughline_app::jobs::FETCH_FILES]
    }

    fn side_by_side(&self) -> Option<usize> {
        Some(SIDE_BY_SIDE)
    }

    async fn run(&self, context: &Context, jobs: &[Payload]) -> Vec<Verdict> {
        let one = |job: &Payload| {
            let read = job.read::<Arguments>();
            async move {
                match read {
                    Ok(Arguments { item }) => self.run_one(context, item).await,
                    Err(verdict) => verdict,
                }
            }
        };
        join_all(jobs.iter().map(one)).await
    }
}

impl FetchFiles {
    async fn run_one(&self, Context { app, stop }: &Context, item: ItemId) -> Verdict {
        match self.fetch_all(app, stop, item).await {
            Ok(verdict) => verdict,
            Err(error) => {
                let cause = error.cause.as_deref().map(|cause| format!(" ({cause})"));
                Verdict::Failed(format!("{error}{}", cause.unwrap_or_default()))
            }
        }
    }

    /// Fetches what is due of a message, one file after the other, each settled before the next: whoever
    /// dies in between has lost the one that he was at.
    async fn fetch_all(
        &self,
        app: &App,
        stop: &CancellationToken,
        item: ItemId,
    ) -> Result<Verdict, AppError> {
        let Some(due) = remote_files::load(app, item).await? else { return Ok(Verdict::Done) };
        let Some(_place) = self.place(&due) else {
            let until = app.now().plus_micros(CROWDED_MICROS);
            return Ok(Verdict::Later(until, "its inbox has enough in hand".to_owned()));
        };
        for (place, file) in &due.files {
            let fetching =
                stop.run_until_cancelled(way::fetch(&self.access, &due, file, app.now()));
            let tried = fetching.await.filter(|_| !stop.is_cancelled());
            let Some(tried) = tried else { return Ok(Verdict::NotBegun) };
            if let Tried::Later { words, .. } | Tried::Lost(words) = &tried {
                tracing::info!(item.id = %item, place, words, "a file could not be fetched");
            }
            remote_files::settle(app, item, *place, file, tried).await?;
        }
        // An edit may have brought others meanwhile.
        Ok(match remote_files::load(app, item).await? {
            Some(due) => Verdict::Later(due.next, "a file is to be fetched".to_owned()),
            None => Verdict::Done,
        })
    }

    /// A place among the messages of the same inbox.
    fn place(&self, due: &Due) -> Option<OwnedSemaphorePermit> {
        let inbox = due.account.as_ref().map_or(InboxId::from(0), |account| account.inbox.id);
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let places = places.entry(inbox).or_insert_with(|| Arc::new(Semaphore::new(OF_ONE_INBOX)));
        Arc::clone(places).try_acquire_owned().ok()
    }
}
