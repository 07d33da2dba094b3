//! Teams. Who is in one is changed with the agent.

use throughline_core::actor::{Actor, Scope};
use throughline_core::agent::Team;
use throughline_core::id::TeamId;
use throughline_core::page::{Page, PageRequest};
use throughline_core::text;
use throughline_store::{StoreError, teams as store};

use crate::admin::{self, Change, Trail};
use crate::{App, AppError, page};

/// Names the order of the list in cursors.
const ORDER: &str = "tea";

/// The teams, oldest first.
pub async fn list(app: &App, actor: &Actor, page: &PageRequest) -> Result<Page<Team>, AppError> {
    admin::require_any(actor, &[Scope::TicketsRead, Scope::Admin])?;
    page::check(page)?;
    let (after, fetch) = (page.key_for(ORDER)?, page.fetch());
    let rows = app.store().read(move |c| store::list(c, after, fetch)).await?;
    Ok(Page::cut(rows, page, ORDER, |team| team.id.get()))
}

/// One team.
pub async fn get(app: &App, actor: &Actor, id: TeamId) -> Result<Team, AppError> {
    admin::require_any(actor, &[Scope::TicketsRead, Scope::Admin])?;
    app.store().lookup(move |c| store::get(c, id)).await?.ok_or_else(|| AppError::not_found("team"))
}

/// Makes a team.
pub async fn create(app: &App, actor: &Actor, name: &str) -> Result<Team, AppError> {
    actor.require(Scope::Admin)?;
    let now = app.now();
    let (name, folded) = checked(name)?;
    let team = Team { id: app.ids().make(now), name, created_at: now };
    let trail = Trail::new(app, actor, now, "team", team.id, Change::Created);
    app.store()
        .write(move |c| {
            store::insert(c, &team, &folded).map_err(name_taken)?;
            trail.append(c)?;
            Ok(team)
        })
        .await
}

/// Gives a team another name.
pub async fn update(app: &App, actor: &Actor, id: TeamId, name: &str) -> Result<Team, AppError> {
    actor.require(Scope::Admin)?;
    let now = app.now();
    let (name, folded) = checked(name)?;
    let trail = Trail::new(app, actor, now, "team", id, Change::Updated).naming(["name"]);
    app.store()
        .write(move |c| {
            store::rename(c, id, &name, &folded).map_err(name_taken)?;
            let team = store::get(c, id)?.ok_or_else(|| AppError::not_found("team"))?;
            trail.append(c)?;
            Ok(team)
        })
        .await
}

/// Removes a team. Its tickets stay, given to no team; a restricted inbox that it alone could see
/// is then seen by leads and admins only.
pub async fn delete(app: &App, actor: &Actor, id: TeamId) -> Result<(), AppError> {
    actor.require(Scope::Admin)?;
    let trail = Trail::new(app, actor, app.now(), "team", id, Change::Deleted);
    app.store()
        .write(move |c| {
            if !store::delete(c, id)? {
                return Err(AppError::not_found("team"));
            }
            Ok(trail.append(c)?)
        })
        .await
}

/// The name as kept, and the form by which two names are the same team.
fn checked(name: &str) -> Result<(String, String), AppError> {
    let name = admin::name("name", name)?;
    let folded = text::fold(&name);
    if folded.chars().any(char::is_alphanumeric) {
        return Ok((name, folded));
    }
    Err(AppError::invalid("name", "must have at least one letter or digit"))
}

fn name_taken(error: StoreError) -> AppError {
    if error.is_constraint("teams_folded_name") {
        return AppError::conflict("team_name_taken", "there is a team of this name already");
    }
    error.into()
}
