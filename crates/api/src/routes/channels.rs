//! The channels that there are, and how an inbox is connected to one. Secrets are taken and never shown.

use std::collections::BTreeMap;

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{delete, get, put};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use throughline_app::Secret;
use throughline_app::channels::{self, Account, MAX_SECRETS, NewAccount, Secrets};
use throughline_ingest::hooks;
use throughline_ingest::registry::{
    self, Ability, ChannelType, Field, FieldKind, Length, LengthUnit,
};
use utoipa::ToSchema;

use crate::answer::{Done, Versioned};
use crate::auth::Signed;
use crate::extract::{Body, Id, IfMatch, IfMatchHeader, IfNoneMatchHeader};
use crate::problem::Problem;
use crate::responses::{OnDelete, OnGet, OnList, OnUpdate};
use crate::state::ApiState;
use crate::wire::{Channel, FieldKey, InboxId, Instant, SecretText, Text};

/// The most bytes that the settings of a channel take as JSON.
const MAX_SETTINGS: usize = 64 * 1024;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_channels)
        .service(get_channel_account)
        .service(put_channel_account)
        .service(delete_channel_account);
}

/// A kind of channel.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelTypeOut {
    /// Its name in programs.
    #[schema(example = "telegram")]
    name: &'static str,
    /// Its name for people.
    #[schema(example = "Telegram")]
    title: &'static str,
    /// The name of its icon.
    #[schema(example = "telegram")]
    icon: &'static str,
    /// The page of the docs that tells how it is set up.
    #[schema(example = "channels/telegram.md")]
    docs: &'static str,
    /// The channel that its inboxes belong to.
    channel: Channel,
    /// What an admin fills in.
    fields: Vec<ChannelFieldOut>,
    /// What it can do: `hook`, `poll`, `reply`, `reply_with_files`, `receipts`, `edits`.
    #[schema(example = json!(["hook"]))]
    can: Vec<&'static str>,
    /// The most that one message of ours may hold; null where nothing is known.
    length: Option<LengthOut>,
}

/// Something that an admin fills in.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelFieldOut {
    /// Its name in programs.
    #[schema(example = "webhook_secret")]
    name: &'static str,
    /// What people read beside it.
    #[schema(example = "Secret of the hook")]
    label: &'static str,
    /// Where one finds it, and what it is for.
    help: &'static str,
    /// `text`, `secret`, `choice` or `json`. Secrets are given under `secrets`, the others under
    /// `settings`.
    #[schema(example = "secret")]
    kind: &'static str,
    /// What a choice is among.
    options: Vec<&'static str>,
    /// Whether nothing works without it.
    required: bool,
}

/// The most that one message may hold.
#[derive(Debug, Serialize, ToSchema)]
struct LengthOut {
    /// How many.
    #[schema(example = 4096)]
    most: usize,
    /// Of what: `code_points`, `utf16`, `bytes`, `graphemes`, `gsm`, `weighted` (as X counts)
    /// or `mastodon` (as Mastodon counts).
    #[schema(example = "utf16")]
    unit: &'static str,
}

/// All kinds of channels; there are never many.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelTypesOut {
    /// In the order in which they are offered.
    items: Vec<ChannelTypeOut>,
}

/// How an inbox is connected.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelAccountOut {
    /// The inbox.
    inbox: InboxId,
    /// The kind of channel.
    #[schema(example = "telegram")]
    kind: String,
    /// Its fields, secrets apart.
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
    /// How many secrets are held, by name.
    #[schema(example = json!({ "webhook_secret": 1 }))]
    secrets: BTreeMap<String, usize>,
    /// Where the platform sends what happens, below the address of this server; null when it sends nothing.
    #[schema(example = "/hooks/inb_1h2p9x8gk0009")]
    hook: Option<String>,
    /// Why the secrets cannot be read, when they cannot.
    trouble: Option<String>,
    /// When it was last changed.
    updated_at: Instant,
}

/// How an inbox is to be connected.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChannelAccountIn {
    /// The kind of channel, by its name.
    kind: FieldKey,
    /// All its fields, secrets apart.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "bot_id": "123456" }))]
    settings: Map<String, Value>,
    /// The secrets that are given anew, by name. Those that are not named stay; several are all good, while
    /// one is being replaced by another; an empty list takes one away.
    #[serde(default)]
    #[schema(example = json!({ "webhook_secret": ["s3cret"] }))]
    secrets: BTreeMap<String, Vec<SecretText>>,
}

