//! The patterns by which an admin lets facts be found.

use throughline_core::actor::{Actor, Scope};
use throughline_core::facts::rules::{FactRule, MAX_RULES, RuleSet, compile};
use throughline_core::facts::{self as core_facts, FactKind, Found};
use throughline_core::id::FactRuleId;
use throughline_core::page::{Page, PageRequest};
use throughline_core::time::Instant;
use throughline_store::{Conn, fact_rules as store};

use crate::admin::{self, Change, Trail};
use crate::{App, AppError, page};

/// Names the order of the list in cursors.
const ORDER: &str = "frl";

/// A rule to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFactRule {
    /// What it is for.
    pub name: String,
    /// The kind of what it finds.
    pub kind: FactKind,
    /// The regular expression.
    pub pattern: String,
    /// Whether it is used.
    pub active: bool,
}

/// What to change of a rule; absent fields stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactRulePatch {
    /// What it is for.
    pub name: Option<String>,
    /// The kind of what it finds.
    pub kind: Option<FactKind>,
    /// The regular expression.
    pub pattern: Option<String>,
    /// Whether it is used.
    pub active: Option<bool>,
}

/// The rules, oldest first. Whoever may read tickets may read them: they explain where facts come from.
pub async fn list_rules(
    app: &App,
    actor: &Actor,
    request: &PageRequest,
) -> Result<Page<FactRule>, AppError> {
    admin::require_any(actor, &[Scope::TicketsRead, Scope::TagsWrite])?;
    page::check(request)?;
    let (after, fetch) = (request.key_for(ORDER)?, request.fetch());
    let rows = app.store().read(move |conn| store::list(conn, after, fetch)).await?;
    Ok(Page::cut(rows, request, ORDER, |rule: &FactRule| rule.id.get()))
}

/// A rule.
pub async fn get_rule(app: &App, actor: &Actor, id: FactRuleId) -> Result<FactRule, AppError> {
    admin::require_any(actor, &[Scope::TicketsRead, Scope::TagsWrite])?;
    let rule = app.store().lookup(move |conn| store::get(conn, id)).await?;
    rule.ok_or_else(|| AppError::not_found("fact rule"))
}

/// Makes a rule. It counts for what arrives from now on.
pub async fn create_rule(app: &App, actor: &Actor, new: NewFactRule) -> Result<FactRule, AppError> {
    actor.require(Scope::TagsWrite)?;
    let now = app.now();
    let NewFactRule { name, kind, pattern, active } = new;
    checked(&pattern)?;
    let name = admin::name("name", &name)?;
    let rule = FactRule {
        id: app.ids().make(now),
        name,
        kind,
        pattern,
        active,
        created_at: now,
        version: app.ids().stamp(now),
    };
    let trail = Trail::new(app, actor, now, "fact_rule", rule.id, Change::Created);
    let write = move |conn: &mut Conn| {
        if store::stamp(conn)?.0 >= MAX_RULES {
            let why = format!("there are {MAX_RULES} fact rules already; remove one first");
            return Err(AppError::conflict("too_many_rules", why));
        }
        store::insert(conn, &rule)?;
        trail.append(conn)?;
        Ok(rule)
    };
    app.store().write(write).await
}

/// Changes a rule.
pub async fn update_rule(
    app: &App,
    actor: &Actor,
    id: FactRuleId,
    patch: FactRulePatch,
) -> Result<FactRule, AppError> {
    actor.require(Scope::TagsWrite)?;
    let now = app.now();
    patch.pattern.as_deref().map(checked).transpose()?;
    let name = patch.name.as_deref().map(|name| admin::name("name", name)).transpose()?;
    let version = app.ids().stamp(now);
    let trail = Trail::new(app, actor, now, "fact_rule", id, Change::Updated);
    let write = move |conn: &mut Conn| {
        let FactRulePatch { name: _, kind, pattern, active } = patch;
        let before = store::get(conn, id)?.ok_or_else(|| AppError::not_found("fact rule"))?;
        let old = before.clone();
        let rule = FactRule {
            name: name.unwrap_or(old.name),
            kind: kind.unwrap_or(old.kind),
            pattern: pattern.unwrap_or(old.pattern),
            active: active.unwrap_or(old.active),
            version,
            ..old
        };
        store::update(conn, &rule)?;
        let fields = admin::changed!(before, rule; name, kind, pattern, active);
        trail.naming(fields).append(conn)?;
        Ok::<_, AppError>(rule)
    };
    app.store().write(write).await
}

/// Removes a rule. What it found stays.
pub async fn delete_rule(app: &App, actor: &Actor, id: FactRuleId) -> Result<(), AppError> {
    actor.require(Scope::TagsWrite)?;
    let trail = Trail::new(app, actor, app.now(), "fact_rule", id, Change::Deleted);
    let write = move |conn: &mut Conn| {
        if !store::delete(conn, id)? {
            return Err(AppError::not_found("fact rule"));
        }
        Ok(trail.append(conn)?)
    };
    app.store().write(write).await
}

/// What the rules find in a text; with a pattern of this kind only that rule and the built-in ones.
pub async fn try_text(
    app: &App,
    actor: &Actor,
    text: &str,
    rule: Option<(FactKind, String)>,
) -> Result<Vec<Found>, AppError> {
    actor.require(Scope::TagsWrite)?;
    let set = match rule {
        None => {
            let app2 = app.clone();
            app.store().read(move |conn| app2.fact_rules().rules(conn)).await?
        }
        Some((kind, pattern)) => {
            checked(&pattern)?;
            let created_at = Instant::from_micros(0);
            let (id, name) = (FactRuleId::from(0), String::new());
            let rule = FactRule { id, name, kind, pattern, active: true, created_at, version: 0 };
            std::sync::Arc::new(RuleSet::of(vec![rule]))
        }
    };
    Ok(core_facts::extract(text, &[], &set))
}

fn checked(pattern: &str) -> Result<(), AppError> {
    compile(pattern).map(drop).map_err(|e| AppError::invalid("pattern", e.to_string()))
}
