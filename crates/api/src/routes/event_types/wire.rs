//! Types of pushed events on the wire.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use throughline_app::AppError;
use throughline_core::pushed::schema::Schema;
use throughline_core::pushed::template::{FieldTemplate, Path, Template};
use throughline_core::pushed::{EventType, Shape};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::wire::{
    Channel, EventTypeId, EventTypeName, FactKind, FieldFormat, FieldLabel, Icon, Instant,
    ItemKind, Patch, PathText, TemplateText, Text, Wire, at_most, given, given_at_most,
};

/// A type of pushed events.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventTypeOut {
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
    fields: Vec<TemplateFieldOut>,
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
struct TemplateFieldOut {
    /// What it is.
    #[schema(example = "Total")]
    label: String,
    /// Where its value stands.
    #[schema(example = "data.total")]
    path: String,
    /// How it is shown.
    format: FieldFormat,
    /// What fact about the customer it is; null when it is none.
    fact: Option<FactKind>,
}

impl EventTypeOut {
    /// On the wire.
    pub fn of(event_type: EventType) -> Self {
        let EventType { id, name, shape, created_at, updated_at, version } = event_type;
        let Shape { kind, channel, icon, title, body, fields, schema, makes_customers } = shape;
        let field = |FieldTemplate { label, path, format, fact }| TemplateFieldOut {
            label,
            path: path.into(),
            format: Wire(format),
            fact: fact.map(Wire),
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
    /// What fact about the customer it is: it then stands on his sheet.
    fact: Option<FactKind>,
}

/// A type to make. What is absent follows from the name: `order.…` makes orders, and so on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTypeIn {
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
    /// Its name and shape, checked.
    pub fn into_core(self) -> Result<(String, Shape), Problem> {
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
    let field = |EventFieldIn { label, path, format, fact }| {
        let path = Path::parse(path.as_str());
        let path = path.map_err(|e| AppError::invalid("fields", e.to_string()))?;
        let format = format.map_or(throughline_core::pushed::template::FieldFormat::Text, |f| f.0);
        let fact = fact.map(|kind| kind.0);
        Ok(FieldTemplate { label: label.into_string(), path, format, fact })
    };
    fields.into_iter().map(field).collect()
}

fn schema_of(json: Value) -> Result<Schema, Problem> {
    Schema::try_from(json).map_err(|e| AppError::invalid("schema", e.to_string()).into())
}

/// A change of a type; absent fields stay, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTypePatch {
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
    pub fn into_core(self) -> Result<impl FnOnce(Shape) -> Shape + Send + 'static, Problem> {
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
