//! What the suites share: a fresh database on either back end, a clock that tests set, the API on
//! a loopback port, and clients that fail at the line that called them.

mod backend;
mod client;
mod clock;
pub mod hooks;
pub mod mails;
pub mod threads;
pub mod webhooks;
mod world;

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

pub use backend::Backend;
pub use client::{Answer, Client};
pub use clock::ManualClock;
pub use world::{PASSWORD, World};

/// Makes one test per database out of an async function that takes a [`World`].
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => { $(
        mod $name {
            #[test]
            fn sqlite() {
                $crate::run($crate::Backend::Sqlite, super::$name);
            }

            #[test]
            fn postgres() {
                $crate::run($crate::Backend::Postgres, super::$name);
            }
        }
    )+ };
}

/// The longest that a test may take. One that hangs is told by its name.
const LIMIT: Duration = Duration::from_secs(400);

/// A runtime that never waits for what hangs in it.
struct Running(Option<Runtime>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_timeout(Duration::from_secs(10));
        }
    }
}

/// Runs a test against a fresh world on one database, and fails it if jobs are left dead.
pub fn run<F, Fut>(backend: Backend, test: F)
where
    F: FnOnce(std::sync::Arc<World>) -> Fut,
    Fut: Future<Output = ()>,
{
    if !backend.is_there() {
        eprintln!("left out: no {backend:?} server; run `make test`");
        return;
    }
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let running = Running(Some(runtime.expect("a runtime")));
    let whole = async {
        let world = std::sync::Arc::new(World::new(backend).await);
        test(world.clone()).await;
        world.assert_no_dead_jobs().await;
    };
    let runtime = running.0.as_ref().expect("it runs");
    let ended = runtime.block_on(async { tokio::time::timeout(LIMIT, whole).await });
    assert!(ended.is_ok(), "it did not end within {LIMIT:?}");
}
