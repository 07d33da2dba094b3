//! What the repeat guard saw, and the numbers made of it.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, SmallInt};
use throughline_core::channel::Channel;
use throughline_core::facts::FactKind;
use throughline_core::guard::{GroupBy, GuardOutcome, RepeatCounts};
use throughline_core::id::{CustomerId, TeamId, TicketId};
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::schema::guard_checks;

/// What was seen in a draft or reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its number.
    pub id: i64,
    /// The customer's record.
    pub customer: CustomerId,
    /// The ticket.
    pub ticket: TicketId,
    /// Who wrote the draft, as events name an actor.
    pub actor: String,
    /// The team of the ticket.
    pub team: Option<TeamId>,
    /// The channel of the ticket.
    pub channel: Channel,
    /// What was asked for.
    pub kinds: Vec<FactKind>,
    /// What became of it.
    pub outcome: GuardOutcome,
    /// Why it was asked for all the same.
    pub reason: Option<String>,
    /// When.
    pub created_at: Instant,
}

impl Check {
    /// What was seen in a draft for a ticket.
    pub fn new(
        id: i64,
        ticket: &Ticket,
        actor: String,
        kinds: Vec<FactKind>,
        outcome: GuardOutcome,
        at: Instant,
    ) -> Self {
        Self {
            id,
            customer: ticket.customer,
            ticket: ticket.id,
            actor,
            team: ticket.assignee_team,
            channel: ticket.channel,
            kinds,
            outcome,
            reason: None,
            created_at: at,
        }
    }
}

fn joined(kinds: &[FactKind]) -> String {
    kinds.iter().map(FactKind::as_str).collect::<Vec<_>>().join(",")
}

/// Inserts what was seen.
pub fn insert(conn: &mut Conn, check: &Check) -> Result<(), StoreError> {
    diesel::insert_into(guard_checks::table)
        .values((
            guard_checks::id.eq(check.id),
            guard_checks::customer_id.eq(check.customer.get()),
            guard_checks::ticket_id.eq(check.ticket.get()),
            guard_checks::actor.eq(&check.actor),
            guard_checks::team_id.eq(check.team.map(TeamId::get)),
            guard_checks::channel.eq(check.channel.code()),
            guard_checks::kinds.eq(joined(&check.kinds)),
            guard_checks::outcome.eq(check.outcome.code()),
            guard_checks::reason.eq(&check.reason),
            guard_checks::created_at.eq(check.created_at.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// What somebody's drafts for a ticket asked for, of which nothing was sent yet.
pub fn pending(
    conn: &mut Conn,
    ticket: TicketId,
    actor: &str,
) -> Result<Vec<FactKind>, StoreError> {
    let rows: Vec<String> = guard_checks::table
        .filter(guard_checks::ticket_id.eq(ticket.get()))
        .filter(guard_checks::outcome.eq(GuardOutcome::Found.code()))
        .filter(guard_checks::actor.eq(actor))
        .select(guard_checks::kinds)
        .limit(100)
        .load(conn)?;
    let mut kinds: Vec<FactKind> =
        rows.iter().flat_map(|row| row.split(',')).filter_map(|kind| kind.parse().ok()).collect();
    kinds.sort();
    kinds.dedup();
    Ok(kinds)
}

/// Takes away what somebody's drafts for a ticket asked for: the reply has been sent.
pub fn settle(conn: &mut Conn, ticket: TicketId, actor: &str) -> Result<(), StoreError> {
    let drafts = guard_checks::table
        .filter(guard_checks::ticket_id.eq(ticket.get()))
        .filter(guard_checks::outcome.eq(GuardOutcome::Found.code()))
        .filter(guard_checks::actor.eq(actor));
    diesel::delete(drafts).execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Nullable<BigInt>)]
    place: Option<i64>,
    #[diesel(sql_type = SmallInt)]
    what: i16,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

const AVOIDED: i16 = 2;
const ASKED: i16 = 3;
const RESOLVED: i16 = 10;
const REPEATED: i16 = 11;
const SWITCHED: i16 = 12;

/// The numbers of a period by team or channel; `None` is for no team. `within` is the time after which
/// a new ticket is no repeat contact any more, in microseconds.
pub fn counts(
    conn: &mut Conn,
    by: GroupBy,
    from: Instant,
    until: Instant,
    within: i64,
) -> Result<HashMap<Option<i64>, RepeatCounts>, StoreError> {
    let mut found: HashMap<Option<i64>, RepeatCounts> = HashMap::new();
    for query in [
        questions(by),
        tickets(by, RESOLVED, ""),
        tickets(by, REPEATED, REPEAT),
        tickets(by, SWITCHED, SWITCH),
    ] {
        let rows: Vec<Counted> = diesel::sql_query(query)
            .bind::<BigInt, _>(from.as_micros())
            .bind::<BigInt, _>(until.as_micros())
            .bind::<BigInt, _>(within)
            .load(conn)?;
        for Counted { place, what, count } in rows {
            let counts = found.entry(place).or_default();
            match what {
                AVOIDED => counts.avoided += count,
                ASKED => counts.asked += count,
                RESOLVED => counts.resolved += count,
                REPEATED => counts.repeat_contacts += count,
                _ => counts.channel_switches += count,
            }
        }
    }
    Ok(found)
}

/// A ticket of the same customer, whatever record it came by, that was opened soon after this one was
/// resolved.
const REPEAT: &str = " AND EXISTS (SELECT 1 FROM customers own \
    JOIN customers other ON COALESCE(other.canonical_id, other.id) = COALESCE(own.canonical_id, own.id) \
    JOIN tickets later ON later.customer_id = other.id \
    WHERE own.id = tickets.customer_id AND later.id <> tickets.id \
    AND later.created_at > tickets.resolved_at AND later.created_at <= tickets.resolved_at + $3)";

/// A message of the same customer, or a call with him, on another channel between the opening and the
/// resolution.
const SWITCH: &str = " AND $3 > 0 AND EXISTS (SELECT 1 FROM customers own \
    JOIN customers other ON COALESCE(other.canonical_id, other.id) = COALESCE(own.canonical_id, own.id) \
    JOIN timeline_items said ON said.customer_id = other.id \
    WHERE own.id = tickets.customer_id AND (said.kind = 4 OR said.kind = 1 AND said.author_kind = 1) \
    AND said.channel <> tickets.channel AND said.occurred_at >= tickets.created_at \
    AND said.occurred_at <= tickets.resolved_at)";

fn questions(by: GroupBy) -> String {
    let place = match by {
        GroupBy::Team => "team_id",
        GroupBy::Channel => "CAST(channel AS BIGINT)",
    };
    format!(
        "SELECT {place} AS place, outcome AS what, COUNT(*) AS count FROM guard_checks \
         WHERE created_at >= $1 AND created_at < $2 AND $3 > 0 AND outcome IN (2, 3) \
         GROUP BY {place}, outcome"
    )
}

fn tickets(by: GroupBy, what: i16, more: &str) -> String {
    let place = match by {
        GroupBy::Team => "tickets.assignee_team_id",
        GroupBy::Channel => "CAST(tickets.channel AS BIGINT)",
    };
    let unused = if more.contains("$3") { "" } else { " AND $3 > 0" };
    format!(
        "SELECT {place} AS place, CAST({what} AS SMALLINT) AS what, COUNT(*) AS count FROM tickets \
         WHERE tickets.resolved_at >= $1 AND tickets.resolved_at < $2{unused}{more} GROUP BY {place}"
    )
}
