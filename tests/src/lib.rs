//! What the suites share: a fresh database on either back end, a clock that tests set, the API on
//! a loopback port, and clients that fail at the line that called them.

mod backend;
mod client;
mod clock;
pub mod mails;
pub mod threads;
pub mod webhooks;
mod world;

pub use backend::Backend;
pub use client::{Answer, Client};
pub use clock::ManualClock;
pub use world::World;

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
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let world = std::sync::Arc::new(World::new(backend).await);
        test(world.clone()).await;
        world.assert_no_dead_jobs().await;
    });
}
