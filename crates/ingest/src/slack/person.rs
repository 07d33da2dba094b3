//! Who it was: people of any workspace, bots, and ourselves.

use serde_json::Value;
use throughline_core::identity::{Hint, IdentityKind, Proof};
use throughline_core::inbound::{Person, Role};
use throughline_core::timeline::Direction;

use super::decode::Told;
use crate::lenient::{at, first, list, text};

/// Who brought about an event or wrote a message, and which way that goes.
pub(super) fn of(told: &Told<'_>, said: &Value) -> (Person, Direction) {
    let role = role(told, said);
    let direction = match role {
        Role::Us => Direction::Outbound,
        Role::Customer | Role::Bot | Role::Platform => Direction::Inbound,
    };
    let hints = match role {
        Role::Platform => Vec::new(),
        Role::Us | Role::Customer | Role::Bot => hints(told, said),
    };
    (Person { role, name: name(said), language: None, hints }, direction)
}

/// The id of a user, which stands alone or in what is said of him.
fn user(said: &Value) -> Option<&str> {
    text(said, &["user"])
        .or_else(|| text(said, &["user", "id"]))
        .or_else(|| text(said, &["user_id"]))
}

fn role(told: &Told<'_>, said: &Value) -> Role {
    let user = user(said);
    let is_bot = text(said, &["bot_id"]).is_some();
    match is_ours(told, said, user, is_bot) {
        true => Role::Us,
        false if is_bot => Role::Bot,
        // Slackbot has an id of its own, and is nobody.
        false if user == Some("USLACKBOT") => Role::Platform,
        false if user.is_some() => Role::Customer,
        false => Role::Platform,
    }
}

/// Whether our own app speaks. What an admin says goes before what the app's id says, and that before
/// the list of those for whom Slack sent the event.
fn is_ours(told: &Told<'_>, said: &Value, user: Option<&str>, is_bot: bool) -> bool {
    if user.is_some() && user == told.slack.bot_user.as_deref() {
        return true;
    }
    let app = text(said, &["app_id"]).or_else(|| text(said, &["bot_profile", "app_id"]));
    match (is_bot, app) {
        (false, _) => false,
        (true, Some(app)) => text(told.outer, &["api_app_id"]) == Some(app),
        (true, None) => list(told.outer, &["authorizations"]).iter().any(|one| {
            at(one, &["is_bot"]) == &Value::Bool(true) && user == text(one, &["user_id"])
        }),
    }
}

/// A user's id is shown to us under his own workspace and under ours, when a channel is shared; some
/// events name one of them only, so both are hints.
fn hints(told: &Told<'_>, said: &Value) -> Vec<Hint> {
    let own = first(said, &["user_team", "source_team", "team"])
        .or_else(|| text(said, &["user_profile", "team"]))
        .or_else(|| text(said, &["user", "team_id"]));
    let mut teams: Vec<&str> = own.into_iter().chain(told.team()).collect();
    teams.dedup();
    let id = user(said).or_else(|| text(said, &["bot_id"]));
    let proved = teams.iter().filter_map(|team| {
        let hint = hint(IdentityKind::Platform, team, id?)?;
        Some(Hint { proof: Proof::Provider, ..hint })
    });
    let username = username(said).zip(teams.first());
    let username = username.and_then(|(name, team)| hint(IdentityKind::Username, team, name));
    proved.chain(username).collect()
}

fn hint(kind: IdentityKind, team: &str, value: &str) -> Option<Hint> {
    Hint::read(kind, &format!("slack:{team}"), value, None).ok()
}

fn username(said: &Value) -> Option<&str> {
    let of_profile = text(said, &["user_profile", "name"]);
    let of_user = || first(at(said, &["user"]), &["username", "name"]);
    of_profile.or_else(of_user).or_else(|| text(said, &["user_name"]))
}

fn name(said: &Value) -> Option<String> {
    let shown = first(at(said, &["user_profile"]), &["display_name", "real_name", "name"]);
    let of_user = || first(at(said, &["user"]), &["real_name", "name", "username"]);
    let of_bot = || text(said, &["username"]).or_else(|| text(said, &["bot_profile", "name"]));
    let name = shown.or_else(of_user).or_else(of_bot).or_else(|| text(said, &["user_name"]));
    name.map(str::to_owned)
}
