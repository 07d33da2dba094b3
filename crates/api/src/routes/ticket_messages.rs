//! Writing into tickets: replies to the customer, notes among agents.

use crate::mount::ServiceConfig;
use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use throughline_app::outgoing::Wish;
use throughline_app::tickets::{self, NewNote, NewReply};
use utoipa::ToSchema;

use super::channel_templates::TemplateIn;
use super::items::ItemOut;
use crate::answer::Created;
use crate::auth::Signed;
use crate::extract::{Body, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::OnCreate;
use crate::state::ApiState;
use crate::wire::{
    AgentId, AttachmentId, BodyText, Email, Instant, ItemId, MacroId, Reason, Remark, Revision,
    StatusKey, Text, TicketId, at_most, cores,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(create_reply).service(create_note);
}

/// A reply to the customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplyIn {
    /// Its text. It is left out where a template goes, which has its own.
    body: Option<BodyText>,
    /// A text that the platform has approved, with words for its places. It goes by WhatsApp also when
    /// the customer may not be written to freely. No files go with it.
    template: Option<TemplateIn>,
    /// To whom; the customer's own address when empty. A chat goes on with whom it is with and takes none.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    to: Vec<Email>,
    /// Who else gets it; nobody in a chat.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    cc: Vec<Email>,
    /// The key of the status to set along with it.
    status: Option<StatusKey>,
    /// Files that you sent to `/api/v1/attachments` within the last day. Each can be used once.
    #[serde(default, deserialize_with = "at_most::<20, _, _>")]
    #[schema(max_items = 20)]
    attachments: Vec<AttachmentId>,
    /// What is to be seen on some of them, for who does not see it. Mastodon and Bluesky hand it on.
    #[serde(default, deserialize_with = "at_most::<20, _, _>")]
    #[schema(max_items = 20)]
    attachment_descriptions: Vec<FileDescriptionIn>,
    /// Not to be sent before this instant, at most a year ahead; at once when absent. Until then it
    /// can be taken back.
    send_at: Option<Instant>,
    /// Whether it is taken back when the customer writes before it is sent.
    #[serde(default)]
    cancel_if_answered: bool,
    /// Why you ask for something that the customer has already told; needed only where the guard
    /// requires it.
    ask_anyway: Option<Reason>,
    /// The newest item of the ticket that you had seen. When the customer has said something behind it,
    /// the reply is refused as `answered_meanwhile`; without this it never is.
    seen_item: Option<ItemId>,
    /// The revision of your draft that this was made of: that draft is then gone, but not a later one.
    /// Without it any draft of yours for a reply here is.
    draft_revision: Option<Revision>,
    /// The macro by which it was written, for the record.
    #[serde(rename = "macro")]
    made_with: Option<MacroId>,
}

/// What is to be seen on a file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FileDescriptionIn {
    /// The file, one of those under `attachments`.
    attachment: AttachmentId,
    /// What is to be seen on it.
    #[schema(example = "The lamp with its shade broken off")]
    description: Remark,
}

/// A note among agents.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteIn {
    /// Its text.
    body: BodyText,
    /// The agents whom it names, who have to be able to see the ticket. It is an unread mention to each.
    #[serde(default, deserialize_with = "at_most::<20, _, _>")]
    #[schema(max_items = 20)]
    mentions: Vec<AgentId>,
    /// The revision of your draft that this was made of, as for a reply.
    draft_revision: Option<Revision>,
}

/// Answer the customer.
///
/// The reply is stored, and sent when the time is over in which it can be taken back: by mail, or into the
/// conversation of a chat. How far it has come is told by its `send_state`.
#[utoipa::path(
    tag = "Tickets", request_body = ReplyIn,
    params(("id" = TicketId, Path, description = "The ticket."), IdempotencyHeader),
    responses((status = 201, description = "The message.", body = ItemOut), OnCreate)
)]
#[post("/tickets/{id}/replies")]
async fn create_reply(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
    body: Body<ReplyIn>,
) -> Result<Created<ItemOut>, Problem> {
    let ReplyIn {
        body,
        template,
        to,
        cc,
        status,
        attachments,
        attachment_descriptions,
        send_at,
        cancel_if_answered,
        ask_anyway,
        seen_item,
        draft_revision,
        made_with,
    } = body.0;
    if body.is_none() && template.is_none() {
        return Err(Problem::new("invalid_body", "missing field `body`").at("body"));
    }
    let addresses = |list: Vec<Email>| list.into_iter().map(Email::into_string).collect();
    let new = NewReply {
        body: body.map(BodyText::into_string).unwrap_or_default(),
        template: template.map(TemplateIn::into_choice),
        to: addresses(to),
        cc: addresses(cc),
        status: status.map(StatusKey::into_string),
        attachments: cores(attachments),
        descriptions: attachment_descriptions
            .into_iter()
            .map(|one| (one.attachment.0, one.description.into_string()))
            .collect(),
        wish: Wish { send_at: send_at.map(|at| at.0), cancel_if_answered },
        ask_anyway: ask_anyway.map(Reason::into_string),
        seen_item: seen_item.map(|item| item.0),
        draft_revision: draft_revision.map(Revision::get),
        made_with: made_with.map(|id| id.0),
    };
    let item = tickets::reply(&state.app, &signed.0, id.0.0, new).await?;
    Ok(Created::new(format!("/api/v1/items/{}", item.id), ItemOut::of(item)))
}

/// Write a note among agents.
#[utoipa::path(
    tag = "Tickets", request_body = NoteIn,
    params(("id" = TicketId, Path, description = "The ticket."), IdempotencyHeader),
    responses((status = 201, description = "The note.", body = ItemOut), OnCreate)
)]
#[post("/tickets/{id}/notes")]
async fn create_note(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
    body: Body<NoteIn>,
) -> Result<Created<ItemOut>, Problem> {
    let NoteIn { body, mentions, draft_revision } = body.0;
    let new = NewNote {
        body: body.into_string(),
        mentions: cores(mentions),
        draft_revision: draft_revision.map(Revision::get),
    };
    let item = tickets::note(&state.app, &signed.0, id.0.0, new).await?;
    Ok(Created::new(format!("/api/v1/items/{}", item.id), ItemOut::of(item)))
}
