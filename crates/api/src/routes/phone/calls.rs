//! What is done with a call that is there: tags, a ticket, files; and the calls that name nobody.

use actix_web::web::{Data, Json};
use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use throughline_app::phone::{self, CallTicket, NamelessCall};
use utoipa::{IntoParams, ToSchema};

use super::call_wire::CallOut;
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader, from_query};
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::{OnGet, OnList, OnWrite};
use crate::routes::items::ItemOut;
use crate::routes::tickets::TicketOut;
use crate::state::ApiState;
use crate::wire::{
    AttachmentId, InboxId, ItemId, PageOut, PageQuery, PhoneCallId, Subject, TagText, Text,
    TicketId, at_most,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_nameless_calls)
        .service(get_call_tags)
        .service(update_call_tags)
        .service(put_call_into_ticket)
        .service(attach_to_call);
}

/// The tags of a call.
#[derive(Debug, Serialize, ToSchema)]
struct CallTagsOut {
    /// Their names, by name.
    #[schema(example = json!(["iade"]))]
    tags: Vec<String>,
}

/// Tags to put on and take off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CallTagsPatch {
    /// Names of tags to put on; missing ones are made.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    add_tags: Vec<TagText>,
    /// Names of tags to take off; those it does not have are passed over.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    remove_tags: Vec<TagText>,
}

/// The ticket that a call is to be in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CallTicketIn {
    /// A ticket of the same customer; a new one is opened when absent.
    ticket: Option<TicketId>,
    /// The subject of a new ticket; what the call was when absent.
    subject: Option<Subject>,
}

/// Files for a call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CallFilesIn {
    /// Files that were sent with `POST /attachments` within a day.
    #[serde(deserialize_with = "at_most::<20, _, _>")]
    #[schema(max_items = 20)]
    attachments: Vec<AttachmentId>,
}

/// A call that names nobody.
#[derive(Debug, Serialize, ToSchema)]
struct NamelessCallOut {
    /// Its id.
    id: PhoneCallId,
    /// The call.
    call: CallOut,
}

/// Which calls.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct NamelessFilter {
    /// The inbox by which they came.
    inbox: InboxId,
}

from_query! { NamelessFilter { inbox: one } }

/// List calls that name nobody, newest first.
///
/// Those of withheld numbers, of numbers that cannot be called back, and among extensions. They are on no
/// timeline. For who may read the ledger.
#[utoipa::path(
    tag = "Phone", params(PageQuery, NamelessFilter),
    responses((status = 200, description = "A page of calls.", body = PageOut<NamelessCallOut>), OnList)
)]
#[get("/phone/calls/nameless")]
async fn list_nameless_calls(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
    filter: Asked<NamelessFilter>,
) -> Result<Json<PageOut<NamelessCallOut>>, Problem> {
    let inbox = filter.0.inbox.0;
    let found = phone::nameless(&state.app, &signed.0, inbox, &page.0.into()).await?;
    let shown =
        |NamelessCall { id, call }| NamelessCallOut { id: id.into(), call: CallOut::of(call) };
    Ok(Json(PageOut::of(found, shown)))
}

/// Read the tags of a call.
#[utoipa::path(
    tag = "Phone", params(("id" = ItemId, Path, description = "The call's item.")),
    responses((status = 200, description = "The tags.", body = CallTagsOut), OnGet)
)]
#[get("/items/{id}/tags")]
async fn get_call_tags(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
) -> Result<Json<CallTagsOut>, Problem> {
    let tags = phone::tags_of(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(CallTagsOut { tags }))
}

/// Put tags on a call, and take some off.
#[utoipa::path(
    tag = "Phone", request_body = CallTagsPatch,
    params(("id" = ItemId, Path, description = "The call's item.")),
    responses((status = 200, description = "The tags as they are now.", body = CallTagsOut), OnWrite)
)]
#[patch("/items/{id}/tags")]
async fn update_call_tags(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
    body: Body<CallTagsPatch>,
) -> Result<Json<CallTagsOut>, Problem> {
    let CallTagsPatch { add_tags, remove_tags } = body.0;
    let names = |tags: Vec<TagText>| tags.into_iter().map(Text::into_string).collect();
    let (add, remove): (Vec<String>, Vec<String>) = (names(add_tags), names(remove_tags));
    let tags = phone::change_tags(&state.app, &signed.0, id.0.0, &add, &remove).await?;
    Ok(Json(CallTagsOut { tags }))
}

/// Open a ticket for a call, or let it join one.
///
/// The ticket's inbox decides from then on who may see the call.
#[utoipa::path(
    tag = "Phone", request_body = CallTicketIn,
    params(("id" = ItemId, Path, description = "The call's item."), IdempotencyHeader),
    responses((status = 200, description = "The ticket.", body = TicketOut), OnWrite)
)]
#[post("/items/{id}/ticket")]
async fn put_call_into_ticket(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
    body: Body<CallTicketIn>,
) -> Result<Json<TicketOut>, Problem> {
    let CallTicketIn { ticket, subject } = body.0;
    let to = match ticket {
        Some(ticket) => CallTicket::Join(ticket.0),
        None => CallTicket::New(subject.map(Subject::into_string)),
    };
    let ticket = phone::to_ticket(&state.app, &signed.0, id.0.0, to).await?;
    Ok(Json(TicketOut::of(ticket)))
}

/// Attach files to a call, such as its recording.
#[utoipa::path(
    tag = "Phone", request_body = CallFilesIn,
    params(("id" = ItemId, Path, description = "The call's item."), IdempotencyHeader),
    responses((status = 200, description = "The call as it is now.", body = ItemOut), OnWrite)
)]
#[post("/items/{id}/attachments")]
async fn attach_to_call(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
    body: Body<CallFilesIn>,
) -> Result<Json<ItemOut>, Problem> {
    let files = body.0.attachments.into_iter().map(|id| id.0).collect();
    let item = phone::attach(&state.app, &signed.0, id.0.0, files).await?;
    Ok(Json(ItemOut::of(item)))
}
