//! What a file will be read as: encoding, separator, format, columns and first rows.

use std::collections::BTreeMap;

use actix_web::post;
use actix_web::web::{self, Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use throughline_app::imports::{self, Import, ImportKind};
use throughline_core::contact::Contact;
use throughline_core::identity::{Hint, Key, Region};
use throughline_ingest::contacts::{self, ContactPreview};
use throughline_ingest::files::{self, MailRow};
use throughline_ingest::phone::{Column, Looks, Row, Wrong};
use throughline_ingest::phone_preview::{PREVIEW_BYTES, Preview, preview};
use utoipa::ToSchema;

use super::source::for_contacts;
use crate::auth::Signed;
use crate::extract::{Body, Id, IdempotencyHeader};
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::OnWrite;
use crate::routes::phone::{CallLegOut, CallOut, settings_of};
use crate::state::ApiState;
use crate::wire::{IdentityKind, ImportId, Instant, Wire};

/// Rows of a preview when nobody says.
const DEFAULT_ROWS: usize = 20;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(preview_import);
}

/// By which settings a file is looked at.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreviewIn {
    /// Settings to try; those of the import when absent, else what the file looks like.
    #[serde(default)]
    #[schema(value_type = Object, required = false, example = json!({ "format": "asterisk_csv", "time_zone": "Europe/Istanbul", "region": "TR" }))]
    source: Option<Map<String, Value>>,
    /// How many rows; 20 when absent.
    #[schema(minimum = 1, maximum = 200, example = 20)]
    rows: Option<u8>,
}

/// What a file will be read as.
#[derive(Debug, Serialize, ToSchema)]
struct PreviewOut {
    /// For calls: the name of the format that it seems to have; null when it seems to have none of those known.
    #[schema(example = "asterisk_csv")]
    format: Option<&'static str>,
    /// The encoding; null for mails, of which each has its own.
    #[schema(example = "utf-8")]
    encoding: Option<String>,
    /// The separator of columns; null when it is no table.
    #[schema(example = ",")]
    separator: Option<char>,
    /// Whether the first row names the columns.
    has_header: bool,
    /// The columns.
    columns: Vec<ColumnOut>,
    /// The settings by which the rows were read; empty for mails.
    #[schema(value_type = Object)]
    source: Value,
    /// What is wrong with these settings; the rows are then not read.
    wrong: Vec<WrongOut>,
    /// Why the file cannot be read by these settings at all.
    unreadable: Option<String>,
    /// The first rows.
    rows: Vec<PreviewRowOut>,
    /// The calls that these rows tell of; of those at the end some legs may be missing.
    calls: Vec<CallOut>,
}

/// A column of a file.
#[derive(Debug, Serialize, ToSchema)]
struct ColumnOut {
    /// Its name, or its place such as `#3`.
    #[schema(example = "calldate")]
    name: String,
    /// What stands in it in the first rows.
    samples: Vec<String>,
}

/// A setting that cannot be.
#[derive(Debug, Serialize, ToSchema)]
struct WrongOut {
    /// Its name.
    #[schema(example = "time_zone")]
    field: &'static str,
    /// What is wrong, and what to do.
    #[schema(example = "name the time zone of the phone system's clock")]
    why: String,
}

impl WrongOut {
    fn of(wrong: Wrong) -> Self {
        let Wrong { field, why } = wrong;
        Self { field, why }
    }
}

/// A row of a file.
#[derive(Debug, Serialize, ToSchema)]
struct PreviewRowOut {
    /// Its place among the rows, from 1.
    #[schema(example = 1)]
    row: u64,
    /// The line on which it begins.
    #[schema(example = 2)]
    line: u64,
    /// As it stands in the file.
    raw: String,
    /// Why it is rejected; null when it is not.
    error: Option<String>,
    /// For calls: the legs that it tells of.
    legs: Vec<CallLegOut>,
    /// For contacts: the person; null when it is rejected.
    contact: Option<ContactOut>,
    /// For mails: what it is; null when it is no mail that can be read.
    mail: Option<MailOut>,
}

