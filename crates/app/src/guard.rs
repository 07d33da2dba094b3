//! The repeat guard: which known things a draft asks for, and what becomes of a reply that does so.

use throughline_core::actor::{Actor, Scope};
use throughline_core::channel::Channel;
use throughline_core::facts::sheet::sheet;
use throughline_core::facts::{Fact, FactKind, FactState};
use throughline_core::guard::telling::{Tongue, given};
use throughline_core::guard::{
    self, Ask, GroupBy, GuardMode, GuardOutcome, MAX_PHRASE, MAX_RULES, QuestionRule, RepeatCounts,
};
use throughline_core::id::{FactId, ItemId, QuestionRuleId, TicketId};
use throughline_core::page::{Page, PageRequest};
use throughline_core::promises::{self, FoundPromise};
use throughline_core::ticket::Ticket;
use throughline_core::time::Instant;
use throughline_store::guard::{self as store, Check};
use throughline_store::{Conn, customers, facts, question_rules, tickets};

use crate::admin::{self, Change, Trail};
use crate::{App, AppError, page};

/// The most known values that are told for one question.
const MAX_KNOWN: usize = 5;
/// The most statements that are looked at for one draft.
const STATEMENTS: i64 = 500;
/// Names the order of the list of question rules in cursors.
const ORDER: &str = "qrl";
/// Microseconds of a day.
const DAY: i64 = 24 * 3600 * 1_000_000;

/// A draft to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its text.
    pub body: String,
    /// The language in which the agent is told what is known.
    pub tongue: Tongue,
    /// By how many minutes the agent's clock is ahead of UTC.
    pub offset_minutes: i32,
}

/// What a draft does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// What it asks for that is known.
    pub asks: Vec<Finding>,
    /// What it promises.
    pub promises: Vec<FoundPromise>,
    /// What happens when it is sent as it is.
    pub mode: GuardMode,
}

/// A question for something that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The question.
    pub ask: Ask,
    /// What is known, the newest first.
    pub known: Vec<Known>,
}

/// A known value, with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The fact.
    pub fact: FactId,
    /// Its value.
    pub value: String,
    /// As it was written.
    pub display: String,
    /// When it was told.
    pub said_at: Instant,
    /// By which channel.
    pub channel: Channel,
    /// The item that holds it.
    pub item: ItemId,
    /// All that in one sentence.
    pub words: String,
}

/// Says what a draft asks for that is known, and what it promises. What it asks for is counted, so that
/// a reply that no longer asks counts as a question avoided.
pub async fn check(
    app: &App,
    actor: &Actor,
    id: TicketId,
    draft: Draft,
) -> Result<Findings, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let (app2, actor, now) = (app.clone(), actor.clone(), app.now());
    let promises = promises::find(&draft.body, now, draft.offset_minutes);
    let write = move |conn: &mut Conn| {
        let ticket = seen(conn, &actor, id)?;
        let asks = findings(conn, &actor, &ticket, &draft.body, draft.tongue)?;
        note_found(&app2, conn, &actor, &ticket, &asks, now)?;
        Ok::<_, AppError>(asks)
    };
    let asks = app.store().write(write).await?;
    Ok(Findings { asks, promises, mode: app.guard_mode() })
}

fn seen(conn: &mut Conn, actor: &Actor, id: TicketId) -> Result<Ticket, AppError> {
    tickets::get(conn, actor, id)?.ok_or_else(|| AppError::not_found("ticket"))
}

fn kinds(asks: &[Finding]) -> Vec<FactKind> {
    asks.iter().map(|finding| finding.ask.kind.clone()).collect()
}

fn note_found(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    ticket: &Ticket,
    asks: &[Finding],
    now: Instant,
) -> Result<(), AppError> {
    let known = store::pending(conn, ticket.id, &actor.name())?;
    let fresh: Vec<FactKind> =
        kinds(asks).into_iter().filter(|kind| !known.contains(kind)).collect();
    if !fresh.is_empty() {
        let id = app.ids().stamp(now);
        let check = Check::new(id, ticket, actor.name(), fresh, GuardOutcome::Found, now);
        store::insert(conn, &check)?;
    }
    Ok(())
}

