//! Types of pushed events: how they are shown and what their data must look like, for admins.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, delete, get, patch, post, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use throughline_app::{AppError, event_types};
use throughline_core::pushed::schema::{Misfit, Schema};
use throughline_core::pushed::template::{FieldTemplate, Path, Template};
use throughline_core::pushed::{EventType, Shape, Shown};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::item_details::PushedFieldOut;
use crate::answer::{Created, Done, Versioned};
use crate::auth::Signed;
use crate::extract::{
    Asked, Body, Id, IdempotencyHeader, IfMatch, IfMatchHeader, IfNoneMatchHeader,
};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnDelete, OnGet, OnList, OnUpdate, OnWrite};
use crate::state::ApiState;
use crate::wire::{
    Channel, EventTitle, EventTypeId, EventTypeName, FieldFormat, FieldLabel, Icon, Instant,
    ItemKind, PageOut, PageQuery, Patch, PathText, TemplateText, Text, Wire, at_most, given,
    given_at_most,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_event_types)
        .service(create_event_type)
        .service(try_event_type)
        // Otherwise the other methods of this address would be taken for those of an id.
        .route("/event-types/try", web::route().to(only_post))
        .service(get_event_type)
        .service(update_event_type)
        .service(delete_event_type);
}

async fn only_post() -> Result<HttpResponse, Problem> {
    Err(Problem::method_not_allowed("POST".to_owned()))
}

/// A type of pushed events.
#[derive(Debug, Serialize, ToSchema)]
struct EventTypeOut {
    /// Its id.
    id: EventTypeId,
    /// Its name.
    #[schema(example = "order.placed")]
    name: String,
    /// What its events are on the timeline.
    kind: ItemKind,
    /// The channel they count for.
    channel: Channel,
    /// The picture beside them.
    icon: Option<Icon>,
    /// The template of their title.
    #[schema(example = "Order {{data.number}} placed")]
    title: Option<String>,
    /// The template of their text.
    #[schema(example = "{{data.text}}")]
    body: Option<String>,
    /// What is shown below the title.
    fields: Vec<FieldOut>,
    /// What their data must look like.
    #[schema(value_type = Option<Object>)]
    schema: Option<Value>,
    /// Whether an event about nobody we know makes a customer; otherwise it waits.
    makes_customers: bool,
    /// When it was made.
    created_at: Instant,
    /// When it was last changed.
    updated_at: Instant,
    /// Rises with every change; the base of its ETag.
    #[schema(example = 1)]
    version: i64,
}

/// A line below the title.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventFieldOut)]
struct FieldOut {
    /// What it is.
    #[schema(example = "Total")]
    label: String,
    /// Where its value stands.
    #[schema(example = "data.total")]
    path: String,
    /// How it is shown.
    format: FieldFormat,
}

impl EventTypeOut {
    fn of(event_type: EventType) -> Self {
        let EventType { id, name, shape, created_at, updated_at, version } = event_type;
        let Shape { kind, channel, icon, title, body, fields, schema, makes_customers } = shape;
        let field = |FieldTemplate { label, path, format }| FieldOut {
            label,
            path: path.into(),
            format: Wire(format),
        };
        Self {
            id: id.into(),
            name,
            kind: kind.into(),
            channel: channel.into(),
            icon: icon.map(Wire),
            title: title.map(Template::into),
            body: body.map(Template::into),
            fields: fields.into_iter().map(field).collect(),
            schema: schema.map(Schema::into),
            makes_customers,
            created_at: created_at.into(),
            updated_at: updated_at.into(),
            version,
        }
    }
}

/// A line below the title.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EventFieldIn {
    /// What it is.
    label: FieldLabel,
    /// Where its value stands.
    path: PathText,
    /// How it is shown; `text` when absent.
    format: Option<FieldFormat>,
}

/// A type to make. What is absent follows from the name: `order.…` makes orders, and so on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EventTypeIn {
    /// Its name, which stays.
    name: EventTypeName,
    /// What its events are on the timeline: a call, mention, review, survey response, order, page
    /// view or event.
    kind: Option<ItemKind>,
    /// The channel they count for.
    channel: Option<Channel>,
    /// The picture beside them.
    icon: Option<Icon>,
    /// The template of their title.
    title: Option<TemplateText>,
    /// The template of their text, which is also searched for what the customer told.
    body: Option<TemplateText>,
    /// What is shown below the title.
    #[serde(default, deserialize_with = "at_most::<20, _, _>")]
    #[schema(max_items = 20)]
    fields: Vec<EventFieldIn>,
    /// What their data must look like: a part of JSON Schema, at most 32 KiB.
    #[schema(value_type = Option<Object>)]
    schema: Option<Value>,
    /// Whether an event about nobody we know makes a customer; otherwise it waits.
    makes_customers: Option<bool>,
}

