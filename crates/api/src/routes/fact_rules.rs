//! Rules of the set-up: patterns that find facts, and phrases that ask for them.

use crate::mount::ServiceConfig;
use actix_web::web::{self, Data, Json};
use actix_web::{delete, get, patch, post};
use serde::{Deserialize, Serialize};
use throughline_app::facts::{self, FactRulePatch as Change, NewFactRule};
use throughline_app::guard::{self, NewQuestionRule};
use throughline_core::facts::Found;
use throughline_core::facts::rules::FactRule;
use throughline_core::guard::QuestionRule;
use utoipa::ToSchema;

use crate::answer::{Created, Done};
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader};
use crate::fallback::only_post;
use crate::problem::Problem;
use crate::responses::{OnCreate, OnDelete, OnGet, OnList, OnWrite};
use crate::state::ApiState;
use crate::wire::{
    BodyText, FactKind, FactRuleId, Instant, Language, Name, PageOut, PageQuery, PatternText,
    PhraseText, QuestionRuleId, Text, given,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_fact_rules)
        .service(create_fact_rule)
        .service(try_fact_rules)
        // Otherwise the other methods of this address would be taken for those of an id.
        .route("/fact-rules/try", web::route().to(only_post))
        .service(get_fact_rule)
        .service(update_fact_rule)
        .service(delete_fact_rule)
        .service(list_question_rules)
        .service(create_question_rule)
        .service(delete_question_rule);
}

/// A pattern that finds facts.
#[derive(Debug, Serialize, ToSchema)]
struct FactRuleOut {
    /// Its id.
    id: FactRuleId,
    /// What it is for.
    #[schema(example = "Our order numbers")]
    name: String,
    /// The kind of what it finds.
    kind: FactKind,
    /// The regular expression. The group `value`, else the first group, else all of it is the fact.
    #[schema(example = r"\bTL-(?P<value>\d{5})\b")]
    pattern: String,
    /// Whether it is used.
    active: bool,
    /// When it was made.
    created_at: Instant,
}

impl FactRuleOut {
    fn of(rule: FactRule) -> Self {
        let FactRule { id, name, kind, pattern, active, created_at, version: _ } = rule;
        let (id, kind, created_at) = (id.into(), kind.into(), created_at.into());
        Self { id, name, kind, pattern, active, created_at }
    }
}

fn yes() -> bool {
    true
}

/// A pattern to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FactRuleIn {
    /// What it is for.
    name: Name,
    /// The kind of what it finds: one that the product knows, or one of your own.
    kind: FactKind,
    /// The regular expression, in the syntax of the Rust crate `regex`; case does not count.
    pattern: PatternText,
    /// Whether it is used.
    #[serde(default = "yes")]
    active: bool,
}

/// A change of a pattern; absent fields stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FactRulePatch {
    /// What it is for.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Name, required = false)]
    name: Option<Name>,
    /// Another kind.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = FactKind, required = false)]
    kind: Option<FactKind>,
    /// Another pattern.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = PatternText, required = false)]
    pattern: Option<PatternText>,
    /// Whether it is used.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    active: Option<bool>,
}

/// A text to try the rules on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TryIn {
    /// The text.
    text: BodyText,
    /// A pattern that is not stored yet; with it `kind`, and none of the stored patterns is tried.
    pattern: Option<PatternText>,
    /// The kind of what the pattern finds.
    kind: Option<FactKind>,
}

/// What was found in a text.
#[derive(Debug, Serialize, ToSchema)]
struct TriedOut {
    /// The facts, in the order of the text.
    facts: Vec<FoundOut>,
}

/// A fact in a text.
#[derive(Debug, Serialize, ToSchema)]
struct FoundOut {
    /// What it is.
    kind: FactKind,
    /// Its value.
    #[schema(example = "4417")]
    value: String,
    /// As it is written.
    #[schema(example = "#4417")]
    display: String,
    /// Its first byte.
    start: usize,
    /// One past its last byte.
    end: usize,
    /// The rule that found it.
    #[schema(example = "order.label")]
    rule: String,
    /// How sure the rule is, in percent.
    confidence: u8,
}

impl FoundOut {
    fn of(found: Found) -> Self {
        let Found { kind, value, display, start, end, rule, confidence, .. } = found;
        Self { kind: kind.into(), value, display, start, end, rule, confidence }
    }
}

/// List the patterns that find facts, oldest first.
#[utoipa::path(
    tag = "Facts", params(PageQuery),
    responses((status = 200, description = "A page of rules.", body = PageOut<FactRuleOut>), OnList)
)]
#[get("/fact-rules")]
async fn list_fact_rules(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<FactRuleOut>>, Problem> {
    let found = facts::list_rules(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, FactRuleOut::of)))
}

/// Add a pattern that finds facts. It counts for what arrives from now on.
#[utoipa::path(
    tag = "Facts", params(IdempotencyHeader), request_body = FactRuleIn,
    responses((status = 201, description = "The rule.", body = FactRuleOut), OnCreate)
)]
#[post("/fact-rules")]
async fn create_fact_rule(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<FactRuleIn>,
) -> Result<Created<FactRuleOut>, Problem> {
    let FactRuleIn { name, kind, pattern, active } = body.0;
    let (name, pattern) = (name.into_string(), pattern.into_string());
    let new = NewFactRule { name, kind: kind.0, pattern, active };
    let rule = facts::create_rule(&state.app, &signed.0, new).await?;
    Ok(Created::new(format!("/api/v1/fact-rules/{}", rule.id), FactRuleOut::of(rule)))
}

