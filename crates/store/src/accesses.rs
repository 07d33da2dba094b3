//! Lines of the audit trail that are no domain events: who came in, and who took what out.

use diesel::prelude::*;
use throughline_core::access::Access;
use throughline_core::id::{EventId, first_id_at};
use throughline_core::time::Instant;

use crate::conn::{Both, Conn};
use crate::error::StoreError;
use crate::events::{AuditFilter, Audited};
use crate::schema::accesses;

/// A line to be noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccess {
    /// Its id; of a new password that of the event which tells of it, too.
    pub id: EventId,
    /// What happened.
    pub access: Access,
    /// Who, as events name an actor.
    pub actor: String,
    /// With which account, or what was taken out.
    pub thing: String,
    /// From which address; empty when nobody knows.
    pub address: String,
    /// When.
    pub at: Instant,
}

/// A line as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accessed {
    /// Its id.
    pub id: EventId,
    /// What it was about, as [`Access::what`] says.
    pub what: String,
    /// What was done, as [`Access::change`] says.
    pub change: String,
    /// Who.
    pub actor: String,
    /// With which account, or what was taken out.
    pub thing: String,
    /// From which address; empty when nobody knows.
    pub address: String,
    /// When for the first time.
    pub at: Instant,
    /// How often within its period.
    pub times: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = accesses)]
struct Row {
    id: i64,
    what: String,
    change: String,
    actor: String,
    thing: String,
    address: String,
    period: i64,
    at: i64,
    times: i64,
}

impl From<&NewAccess> for Row {
    fn from(new: &NewAccess) -> Self {
        let NewAccess { id, access, actor, thing, address, at } = new;
        Self {
            id: id.get(),
            what: access.what().to_owned(),
            change: access.change().to_owned(),
            actor: actor.clone(),
            thing: thing.clone(),
            address: address.clone(),
            period: access.period(*at).as_micros(),
            at: at.as_micros(),
            times: 1,
        }
    }
}

impl From<Row> for Accessed {
    fn from(row: Row) -> Self {
        let Row { id, what, change, actor, thing, address, period: _, at, times } = row;
        let (id, at) = (EventId::from(id), Instant::from_micros(at));
        Self { id, what, change, actor, thing, address, at, times }
    }
}

/// Notes a line, or counts it on the one of its period that says the same.
pub fn note(conn: &mut Conn, new: &NewAccess) -> Result<(), StoreError> {
    use accesses::{actor, address, change, period, thing, times, what};
    let upsert = diesel::insert_into(accesses::table)
        .values(Row::from(new))
        .on_conflict((what, change, period, actor, thing, address))
        .do_update()
        .set(times.eq(times + 1));
    Both(upsert).execute(conn)?;
    Ok(())
}

/// How many lines say the same of others since an instant: periods that began before it do not count.
pub fn count_since(conn: &mut Conn, access: Access, since: Instant) -> Result<i64, StoreError> {
    let count = accesses::table
        .filter(accesses::period.ge(since.as_micros()))
        .filter(accesses::what.eq(access.what()))
        .filter(accesses::change.eq(access.change()))
        .count()
        .get_result(conn)?;
    Ok(count)
}

/// Whether this would be counted on a line that is there.
pub fn is_known(conn: &mut Conn, new: &NewAccess) -> Result<bool, StoreError> {
    let same = accesses::table
        .filter(accesses::period.eq(new.access.period(new.at).as_micros()))
        .filter(accesses::what.eq(new.access.what()))
        .filter(accesses::change.eq(new.access.change()))
        .filter(accesses::actor.eq(&new.actor))
        .filter(accesses::thing.eq(&new.thing))
        .filter(accesses::address.eq(&new.address));
    Ok(same.select(accesses::id).first::<i64>(conn).optional()?.is_some())
}

/// Lines below an id, newest first; none when the filter asks for what events tell.
pub fn list(
    conn: &mut Conn,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Accessed>, StoreError> {
    let AuditFilter { actor, what, since, until } = filter;
    let mut query = accesses::table
        .filter(accesses::id.lt(before.unwrap_or(i64::MAX)))
        .order(accesses::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    query = match what {
        None => query,
        Some(Audited::Access(name)) => query.filter(accesses::what.eq(*name)),
        Some(_) => return Ok(Vec::new()),
    };
    if let Some(actor) = actor {
        query = query.filter(accesses::actor.eq(actor));
    }
    if let Some(since) = since {
        query = query.filter(accesses::at.ge(since.as_micros()));
    }
    if let Some(until) = until {
        query = query.filter(accesses::at.lt(until.as_micros()));
    }
    Ok(query.load(conn)?.into_iter().map(Accessed::from).collect())
}

/// Forgets those of before an instant. Answers how many.
pub fn purge(conn: &mut Conn, before: Instant) -> Result<usize, StoreError> {
    let old = accesses::table.filter(accesses::id.lt(first_id_at(before)));
    Ok(diesel::delete(old).execute(conn)?)
}