/// A person in a table of contacts.
#[derive(Debug, Serialize, ToSchema)]
struct ContactOut {
    /// By what the person is known.
    identities: Vec<ContactIdentityOut>,
    /// The name.
    #[schema(example = "Elif Kaya")]
    name: Option<String>,
    /// The name of the organization.
    #[schema(example = "Kaya Ltd")]
    organization: Option<String>,
    /// The language.
    #[schema(example = "tr")]
    language: Option<String>,
    /// The time zone.
    #[schema(example = "Europe/Istanbul")]
    time_zone: Option<String>,
    /// The tags.
    tags: Vec<String>,
    /// Custom fields by their keys, in the words of the table.
    custom: BTreeMap<String, String>,
}

/// By what a person in a table is known.
#[derive(Debug, Serialize, ToSchema)]
struct ContactIdentityOut {
    /// What kind it is.
    kind: IdentityKind,
    /// Where the value means something; empty where it means the same everywhere.
    scope: String,
    /// The form in which it is compared.
    #[schema(example = "elif@kaya.example")]
    value: String,
}

/// A mail in an archive.
#[derive(Debug, Serialize, ToSchema)]
struct MailOut {
    /// Who wrote it; null when it does not say.
    #[schema(example = "elif@kaya.example")]
    from: Option<String>,
    /// What it is about.
    #[schema(example = "Siparişim gelmedi")]
    subject: Option<String>,
    /// When it was written, as it says.
    written_at: Option<Instant>,
}

impl ColumnOut {
    fn of(Column { name, samples }: Column) -> Self {
        Self { name, samples }
    }
}

impl ContactOut {
    fn of(contact: Contact) -> Self {
        let Contact { identities, name, organization, language, time_zone, tags, custom } = contact;
        let identity = |hint: Hint| {
            let Key { kind, scope, value } = hint.key;
            ContactIdentityOut { kind: kind.into(), scope, value }
        };
        let identities = identities.into_iter().map(identity).collect();
        let custom = custom.into_iter().collect();
        Self { identities, name, organization, language, time_zone, tags, custom }
    }
}

impl PreviewRowOut {
    fn of_calls(row: Row) -> Self {
        let Row { number, line, raw, result } = row;
        let (legs, error) = match result {
            Ok(legs) => (legs.into_iter().map(CallLegOut::of).collect(), None),
            Err(why) => (Vec::new(), Some(why.to_string())),
        };
        Self { row: number, line, raw, error, legs, contact: None, mail: None }
    }

    fn of_contact(row: contacts::Row) -> Self {
        let contacts::Row { number, line, raw, result } = row;
        let (contact, error) = match result {
            Ok(contact) => (Some(ContactOut::of(contact)), None),
            Err(why) => (None, Some(why)),
        };
        Self { row: number, line, raw, error, legs: Vec::new(), contact, mail: None }
    }

    fn of_mail(row: MailRow) -> Self {
        let MailRow { number, result } = row;
        let (mail, error) = match result {
            Ok(files::MailHead { from, subject, written_at }) => {
                (Some(MailOut { from, subject, written_at: written_at.map(Wire) }), None)
            }
            Err(why) => (None, Some(why)),
        };
        let (row, raw, legs) = (number, String::new(), Vec::new());
        Self { row, line: row, raw, error, legs, contact: None, mail }
    }
}

fn name_of(encoding: contacts::Encoding) -> Option<String> {
    let name = serde_json::to_value(encoding).ok();
    name.and_then(|name| name.as_str().map(str::to_owned))
}