/// Try the rules, or a pattern that is not stored yet, on a text. Nothing is kept.
#[utoipa::path(
    tag = "Facts", request_body = TryIn, params(IdempotencyHeader),
    responses((status = 200, description = "What was found.", body = TriedOut), OnWrite)
)]
#[post("/fact-rules/try")]
async fn try_fact_rules(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<TryIn>,
) -> Result<Json<TriedOut>, Problem> {
    let TryIn { text, pattern, kind } = body.0;
    let rule = match (pattern, kind) {
        (Some(pattern), Some(kind)) => Some((kind.0, pattern.into_string())),
        (None, None) => None,
        _ => {
            let why = "give both `pattern` and `kind`, or neither";
            return Err(Problem::new("invalid_field", why).at("pattern"));
        }
    };
    let found = facts::try_text(&state.app, &signed.0, text.as_str(), rule).await?;
    Ok(Json(TriedOut { facts: found.into_iter().map(FoundOut::of).collect() }))
}

/// Read a pattern.
#[utoipa::path(
    tag = "Facts", params(("id" = FactRuleId, Path, description = "The rule.")),
    responses((status = 200, description = "The rule.", body = FactRuleOut), OnGet)
)]
#[get("/fact-rules/{id}")]
async fn get_fact_rule(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<FactRuleId>,
) -> Result<Json<FactRuleOut>, Problem> {
    let rule = facts::get_rule(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(FactRuleOut::of(rule)))
}

/// Change a pattern.
#[utoipa::path(
    tag = "Facts", request_body = FactRulePatch,
    params(("id" = FactRuleId, Path, description = "The rule.")),
    responses((status = 200, description = "The rule.", body = FactRuleOut), OnWrite)
)]
#[patch("/fact-rules/{id}")]
async fn update_fact_rule(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<FactRuleId>,
    body: Body<FactRulePatch>,
) -> Result<Json<FactRuleOut>, Problem> {
    let FactRulePatch { name, kind, pattern, active } = body.0;
    let change = Change {
        name: name.map(Name::into_string),
        kind: kind.map(|kind| kind.0),
        pattern: pattern.map(PatternText::into_string),
        active,
    };
    let rule = facts::update_rule(&state.app, &signed.0, id.0.0, change).await?;
    Ok(Json(FactRuleOut::of(rule)))
}

/// Remove a pattern. What it found stays.
#[utoipa::path(
    tag = "Facts", params(("id" = FactRuleId, Path, description = "The rule.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/fact-rules/{id}")]
async fn delete_fact_rule(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<FactRuleId>,
) -> Result<Done, Problem> {
    facts::delete_rule(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}

/// A phrase that asks for a fact.
#[derive(Debug, Serialize, ToSchema)]
struct QuestionRuleOut {
    /// Its id.
    id: QuestionRuleId,
    /// What it asks for.
    kind: FactKind,
    /// The language of the phrase.
    #[schema(example = "tr")]
    language: String,
    /// The phrase.
    #[schema(example = "kulüp kartınız")]
    phrase: String,
    /// When it was made.
    created_at: Instant,
}

impl QuestionRuleOut {
    fn of(rule: QuestionRule) -> Self {
        let QuestionRule { id, kind, language, phrase, created_at } = rule;
        Self { id: id.into(), kind: kind.into(), language, phrase, created_at: created_at.into() }
    }
}

/// A phrase to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuestionRuleIn {
    /// What it asks for.
    kind: FactKind,
    /// The language of the phrase.
    language: Language,
    /// The phrase. Case, accents and marks do not count.
    phrase: PhraseText,
}

/// List the phrases that ask for facts, oldest first, beyond those that the product knows.
#[utoipa::path(
    tag = "Facts", params(PageQuery),
    responses((status = 200, description = "A page of rules.", body = PageOut<QuestionRuleOut>), OnList)
)]
#[get("/question-rules")]
async fn list_question_rules(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<QuestionRuleOut>>, Problem> {
    let found = guard::list_rules(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, QuestionRuleOut::of)))
}

/// Add a phrase that asks for a fact.
#[utoipa::path(
    tag = "Facts", params(IdempotencyHeader), request_body = QuestionRuleIn,
    responses((status = 201, description = "The rule.", body = QuestionRuleOut), OnCreate)
)]
#[post("/question-rules")]
async fn create_question_rule(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<QuestionRuleIn>,
) -> Result<Created<QuestionRuleOut>, Problem> {
    let QuestionRuleIn { kind, language, phrase } = body.0;
    let (language, phrase) = (language.into_string(), phrase.into_string());
    let new = NewQuestionRule { kind: kind.0, language, phrase };
    let rule = guard::create_rule(&state.app, &signed.0, new).await?;
    Ok(Created::new(format!("/api/v1/question-rules/{}", rule.id), QuestionRuleOut::of(rule)))
}

/// Remove a phrase.
#[utoipa::path(
    tag = "Facts", params(("id" = QuestionRuleId, Path, description = "The rule.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/question-rules/{id}")]
async fn delete_question_rule(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<QuestionRuleId>,
) -> Result<Done, Problem> {
    guard::delete_rule(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}
