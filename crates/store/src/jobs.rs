//! The job table: enqueued inside the business transaction, claimed by lease, never by holding a
//! transaction while working. A job whose lease has run out is due again, in its old place: what a
//! dead worker left behind comes before what arrived later.

use diesel::prelude::*;
use throughline_core::id::JobId;
use throughline_core::time::Instant;

use crate::conn::{Conn, insert_rows};
use crate::error::StoreError;
use crate::schema::jobs;

/// A job to enqueue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// What to do.
    pub kind: &'static str,
    /// With what, as JSON.
    pub payload: String,
    /// Not before.
    pub run_at: Instant,
    /// While a job of this kind and key is there, another is not enqueued.
    pub dedup_key: Option<String>,
}

/// A claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What to do.
    pub kind: String,
    /// With what, as JSON.
    pub payload: String,
    /// How often it has been claimed, this time included.
    pub attempts: i32,
    /// Proves the claim when completing or failing.
    pub token: i64,
}

/// A job that has failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    /// Its id.
    pub id: JobId,
    /// What it was to do.
    pub kind: String,
    /// With what, as JSON.
    pub payload: String,
    /// How often it was tried.
    pub attempts: i32,
    /// Why it failed last.
    pub last_error: Option<String>,
    /// When it was enqueued.
    pub created_at: Instant,
}

/// How many jobs of a kind are where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCount {
    /// The kind.
    pub kind: String,
    /// Waiting, due or leased.
    pub queued: i64,
    /// Failed for good.
    pub dead: i64,
}

/// Rows of one statement: SQLite takes 32,766 values in it.
const BATCH: usize = 1_000;

#[derive(Insertable)]
#[diesel(table_name = jobs, treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: i64,
    kind: &'a str,
    payload: &'a str,
    run_at: i64,
    attempts: i32,
    dead: bool,
    dedup_key: Option<&'a str>,
    created_at: i64,
}

/// Enqueues jobs; one whose dedup key is already waiting is left out.
pub fn enqueue(conn: &mut Conn, new: &[NewJob], now: Instant) -> Result<(), StoreError> {
    let rows: Vec<NewRow<'_>> = new
        .iter()
        .map(|job| NewRow {
            id: job.id.get(),
            kind: job.kind,
            payload: &job.payload,
            run_at: job.run_at.as_micros(),
            attempts: 0,
            dead: false,
            dedup_key: job.dedup_key.as_deref(),
            created_at: now.as_micros(),
        })
        .collect();
    insert_rows!(conn, jobs::table, rows, on_conflict_do_nothing);
    Ok(())
}

/// Enqueues jobs in place of those with the same dedup key, be they dead or under a claim: a claim
/// that was held is lost, and what its holder still does cannot complete the new job.
pub fn enqueue_anew(conn: &mut Conn, new: &[NewJob], now: Instant) -> Result<(), StoreError> {
    for part in new.chunks(BATCH) {
        let keys: Vec<&str> = part.iter().filter_map(|job| job.dedup_key.as_deref()).collect();
        let kinds: Vec<&str> = part.iter().map(|job| job.kind).collect();
        let old = jobs::table.filter(jobs::kind.eq_any(kinds)).filter(jobs::dedup_key.eq_any(keys));
        diesel::delete(old).execute(conn)?;
    }
    enqueue(conn, new, now)
}

/// Claims up to `limit` due jobs of the given kinds, oldest first, until `now` plus the lease. A job
/// that may have brought its worker down is claimed alone.
pub fn claim(
    conn: &mut Conn,
    kinds: &[&str],
    limit: i64,
    lease_ms: i64,
    token: i64,
    now: Instant,
) -> Result<Vec<Job>, StoreError> {
    let due = due(conn, kinds, limit, now)?;
    let ids = bury_deadly(conn, due)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let until = now.plus_millis(lease_ms).as_micros();
    diesel::update(jobs::table.filter(jobs::id.eq_any(&ids)))
        .set((
            jobs::lease_until.eq(until),
            jobs::lease_token.eq(token),
            jobs::attempts.eq(jobs::attempts + 1),
        ))
        .execute(conn)?;
    let rows: Vec<(i64, String, String, i32)> = jobs::table
        .filter(jobs::id.eq_any(&ids))
        .order(jobs::id.asc())
        .select((jobs::id, jobs::kind, jobs::payload, jobs::attempts))
        .load(conn)?;
    let claimed =
        |(id, kind, payload, attempts)| Job { id: JobId::from(id), kind, payload, attempts, token };
    Ok(rows.into_iter().map(claimed).collect())
}