/// What a text asks for that the customer told, through all his records, as far as the actor may see it.
pub(crate) fn findings(
    conn: &mut Conn,
    actor: &Actor,
    ticket: &Ticket,
    body: &str,
    tongue: Tongue,
) -> Result<Vec<Finding>, AppError> {
    let rules = question_rules::list(conn, None, MAX_RULES)?;
    let asks = guard::asks(body, &rules);
    if asks.is_empty() {
        return Ok(Vec::new());
    }
    let records = customers::all_records(conn, &[ticket.customer])?;
    let wanted = facts::Wanted {
        kinds: asks.iter().map(|ask| ask.kind.clone()).collect(),
        states: vec![FactState::Stated, FactState::Confirmed],
    };
    let told = facts::of_customers(conn, actor, &records, &wanted, STATEMENTS)?;
    let told: Vec<Fact> = sheet(told).into_iter().map(|entry| entry.fact).collect();
    let finding = |ask: Ask| {
        let known = told.iter().filter(|fact| fact.kind == ask.kind).take(MAX_KNOWN);
        let known: Vec<Known> = known.map(|fact| known_of(fact, tongue)).collect();
        (!known.is_empty()).then_some(Finding { ask, known })
    };
    Ok(asks.into_iter().filter_map(finding).collect())
}

fn known_of(fact: &Fact, tongue: Tongue) -> Known {
    Known {
        fact: fact.id,
        value: fact.value.clone(),
        display: fact.display.clone(),
        said_at: fact.said_at,
        channel: fact.channel,
        item: fact.item,
        words: given(tongue, fact.said_at, fact.channel, &fact.display),
    }
}

/// Looks at a reply before it is stored: refuses it where the guard requires that, and answers with what
/// it asks for that is known.
pub(crate) async fn before_reply(
    app: &App,
    actor: &Actor,
    id: TicketId,
    body: &str,
    ask_anyway: Option<&str>,
) -> Result<Vec<FactKind>, AppError> {
    if app.guard_mode() == GuardMode::Off {
        return Ok(Vec::new());
    }
    let (reader, text) = (actor.clone(), body.to_owned());
    let read = move |conn: &mut Conn| {
        let ticket = seen(conn, &reader, id)?;
        let asks = findings(conn, &reader, &ticket, &text, Tongue::English)?;
        Ok::<_, AppError>((ticket, asks))
    };
    let (ticket, asks) = app.store().read(read).await?;
    if app.guard_mode() == GuardMode::Require && ask_anyway.is_none() && !asks.is_empty() {
        let (app2, actor, now, found) = (app.clone(), actor.clone(), app.now(), asks.clone());
        let note = move |conn: &mut Conn| note_found(&app2, conn, &actor, &ticket, &found, now);
        app.store().write(note).await?;
        return Err(asks_known(&asks));
    }
    Ok(kinds(&asks))
}

fn asks_known(asks: &[Finding]) -> AppError {
    let known = asks.iter().filter_map(|finding| {
        let known = finding.known.first()?;
        Some(format!("{}: {}", finding.ask.kind, known.words))
    });
    let known: Vec<String> = known.collect();
    let message = format!(
        "the customer has already told this ({}); leave the question out, or say in `ask_anyway` why \
         you ask",
        known.join("; ")
    );
    let details = serde_json::json!({ "asks": asks.iter().map(told).collect::<Vec<_>>() });
    AppError::conflict("asks_known", message).with_details(details)
}

fn told(finding: &Finding) -> serde_json::Value {
    let known = |known: &Known| {
        serde_json::json!({
            "fact": known.fact, "value": known.value, "display": known.display, "item": known.item,
            "said_at": known.said_at, "channel": known.channel, "words": known.words,
        })
    };
    serde_json::json!({
        "kind": finding.ask.kind,
        "asked": { "start": finding.ask.start, "end": finding.ask.end },
        "known": finding.known.iter().map(known).collect::<Vec<_>>(),
    })
}

