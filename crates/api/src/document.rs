//! The OpenAPI 3.1 document, put together from the routes.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi, RefOr, Schema};
use utoipa::{OpenApi as _, PartialSchema};
use utoipa_actix_web::AppExt;

use crate::problem::ProblemOut;
use crate::responses;
use crate::serve::mount;

const ABOUT: &str = "\
Tickets, customers and their one history over every channel.

**Signing in.** Agents trade address and password for a short-lived access token and a refresh \
token; integrators use API keys. Both travel as `Authorization: Bearer`.

**Lists** take `limit` and `cursor` and answer `items` and `next_cursor`. A cursor belongs to one \
list and order.

**Writes** take `Idempotency-Key`; updates honour `If-Match` with the ETag of the version that was \
read. In a patch an absent field stays, null clears it, a value sets it.

**Failures** are problem documents (RFC 9457). Programs decide by `code`; all of them are \
explained at `/api/docs/errors`.";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Throughline", description = ABOUT, license(name = "MIT OR Apache-2.0")),
    servers((url = "/", description = "This server")),
    security(("bearer" = [])),
    tags(
        (name = "Sign-in", description = "Access tokens, refresh tokens, and who one is."),
        (name = "Tickets", description = "Matters of customers: list, open, change, answer."),
        (name = "Timeline", description = "What happened with a customer, and the files."),
        (name = "Customers", description = "Customers and organizations."),
        (name = "Search", description = "Full text over all items."),
        (name = "Set-up", description = "Agents, teams, inboxes, tags, statuses, keys."),
        (name = "Ledger", description = "All that ever arrived, and what became of it."),
        (name = "Events", description = "Domain events by one cursor."),
        (name = "Jobs", description = "The queue, for admins."),
        (name = "Health", description = "For load balancers and monitoring."),
    )
)]
struct Base;

/// The document.
pub fn build() -> OpenApi {
    let app = actix_web::App::new().into_utoipa_app().openapi(Base::openapi());
    let (_, mut document) = mount(app).split_for_parts();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An access token or an API key (`tlk_…`)."))
        .build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.schemas.insert("Problem".to_owned(), ProblemOut::schema());
    for status in responses::STATUSES {
        let component = RefOr::T(responses::component(*status));
        components.responses.insert(responses::name_of(*status), component);
    }
    for (name, schema) in &mut components.schemas {
        if is_answer(name) {
            require_all(schema);
        }
    }
    document
}

/// Answers are named `…Out`, pages `Page_…`, and the problem; requests are `…In` and `…Patch`.
fn is_answer(name: &str) -> bool {
    name.ends_with("Out") || name.starts_with("Page_") || name == "Problem"
}

/// Every field of an answer is always there, null or not; the derive only knows that of fields
/// that are not optional.
fn require_all(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::Object(object)) = schema {
        object.required = object.properties.keys().cloned().collect();
    }
}

/// As pretty JSON.
pub fn to_json(document: &OpenApi) -> String {
    // Only maps with keys that are no text can fail, and the document has none.
    document.to_pretty_json().unwrap_or_default()
}

/// The OpenAPI document as pretty JSON in a stable order.
pub fn openapi_json() -> String {
    to_json(&build())
}
