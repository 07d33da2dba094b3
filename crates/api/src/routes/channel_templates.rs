//! Templates that a platform has approved: those of an inbox, and one as a reply chooses it or shows it.

use crate::mount::ServiceConfig;
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use throughline_app::channels::{self, Choice, Told};
use throughline_core::outgoing::{
    FilledTemplate, Template, TemplateButton, TemplatePart, TemplatePlace,
};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Signed;
use crate::extract::{Asked, Id, from_query};
use crate::problem::Problem;
use crate::responses::OnAsk;
use crate::state::ApiState;
use crate::wire::{
    InboxId, Instant, PageOut, PageQuery, TemplateLanguage, TemplateName, TemplateValueText, Text,
    Wire, at_most,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_templates);
}

/// A text that the platform has approved, with places for words.
#[derive(Debug, Serialize, ToSchema)]
struct TemplateOut {
    /// By what it is sent: a name at WhatsApp, an id at Twilio.
    #[schema(example = "order_late")]
    name: String,
    /// Its language, as the platform writes it.
    #[schema(example = "en_US")]
    language: String,
    /// Its name for people, where it is sent by an id.
    title: Option<String>,
    /// What the platform takes it for.
    #[schema(example = "UTILITY")]
    category: Option<String>,
    /// What stands above its body.
    #[schema(example = "Order {{1}}")]
    header: Option<String>,
    /// What it says.
    #[schema(example = "Dear {{1}}, your order comes on {{2}}.")]
    body: String,
    /// What stands below its body.
    footer: Option<String>,
    /// Its buttons.
    buttons: Vec<TemplateButtonOut>,
    /// Its places, in the order in which a reply gives the words for them.
    parameters: Vec<TemplatePlaceOut>,
    /// Whether it can be sent from here.
    usable: bool,
    /// Why it cannot, when it cannot.
    #[schema(example = "its header is no text but IMAGE")]
    unusable_because: Option<String>,
}

/// A button of a template.
#[derive(Debug, Serialize, ToSchema)]
struct TemplateButtonOut {
    /// What stands on it.
    #[schema(example = "Track it")]
    label: String,
    /// Where it leads.
    #[schema(example = "https://shop.example.com/track/{{1}}")]
    url: Option<String>,
}

/// A place of a template.
#[derive(Debug, Serialize, ToSchema)]
struct TemplatePlaceOut {
    /// The part that it is in: `header`, `body` or `button`.
    #[schema(example = "body")]
    part: &'static str,
    /// Which button, counted from 0; null in other parts.
    button: Option<usize>,
    /// Its name in that part: a number or a word.
    #[schema(example = "1")]
    name: String,
    /// What the platform was given as an example.
    #[schema(example = "Elif")]
    example: Option<String>,
}

/// A page of templates.
#[derive(Debug, Serialize, ToSchema)]
struct TemplatesOut {
    /// The templates by name and language.
    items: Vec<TemplateOut>,
    /// Pass it as `cursor` to read on; null at the end of the list. It is good until the platform is asked
    /// again.
    next_cursor: Option<String>,
    /// When the platform told of them.
    asked_at: Instant,
}

/// A template as which a reply went.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateSentOut {
    /// By what it was sent.
    #[schema(example = "order_late")]
    name: String,
    /// Its language.
    #[schema(example = "en_US")]
    language: String,
    /// What stood in its places, in their order.
    parameters: Vec<String>,
}

/// A template to send, with the words for its places.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateIn {
    /// By what it is sent, as `GET /inboxes/{id}/templates` names it.
    name: TemplateName,
    /// Its language, as that names it.
    language: TemplateLanguage,
    /// What stands in its places, one for each, in their order.
    #[serde(default, deserialize_with = "at_most::<100, _, _>")]
    #[schema(max_items = 100)]
    parameters: Vec<TemplateValueText>,
}

impl TemplateIn {
    /// As the use cases take it.
    pub fn into_choice(self) -> Choice {
        let Self { name, language, parameters } = self;
        let parameters = parameters.into_iter().map(Text::into_string).collect();
        Choice { name: name.into_string(), language: language.into_string(), parameters }
    }
}

impl TemplateSentOut {
    /// On the wire.
    pub fn of(sent: FilledTemplate) -> Self {
        let FilledTemplate { name, language, values } = sent;
        let parameters = values.into_iter().map(|one| one.value).collect();
        Self { name, language, parameters }
    }
}

impl TemplateOut {
    fn of(template: Template) -> Self {
        let places = template.places().into_iter();
        let Template {
            name,
            language,
            title,
            category,
            header,
            body,
            footer,
            buttons,
            examples,
            most_in_body: _,
            unusable,
        } = template;
        let mut examples = examples.into_iter();
        let mut example = || examples.next().filter(|one| !one.is_empty());
        let button = |TemplateButton { label, url }| TemplateButtonOut { label, url };
        Self {
            name,
            language,
            title,
            category,
            header,
            body,
            footer,
            buttons: buttons.into_iter().map(button).collect(),
            parameters: places.map(|place| TemplatePlaceOut::of(place, example())).collect(),
            usable: unusable.is_none(),
            unusable_because: unusable,
        }
    }
}

impl TemplatePlaceOut {
    fn of(place: TemplatePlace, example: Option<String>) -> Self {
        let TemplatePlace { part, name } = place;
        let (part, button) = match part {
            TemplatePart::Header => ("header", None),
            TemplatePart::Body => ("body", None),
            TemplatePart::Button(at) => ("button", Some(at)),
        };
        Self { part, button, name, example }
    }
}

/// Whether the platform is asked anew.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct Refresh {
    /// Whether to ask the platform now, but for what it told within the last half minute. Otherwise it is
    /// asked when it last told more than a day ago.
    refresh: Option<bool>,
}

from_query! { Refresh { refresh: maybe } }

/// List the templates that the platform of an inbox has approved.
///
/// Outside the time in which a customer may be written to freely, a reply goes as one of them.
#[utoipa::path(
    tag = "Channels",
    params(("id" = InboxId, Path, description = "The inbox."), PageQuery, Refresh),
    responses((status = 200, description = "A page of templates.", body = TemplatesOut), OnAsk)
)]
#[get("/inboxes/{id}/templates")]
async fn list_templates(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
    page: Asked<PageQuery>,
    asked: Asked<Refresh>,
) -> Result<Json<TemplatesOut>, Problem> {
    let (probe, refresh) = (state.settings.channel_probe.as_deref(), asked.0.refresh == Some(true));
    let request = page.0.into();
    let told = channels::templates(&state.app, &signed.0, probe, id.0.0, refresh, &request).await?;
    let Told { asked_at, page } = told;
    let PageOut { items, next_cursor } = PageOut::of(page, TemplateOut::of);
    Ok(Json(TemplatesOut { items, next_cursor, asked_at: Wire(asked_at) }))
}
