//! The failures that operations document, in groups, made from the error table.
//!
//! Every group has 500 and 503; those behind a sign-in have 401 and 403; every operation may be
//! refused with 400, since unknown query parameters are.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use crate::error_table::TABLE;
use crate::problem::MEDIA_TYPE;

macro_rules! groups {
    ($($(#[$meta:meta])* $name:ident: $($status:literal)+;)+) => { $(
        $(#[$meta])*
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$($status),+].into_iter().map(reference).collect()
            }
        }
    )+ };
}

groups! {
    /// An open operation that reads.
    OnOpen: 400 500 503;
    /// A file by its link.
    OnLink: 400 404 500 503;
    /// Signing in.
    OnSignIn: 400 401 403 413 415 422 429 500 503;
    /// Going on with a session, or ending it.
    OnRefresh: 400 401 403 413 415 422 500 503;
    /// A list, or a single thing without an id in its address.
    OnList: 400 401 403 500 503;
    /// One thing by its id.
    OnGet: 400 401 403 404 500 503;
    /// What a platform has to be asked for.
    OnAsk: 400 401 403 404 409 500 503;
    /// A live stream.
    OnStream: 400 401 403 404 429 500 503;
    /// Something new.
    OnCreate: 400 401 403 404 409 413 415 422 500 503;
    /// A change of one thing without a version.
    OnWrite: 400 401 403 404 409 413 415 422 500 503;
    /// A change of one's own password: wrong guesses lock it as they lock the sign-in.
    OnPassword: 400 401 403 404 409 413 415 422 429 500 503;
    /// A change of one version of a thing.
    OnUpdate: 400 401 403 404 409 412 413 415 422 500 503;
    /// An action without a body.
    OnAction: 400 401 403 404 409 413 422 500 503;
    /// A request of a platform.
    OnHook: 400 401 404 413 500 503;
    /// A platform that asks whether this is the right address.
    OnGreeting: 400 401 404 500 503;
    /// A removal.
    OnDelete: 400 401 403 404 409 500 503;
}

/// Every status that a group may name.
pub const STATUSES: &[u16] = &[400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 500, 503];

/// The name of a status's response among the components.
pub fn name_of(status: u16) -> String {
    format!("Problem{status}")
}

fn reference(status: u16) -> (String, RefOr<Response>) {
    (status.to_string(), RefOr::Ref(Ref::from_response_name(name_of(status))))
}

/// The component of a status: which codes it has, and the form of the document.
pub fn component(status: u16) -> Response {
    let codes = TABLE.iter().filter(|entry| entry.status == status);
    let codes: Vec<String> = codes.map(|e| format!("`{}`: {}.", e.code, e.title)).collect();
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(codes.join(" ")).content(MEDIA_TYPE, content);
    let header = |text: &str| {
        let schema = ObjectBuilder::new().schema_type(Type::String).build();
        HeaderBuilder::new().schema(Some(schema)).description(Some(text)).build()
    };
    match status {
        401 => response.header("WWW-Authenticate", header("How to sign in.")).build(),
        429 | 503 => response.header("Retry-After", header("Seconds to wait.")).build(),
        _ => response.build(),
    }
}
