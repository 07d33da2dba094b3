//! Group commit for SQLite: one thread owns the one writing connection, and small transactions
//! that wait at the same moment share one commit. Each runs in a savepoint of its own and gets its
//! own result, and only after the commit.
//!
//! After any failure of the transaction as a whole the connection is thrown away: nothing of the
//! group was kept, everybody in it is told so, and what comes next starts on a fresh one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use diesel::connection::TransactionManager;
use diesel::{Connection, SqliteConnection};
use tokio::sync::oneshot;

use crate::conn::{Conn, Manager};
use crate::error::StoreError;
use crate::options::StoreOptions;

/// How many transactions share a commit at the most: bounds what one power cut makes wait.
const MAX_GROUP: usize = 256;
/// The pause before the database is opened again after that failed.
const REOPEN: Duration = Duration::from_millis(500);

/// Tells a waiting caller how the commit went.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Runs the caller's work, or refuses it unrun when there is no connection to run it on.
type Work = Box<dyn FnOnce(Result<&mut Conn, StoreError>) -> Answer + Send>;

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
            .spawn(move || run(Some(conn), &options, &receiver))
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
            let result = match conn {
                Ok(conn) => crate::transaction(conn, work),
                Err(refused) => Err(refused.into()),
            };
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

fn run(mut conn: Option<Conn>, options: &StoreOptions, receiver: &mpsc::Receiver<Work>) {
    while let Ok(first) = receiver.recv() {
        match conn.take().map_or_else(|| Manager::writer(options), Ok) {
            Ok(open) => conn = guarded(open, first, receiver),
            Err(error) => {
                tracing::error!(%error, "cannot open the database for writing");
                first(Err(error))(Ok(()));
                std::thread::sleep(REOPEN);
            }
        }
    }
}

/// Commits a group; gives the connection back if it may be used again.
fn guarded(mut conn: Conn, first: Work, receiver: &mpsc::Receiver<Work>) -> Option<Conn> {
    let group = catch_unwind(AssertUnwindSafe(|| commit_group(&mut conn, first, receiver)));
    if group.unwrap_or(false) {
        return Some(conn);
    }
    tracing::error!("a group of writes failed and was rolled back");
    None
}

/// Runs what waits and commits it together. Answers whether the connection may be used again.
fn commit_group(conn: &mut Conn, first: Work, receiver: &mpsc::Receiver<Work>) -> bool {
    if let Err(error) = begin(conn) {
        // Refused unrun: run without a transaction around it, the work would open its own.
        first(Err(error))(Ok(()));
        return false;
    }
    let mut answers = vec![first(Ok(&mut *conn))];
    while answers.len() < MAX_GROUP && is_in_transaction(conn) {
        let Ok(next) = receiver.try_recv() else { break };
        answers.push(next(Ok(&mut *conn)));
    }
    let committed = commit(conn).map_err(|e| e.to_string());
    for answer in answers {
        answer(committed.clone().map_err(StoreError::Unavailable));
    }
    committed.is_ok()
}

type Transactions = <SqliteConnection as Connection>::TransactionManager;

/// Whether exactly the group's own transaction is open: a full disk makes SQLite roll it back by
/// itself, and what ran then would be on its own.
fn is_in_transaction(conn: &mut Conn) -> bool {
    let Conn::Sqlite(c) = conn else { return false };
    let status = Transactions::transaction_manager_status_mut(c);
    matches!(status.transaction_depth(), Ok(Some(depth)) if depth.get() == 1)
}

fn begin(conn: &mut Conn) -> Result<(), StoreError> {
    let Conn::Sqlite(c) = conn else { return Err(not_sqlite()) };
    // IMMEDIATE: the lock is taken now, not at the first write, where it could fail half-way.
    Ok(Transactions::begin_transaction_sql(c, "BEGIN IMMEDIATE")?)
}

fn commit(conn: &mut Conn) -> Result<(), StoreError> {
    if !is_in_transaction(conn) {
        return Err(StoreError::Unavailable("the database gave the transaction up".to_owned()));
    }
    let Conn::Sqlite(c) = conn else { return Err(not_sqlite()) };
    Ok(Transactions::commit_transaction(c)?)
}

fn not_sqlite() -> StoreError {
    StoreError::Internal("the group writer serves SQLite alone".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{BlobOptions, DatabaseUrl};
    use diesel::RunQueryDsl;
    use diesel::connection::SimpleConnection;

    fn options(folder: &std::path::Path) -> StoreOptions {
        StoreOptions {
            url: DatabaseUrl::Sqlite(folder.join("w.db")),
            blobs: BlobOptions::Folder(folder.join("blobs")),
            connections: None,
        }
    }

    fn execute(conn: &mut Conn, sql: &str) -> Result<(), StoreError> {
        let Conn::Sqlite(c) = conn else { return Err(not_sqlite()) };
        Ok(c.batch_execute(sql)?)
    }

    fn rows(conn: &mut Conn) -> Result<i64, StoreError> {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        let sql = "SELECT COUNT(*) AS n FROM t";
        Ok(diesel::sql_query(sql).get_result::<Count>(conn)?.n)
    }

    async fn table(writer: &Writer) {
        writer.write(|c| execute(c, "CREATE TABLE t (n INTEGER UNIQUE)")).await.unwrap();
    }

    #[tokio::test]
    async fn each_of_a_group_gets_its_own_result() {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::start(&options(folder.path())).unwrap();
        table(&writer).await;
        let insert = |n: i64| {
            let writer = writer.clone();
            let sql = format!("INSERT INTO t VALUES ({})", n / 2);
            tokio::spawn(async move { writer.write(move |c| execute(c, &sql)).await })
        };
        let all: Vec<_> = (0..200).map(insert).collect();
        let mut kept = 0;
        for one in all {
            kept += i64::from(one.await.unwrap().is_ok());
        }
        assert_eq!(kept, 100, "of each pair one was refused");
        assert_eq!(writer.write(rows).await.unwrap(), 100);
    }

    #[test]
    fn work_that_cannot_begin_is_refused_and_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let options = options(folder.path());
        let (mut holder, mut conn) =
            (Manager::writer(&options).unwrap(), Manager::writer(&options).unwrap());
        execute(&mut holder, "BEGIN IMMEDIATE").unwrap();
        execute(&mut conn, "PRAGMA busy_timeout = 1").unwrap();
        let (told, tells) = mpsc::channel();
        let work: Work = Box::new(move |conn| {
            told.send(conn.is_err()).unwrap();
            Box::new(|_| ())
        });
        let (_sender, nothing) = mpsc::channel();
        assert!(!commit_group(&mut conn, work, &nothing));
        assert!(tells.recv().unwrap(), "it got no connection to run on");
    }

    #[tokio::test]
    async fn a_transaction_that_the_database_gave_up_is_told_and_the_next_one_works() {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::start(&options(folder.path())).unwrap();
        table(&writer).await;
        // What a full disk does: the transaction is gone beneath the savepoint.
        let lost: Result<(), StoreError> = writer.write(|c| execute(c, "ROLLBACK")).await;
        lost.unwrap_err();
        writer.write(|c| execute(c, "INSERT INTO t VALUES (7)")).await.unwrap();
        assert_eq!(writer.write(rows).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_panic_costs_its_group_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::start(&options(folder.path())).unwrap();
        table(&writer).await;
        let broken: Result<(), StoreError> = writer.write(|_| panic!("on purpose")).await;
        broken.unwrap_err();
        writer.write(|c| execute(c, "INSERT INTO t VALUES (1)")).await.unwrap();
        assert_eq!(writer.write(rows).await.unwrap(), 1);
    }
}
