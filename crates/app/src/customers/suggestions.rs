//! Suggestions to make two customers one, as agents see and decide them.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::{CustomerId, SuggestionId};
use throughline_core::merging::{Merge, Suggestion, SuggestionState, Why};
use throughline_core::page::{Page, PageRequest};
use throughline_store::{Conn, customers, merges, suggestions};

use super::merge::{Pair, join};
use super::{members, suggest};
use crate::{App, AppError, page};

/// The order of suggestions: newest first.
const TAG: &str = "sug";

/// A page of the suggestions in one state, newest first. Those about customers whom the actor may not
/// know of are left out, so a page may hold fewer than asked for.
pub async fn list_suggestions(
    app: &App,
    actor: &Actor,
    state: SuggestionState,
    request: &PageRequest,
) -> Result<Page<Suggestion>, AppError> {
    actor.require(Scope::CustomersRead)?;
    page::check(request)?;
    let (before, fetch) = (request.key_for(TAG)?, request.fetch());
    let (actor, request) = (actor.clone(), request.clone());
    let read = move |conn: &mut Conn| {
        let rows = suggestions::list(conn, state, before, fetch)?;
        visible(conn, &actor, Page::cut(rows, &request, TAG, |s| s.id.get()))
    };
    app.store().read(read).await
}

/// A page of the open suggestions of one customer, newest first.
pub async fn suggestions_of(
    app: &App,
    actor: &Actor,
    customer: CustomerId,
    request: &PageRequest,
) -> Result<Page<Suggestion>, AppError> {
    actor.require(Scope::CustomersRead)?;
    page::check(request)?;
    let (before, fetch) = (request.key_for(TAG)?, request.fetch());
    let (actor, request) = (actor.clone(), request.clone());
    let read = move |conn: &mut Conn| {
        let members = members(conn, &actor, customer)?;
        let open = [SuggestionState::Open];
        let rows = suggestions::of_records(conn, &members, &open, before, fetch)?;
        visible(conn, &actor, Page::cut(rows, &request, TAG, |s| s.id.get()))
    };
    app.store().read(read).await
}

fn visible(
    conn: &mut Conn,
    actor: &Actor,
    mut page: Page<Suggestion>,
) -> Result<Page<Suggestion>, AppError> {
    let mut shown = Vec::with_capacity(page.items.len());
    for suggestion in page.items {
        let first = customers::get(conn, actor, suggestion.first)?;
        let second = customers::get(conn, actor, suggestion.second)?;
        if let (Some(first), Some(second)) = (first, second) {
            shown.push(Suggestion { first: first.id, second: second.id, ..suggestion });
        }
    }
    page.items = shown;
    Ok(page)
}

fn get(conn: &mut Conn, actor: &Actor, id: SuggestionId) -> Result<Suggestion, AppError> {
    let missing = || AppError::not_found("suggestion");
    let found = suggestions::get(conn, id)?.ok_or_else(missing)?;
    for customer in [found.first, found.second] {
        customers::get(conn, actor, customer)?.ok_or_else(missing)?;
    }
    Ok(found)
}

/// They are not the same person: it is not suggested again.
pub async fn dismiss(app: &App, actor: &Actor, id: SuggestionId) -> Result<Suggestion, AppError> {
    decide(app, actor, id, SuggestionState::Open, SuggestionState::Dismissed).await
}

/// Takes a dismissal back.
pub async fn reopen(app: &App, actor: &Actor, id: SuggestionId) -> Result<Suggestion, AppError> {
    decide(app, actor, id, SuggestionState::Dismissed, SuggestionState::Open).await
}

async fn decide(
    app: &App,
    actor: &Actor,
    id: SuggestionId,
    from: SuggestionState,
    to: SuggestionState,
) -> Result<Suggestion, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let (actor, now) = (actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        merges::hold(conn)?;
        let suggestion = get(conn, &actor, id)?;
        if suggestion.state == to {
            return Ok(suggestion);
        }
        if suggestion.state != from {
            return Err(decided(&suggestion));
        }
        suggest::decide(conn, suggestion, to, &actor, now)
    };
    app.store().write(write).await
}

fn decided(suggestion: &Suggestion) -> AppError {
    let why = format!("this suggestion is {}", suggestion.state);
    AppError::conflict("suggestion_decided", why)
}

/// They are the same person: makes them one. `survivor` is the record whose id stays, the older one
/// when absent.
pub async fn accept(
    app: &App,
    actor: &Actor,
    id: SuggestionId,
    survivor: Option<CustomerId>,
) -> Result<Merge, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        merges::hold(conn)?;
        let suggestion = get(conn, &actor, id)?;
        if suggestion.state != SuggestionState::Open {
            return Err(decided(&suggestion));
        }
        let Suggestion { first, second, evidence, .. } = suggestion;
        let (stays, goes) = match survivor {
            Some(chosen) => chosen_of(conn, chosen, first, second)?,
            None => (first, second),
        };
        let pair = Pair::visible(conn, &actor, stays, goes)?;
        join(&app2, conn, &actor, pair, Why::Suggested { suggestion: id, evidence }, now)
    };
    app.store().write(write).await
}

/// The two with the chosen one first.
fn chosen_of(
    conn: &mut Conn,
    chosen: CustomerId,
    first: CustomerId,
    second: CustomerId,
) -> Result<(CustomerId, CustomerId), AppError> {
    let chosen = customers::root(conn, chosen)?;
    if chosen.is_some() && chosen == customers::root(conn, first)? {
        return Ok((first, second));
    }
    if chosen.is_some() && chosen == customers::root(conn, second)? {
        return Ok((second, first));
    }
    Err(AppError::invalid("survivor", "the survivor is one of the two"))
}
