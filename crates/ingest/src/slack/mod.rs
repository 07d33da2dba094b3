//! Slack: what is said in the channels where our app is, and what people press and fill in there.
//!
//! Requests are known in [`hook`], a connection of our own is read in [`socket`], what they say is read in [`decode`]. Answers are not sent here.

mod action;
mod decode;
mod file;
mod hook;
mod markup;
mod message;
mod payload;
mod person;
mod socket;

use throughline_core::channel::Channel;

use crate::hooks::Account;
use crate::registry::{Ability, ChannelType, Field, FieldKind, Length, LengthUnit};
use crate::{Decode, Undecodable};

/// What Slack is.
pub static SLACK: ChannelType = ChannelType {
    name: "slack",
    title: "Slack",
    icon: "slack",
    docs: "channels/slack.md",
    channel: Channel::Chat,
    fields: FIELDS,
    can: &[Ability::Hook, Ability::Poll, Ability::Reply, Ability::ReplyWithFiles, Ability::Edits],
    length: Some(Length { most: 4000, unit: LengthUnit::CodePoints }),
    hook: Some(&hook::SlackHook),
    poll: Some(&socket::SlackSocket),
    files: Some(&file::SlackFiles),
    decoder,
};

const FIELDS: &[Field] = &[
    Field {
        name: "signing_secret",
        label: "Signing secret",
        help: "On the page of your Slack app, Basic Information, App Credentials. It proves that a \
               request comes from Slack. With Socket Mode there are no requests.",
        kind: FieldKind::Secret,
        required: false,
    },
    Field {
        name: "bot_token",
        label: "Bot token",
        help: "On the page of your Slack app, OAuth & Permissions; it begins with xoxb-. Files are \
               fetched with it.",
        kind: FieldKind::Secret,
        required: false,
    },
    Field {
        name: "arrival",
        label: "How events arrive",
        help: "hook: Slack sends them to us, which needs a public address. socket: we hold a connection \
               to Slack (Socket Mode). If nothing is chosen, it is hook where there is a signing secret, \
               and else socket.",
        kind: FieldKind::Choice(&["hook", "socket"]),
        required: false,
    },
    Field {
        name: "app_token",
        label: "App-level token",
        help: "For Socket Mode: on the page of your Slack app, Basic Information, App-Level Tokens, with \
               the scope connections:write; it begins with xapp-.",
        kind: FieldKind::Secret,
        required: false,
    },
    Field {
        name: "team_id",
        label: "Workspace",
        help: "The id of the workspace, such as T024BE7LD. If it is given, what comes from other \
               workspaces of the same app is not taken.",
        kind: FieldKind::Text,
        required: false,
    },
    Field {
        name: "bot_user_id",
        label: "User id of the bot",
        help: "Such as U0LAN0Z89. By it our own messages are known when Slack repeats them to us.",
        kind: FieldKind::Text,
        required: false,
    },
];

fn decoder(account: &Account) -> Result<Box<dyn Decode>, Undecodable> {
    let text = |name| account.text(name).map(str::to_owned);
    Ok(Box::new(decode::Slack { team: text("team_id"), bot_user: text("bot_user_id") }))
}
