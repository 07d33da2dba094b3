//! The REST API: routes, extractors, wire types, the error table, OpenAPI, access tokens.
//!
//! Nothing is decided here. A handler reads the request, calls one use case of `app`, and maps its
//! answer to a wire type that stands beside it. What the OpenAPI document says is law: unknown
//! parameters and methods are refused by it.
//!
//! Entry points: [`serve()`] for the binary, [`service_factory`] to mount it in a test,
//! [`openapi_json`] for the document.

mod answer;
mod auth;
mod document;
pub mod error_table;
mod extract;
mod fallback;
mod frame;
mod idempotency;
mod metrics;
mod mount;
mod pages;
mod problem;
mod refusals;
mod request_id;
mod responses;
mod routes;
mod serve;
mod settings;
mod state;
mod wire;

pub use document::openapi_json;
pub use pages::{FindPage, Page};
pub use routes::WireShape;
pub use serve::{serve, service_factory};
pub use settings::{ApiSettings, Network};
pub use state::ApiState;
