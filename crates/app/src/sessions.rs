//! Signing in and out. A sign-in starts a family of refresh tokens: each is exchanged once for
//! the next, and one that comes back after that ends the family, since one of the two who hold it
//! must have stolen it.
//!
//! A client that has lost the answer to an exchange may repeat it within [`GRACE_SECONDS`], as
//! long as the token it missed is unused; that one is ended in its stead. Apart from this, programs
//! must exchange tokens one after the other. How it is with the tabs of a browser: see `browsers`.

mod browsers;

use throughline_core::access::Access;
use throughline_core::agent::Agent;
use throughline_core::id::{AgentId, SessionId};
use throughline_core::identity::EmailAddress;
use throughline_core::time::Instant;
use throughline_store::agents::Credentials;
use throughline_store::sessions::{self as store, Session};
use throughline_store::{Conn, accesses, agents};

use self::browsers::Successors;
use crate::access::{self, Origin};
use crate::secret::Secret;
use crate::{App, AppError, ErrorKind, random};

/// How long a refresh token may be exchanged: 30 days.
pub const REFRESH_SECONDS: i64 = 30 * 24 * 3600;
/// How long after its exchange a token may be presented again by a client that got no answer.
pub const GRACE_SECONDS: i64 = 10;
/// From how many failures in a row an account is locked.
const FAILURES: i32 = 5;
/// The first lock; each further failure doubles it.
const FIRST_LOCK_SECONDS: i64 = 60;
/// The longest lock.
const LONGEST_LOCK_SECONDS: i64 = 15 * 60;

/// Somebody who has signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub agent: Agent,
    /// To be exchanged for the next when the access token has run out.
    pub refresh_token: Secret,
    /// Until when it may be.
    pub refresh_expires_at: Instant,
}

/// Who keeps the refresh token of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A program, which exchanges tokens one after the other.
    Program,
    /// A browser's cookie, which several tabs exchange without knowing of each other.
    Browser,
}

/// Signs an agent in by address and password. The audit trail tells of it, and of who is refused.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: &str,
    from: Origin,
) -> Result<SignedIn, AppError> {
    let now = app.now();
    let signed = try_to_sign_in(app, email, password, from, now).await;
    if signed.as_ref().is_err_and(is_refusal) {
        access::note_refusal(app, email, from, now).await?;
    }
    signed
}

/// Whether somebody was not let in, and not merely unlucky.
fn is_refusal(error: &AppError) -> bool {
    matches!(error.kind, ErrorKind::Unauthenticated | ErrorKind::TooMany)
}

async fn try_to_sign_in(
    app: &App,
    email: &str,
    password: &str,
    from: Origin,
    now: Instant,
) -> Result<SignedIn, AppError> {
    let found = match EmailAddress::parse(email) {
        Ok(email) => {
            app.store()
                .write(move |c| charge(c, |c| agents::hold_by_email(c, email.as_str()), now))
                .await?
        }
        Err(_) => None,
    };
    let stored = found.as_ref().map(|f| f.password_hash.clone());
    let right = app.passwords().verify(password, stored).await?;
    match found {
        Some(found) if right => open(app, found, from, now).await,
        _ => Err(bad_credentials()),
    }
}

/// Checks an agent's own password, as [`sign_in`] does: failures count and lock, and are noted.
pub(crate) async fn prove(
    app: &App,
    id: AgentId,
    password: &str,
    from: Origin,
    now: Instant,
) -> Result<(), AppError> {
    let proved = try_to_prove(app, id, password, now).await;
    if proved.as_ref().is_err_and(is_refusal) {
        let line = access::own(app, Access::PasswordRefused, id, from, now);
        app.store().write(move |c| accesses::note(c, &line)).await?;
    }
    proved
}

async fn try_to_prove(
    app: &App,
    id: AgentId,
    password: &str,
    now: Instant,
) -> Result<(), AppError> {
    let found = app.store().write(move |c| charge(c, |c| agents::hold(c, id), now)).await?;
    let stored = found.map(|f| f.password_hash);
    if app.passwords().verify(password, stored).await? { Ok(()) } else { Err(bad_credentials()) }
}

/// Counts an attempt as failed before it is checked, so that many at the same moment cannot all
/// pass the lock; a success takes the count back. Fails while the account is locked.
fn charge(
    conn: &mut Conn,
    find: impl FnOnce(&mut Conn) -> Result<Option<Credentials>, throughline_store::StoreError>,
    now: Instant,
) -> Result<Option<Credentials>, AppError> {
    let Some(found) = find(conn)? else { return Ok(None) };
    if let Some(until) = found.locked_until.filter(|until| *until > now) {
        return Err(locked(until, now));
    }
    let failed = found.failed_sign_ins.saturating_add(1);
    agents::set_attempts(conn, found.agent, failed, lock_after(failed, now))?;
    Ok(Some(found))
}