impl PreviewOut {
    fn of_calls(found: Preview) -> Self {
        let Preview { looks, settings, wrong, unreadable, rows, calls } = found;
        let Looks { encoding, has_mark: _, separator, has_header, format, columns } = looks;
        Self {
            format,
            encoding: name_of(encoding),
            separator,
            has_header,
            columns: columns.into_iter().map(ColumnOut::of).collect(),
            source: serde_json::to_value(settings).unwrap_or_default(),
            wrong: wrong.into_iter().map(WrongOut::of).collect(),
            unreadable,
            rows: rows.into_iter().map(PreviewRowOut::of_calls).collect(),
            calls: calls.into_iter().map(CallOut::of).collect(),
        }
    }

    fn of_contacts(found: ContactPreview) -> Self {
        let ContactPreview { encoding, separator, has_header, columns, settings, wrong, .. } =
            found;
        Self {
            format: None,
            encoding: name_of(encoding),
            separator: Some(separator),
            has_header,
            columns: columns.into_iter().map(ColumnOut::of).collect(),
            source: serde_json::to_value(settings).unwrap_or_default(),
            wrong: wrong.into_iter().map(WrongOut::of).collect(),
            unreadable: found.unreadable,
            rows: found.rows.into_iter().map(PreviewRowOut::of_contact).collect(),
            calls: Vec::new(),
        }
    }

    fn of_mails(found: files::MailPreview) -> Self {
        let files::MailPreview { rows, unreadable } = found;
        Self {
            format: None,
            encoding: None,
            separator: None,
            has_header: false,
            columns: Vec::new(),
            source: Value::Object(Map::new()),
            wrong: Vec::new(),
            unreadable,
            rows: rows.into_iter().map(PreviewRowOut::of_mail).collect(),
            calls: Vec::new(),
        }
    }
}

/// How the beginning of a file is looked at.
enum Look {
    Calls(Option<Box<throughline_ingest::phone::Settings>>),
    Contacts(Option<contacts::Settings>, Option<Region>),
    Mails,
}

impl Look {
    /// By settings to try, else by those of the import, else by what the file looks like.
    fn by(
        import: &Import,
        given: Option<Map<String, Value>>,
        region: Option<Region>,
    ) -> Result<Self, Problem> {
        let stored = import.source.as_ref().and_then(|source| source.as_object().cloned());
        let source = given.or(stored);
        Ok(match import.kind {
            ImportKind::Calls => Self::Calls(source.map(settings_of).transpose()?.map(Box::new)),
            ImportKind::Contacts => Self::Contacts(source.map(for_contacts).transpose()?, region),
            ImportKind::Mail => Self::Mails,
        })
    }

    fn at(self, head: &[u8], whole: bool, rows: usize) -> PreviewOut {
        match self {
            Self::Calls(settings) => {
                let settings = settings.map(|settings| *settings);
                PreviewOut::of_calls(preview(head, whole, settings, rows))
            }
            Self::Contacts(settings, region) => {
                PreviewOut::of_contacts(contacts::preview(head, whole, settings, region, rows))
            }
            Self::Mails => PreviewOut::of_mails(files::preview(head, whole, rows)),
        }
    }
}

/// Look at what a file will be read as.
///
/// Nothing is written, and only the beginning of the file is read.
#[utoipa::path(
    tag = "Imports", request_body = PreviewIn,
    params(("id" = ImportId, Path, description = "The import."), IdempotencyHeader),
    responses((status = 200, description = "The preview.", body = PreviewOut), OnWrite)
)]
#[post("/imports/{id}/preview")]
async fn preview_import(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ImportId>,
    body: Body<PreviewIn>,
) -> Result<Json<PreviewOut>, Problem> {
    let PreviewIn { source, rows } = body.0;
    let import = imports::get(&state.app, &signed.0, id.0.0).await?;
    let look = Look::by(&import, source, state.app.default_region())?;
    let (head, whole) = imports::head(&state.app, &signed.0, id.0.0, PREVIEW_BYTES).await?;
    let rows = rows.map_or(DEFAULT_ROWS, usize::from);
    let looked = web::block(move || look.at(&head, whole, rows)).await;
    let died = |e| Problem::new("internal", "something went wrong on our side").because(e);
    Ok(Json(looked.map_err(died)?))
}