impl ChannelTypeOut {
    fn of(kind: &ChannelType) -> Self {
        Self {
            name: kind.name,
            title: kind.title,
            icon: kind.icon,
            docs: kind.docs,
            channel: kind.channel.into(),
            fields: kind.fields.iter().map(ChannelFieldOut::of).collect(),
            can: kind.can.iter().map(|ability| ability_name(*ability)).collect(),
            length: kind
                .length
                .map(|Length { most, unit }| LengthOut { most, unit: unit_name(unit) }),
        }
    }
}

impl ChannelFieldOut {
    fn of(field: &Field) -> Self {
        let Field { name, label, help, kind, required } = *field;
        let (kind, options) = match kind {
            FieldKind::Text => ("text", Vec::new()),
            FieldKind::Secret | FieldKind::KeyFile => ("secret", Vec::new()),
            FieldKind::Json => ("json", Vec::new()),
            FieldKind::Choice(options) => ("choice", options.to_vec()),
        };
        Self { name, label, help, kind, options, required }
    }
}

fn ability_name(ability: Ability) -> &'static str {
    match ability {
        Ability::Hook => "hook",
        Ability::Poll => "poll",
        Ability::Reply => "reply",
        Ability::ReplyWithFiles => "reply_with_files",
        Ability::Receipts => "receipts",
        Ability::Edits => "edits",
    }
}

fn unit_name(unit: LengthUnit) -> &'static str {
    match unit {
        LengthUnit::CodePoints => "code_points",
        LengthUnit::Utf16 => "utf16",
        LengthUnit::Bytes => "bytes",
        LengthUnit::Graphemes => "graphemes",
        LengthUnit::Gsm => "gsm",
        LengthUnit::Weighted => "weighted",
        LengthUnit::Mastodon => "mastodon",
    }
}

impl ChannelAccountOut {
    fn of(account: Account) -> Versioned<Self> {
        let Account { inbox, kind, settings, held, trouble, updated_at, version } = account;
        let takes = registry::named(&kind).is_some_and(|kind| kind.hook.is_some());
        let body = Self {
            hook: takes.then(|| format!("/hooks/{inbox}")),
            inbox: inbox.into(),
            kind,
            settings,
            secrets: held,
            trouble,
            updated_at: updated_at.into(),
        };
        Versioned { version, body }
    }
}

/// List the channels that an inbox can be connected to.
#[utoipa::path(
    tag = "Channels",
    responses((status = 200, description = "All of them.", body = ChannelTypesOut), OnList)
)]
#[get("/channels")]
async fn list_channels(_signed: Signed) -> Json<ChannelTypesOut> {
    Json(ChannelTypesOut {
        items: registry::ALL.iter().map(|kind| ChannelTypeOut::of(kind)).collect(),
    })
}

/// Read how an inbox is connected to a platform.
#[utoipa::path(
    tag = "Channels", params(("id" = InboxId, Path, description = "The inbox."), IfNoneMatchHeader),
    responses(
        (status = 200, description = "The set-up.", body = ChannelAccountOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/inboxes/{id}/channel")]
async fn get_channel_account(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
) -> Result<Versioned<ChannelAccountOut>, Problem> {
    Ok(ChannelAccountOut::of(channels::get(&state.app, &signed.0, id.0.0).await?))
}

/// Connect an inbox to a platform, or change how it is.
///
/// The whole of it, but for secrets: those that are left out stay.
#[utoipa::path(
    tag = "Channels", request_body = ChannelAccountIn,
    params(("id" = InboxId, Path, description = "The inbox."), IfMatchHeader),
    responses((status = 200, description = "The set-up.", body = ChannelAccountOut), OnUpdate)
)]
#[put("/inboxes/{id}/channel")]
async fn put_channel_account(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
    expected: IfMatch,
    body: Body<ChannelAccountIn>,
) -> Result<Versioned<ChannelAccountOut>, Problem> {
    let new = checked(body.0)?;
    let made = channels::put(&state.app, &signed.0, id.0.0, new, expected.0).await?;
    Ok(ChannelAccountOut::of(made))
}

