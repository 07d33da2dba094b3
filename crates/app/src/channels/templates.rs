//! The templates that a platform has approved for an inbox. Who may use the network asks for them; what it
//! told is kept, so that an agent need not wait and every node knows the same.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::{InboxId, TicketId};
use throughline_core::inbox::Inbox;
use throughline_core::outgoing::{FilledTemplate, Template, TemplateAccount, chat_way};
use throughline_core::page::{BadCursor, Cursor, Page, PageRequest};
use throughline_core::time::Instant;
use throughline_store::channel_accounts::{self as accounts, StoredAccount};
use throughline_store::channel_templates::{self as store, StoredTemplates};
use throughline_store::{Conn, inboxes, tickets};

use super::{ChannelProbe, opened_of};
use crate::{App, AppError, admin, page};

/// Names the order of the list in cursors.
const ORDER: &str = "tpl";
/// For how long what a platform told is taken for true, in seconds.
const FRESH_SECONDS: i64 = 24 * 60 * 60;
/// How soon a platform is asked again at the wish of somebody, in seconds.
const AGAIN_SECONDS: i64 = 30;

/// Templates, and when their platform told of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// When the platform was asked.
    pub asked_at: Instant,
    /// Some of them.
    pub page: Page<Template>,
}

/// Why a platform told nothing of its templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untold {
    /// Asking again is useless until somebody does something.
    Refused {
        /// What it is, for programs; the codes are those of replies.
        code: String,
        /// Why, and what to do.
        words: String,
    },
    /// The platform could not be reached, or asks to wait.
    Later {
        /// Why.
        words: String,
    },
}

/// A template that an agent chose, with the words for its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// By what it is sent.
    pub name: String,
    /// Its language.
    pub language: String,
    /// What stands in its places, in their order.
    pub parameters: Vec<String>,
}

/// The approved templates of an inbox by name and language. Its platform is asked when that was not done for
/// a day, or when `refresh` is wished.
pub async fn templates(
    app: &App,
    actor: &Actor,
    probe: Option<&dyn ChannelProbe>,
    id: InboxId,
    refresh: bool,
    request: &PageRequest,
) -> Result<Told, AppError> {
    admin::require_any(actor, &[Scope::TicketsRead, Scope::Admin])?;
    page::check(request)?;
    let (actor2, now) = (actor.clone(), app.now());
    let read = move |c: &mut Conn| {
        let inbox = inboxes::get(c, id)?.filter(|_| actor2.sees(id, None, None));
        let inbox = inbox.ok_or_else(|| AppError::not_found("inbox"))?;
        let stored = accounts::get(c, id)?;
        let account = account_of(stored.as_ref())?;
        let known = store::get(c, id)?.filter(|told| told.account == account);
        Ok::<_, AppError>((inbox, stored, account, known))
    };
    let (inbox, stored, account, known) = app.store().lookup(read).await?;
    let age = if refresh { AGAIN_SECONDS } else { FRESH_SECONDS };
    let is_fresh = |told: &StoredTemplates| told.asked_at.plus_seconds(age) > now;
    let told = match (known, stored) {
        (Some(told), _) if is_fresh(&told) => told,
        // Whoever reads on does so in what the page before was taken from.
        (Some(told), _) if request.after.is_some() => told,
        (known, Some(stored)) => match asked(app, probe, inbox, stored, account, now).await {
            Ok(told) => told,
            // Old news are better than none, unless somebody wants new ones.
            Err(error) => known.filter(|_| !refresh).ok_or(error)?,
        },
        (_, None) => return Err(AppError::not_found("set-up of the channel")),
    };
    let page = cut(told.templates, told.asked_at, request)?;
    Ok(Told { asked_at: told.asked_at, page })
}