/// Until when the account is locked after so many failures in a row.
fn lock_after(failed: i32, now: Instant) -> Option<Instant> {
    let doublings = u32::try_from(failed.checked_sub(FAILURES)?).ok()?;
    let seconds = FIRST_LOCK_SECONDS << doublings.min(10);
    Some(now.plus_seconds(seconds.min(LONGEST_LOCK_SECONDS)))
}

async fn open(
    app: &App,
    proved: Credentials,
    from: Origin,
    now: Instant,
) -> Result<SignedIn, AppError> {
    let token = random::token();
    let id: SessionId = app.ids().make(now);
    let line = access::own(app, Access::SignedIn, proved.agent, from, now);
    app.store()
        .write(move |c| {
            let held = agents::hold(c, proved.agent)?;
            // The password may have been changed while this one was checked.
            let still = held.filter(|h| h.active && h.password_hash == proved.password_hash);
            let held = still.ok_or_else(bad_credentials)?;
            agents::set_attempts(c, held.agent, 0, None)?;
            accesses::note(c, &line)?;
            issue(c, held.agent, id, id, token, now)
        })
        .await
}

/// Gives out a token. The agent's row must be held.
fn issue(
    conn: &mut Conn,
    agent: AgentId,
    id: SessionId,
    family: SessionId,
    token: Secret,
    now: Instant,
) -> Result<SignedIn, AppError> {
    let refresh_expires_at = now.plus_seconds(REFRESH_SECONDS);
    let session = Session {
        id,
        family,
        agent,
        created_at: now,
        expires_at: refresh_expires_at,
        used_at: None,
        revoked_at: None,
    };
    store::insert(conn, &session, &random::hash(token.expose()))?;
    let agent = agents::get(conn, agent)?.ok_or_else(over)?;
    Ok(SignedIn { agent, refresh_token: token, refresh_expires_at })
}

/// Exchanges a refresh token for the next one.
pub async fn refresh(app: &App, refresh_token: &str, holder: Holder) -> Result<SignedIn, AppError> {
    let (now, presented_text) = (app.now(), Secret::from(refresh_token));
    let hash = random::hash(refresh_token);
    let (id, fresh): (SessionId, _) = (app.ids().make(now), random::token());
    let successors = match holder {
        Holder::Program => None,
        Holder::Browser => Some(Successors::load(app).await?),
    };
    // A refusal is a result, not an error of the transaction: ending the family must be kept.
    app.store()
        .write(move |c| -> Result<Result<SignedIn, AppError>, AppError> {
            let Some(presented) = hold_session(c, &hash)? else { return Ok(Err(over())) };
            let newest = store::newest_of(c, presented.family)?.ok_or_else(over)?;
            let mut token = fresh;
            match (judge(&presented, &newest, now), &successors) {
                (Verdict::Exchange, None) => store::set_used(c, presented.id, now)?,
                (Verdict::Exchange, Some(successors)) => {
                    token = successors.after(presented_text.expose())?;
                    store::set_used(c, presented.id, now)?;
                }
                (Verdict::Again, successors) => {
                    let same =
                        successors.as_ref().map(|s| s.again(c, presented_text.expose(), &newest));
                    if let Some(same) = same.transpose()?.flatten() {
                        return Ok(Ok(same));
                    }
                    store::revoke(c, newest.id, now)?;
                }
                (Verdict::Stolen, _) => {
                    store::revoke_family(c, presented.family, now)?;
                    return Ok(Err(reused()));
                }
                (Verdict::Over, _) => return Ok(Err(over())),
            }
            issue(c, presented.agent, id, presented.family, token, now).map(Ok)
        })
        .await?
}

/// The session of a token's hash, with its agent's row held; `None` unless that agent is active.
fn hold_session(conn: &mut Conn, hash: &str) -> Result<Option<Session>, AppError> {
    let Some(unheld) = store::by_hash(conn, hash)? else { return Ok(None) };
    let held = agents::hold(conn, unheld.agent)?;
    // Read again: it may have changed while we waited for the row.
    if held.is_some_and(|h| h.active) { Ok(store::by_hash(conn, hash)?) } else { Ok(None) }
}

/// What a presented token means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is good.
    Exchange,
    /// It was exchanged a moment ago, and nobody has used what it was exchanged for.
    Again,
    /// It was replaced by another: somebody else may hold it.
    Stolen,
    /// It has run out or was ended.
    Over,
}