impl EventTypeIn {
    fn into_core(self) -> Result<(String, Shape), Problem> {
        let Self { name, kind, channel, icon, title, body, fields, schema, makes_customers } = self;
        let own = Shape::by_name(name.as_str());
        let shape = Shape {
            kind: kind.map_or(own.kind, |k| k.0),
            channel: channel.map_or(own.channel, |c| c.0),
            icon: icon.map(|i| i.0),
            title: title.map(|text| template("title", &text)).transpose()?,
            body: body.map(|text| template("body", &text)).transpose()?,
            fields: fields_of(fields)?,
            schema: schema.map(schema_of).transpose()?,
            makes_customers: makes_customers.unwrap_or(own.makes_customers),
        };
        Ok((name.into_string(), shape))
    }
}

fn template(field: &'static str, text: &TemplateText) -> Result<Template, Problem> {
    Template::parse(text.as_str()).map_err(|e| AppError::invalid(field, e.to_string()).into())
}

fn fields_of(fields: Vec<EventFieldIn>) -> Result<Vec<FieldTemplate>, Problem> {
    let field = |EventFieldIn { label, path, format }| {
        let path = Path::parse(path.as_str());
        let path = path.map_err(|e| AppError::invalid("fields", e.to_string()))?;
        let format = format.map_or(throughline_core::pushed::template::FieldFormat::Text, |f| f.0);
        Ok(FieldTemplate { label: label.into_string(), path, format })
    };
    fields.into_iter().map(field).collect()
}

fn schema_of(json: Value) -> Result<Schema, Problem> {
    Schema::try_from(json).map_err(|e| AppError::invalid("schema", e.to_string()).into())
}

/// A change of a type; absent fields stay, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EventTypePatch {
    /// Another kind.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = ItemKind, required = false)]
    kind: Option<ItemKind>,
    /// Another channel.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Channel, required = false)]
    channel: Option<Channel>,
    /// Another picture, or none.
    #[serde(default)]
    #[schema(value_type = Option<Icon>)]
    icon: Patch<Icon>,
    /// Another template of the title, or none.
    #[serde(default)]
    #[schema(value_type = Option<TemplateText>)]
    title: Patch<TemplateText>,
    /// Another template of the text, or none.
    #[serde(default)]
    #[schema(value_type = Option<TemplateText>)]
    body: Patch<TemplateText>,
    /// Other fields.
    #[serde(default, deserialize_with = "given_at_most::<20, _, _>")]
    #[schema(value_type = Vec<EventFieldIn>, required = false, max_items = 20)]
    fields: Option<Vec<EventFieldIn>>,
    /// Another schema, or none.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    schema: Patch<Value>,
    /// Whether an event about nobody we know makes a customer.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    makes_customers: Option<bool>,
}

impl EventTypePatch {
    /// The change, once all of it has been read.
    fn into_core(self) -> Result<impl FnOnce(Shape) -> Shape + Send + 'static, Problem> {
        let Self { kind, channel, icon, title, body, fields, schema, makes_customers } = self;
        let (kind, channel) = (kind.map(|k| k.0), channel.map(|c| c.0));
        let icon = icon.map(|icon| icon.0);
        let text = |field, patch: Patch<TemplateText>| {
            let read = patch.map(|text| template(field, &text));
            read.map(Option::transpose).transpose()
        };
        let (title, body) = (text("title", title)?, text("body", body)?);
        let fields = fields.map(fields_of).transpose()?;
        let schema = schema.map(schema_of).map(Option::transpose).transpose()?;
        Ok(move |old: Shape| Shape {
            kind: kind.unwrap_or(old.kind),
            channel: channel.unwrap_or(old.channel),
            icon: icon.unwrap_or(old.icon),
            title: title.unwrap_or(old.title),
            body: body.unwrap_or(old.body),
            fields: fields.unwrap_or(old.fields),
            schema: schema.unwrap_or(old.schema),
            makes_customers: makes_customers.unwrap_or(old.makes_customers),
        })
    }
}

/// List types of pushed events.
#[utoipa::path(
    tag = "Set-up", params(PageQuery),
    responses((status = 200, description = "A page of types.", body = PageOut<EventTypeOut>), OnList)
)]
#[get("/event-types")]
async fn list_event_types(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<EventTypeOut>>, Problem> {
    let found = event_types::list(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, EventTypeOut::of)))
}

