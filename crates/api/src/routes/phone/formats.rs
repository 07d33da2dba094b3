//! The formats of phone logs.

use actix_web::get;
use actix_web::web::Json;
use serde::Serialize;
use throughline_ingest::phone::{PhoneFormat, formats};
use utoipa::ToSchema;

use crate::auth::Signed;
use crate::mount::ServiceConfig;
use crate::responses::OnList;

/// Adds the route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_phone_formats);
}

/// A format of phone logs.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneFormatOut {
    /// Its name in settings.
    #[schema(example = "asterisk_csv")]
    name: &'static str,
    /// Its name for people.
    #[schema(example = "Asterisk Master.csv")]
    title: &'static str,
    /// Where such a file comes from, and what to know about it.
    help: &'static str,
    /// Whether a time zone has to be named.
    needs_zone: bool,
    /// Whether it is a table of columns.
    is_table: bool,
    /// Whether the names of its columns may be given.
    takes_columns: bool,
    /// Whether it wants a mapping.
    needs_mapping: bool,
}

/// The formats of phone logs.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneFormatsOut {
    /// All of them, in the order in which they are shown.
    items: Vec<PhoneFormatOut>,
}

impl PhoneFormatOut {
    fn of(format: &PhoneFormat) -> Self {
        let PhoneFormat { name, title, help, needs_zone, is_table, takes_columns, needs_mapping } =
            *format;
        Self { name, title, help, needs_zone, is_table, takes_columns, needs_mapping }
    }
}

/// List the formats of phone logs.
#[utoipa::path(
    tag = "Phone",
    responses((status = 200, description = "The formats.", body = PhoneFormatsOut), OnList)
)]
#[get("/phone/formats")]
async fn list_phone_formats(_signed: Signed) -> Json<PhoneFormatsOut> {
    Json(PhoneFormatsOut { items: formats().iter().map(PhoneFormatOut::of).collect() })
}