/// Disconnect an inbox from its platform.
///
/// The secrets are gone; what came by the inbox stays.
#[utoipa::path(
    tag = "Channels", params(("id" = InboxId, Path, description = "The inbox.")),
    responses((status = 204, description = "It is disconnected."), OnDelete)
)]
#[delete("/inboxes/{id}/channel")]
async fn delete_channel_account(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
) -> Result<Done, Problem> {
    channels::delete(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}

/// The set-up, each field checked by what the channel says of it.
fn checked(body: ChannelAccountIn) -> Result<NewAccount, Problem> {
    let ChannelAccountIn { kind, settings, secrets } = body;
    let unknown = || wrong("kind", "there is no such channel; GET /channels lists those that are");
    let kind = registry::named(kind.as_str()).ok_or_else(unknown)?;
    let size = serde_json::to_string(&settings).map_or(usize::MAX, |text| text.len());
    if size > MAX_SETTINGS {
        return Err(wrong("settings", format!("at most {MAX_SETTINGS} bytes")));
    }
    for (name, value) in &settings {
        let field = kind.fields.iter().find(|field| field.name == name).ok_or_else(|| {
            let name: String = name.chars().take(40).collect();
            wrong("settings", format!("{} has no setting {name}", kind.title))
        })?;
        fits(field, value)?;
    }
    for field in kind.fields.iter().filter(|field| field.required) {
        if !field.kind.is_secret() && !settings.contains_key(field.name) {
            return Err(wrong("settings", format!("{} is required", field.name)));
        }
    }
    let secrets = checked_secrets(kind, secrets)?;
    // What reads deliveries knows best whether it can be made of these.
    let account = hooks::Account { settings: settings.clone(), ..hooks::Account::default() };
    (kind.decoder)(&account).map_err(|why| wrong("settings", why.to_string()))?;
    Ok(NewAccount { kind: kind.name, channel: kind.channel, settings, secrets })
}

fn fits(field: &Field, value: &Value) -> Result<(), Problem> {
    let expected = match field.kind {
        FieldKind::Json => None,
        FieldKind::Secret | FieldKind::KeyFile => Some("to be given under `secrets`".to_owned()),
        FieldKind::Text if value.as_str().is_some_and(|text| text.len() <= 1_000) => None,
        FieldKind::Text => Some("a text of at most 1,000 bytes".to_owned()),
        FieldKind::Choice(options) => match value.as_str() {
            Some(chosen) if options.contains(&chosen) => None,
            _ => Some(format!("one of {}", options.join(", "))),
        },
    };
    expected.map_or(Ok(()), |what| Err(wrong("settings", format!("{} expects {what}", field.name))))
}

/// The most characters of a secret that is no file.
const LONGEST_LINE: usize = 1_000;

/// Whether a secret can stand in the header of a request.
fn is_line(secret: &str) -> bool {
    !secret.contains(['\r', '\n', '\t']) && secret.chars().count() <= LONGEST_LINE
}

fn checked_secrets(
    kind: &ChannelType,
    given: BTreeMap<String, Vec<SecretText>>,
) -> Result<Secrets, Problem> {
    let known =
        |name: &str| kind.fields.iter().find(|field| field.name == name && field.kind.is_secret());
    let one = |(name, values): (String, Vec<SecretText>)| {
        let Some(field) = known(&name) else {
            return Err(wrong("secrets", format!("{} has no secret of this name", kind.title)));
        };
        if field.kind == FieldKind::Secret && !values.iter().all(|one| is_line(one.as_str())) {
            let why = format!("{name} expects one line of at most {LONGEST_LINE} characters");
            return Err(wrong("secrets", why));
        }
        if values.len() > MAX_SECRETS {
            return Err(wrong("secrets", format!("at most {MAX_SECRETS} of one name")));
        }
        let values = values.into_iter();
        Ok((name, values.map(|value| Secret::new(value.into_string())).collect()))
    };
    given.into_iter().map(one).collect()
}

fn wrong(field: &'static str, why: impl Into<String>) -> Problem {
    Problem::new("invalid_field", why).at(field)
}
