//! Who did something: a person, a bot, or a chat that speaks for itself.

use throughline_core::identity::{IdentityKind, Proof};
use throughline_core::inbound::{Person, Role};

use crate::fields::{Fields, hint, joined};

/// Ids of people, bots and chats are given out once for all of Telegram.
const SCOPE: &str = "telegram";
/// The account by which Telegram itself speaks.
const TELEGRAM_ITSELF: &str = "777000";

/// Takes whoever stands under a name; what is left of him stays there.
pub(super) fn take(fields: &mut Fields, name: &str, bot: &str) -> Option<Person> {
    let mut user = fields.object(name)?;
    let person = read(&mut user, bot);
    fields.put_rest(name, user);
    Some(person)
}

/// Takes the chat in whose name somebody speaks: a channel, or a group whose admin stays unnamed. He
/// himself is not told, and what stands in `from` beside it is a stand-in.
pub(super) fn take_chat(fields: &mut Fields) -> Option<Person> {
    let chat = fields.object("sender_chat")?;
    fields.leave(&["from"]);
    Some(speaker(chat))
}

/// A chat as somebody who speaks.
pub(super) fn speaker(mut chat: Fields) -> Person {
    let mut person = read(&mut chat, "");
    person.name = person.name.or_else(|| chat.text("title"));
    person
}

/// The name of somebody, for a sentence.
pub(super) fn name_in(fields: &mut Fields) -> String {
    let person = read(fields, "");
    let hinted = person.hints.into_iter().next().map(|hint| hint.display);
    person.name.or(hinted).unwrap_or_else(|| "somebody".to_owned())
}

fn read(user: &mut Fields, bot: &str) -> Person {
    let id = user.id("id");
    let is_bot = user.flag("is_bot");
    let (first, last) = (user.text("first_name"), user.text("last_name"));
    let name = joined(&[first.as_deref(), last.as_deref()], " ");
    let platform = |id: &String| hint(IdentityKind::Platform, SCOPE, id, Proof::Provider);
    let username = |name: String| hint(IdentityKind::Username, SCOPE, &name, Proof::None);
    let known = id.as_ref().and_then(platform);
    Person {
        role: role(id.as_deref(), is_bot, bot),
        name: Some(name).filter(|name| !name.is_empty()),
        language: user.text("language_code"),
        hints: known.into_iter().chain(user.text("username").and_then(username)).collect(),
    }
}

fn role(id: Option<&str>, is_bot: bool, bot: &str) -> Role {
    match id {
        Some(id) if id == bot => Role::Us,
        Some(TELEGRAM_ITSELF) => Role::Platform,
        _ if is_bot => Role::Bot,
        _ => Role::Customer,
    }
}
