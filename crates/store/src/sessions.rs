//! Refresh tokens. Those that follow from one sign-in are a family; only hashes are stored.
//!
//! Whoever changes a family holds its agent's row first ([`crate::agents::hold`]), so that no
//! token can slip past a sign-out or a change of password.

use diesel::prelude::*;
use throughline_core::id::{AgentId, SessionId};
use throughline_core::time::Instant;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::schema::refresh_tokens;

/// One refresh token, without its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The first token of its family.
    pub family: SessionId,
    /// Whose it is.
    pub agent: AgentId,
    /// When it was given out.
    pub created_at: Instant,
    /// From when it is refused.
    pub expires_at: Instant,
    /// When it was exchanged for the next.
    pub used_at: Option<Instant>,
    /// When it was ended.
    pub revoked_at: Option<Instant>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = refresh_tokens, treat_none_as_default_value = false)]
struct SessionRow {
    id: i64,
    family: i64,
    agent_id: i64,
    created_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
    revoked_at: Option<i64>,
}

#[derive(Insertable)]
#[diesel(table_name = refresh_tokens, treat_none_as_default_value = false)]
struct NewSessionRow<'a> {
    #[diesel(embed)]
    session: SessionRow,
    token_hash: &'a str,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: SessionId::from(row.id),
            family: SessionId::from(row.family),
            agent: AgentId::from(row.agent_id),
            created_at: Instant::from_micros(row.created_at),
            expires_at: Instant::from_micros(row.expires_at),
            used_at: row.used_at.map(Instant::from_micros),
            revoked_at: row.revoked_at.map(Instant::from_micros),
        }
    }
}

/// The token whose text has this hash.
pub fn by_hash(conn: &mut Conn, token_hash: &str) -> Result<Option<Session>, StoreError> {
    let row: Option<SessionRow> = refresh_tokens::table
        .filter(refresh_tokens::token_hash.eq(token_hash))
        .select(SessionRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Session::from))
}

/// The token of a family that was given out last.
pub fn newest_of(conn: &mut Conn, family: SessionId) -> Result<Option<Session>, StoreError> {
    let row: Option<SessionRow> = refresh_tokens::table
        .filter(refresh_tokens::family.eq(family.get()))
        .order((refresh_tokens::created_at.desc(), refresh_tokens::id.desc()))
        .select(SessionRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Session::from))
}

/// Adds a token with the hash of its text.
pub fn insert(conn: &mut Conn, session: &Session, token_hash: &str) -> Result<(), StoreError> {
    let row = SessionRow {
        id: session.id.get(),
        family: session.family.get(),
        agent_id: session.agent.get(),
        created_at: session.created_at.as_micros(),
        expires_at: session.expires_at.as_micros(),
        used_at: session.used_at.map(Instant::as_micros),
        revoked_at: session.revoked_at.map(Instant::as_micros),
    };
    let row = NewSessionRow { session: row, token_hash };
    diesel::insert_into(refresh_tokens::table).values(row).execute(conn)?;
    Ok(())
}

/// Marks a token as exchanged.
pub fn set_used(conn: &mut Conn, id: SessionId, now: Instant) -> Result<(), StoreError> {
    diesel::update(refresh_tokens::table.find(id.get()))
        .set(refresh_tokens::used_at.eq(now.as_micros()))
        .execute(conn)?;
    Ok(())
}

/// Ends one token.
pub fn revoke(conn: &mut Conn, id: SessionId, now: Instant) -> Result<(), StoreError> {
    diesel::update(refresh_tokens::table.find(id.get()))
        .set(refresh_tokens::revoked_at.eq(now.as_micros()))
        .execute(conn)?;
    Ok(())
}

/// Ends a whole family. Answers how many of its tokens were not ended before.
pub fn revoke_family(
    conn: &mut Conn,
    family: SessionId,
    now: Instant,
) -> Result<usize, StoreError> {
    let live = refresh_tokens::table.filter(refresh_tokens::family.eq(family.get()));
    let ended = diesel::update(live.filter(refresh_tokens::revoked_at.is_null()))
        .set(refresh_tokens::revoked_at.eq(now.as_micros()))
        .execute(conn)?;
    Ok(ended)
}

/// Ends all that an agent has, wherever he or she is signed in.
pub fn revoke_all(conn: &mut Conn, agent: AgentId, now: Instant) -> Result<(), StoreError> {
    let live = refresh_tokens::table.filter(refresh_tokens::agent_id.eq(agent.get()));
    diesel::update(live.filter(refresh_tokens::revoked_at.is_null()))
        .set(refresh_tokens::revoked_at.eq(now.as_micros()))
        .execute(conn)?;
    Ok(())
}

/// Forgets tokens that expired before `before`. Answers how many.
pub fn purge(conn: &mut Conn, before: Instant) -> Result<usize, StoreError> {
    let old = refresh_tokens::table.filter(refresh_tokens::expires_at.lt(before.as_micros()));
    Ok(diesel::delete(old).execute(conn)?)
}
