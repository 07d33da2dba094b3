//! What callers say about who a customer is, checked: its form, and how it is proved.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use throughline_core::actor::{Actor, Scope, Who};
use throughline_core::identity::{Hint, IdentityKind, Key, Proof};
use throughline_core::time::Instant;
use throughline_store::{Conn, secrets as store};

use super::check;
use crate::admin::{Change, Trail};
use crate::secret::Secret;
use crate::{App, AppError, random};

/// The most hints about one customer.
pub const MAX_HINTS: usize = 10;
/// The length of a signature: a SHA-256 in hex.
const SIGNATURE: usize = 64;

/// What somebody says identifies a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HintIn {
    /// What kind of identity it is.
    pub kind: IdentityKind,
    /// Where the value means something; empty for kinds that mean the same everywhere.
    pub scope: String,
    /// The address, number or id.
    pub value: String,
    /// The person's name, as known there.
    pub name: Option<String>,
    /// An HMAC-SHA256 of an external id by the secret of its scope, in hex.
    pub signature: Option<String>,
    /// Whether the caller vouches for it: he has verified that it is the person's.
    pub verified: bool,
}

/// The hints in the form by which they are compared, each with its proof.
pub(crate) fn hints(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    given: &[HintIn],
) -> Result<Vec<Hint>, AppError> {
    if given.is_empty() || given.len() > MAX_HINTS {
        return Err(wrong(format!("say by 1 to {MAX_HINTS} identities who it is")));
    }
    let mut hints: Vec<Hint> = Vec::new();
    for hint in given {
        let hint = read(app, conn, actor, hint)?;
        let other = |h: &Hint| h.key.scope == hint.key.scope && h.key != hint.key;
        let external = |h: &&Hint| h.key.kind == IdentityKind::External;
        if external(&&hint) && hints.iter().filter(external).any(other) {
            return Err(wrong("two external ids of one scope are two people"));
        }
        if !hints.iter().any(|h| h.key == hint.key) {
            hints.push(hint);
        }
    }
    Ok(hints)
}

/// The key of an identity that is looked for, or why the text is none.
pub fn key(app: &App, kind: IdentityKind, scope: &str, value: &str) -> Result<Key, String> {
    Key::read(kind, scope, value, app.default_region()).map_err(|e| e.to_string())
}

fn wrong(why: impl Into<String>) -> AppError {
    AppError::invalid("identities", why)
}

fn read(app: &App, conn: &mut Conn, actor: &Actor, given: &HintIn) -> Result<Hint, AppError> {
    let HintIn { kind, scope, value, name, signature, verified } = given;
    let hint = Hint::read(*kind, scope, value, app.default_region());
    let mut hint = hint.map_err(|e| wrong(e.to_string()))?;
    hint.name = name.as_deref().map(check::name).transpose()?;
    hint.proof = match (signature, verified) {
        (Some(signature), _) => signed(conn, &hint, signature)?,
        (None, true) => vouched(actor)?,
        (None, false) if *kind == IdentityKind::External && is_integrator(actor) => Proof::Signed,
        (None, false) => Proof::None,
    };
    Ok(hint)
}

/// A key that pushes events is the integrator: his own ids need no signature.
fn is_integrator(actor: &Actor) -> bool {
    matches!(actor.who, Who::Key(_)) && actor.require(Scope::EventsWrite).is_ok()
}

fn vouched(actor: &Actor) -> Result<Proof, AppError> {
    match actor.who {
        Who::Agent(_) => Ok(Proof::Agent),
        Who::System => Ok(Proof::Provider),
        Who::Key(_) if is_integrator(actor) => Ok(Proof::Provider),
        Who::Key(_) => {
            Err(wrong("`verified` is for agents and for keys that have the right events:write"))
        }
    }
}

fn signed(conn: &mut Conn, hint: &Hint, signature: &str) -> Result<Proof, AppError> {
    if hint.key.kind != IdentityKind::External {
        return Err(wrong("only external ids are signed"));
    }
    let refused = || {
        let why = "the signature is not the HMAC-SHA256 of the external id by the scope's secret";
        AppError::refused("bad_signature", why)
    };
    let secret = store::get(conn, &secret_name(&hint.key.scope))?.ok_or_else(refused)?;
    let expected = sign(&secret, &hint.key.value)?;
    let given = signature.trim().to_ascii_lowercase();
    if given.len() == SIGNATURE && random::same(&given, &expected) {
        return Ok(Proof::Signed);
    }
    Err(refused())
}

/// The signature of an external id, in hex. The secret is used as its text, as integrators have it.
fn sign(secret: &str, value: &str) -> Result<String, AppError> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mut mac = mac.map_err(AppError::internal)?;
    mac.update(value.as_bytes());
    Ok(random::hex(&mac.finalize().into_bytes()))
}

fn secret_name(scope: &str) -> String {
    format!("identities/{scope}")
}

/// Makes a secret with which an integrator signs the external ids of a scope, in place of an earlier
/// one. It is shown this once.
pub async fn make_secret(app: &App, actor: &Actor, scope: &str) -> Result<Secret, AppError> {
    actor.require(Scope::Admin)?;
    let scope = checked_scope(scope)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let secret = random::hex(&random::bytes());
    let stored = secret.clone();
    let write = move |conn: &mut Conn| replace(&app2, conn, &actor, &scope, Some(&stored), now);
    app.store().write(write).await?;
    Ok(Secret::new(secret))
}

/// Forgets the secret of a scope: nothing signed with it is taken any more.
pub async fn forget_secret(app: &App, actor: &Actor, scope: &str) -> Result<(), AppError> {
    actor.require(Scope::Admin)?;
    let scope = checked_scope(scope)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    app.store().write(move |conn| replace(&app2, conn, &actor, &scope, None, now)).await
}

fn checked_scope(scope: &str) -> Result<String, AppError> {
    let hint = Hint::read(IdentityKind::External, scope, "0", None);
    Ok(hint.map_err(|e| AppError::invalid("scope", e.to_string()))?.key.scope)
}

fn replace(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    scope: &str,
    secret: Option<&str>,
    now: Instant,
) -> Result<(), AppError> {
    let name = secret_name(scope);
    let known = store::remove(conn, &name)?;
    if secret.is_none() && !known {
        return Err(AppError::not_found("secret"));
    }
    if let Some(secret) = secret {
        store::insert_if_new(conn, &name, secret, now)?;
    }
    let change = if secret.is_some() { Change::Created } else { Change::Deleted };
    Ok(Trail::new(app, actor, now, "identity_secret", scope, change).append(conn)?)
}