/// Asks the platform, and keeps what it tells.
async fn asked(
    app: &App,
    probe: Option<&dyn ChannelProbe>,
    inbox: Inbox,
    stored: StoredAccount,
    account: String,
    now: Instant,
) -> Result<StoredTemplates, AppError> {
    let none =
        || AppError::unavailable("unavailable", "this server does not reach out to platforms");
    let (probe, inbox_id) = (probe.ok_or_else(none)?, inbox.id);
    let connected = opened_of(app, inbox, stored)?;
    let templates = probe.templates(app, &connected).await.map_err(|untold| match untold {
        Untold::Refused { code, words } => {
            let details = serde_json::json!({ "code": code });
            AppError::conflict("templates_refused", words).with_details(details)
        }
        Untold::Later { words } => AppError::unavailable("unavailable", words),
    })?;
    let told = StoredTemplates { inbox: inbox_id, account, asked_at: now, templates };
    let kept = told.clone();
    let keep = move |c: &mut Conn| {
        // The inbox may have been removed, or connected elsewhere, meanwhile.
        let stored = accounts::get(c, inbox_id)?;
        if account_of(stored.as_ref()).is_ok_and(|account| account == kept.account) {
            store::put(c, &kept)?;
        }
        Ok::<_, AppError>(())
    };
    app.store().write(keep).await?;
    Ok(told)
}

/// A part of the list. A cursor is good for what the platform told at one time: the list may be another one
/// when it is asked again.
fn cut(all: Vec<Template>, at: Instant, request: &PageRequest) -> Result<Page<Template>, AppError> {
    let top = Some(at.as_micros());
    if request.after.as_ref().is_some_and(|cursor| cursor.top != top) {
        return Err(BadCursor.into());
    }
    let from =
        request.key_for(ORDER)?.and_then(|key| usize::try_from(key).ok()).unwrap_or_default();
    let (limit, count) = (usize::try_from(request.limit).unwrap_or_default(), all.len());
    let end = from.saturating_add(limit).min(count);
    let key = i64::try_from(end).unwrap_or_default();
    let next = (end < count).then(|| Cursor::new(ORDER, key).from_top(top));
    Ok(Page { items: all.into_iter().skip(from).take(limit).collect(), next })
}

/// The account at the platform whose templates an inbox may send.
fn account_of(stored: Option<&StoredAccount>) -> Result<String, AppError> {
    let stored = stored.ok_or_else(|| AppError::not_found("set-up of the channel"))?;
    let setting = |name: &'static str| stored.settings.get(name)?.as_str();
    match chat_way(&stored.kind).map(|way| way.template_account(setting)) {
        Some(TemplateAccount::Of(account)) => Ok(account),
        Some(TemplateAccount::Missing(name)) => {
            let why = format!(
                "the set-up of this inbox has no `{name}`, without which nobody knows its templates. \
                 Have an admin enter it"
            );
            Err(AppError::conflict("cannot_reply", why))
        }
        Some(TemplateAccount::None) | None => {
            let why = "what this inbox is connected to has no templates: send a text";
            Err(AppError::conflict("no_templates", why))
        }
    }
}

/// Whether templates can be sent by an inbox; for whoever is told that nothing else goes.
pub(crate) fn has_templates(stored: Option<&StoredAccount>) -> bool {
    account_of(stored).is_ok()
}

/// What an agent chose, filled in as it is sent, and the text that the customer sees.
pub(crate) async fn filled(
    app: &App,
    actor: &Actor,
    ticket: TicketId,
    choice: Choice,
) -> Result<(FilledTemplate, String), AppError> {
    let actor = actor.clone();
    let read = move |c: &mut Conn| {
        let ticket = tickets::get(c, &actor, ticket)?;
        let ticket = ticket.ok_or_else(|| AppError::not_found("ticket"))?;
        let stored = accounts::get(c, ticket.inbox)?;
        let account = match &stored {
            Some(_) => account_of(stored.as_ref())?,
            None => {
                return Err(AppError::conflict("no_templates", "no templates go by this inbox"));
            }
        };
        let told = store::get(c, ticket.inbox)?.filter(|told| told.account == account);
        Ok((ticket.inbox, told))
    };
    let (inbox, told) = app.store().lookup(read).await?;
    let Choice { name, language, parameters } = choice;
    let known = told.into_iter().flat_map(|told| told.templates);
    let found = known.into_iter().find(|one| one.name == name && one.language == language);
    let path = format!("/api/v1/inboxes/{inbox}/templates");
    let unknown = || {
        let why = format!(
            "no approved template of this name and language is known: choose one of GET {path}, with \
             refresh=true where it is new"
        );
        AppError::invalid("template", why).with_details(serde_json::json!({ "templates": path }))
    };
    let template = found.ok_or_else(unknown)?;
    template.fill(&parameters).map_err(|misfit| AppError::invalid("template", misfit.to_string()))
}