/// Make a type of pushed events.
#[utoipa::path(
    tag = "Set-up", params(IdempotencyHeader), request_body = EventTypeIn,
    responses((status = 201, description = "The type.", body = EventTypeOut), OnCreate)
)]
#[post("/event-types")]
async fn create_event_type(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<EventTypeIn>,
) -> Result<Created<EventTypeOut>, Problem> {
    let (name, shape) = body.0.into_core()?;
    let made = event_types::create(&state.app, &signed.0, name, shape).await?;
    let location = format!("/api/v1/event-types/{}", made.id);
    Ok(Created::versioned(location, made.version, EventTypeOut::of(made)))
}

/// A type with an example of its events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EventTrialIn {
    /// The type as it would be made.
    definition: EventTypeIn,
    /// The data of the example.
    #[schema(value_type = Object)]
    data: serde_json::Map<String, Value>,
    /// The title that would be pushed.
    title: Option<EventTitle>,
}

/// How an example would look.
#[derive(Debug, Serialize, ToSchema)]
struct EventTrialOut {
    /// Its title.
    #[schema(example = "Order 4417 placed")]
    title: String,
    /// Its text.
    #[schema(example = "")]
    body: String,
    /// The picture beside it.
    icon: Option<Icon>,
    /// What is shown below the title.
    fields: Vec<PushedFieldOut>,
    /// Where the data does not fit the schema; null when it does.
    misfit: Option<MisfitOut>,
}

/// Where and why data does not fit.
#[derive(Debug, Serialize, ToSchema)]
struct MisfitOut {
    /// The place.
    #[schema(example = "data.number")]
    path: String,
    /// What is wrong there.
    #[schema(example = "is missing")]
    why: String,
}

/// See how an example would look.
///
/// Nothing is stored. Events that have come keep the title and fields that were made for them.
#[utoipa::path(
    tag = "Set-up", request_body = EventTrialIn,
    responses((status = 200, description = "How it would look.", body = EventTrialOut), OnWrite)
)]
#[post("/event-types/try")]
async fn try_event_type(
    signed: Signed,
    body: Body<EventTrialIn>,
) -> Result<Json<EventTrialOut>, Problem> {
    let EventTrialIn { definition, data, title } = body.0;
    let (name, shape) = definition.into_core()?;
    let (title, data) = (title.as_ref().map(EventTitle::as_str), Value::Object(data));
    let (shown, misfit) = event_types::try_out(&signed.0, &name, &shape, title, &data)?;
    let Shown { title, body, icon, fields } = shown;
    let fields = fields.into_iter().map(PushedFieldOut::of).collect();
    let misfit = misfit.map(|Misfit { path, why }| MisfitOut { path, why });
    Ok(Json(EventTrialOut { title, body, icon: icon.map(Wire), fields, misfit }))
}

/// Read a type of pushed events.
#[utoipa::path(
    tag = "Set-up",
    params(("id" = EventTypeId, Path, description = "The type."), IfNoneMatchHeader),
    responses(
        (status = 200, description = "The type.", body = EventTypeOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/event-types/{id}")]
async fn get_event_type(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<EventTypeId>,
) -> Result<Versioned<EventTypeOut>, Problem> {
    let found = event_types::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Versioned { version: found.version, body: EventTypeOut::of(found) })
}

/// Change a type of pushed events.
///
/// It counts for what is pushed from now on.
#[utoipa::path(
    tag = "Set-up", request_body = EventTypePatch,
    params(("id" = EventTypeId, Path, description = "The type."), IfMatchHeader),
    responses((status = 200, description = "The type.", body = EventTypeOut), OnUpdate)
)]
#[patch("/event-types/{id}")]
async fn update_event_type(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<EventTypeId>,
    expected: IfMatch,
    body: Body<EventTypePatch>,
) -> Result<Versioned<EventTypeOut>, Problem> {
    let change = body.0.into_core()?;
    let changed = event_types::update(&state.app, &signed.0, id.0.0, change, expected.0).await?;
    Ok(Versioned { version: changed.version, body: EventTypeOut::of(changed) })
}

/// Remove a type of pushed events.
///
/// Its events stay as they are.
#[utoipa::path(
    tag = "Set-up", params(("id" = EventTypeId, Path, description = "The type.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/event-types/{id}")]
async fn delete_event_type(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<EventTypeId>,
) -> Result<Done, Problem> {
    event_types::delete(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}