fn judge(presented: &Session, newest: &Session, now: Instant) -> Verdict {
    let newest_lives = newest.used_at.is_none() && newest.revoked_at.is_none();
    match (presented.used_at, presented.revoked_at) {
        (Some(used), None) if newest_lives && now <= used.plus_seconds(GRACE_SECONDS) => {
            Verdict::Again
        }
        (Some(_), _) => Verdict::Stolen,
        // Ended while its family lives: it was ended in favour of another.
        (None, Some(_)) if newest.revoked_at.is_none() => Verdict::Stolen,
        (None, Some(_)) => Verdict::Over,
        (None, None) if presented.expires_at <= now => Verdict::Over,
        (None, None) => Verdict::Exchange,
    }
}

/// Ends the family of a refresh token; an unknown one is as good as ended.
pub async fn sign_out(app: &App, refresh_token: &str, from: Origin) -> Result<(), AppError> {
    let now = app.now();
    let (hash, app2) = (random::hash(refresh_token), app.clone());
    app.store()
        .write(move |c| {
            let Some(session) = store::by_hash(c, &hash)? else { return Ok(()) };
            agents::hold(c, session.agent)?;
            if store::revoke_family(c, session.family, now)? > 0 {
                let line = access::own(&app2, Access::SignedOut, session.agent, from, now);
                accesses::note(c, &line)?;
            }
            Ok(())
        })
        .await
}

/// Forgets tokens that ran out before `older_than`. Answers how many.
pub async fn purge(app: &App, older_than: Instant) -> Result<usize, AppError> {
    app.store().write(move |c| Ok(store::purge(c, older_than)?)).await
}

fn bad_credentials() -> AppError {
    AppError::unauthenticated("bad_credentials", "the e-mail address or the password is wrong")
}

fn locked(until: Instant, now: Instant) -> AppError {
    let seconds = (until.as_millis() - now.as_millis()).max(0) / 1000 + 1;
    let message = format!("too many failed attempts; try again in {seconds} seconds");
    AppError::too_many("account_locked", message, seconds)
}

fn over() -> AppError {
    AppError::unauthenticated("session_ended", "this session has ended; sign in again")
}

fn reused() -> AppError {
    let message = "this refresh token was used before, so its session has been ended; sign in \
                   again, and change your password if this surprises you";
    AppError::unauthenticated("refresh_token_reused", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(1_790_000_000_000_000);

    fn session(id: i64) -> Session {
        Session {
            id: SessionId::from(id),
            family: SessionId::from(1),
            agent: AgentId::from(9),
            created_at: NOW,
            expires_at: NOW.plus_seconds(REFRESH_SECONDS),
            used_at: None,
            revoked_at: None,
        }
    }

    #[test]
    fn the_fifth_failure_locks_and_each_further_one_doubles_up_to_fifteen_minutes() {
        let seconds =
            |failed| lock_after(failed, NOW).map(|t| (t.as_millis() - NOW.as_millis()) / 1000);
        assert_eq!([0, 1, 4].map(seconds), [None; 3]);
        assert_eq!([5, 6, 7, 8].map(seconds), [60, 120, 240, 480].map(Some));
        assert_eq!([9, 40, i32::MAX].map(seconds), [Some(900); 3]);
    }

    #[test]
    fn a_fresh_token_is_exchanged_until_it_runs_out() {
        let token = session(1);
        assert_eq!(judge(&token, &token, NOW), Verdict::Exchange);
        assert_eq!(judge(&token, &token, token.expires_at), Verdict::Over);
    }

    #[test]
    fn a_used_token_is_answered_again_only_soon_and_while_its_successor_is_unused() {
        let used = Session { used_at: Some(NOW), ..session(1) };
        let successor = session(2);
        assert_eq!(judge(&used, &successor, NOW.plus_seconds(10)), Verdict::Again);
        assert_eq!(judge(&used, &successor, NOW.plus_seconds(11)), Verdict::Stolen);
        let spent = Session { used_at: Some(NOW), ..successor.clone() };
        assert_eq!(judge(&used, &spent, NOW), Verdict::Stolen);
        let ended = Session { revoked_at: Some(NOW), ..successor };
        assert_eq!(judge(&used, &ended, NOW), Verdict::Stolen);
    }

    #[test]
    fn an_ended_token_ends_what_lives_of_its_family() {
        let ended = Session { revoked_at: Some(NOW), ..session(2) };
        assert_eq!(judge(&ended, &session(3), NOW), Verdict::Stolen);
        assert_eq!(judge(&ended, &ended, NOW), Verdict::Over);
    }
}
