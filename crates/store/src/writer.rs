//! Group commit for SQLite: one thread owns the one writing connection, and small transactions
//! that wait at the same moment share one commit. Each gets its own result, and only after the commit.
//! The first of a group runs in the transaction itself, since a savepoint makes SQLite copy each page
//! that is changed: when it fails, all is undone and the group is over. The others run in savepoints of
//! their own.
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
/// Where the caller's work runs.
enum Place<'a> {
    /// In the transaction itself, which is undone when the work fails.
    First(&'a mut Conn),
    /// In a savepoint behind others.
    Behind(&'a mut Conn),
    /// Nowhere: it is refused unrun.
    Refused(StoreError),
}
/// What became of the caller's work.
struct Ran {
    answer: Answer,
    failed: bool,
}
/// Runs the caller's work.
type Work = Box<dyn FnOnce(Place<'_>) -> Ran + Send>;

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

    /// Runs `work` and waits for the commit it shares.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let boxed: Work = Box::new(move |place| {
            let result = match place {
                Place::First(conn) => work(conn),
                Place::Behind(conn) => crate::transaction(conn, work),
                Place::Refused(why) => Err(why.into()),
            };
            let failed = result.is_err();
            let answer: Answer = Box::new(move |commit| {
                // The caller may have gone away; its work is committed all the same.
                let _ = sender.send(commit.map_err(E::from).and(result));
            });
            Ran { answer, failed }
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
                refuse(first, error);
                std::thread::sleep(REOPEN);
            }
        }
    }
}

fn refuse(work: Work, why: StoreError) {
    (work(Place::Refused(why)).answer)(Ok(()));
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
        // Refused unrun: there is no transaction around it.
        refuse(first, error);
        return false;
    }
    let first = first(Place::First(&mut *conn));
    if first.failed {
        let undone = roll_back(conn).is_ok();
        // What failed is told as it is, whatever became of undoing it: nothing of it was committed.
        (first.answer)(Ok(()));
        return undone;
    }
    let mut answers = vec![first.answer];
    while answers.len() < MAX_GROUP && is_in_transaction(conn) {
        let Ok(next) = receiver.try_recv() else { break };
        answers.push(next(Place::Behind(&mut *conn)).answer);
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

fn roll_back(conn: &mut Conn) -> Result<(), StoreError> {
    let Conn::Sqlite(c) = conn else { return Err(not_sqlite()) };
    Ok(Transactions::rollback_transaction(c)?)
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
        let work: Work = Box::new(move |place| {
            told.send(matches!(place, Place::Refused(_))).unwrap();
            Ran { answer: Box::new(|_| ()), failed: true }
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
    async fn who_fails_first_leaves_nothing_and_costs_nobody_behind_him() {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::start(&options(folder.path())).unwrap();
        table(&writer).await;
        let failing = writer.write(|c| {
            execute(c, "INSERT INTO t VALUES (1)")?;
            Err::<(), _>(StoreError::Internal("on purpose".to_owned()))
        });
        let behind = writer.write(|c| execute(c, "INSERT INTO t VALUES (2)"));
        let (failed, kept) = tokio::join!(failing, behind);
        assert!(matches!(failed, Err(StoreError::Internal(why)) if why == "on purpose"));
        kept.unwrap();
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
