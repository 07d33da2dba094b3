//! What the audit trail keeps of who came in and who took what out. Domain events do not tell of it: they go
//! to everybody who listens, and are never counted together or forgotten.

use std::net::IpAddr;

use throughline_core::access::{Access, typed};
use throughline_core::actor::Actor;
use throughline_core::id::AgentId;
use throughline_core::time::Instant;
use throughline_store::Conn;
use throughline_store::accesses::{self as store, NewAccess};

use crate::{App, AppError};

/// Who did what nobody signed in did.
pub const NOBODY: &str = "nobody";
/// How long lines are kept.
const KEPT_DAYS: i64 = 365;
/// The most lines of refused sign-ins that begin within an hour; those beyond are counted together.
const REFUSALS: i64 = 300;

/// From where somebody asks, as far as the border knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origin(pub Option<IpAddr>);

impl Origin {
    fn text(self) -> String {
        self.0.map(|address| address.to_canonical().to_string()).unwrap_or_default()
    }
}

/// A line that says what `actor` did with this thing.
pub(crate) fn line(
    app: &App,
    access: Access,
    actor: &str,
    thing: impl ToString,
    from: Origin,
    at: Instant,
) -> NewAccess {
    let (id, actor, thing) = (app.ids().make(at), actor.to_owned(), thing.to_string());
    NewAccess { id, access, actor, thing, address: from.text(), at }
}

/// A line that says what an agent did with his or her own account.
pub(crate) fn own(
    app: &App,
    access: Access,
    agent: AgentId,
    from: Origin,
    at: Instant,
) -> NewAccess {
    line(app, access, &agent.to_string(), agent, from, at)
}

/// Notes that somebody takes something out, before the first byte of it leaves.
pub(crate) async fn note_export(
    app: &App,
    access: Access,
    actor: &Actor,
    thing: impl ToString,
    from: Origin,
) -> Result<(), AppError> {
    let line = line(app, access, &actor.name(), thing, from, app.now());
    Ok(app.store().write(move |c| store::note(c, &line)).await?)
}

/// Notes a refused sign-in under the address that was typed. A storm of them cannot fill the table: what
/// repeats is counted, and so is what goes beyond some hundred lines within an hour.
pub(crate) async fn note_refusal(
    app: &App,
    address: &str,
    from: Origin,
    now: Instant,
) -> Result<(), AppError> {
    let of = |thing: String, from| line(app, Access::SignInRefused, NOBODY, thing, from, now);
    let (one, others) = (of(typed(address), from), of(String::new(), Origin::default()));
    let write = move |c: &mut Conn| {
        let hour = Access::ChangesRead.period(now);
        let known = store::is_known(c, &one)?;
        let full = !known && store::count_since(c, one.access, hour)? >= REFUSALS;
        Ok(store::note(c, if full { &others } else { &one })?)
    };
    app.store().write(write).await
}

/// Forgets lines after a year. Answers how many.
pub async fn purge(app: &App) -> Result<usize, AppError> {
    let before = app.now().plus_seconds(-KEPT_DAYS * 24 * 3600);
    Ok(app.store().write(move |c| store::purge(c, before)).await?)
}