/// A job that has been claimed this often without ever being settled takes its worker down with it.
const DEADLY: i32 = 12;
/// A job that has been claimed this often may be such a one, so it is claimed alone from then on: those
/// that were claimed beside it are not to die of it.
const SUSPECT: i32 = 4;

/// Marks the deadly jobs dead, and answers with those of the others that are claimed together.
fn bury_deadly(conn: &mut Conn, due: Vec<(i64, i32)>) -> Result<Vec<i64>, StoreError> {
    let (deadly, others): (Vec<_>, Vec<_>) =
        due.into_iter().partition(|(_, attempts)| *attempts >= DEADLY);
    let together = match others.first() {
        Some((_, attempts)) if *attempts >= SUSPECT => 1,
        _ => others.iter().take_while(|(_, attempts)| *attempts < SUSPECT).count(),
    };
    let claimed = others.into_iter().take(together).map(|(id, _)| id).collect();
    if deadly.is_empty() {
        return Ok(claimed);
    }
    let found: Vec<i64> = deadly.into_iter().map(|(id, _)| id).collect();
    diesel::update(jobs::table.filter(jobs::id.eq_any(&found)))
        .set((
            jobs::dead.eq(true),
            jobs::last_error.eq("its worker died on it each time"),
            jobs::lease_until.eq(None::<i64>),
            jobs::lease_token.eq(None::<i64>),
        ))
        .execute(conn)?;
    Ok(claimed)
}

/// The due jobs, oldest first, and how often each has been claimed.
fn due(
    conn: &mut Conn,
    kinds: &[&str],
    limit: i64,
    now: Instant,
) -> Result<Vec<(i64, i32)>, StoreError> {
    macro_rules! query {
        () => {
            jobs::table
                .filter(jobs::kind.eq_any(kinds))
                .filter(jobs::dead.eq(false))
                .filter(jobs::run_at.le(now.as_micros()))
                .filter(jobs::lease_until.is_null().or(jobs::lease_until.le(now.as_micros())))
                .order((jobs::run_at.asc(), jobs::id.asc()))
                .select((jobs::id, jobs::attempts))
                .limit(limit)
        };
    }
    Ok(match conn {
        // Others' claims in flight are passed over, not waited for.
        Conn::Pg(c) => query!().for_update().skip_locked().load(c)?,
        Conn::Sqlite(c) => query!().load(c)?,
    })
}

/// Removes finished jobs that are still under the given claim. Answers how many were.
pub fn complete(conn: &mut Conn, ids: &[JobId], token: i64) -> Result<usize, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let mine = jobs::table.filter(jobs::id.eq_any(ids)).filter(jobs::lease_token.eq(token));
    Ok(diesel::delete(mine).execute(conn)?)
}

/// Notes a failure: again at `retry_at`, or dead when there is no again.
pub fn fail(
    conn: &mut Conn,
    id: JobId,
    token: i64,
    error: &str,
    retry_at: Option<Instant>,
) -> Result<(), StoreError> {
    let error: String = error.chars().take(2_000).collect();
    let mine = jobs::table.filter(jobs::id.eq(id.get())).filter(jobs::lease_token.eq(token));
    let released = (
        jobs::lease_until.eq(None::<i64>),
        jobs::lease_token.eq(None::<i64>),
        jobs::last_error.eq(error),
    );
    match retry_at {
        Some(at) => {
            diesel::update(mine).set((jobs::run_at.eq(at.as_micros()), released)).execute(conn)?
        }
        None => diesel::update(mine).set((jobs::dead.eq(true), released)).execute(conn)?,
    };
    Ok(())
}

/// Prolongs the lease of jobs that take long. Answers how many are still ours.
pub fn extend(
    conn: &mut Conn,
    ids: &[JobId],
    token: i64,
    until: Instant,
) -> Result<usize, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let mine = jobs::table.filter(jobs::id.eq_any(ids)).filter(jobs::lease_token.eq(token));
    Ok(diesel::update(mine).set(jobs::lease_until.eq(until.as_micros())).execute(conn)?)
}

