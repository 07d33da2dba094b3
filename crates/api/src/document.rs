//! The OpenAPI 3.1 document, put together from the routes.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi, RefOr, Required, Schema};
use utoipa::{OpenApi as _, PartialSchema};

use crate::mount::{ServiceConfig, Told};
use crate::problem::ProblemOut;
use crate::routes::{AuditedThing, Direction, EventKind, ExportFormat, Images, Sort};
use crate::serve::V1;
use crate::{responses, routes, wire};

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
    // Those that only parameters name; the routes bring all others along.
    components(schemas(
        wire::CursorText, wire::Limit, wire::SearchText, wire::Outcome, wire::ExternalId,
        wire::ItemKind, wire::TagText, wire::Email, wire::MessageIdText, Sort, Direction, ExportFormat, wire::AuthorKind,
        EventKind, Images, AuditedThing, wire::GroupBy,
    )),
    tags(
        (name = "Sign-in", description = "Access tokens, refresh tokens, and who one is."),
        (name = "Facts", description = "What customers told, what we promised, and not to ask again."),
        (name = "Tickets", description = "Matters of customers: list, open, change, answer."),
        (name = "Desk", description = "An agent's own: what is unread, drafts, views, macros, who else is there."),
        (name = "Timeline", description = "What happened with a customer, and the files."),
        (name = "Customers", description = "Customers and organizations."),
        (name = "Search", description = "Full text over all items."),
        (name = "Set-up", description = "Agents, teams, inboxes, tags, statuses, keys."),
        (name = "E-mail", description = "How inboxes fetch and send mail, for admins."),
        (name = "Imports", description = "Files of calls, contacts and mails that are read in."),
        (name = "Phone", description = "How phone logs are read, calls, and telephones that ring."),
        (name = "Channels", description = "How inboxes are connected to platforms, for admins."),
        (name = "Hooks", description = "Where platforms tell what happened; they sign their requests."),
        (name = "Ledger", description = "All that ever arrived, and what became of it."),
        (name = "Events", description = "Domain events by one cursor: pages, export, live stream, webhooks."),
        (name = "Jobs", description = "The queue, for admins."),
        (name = "Health", description = "For load balancers and monitoring."),
    )
)]
struct Base;

/// The document.
pub fn build() -> OpenApi {
    let mut document = told();
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
    for item in document.paths.paths.values_mut() {
        for operation in
            [&mut item.get, &mut item.post, &mut item.put, &mut item.patch].into_iter().flatten()
        {
            name_headers(operation);
            let_lists_be_absent(operation);
        }
    }
    for (name, schema) in &mut components.schemas {
        lift_descriptions(schema);
        if is_answer(name) {
            require_all(schema);
        }
    }
    document
}

/// What the routes tell of themselves, before it is tidied. What takes routes can only be had of an
/// application.
fn told() -> OpenApi {
    let (mut open, mut v1) = (Told::default(), Told::default());
    let _ = actix_web::App::new()
        .configure(|config| routes::open(&mut ServiceConfig::telling(config, &mut open)))
        .configure(|config| routes::v1(&mut ServiceConfig::telling(config, &mut v1)));
    let mut document = Base::openapi();
    open.into_document("", &mut document);
    v1.into_document(V1, &mut document);
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

/// A filter of several values may be left out; the derive takes a field that is no `Option` as one
/// that must be there, and typed clients would have to name each of them.
fn let_lists_be_absent(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        if matches!(parameter.schema, Some(RefOr::T(Schema::Array(_)))) {
            parameter.required = Required::False;
        }
    }
}

/// Names the headers that layers and responders add to successes: their presence follows from the
/// statuses and parameters of the operation.
fn name_headers(operation: &mut Operation) {
    let has = |status: &str| operation.responses.responses.contains_key(status);
    let versioned = has("304") || has("412");
    let parameters = operation.parameters.iter().flatten();
    let keyed = parameters
        .filter_map(|p| if let RefOr::T(p) = p { Some(p) } else { None })
        .any(|p| p.name == "Idempotency-Key");
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let mut add = |name: &str, text: &str| {
            let schema = ObjectBuilder::new().schema_type(Type::String).build();
            let header = HeaderBuilder::new().schema(Some(schema)).description(Some(text)).build();
            response.headers.insert(name.to_owned(), header.into());
        };
        if versioned && matches!(status.as_str(), "200" | "304") {
            add("ETag", "The version; send it back as If-Match or If-None-Match.");
        }
        if status == "201" {
            add("Location", "The address of what was made.");
        }
        if keyed && status.starts_with('2') {
            add("Idempotency-Replayed", "`true` when this answers a repeat; else absent.");
        }
    }
}

/// The derive puts the text of a nullable field inside the first of its two forms; readers (and
/// tools) look for it at the field.
fn lift_descriptions(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(object)) = schema else { return };
    for property in object.properties.values_mut() {
        let RefOr::T(Schema::OneOf(forms)) = property else { continue };
        for form in &mut forms.items {
            if let RefOr::Ref(reference) = form
                && !reference.description.is_empty()
            {
                forms.description = Some(std::mem::take(&mut reference.description));
            }
        }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn document() -> Value {
        serde_json::from_str(&openapi_json()).unwrap()
    }

    /// One line an operation: `GET /path operation_id 200 400 …`.
    fn operations(document: &Value) -> Vec<String> {
        let paths = document["paths"].as_object().unwrap();
        let mut lines = Vec::new();
        for (path, item) in paths {
            for (method, operation) in item.as_object().unwrap() {
                let codes: Vec<&str> = operation["responses"]
                    .as_object()
                    .unwrap()
                    .keys()
                    .map(String::as_str)
                    .collect();
                let id = operation["operationId"].as_str().unwrap();
                let method = method.to_uppercase();
                lines.push(format!("{method} {path} {id} {}", codes.join(" ")));
            }
        }
        lines.sort();
        lines
    }

    #[test]
    fn the_operations_are_those_of_the_list() {
        let found = operations(&document()).join("\n");
        let known = include_str!("../operations.txt").trim_end();
        assert_eq!(found, known, "if this is meant, put the left side into operations.txt");
    }

    #[test]
    fn requests_refuse_unknown_fields_and_answers_have_all_of_theirs() {
        let document = document();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for (name, schema) in schemas {
            let Some(properties) = schema["properties"].as_object() else { continue };
            if name.ends_with("In") || name.ends_with("Patch") {
                assert_eq!(schema["additionalProperties"], Value::Bool(false), "{name}");
            } else {
                assert!(is_answer(name), "{name} is neither request nor answer by its name");
                let required = schema["required"].as_array().map_or(0, Vec::len);
                assert_eq!(required, properties.len(), "{name}");
            }
            for (field, property) in properties {
                let explained = property["description"].is_string();
                assert!(explained, "{name}.{field} has no description: {property}");
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let text = openapi_json();
        let document = document();
        let references: BTreeSet<&str> =
            text.split("\"$ref\": \"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(references.len() > 40);
        for reference in references {
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
    }

    #[test]
    fn the_document_is_3_1_and_stable() {
        assert_eq!(document()["openapi"], "3.1.0");
        assert_eq!(openapi_json(), openapi_json());
    }
}