/// Counts a reply that is being stored: what it asks for all the same, and what it no longer asks for.
pub(crate) fn after_reply(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    ticket: &Ticket,
    asked: &[FactKind],
    reason: Option<&str>,
    now: Instant,
) -> Result<(), AppError> {
    let drafted = store::pending(conn, ticket.id, &actor.name())?;
    let avoided: Vec<FactKind> =
        drafted.iter().filter(|kind| !asked.contains(kind)).cloned().collect();
    if !drafted.is_empty() {
        store::settle(conn, ticket.id, &actor.name())?;
    }
    for (kinds, outcome) in
        [(avoided, GuardOutcome::Avoided), (asked.to_vec(), GuardOutcome::Asked)]
    {
        for kind in kinds {
            let id = app.ids().stamp(now);
            let check = Check::new(id, ticket, actor.name(), vec![kind], outcome, now);
            let reason = reason.filter(|_| outcome == GuardOutcome::Asked).map(str::to_owned);
            store::insert(conn, &Check { reason, ..check })?;
        }
    }
    Ok(())
}

/// A group of tickets with its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatRow {
    /// The number of the team or channel; `None` for tickets without a team.
    pub place: Option<i64>,
    /// The numbers.
    pub counts: RepeatCounts,
}

/// The numbers of a period: questions avoided and asked, repeat contacts within some days after a
/// ticket was resolved, and changes of channel before it was.
pub async fn repeats(
    app: &App,
    actor: &Actor,
    by: GroupBy,
    from: Instant,
    until: Instant,
    days: i64,
) -> Result<Vec<RepeatRow>, AppError> {
    actor.require(Scope::Ledger)?;
    if from >= until {
        return Err(AppError::invalid("until", "the period ends before it begins"));
    }
    let within = days.clamp(1, 365) * DAY;
    let read = move |conn: &mut Conn| store::counts(conn, by, from, until, within);
    let counts = app.store().read(read).await?;
    let mut rows: Vec<RepeatRow> =
        counts.into_iter().map(|(place, counts)| RepeatRow { place, counts }).collect();
    rows.sort_by_key(|row| row.place);
    Ok(rows)
}

/// A question rule to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewQuestionRule {
    /// What the phrase asks for.
    pub kind: FactKind,
    /// The language of the phrase.
    pub language: String,
    /// The phrase.
    pub phrase: String,
}

/// The admin's question rules, oldest first.
pub async fn list_rules(
    app: &App,
    actor: &Actor,
    request: &PageRequest,
) -> Result<Page<QuestionRule>, AppError> {
    admin::require_any(actor, &[Scope::TicketsRead, Scope::TagsWrite])?;
    page::check(request)?;
    let (after, fetch) = (request.key_for(ORDER)?, request.fetch());
    let rows = app.store().read(move |conn| question_rules::list(conn, after, fetch)).await?;
    Ok(Page::cut(rows, request, ORDER, |rule: &QuestionRule| rule.id.get()))
}

/// Makes a question rule.
pub async fn create_rule(
    app: &App,
    actor: &Actor,
    new: NewQuestionRule,
) -> Result<QuestionRule, AppError> {
    actor.require(Scope::TagsWrite)?;
    let now = app.now();
    let NewQuestionRule { kind, language, phrase } = new;
    let phrase = phrase.trim().to_owned();
    if phrase.len() > MAX_PHRASE || !phrase.chars().any(char::is_alphanumeric) {
        let why = format!("a phrase has at least one word and at most {MAX_PHRASE} bytes");
        return Err(AppError::invalid("phrase", why));
    }
    let rule = QuestionRule { id: app.ids().make(now), kind, language, phrase, created_at: now };
    let trail = Trail::new(app, actor, now, "question_rule", rule.id, Change::Created);
    let write = move |conn: &mut Conn| {
        if question_rules::count(conn)? >= MAX_RULES {
            let why = format!("there are {MAX_RULES} question rules already; remove one first");
            return Err(AppError::conflict("too_many_rules", why));
        }
        question_rules::insert(conn, &rule)?;
        trail.append(conn)?;
        Ok(rule)
    };
    app.store().write(write).await
}

/// Removes a question rule.
pub async fn delete_rule(app: &App, actor: &Actor, id: QuestionRuleId) -> Result<(), AppError> {
    actor.require(Scope::TagsWrite)?;
    let trail = Trail::new(app, actor, app.now(), "question_rule", id, Change::Deleted);
    let write = move |conn: &mut Conn| {
        if !question_rules::delete(conn, id)? {
            return Err(AppError::not_found("question rule"));
        }
        Ok(trail.append(conn)?)
    };
    app.store().write(write).await
}
