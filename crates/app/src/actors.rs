//! Who asks: from a proved agent's id or a presented API key to an [`Actor`] with rights and sight.

use throughline_core::actor::{Actor, Sees, Who, scopes_of};
use throughline_core::agent::{Agent, Role};
use throughline_core::id::AgentId;
use throughline_core::time::Instant;
use throughline_store::api_keys::ApiKey;
use throughline_store::{Conn, StoreError, agents, api_keys, inboxes};

use crate::{App, AppError, random};

/// What every API key starts with, so that scanners of leaked secrets can find ours.
pub(crate) const KEY_START: &str = "tlk";
/// Characters of the part by which a key is recognised.
pub(crate) const PREFIX_LENGTH: usize = 8;
/// Characters of a key's secret.
const SECRET_LENGTH: usize = 43;
/// How old the note of a key's last use may grow, so that not every request writes.
const TOUCH_SECONDS: i64 = 60;

/// The actor that a signed-in agent is. Read afresh for each request: a role taken away or an
/// agent shut out counts at once, whatever his token says.
pub async fn of_agent(app: &App, id: AgentId) -> Result<Actor, AppError> {
    app.store()
        .lookup(move |c| {
            let agent = agents::get(c, id)?.filter(|a| a.active);
            let agent = agent.ok_or_else(|| {
                let message = "this account is not active; sign in again";
                AppError::unauthenticated("session_ended", message)
            })?;
            let sees = sight_of(c, &agent)?;
            Ok(Actor { who: Who::Agent(id), scopes: scopes_of(agent.role), sees })
        })
        .await
}

/// Leads and admins see everything, and so does everybody while no inbox is restricted.
pub(crate) fn sight_of(conn: &mut Conn, agent: &Agent) -> Result<Sees, StoreError> {
    match agent.role {
        Role::Lead | Role::Admin => return Ok(Sees::Everything),
        Role::Agent if !inboxes::any_restricted(conn)? => return Ok(Sees::Everything),
        Role::Agent => {}
    }
    let inboxes = inboxes::open_to(conn, &agent.teams)?;
    Ok(Sees::Only { inboxes, agent: Some(agent.id), teams: agent.teams.clone() })
}

/// The actor that an API key is.
pub async fn of_key(app: &App, presented: &str) -> Result<Actor, AppError> {
    let now = app.now();
    let (prefix, secret) = parts(presented).ok_or_else(bad_key)?;
    let (prefix, hash) = (prefix.to_owned(), random::hash(secret));
    let key = app.store().lookup(move |c| api_keys::by_hash(c, &hash)).await;
    // The index found the hash; comparing it took a time that tells nothing about the secret.
    let key = key?.filter(|key| random::same(&key.prefix, &prefix) && works(key, now));
    let key = key.ok_or_else(bad_key)?;
    touch(app, &key, now).await;
    Ok(actor_of(key))
}

/// The same actor as his rights and his sight are now; fails when he is shut out.
pub async fn again(app: &App, who: Who) -> Result<Actor, AppError> {
    match who {
        Who::System => Ok(Actor::system()),
        Who::Agent(id) => of_agent(app, id).await,
        Who::Key(id) => {
            let now = app.now();
            let key = app.store().lookup(move |c| api_keys::get(c, id)).await?;
            let key = key.filter(|key| works(key, now)).ok_or_else(bad_key)?;
            Ok(actor_of(key))
        }
    }
}

/// Who is meant by a name, as [`Actor::name`] gives it to agents and keys.
pub(crate) fn named(name: &str) -> Option<Who> {
    let agent = name.parse().map(Who::Agent);
    agent.or_else(|_| name.parse().map(Who::Key)).ok()
}

fn actor_of(key: ApiKey) -> Actor {
    let sees = match key.inboxes {
        None => Sees::Everything,
        Some(inboxes) => Sees::Only { inboxes, agent: None, teams: Vec::new() },
    };
    Actor { who: Who::Key(key.id), scopes: key.scopes, sees }
}

/// Prefix and secret of a key's text, `tlk_<prefix>_<secret>`.
fn parts(presented: &str) -> Option<(&str, &str)> {
    let rest = presented.strip_prefix(KEY_START)?.strip_prefix('_')?;
    // The secret may hold underscores itself, so the prefix is counted.
    let (prefix, secret) = (rest.get(..PREFIX_LENGTH)?, rest.get(PREFIX_LENGTH..)?);
    let secret = secret.strip_prefix('_')?;
    if secret.len() == SECRET_LENGTH { Some((prefix, secret)) } else { None }
}

fn works(key: &ApiKey, now: Instant) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|until| until > now)
}

async fn touch(app: &App, key: &ApiKey, now: Instant) {
    let id = key.id;
    if key.last_used_at.is_some_and(|last| now < last.plus_seconds(TOUCH_SECONDS)) {
        return;
    }
    // A note that fails must not fail the request that it is about.
    if let Err(error) = app.store().write(move |c| api_keys::touch(c, id, now)).await {
        tracing::warn!(%error, api_key.id = %id, "cannot note the use of an API key");
    }
}

fn bad_key() -> AppError {
    AppError::unauthenticated("bad_api_key", "this API key is unknown, expired or revoked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keys_text_has_a_prefix_and_a_secret_that_may_hold_underscores() {
        let secret = format!("_a_{}", "x".repeat(40));
        let text = format!("tlk_abcdefgh_{secret}");
        assert_eq!(parts(&text), Some(("abcdefgh", secret.as_str())));
        for bad in ["", "tlk", "tlk_abc", "tlk_abcdefgh_short", &text[1..], &format!("{text}x")] {
            assert_eq!(parts(bad), None, "{bad}");
        }
        assert_eq!(parts("tlk_çççççççç_"), None);
    }
}