/// Gives claimed jobs back at once, as on shutdown; the claim does not count as an attempt.
pub fn release(conn: &mut Conn, ids: &[JobId], token: i64) -> Result<(), StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let mine = jobs::table.filter(jobs::id.eq_any(ids)).filter(jobs::lease_token.eq(token));
    diesel::update(mine)
        .set((
            jobs::lease_until.eq(None::<i64>),
            jobs::lease_token.eq(None::<i64>),
            jobs::attempts.eq(jobs::attempts - 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Puts a claimed job off without counting the claim as an attempt: nothing failed, it is only not
/// yet time.
pub fn postpone(
    conn: &mut Conn,
    id: JobId,
    token: i64,
    until: Instant,
    why: &str,
) -> Result<(), StoreError> {
    let why: String = why.chars().take(2_000).collect();
    let mine = jobs::table.filter(jobs::id.eq(id.get())).filter(jobs::lease_token.eq(token));
    diesel::update(mine)
        .set((
            jobs::run_at.eq(until.as_micros()),
            jobs::lease_until.eq(None::<i64>),
            jobs::lease_token.eq(None::<i64>),
            jobs::attempts.eq(jobs::attempts - 1),
            jobs::last_error.eq(why),
        ))
        .execute(conn)?;
    Ok(())
}

/// Removes the job of a kind with this dedup key, be it under a claim or not.
pub fn remove(conn: &mut Conn, kind: &str, dedup_key: &str) -> Result<(), StoreError> {
    let named = jobs::table.filter(jobs::kind.eq(kind)).filter(jobs::dedup_key.eq(Some(dedup_key)));
    diesel::delete(named).execute(conn)?;
    Ok(())
}

/// How many jobs of each kind wait and are dead.
pub fn counts(conn: &mut Conn) -> Result<Vec<JobCount>, StoreError> {
    let rows: Vec<(String, bool, i64)> = jobs::table
        .group_by((jobs::kind, jobs::dead))
        .select((jobs::kind, jobs::dead, diesel::dsl::count_star()))
        .order(jobs::kind.asc())
        .load(conn)?;
    let mut counts: Vec<JobCount> = Vec::new();
    for (kind, dead, n) in rows {
        if counts.last().is_none_or(|last| last.kind != kind) {
            counts.push(JobCount { kind, queued: 0, dead: 0 });
        }
        if let Some(last) = counts.last_mut() {
            if dead { last.dead = n } else { last.queued = n }
        }
    }
    Ok(counts)
}

/// Dead jobs, newest first, before a given id.
pub fn dead(conn: &mut Conn, before: Option<i64>, limit: i64) -> Result<Vec<DeadJob>, StoreError> {
    type Row = (i64, String, String, i32, Option<String>, i64);
    let rows: Vec<Row> = jobs::table
        .filter(jobs::dead.eq(true))
        .filter(jobs::id.lt(before.unwrap_or(i64::MAX)))
        .order(jobs::id.desc())
        .select((
            jobs::id,
            jobs::kind,
            jobs::payload,
            jobs::attempts,
            jobs::last_error,
            jobs::created_at,
        ))
        .limit(limit)
        .load(conn)?;
    let dead = |(id, kind, payload, attempts, last_error, created_at)| DeadJob {
        id: JobId::from(id),
        kind,
        payload,
        attempts,
        last_error,
        created_at: Instant::from_micros(created_at),
    };
    Ok(rows.into_iter().map(dead).collect())
}

/// The dedup keys of dead jobs of these kinds, newest first.
pub fn dead_keys(conn: &mut Conn, kinds: &[&str], limit: i64) -> Result<Vec<String>, StoreError> {
    let keys: Vec<Option<String>> = jobs::table
        .filter(jobs::kind.eq_any(kinds))
        .filter(jobs::dead.eq(true))
        .order(jobs::id.desc())
        .limit(limit)
        .select(jobs::dedup_key)
        .load(conn)?;
    Ok(keys.into_iter().flatten().collect())
}

/// Why the job of a kind with this dedup key is dead, if it is.
pub fn why_dead(
    conn: &mut Conn,
    kind: &str,
    dedup_key: &str,
) -> Result<Option<String>, StoreError> {
    let why: Option<Option<String>> = jobs::table
        .filter(jobs::kind.eq(kind))
        .filter(jobs::dedup_key.eq(dedup_key))
        .filter(jobs::dead.eq(true))
        .select(jobs::last_error)
        .first(conn)
        .optional()?;
    Ok(why.map(Option::unwrap_or_default))
}

/// Puts a dead job back into the queue with fresh attempts. Says whether it was dead.
pub fn revive(conn: &mut Conn, id: JobId, now: Instant) -> Result<bool, StoreError> {
    let dead = jobs::table.filter(jobs::id.eq(id.get())).filter(jobs::dead.eq(true));
    let fresh = (jobs::dead.eq(false), jobs::attempts.eq(0), jobs::run_at.eq(now.as_micros()));
    Ok(diesel::update(dead).set(fresh).execute(conn)? == 1)
}
