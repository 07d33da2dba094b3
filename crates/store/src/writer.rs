//! Group commit for SQLite: one thread owns the one writing connection, and small transactions
//! that wait at the same moment share one commit. Each runs in a savepoint of its own and gets its
//! own result, and only after the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::{Connection, SqliteConnection};
use tokio::sync::oneshot;

use crate::conn::{Conn, Manager};
use crate::error::StoreError;
use crate::options::StoreOptions;

/// How many transactions share a commit at the most: bounds what one power cut makes wait.
const MAX_GROUP: usize = 256;

/// Tells a waiting caller how the commit went.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Work = Box<dyn FnOnce(&mut Conn) -> Answer + Send>;

/// The handle to the writing thread.
#[derive(Clone)]
pub struct Writer(mpsc::Sender<Work>);

impl Writer {
    /// Starts the thread with a fresh connection.
    pub fn start(options: &StoreOptions) -> Result<Self, StoreError> {
        let conn = Manager::writer(options)?;
        let (sender, receiver) = mpsc::channel();
        let options = options.clone();
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || run(conn, &options, &receiver))
            .map_err(|e| StoreError::Internal(format!("cannot start the writing thread: {e}")))?;
        Ok(Self(sender))
    }

    /// Runs `work` in a savepoint and waits for the commit it shares.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let boxed: Work = Box::new(move |conn| {
            let result = crate::transaction(conn, work);
            Box::new(move |commit| {
                // The caller may have gone away; its work is committed all the same.
                let _ = sender.send(commit.map_err(E::from).and(result));
            })
        });
        let gone = || E::from(StoreError::Unavailable("the writing thread has ended".to_owned()));
        self.0.send(boxed).map_err(|_| gone())?;
        receiver.await.unwrap_or_else(|_| Err(gone()))
    }
}

fn run(mut conn: Conn, options: &StoreOptions, receiver: &mpsc::Receiver<Work>) {
    while let Ok(first) = receiver.recv() {
        let group = catch_unwind(AssertUnwindSafe(|| commit_group(&mut conn, first, receiver)));
        if group.is_err() {
            // The state of the transaction is unknown: a fresh connection rolls it back.
            tracing::error!("a write panicked; its group was rolled back");
            match Manager::writer(options) {
                Ok(fresh) => conn = fresh,
                Err(error) => {
                    tracing::error!(%error, "cannot reopen the database for writing");
                    return;
                }
            }
        }
    }
}

fn commit_group(conn: &mut Conn, first: Work, receiver: &mpsc::Receiver<Work>) {
    let Conn::Sqlite(_) = conn else { return };
    if let Err(error) = begin(conn) {
        return first(conn)(Err(error));
    }
    let mut answers = vec![first(conn)];
    while answers.len() < MAX_GROUP {
        let Ok(next) = receiver.try_recv() else { break };
        answers.push(next(conn));
    }
    let commit = commit(conn).map_err(|e| e.to_string());
    for answer in answers {
        answer(commit.clone().map_err(StoreError::Unavailable));
    }
}

type Transactions = <SqliteConnection as Connection>::TransactionManager;

fn begin(conn: &mut Conn) -> Result<(), StoreError> {
    let Conn::Sqlite(c) = conn else { return Ok(()) };
    // IMMEDIATE: the lock is taken now, not at the first write, where it could fail half-way.
    Ok(Transactions::begin_transaction_sql(c, "BEGIN IMMEDIATE")?)
}

fn commit(conn: &mut Conn) -> Result<(), StoreError> {
    let Conn::Sqlite(c) = conn else { return Ok(()) };
    if let Err(error) = Transactions::commit_transaction(c) {
        // Leave nothing open behind: the callers are told that nothing was kept.
        let _ = Transactions::rollback_transaction(c);
        let _ = c.batch_execute("ROLLBACK");
        return Err(error.into());
    }
    Ok(())
}
