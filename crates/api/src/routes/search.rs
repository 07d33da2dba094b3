//! Full-text search over all items.

use crate::mount::ServiceConfig;
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Serialize;
use throughline_app::search::{self, Hit};
use throughline_core::text::Snippet;
use throughline_core::ticket::Ticket;
use utoipa::{IntoParams, ToSchema};

use super::items::ItemOut;
use crate::auth::Signed;
use crate::extract::{Asked, from_query};
use crate::problem::Problem;
use crate::responses::OnList;
use crate::state::ApiState;
use crate::wire::{PageOut, PageQuery, SearchText, StatusCategory, Text, TicketId};

/// Adds the route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(search_items);
}

/// An item that matches.
#[derive(Debug, Serialize, ToSchema)]
struct HitOut {
    /// The item.
    item: ItemOut,
    /// The ticket it belongs to; null for what belongs to none.
    ticket: Option<HitTicketOut>,
    /// The part of its text around the first match.
    snippet: SnippetOut,
}

/// The ticket of a hit, in short.
#[derive(Debug, Serialize, ToSchema)]
struct HitTicketOut {
    /// Its id.
    id: TicketId,
    /// The human number.
    #[schema(example = 1042)]
    number: i64,
    /// What it is about.
    #[schema(example = "Siparişim gelmedi")]
    subject: String,
    /// The key of its status.
    #[schema(example = "open")]
    status: String,
    /// The category of that status.
    category: StatusCategory,
}

/// A part of a text with its matches marked.
#[derive(Debug, Serialize, ToSchema)]
struct SnippetOut {
    /// The part; plain text, to be escaped before it is put into HTML.
    #[schema(example = "siparişim hâlâ gelmedi, iade istiyorum")]
    text: String,
    /// The matches, in order, not touching.
    highlights: Vec<HighlightOut>,
    /// Whether the text goes on before the part.
    clipped_start: bool,
    /// Whether the text goes on after the part.
    clipped_end: bool,
}

/// One match, counted in characters (Unicode code points) of the snippet.
#[derive(Debug, Serialize, ToSchema)]
struct HighlightOut {
    /// The first character.
    #[schema(example = 23)]
    start: usize,
    /// The character behind the last.
    #[schema(example = 27)]
    end: usize,
}

impl HitTicketOut {
    fn of(ticket: Ticket) -> Self {
        Self {
            id: ticket.id.into(),
            number: ticket.number,
            subject: ticket.subject,
            status: ticket.status,
            category: ticket.category.into(),
        }
    }
}

impl HitOut {
    fn of(hit: Hit) -> Self {
        let Hit { item, ticket, snippet } = hit;
        let Snippet { text, highlights, clipped_start, clipped_end } = snippet;
        let mark = |(start, end)| HighlightOut { start, end };
        let highlights = highlights.into_iter().map(mark).collect();
        Self {
            item: ItemOut::of(item),
            ticket: ticket.map(HitTicketOut::of),
            snippet: SnippetOut { text, highlights, clipped_start, clipped_end },
        }
    }
}

/// What to search for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// Words (all must occur), "phrases", begin*, numbers and addresses.
    q: SearchText,
}

from_query! { SearchQuery { q: one } }

/// Search the items of all tickets that you may see, newest first.
#[utoipa::path(
    tag = "Search", params(SearchQuery, PageQuery),
    responses((status = 200, description = "A page of hits.", body = PageOut<HitOut>), OnList)
)]
#[get("/search")]
async fn search_items(
    state: Data<ApiState>,
    signed: Signed,
    query: Asked<SearchQuery>,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<HitOut>>, Problem> {
    let SearchQuery { q } = query.0;
    let found = search::items(&state.app, &signed.0, q.as_str(), &page.0.into()).await;
    let found = found.map_err(Problem::in_query)?;
    Ok(Json(PageOut::of(found, HitOut::of)))
}
