//! Who wrote something: an account somewhere in the network of servers.

use throughline_core::identity::{IdentityKind, Proof};
use throughline_core::inbound::{Person, Role};

use crate::fields::{Fields, hint};

/// Names of accounts that are good on every server.
const EVERYWHERE: &str = "activitypub";

/// What nobody here needs of an account: other forms of its pictures, and how it wants to be treated.
const NOISE: &[&str] = &[
    "avatar_static",
    "avatar_description",
    "header",
    "header_static",
    "header_description",
    "discoverable",
    "emojis",
    "feature_approval",
    "fields",
    "following_count",
    "group",
    "hide_collections",
    "indexable",
    "last_status_at",
    "noindex",
    "note",
    "roles",
    "show_featured",
    "show_media",
    "show_media_replies",
    "statuses_count",
];

/// Takes the account that stands under a name; what is left of it stays there. An account is known by its
/// address in the network where the server tells it, and by its id on the server that was asked; the name
/// by which it is called may become another's.
pub(super) fn take(fields: &mut Fields, name: &str, server: &str, me: Option<&str>) -> Person {
    let Some(mut account) = fields.object(name) else { return Person::default() };
    let id = account.id("id");
    let is_bot = account.flag("bot");
    let (uri, acct) = (account.text("uri"), account.text("acct"));
    let username = account.text("username");
    let shown = account.text("display_name");
    let scope = format!("mastodon:{server}");
    let everywhere =
        uri.and_then(|uri| hint(IdentityKind::Platform, EVERYWHERE, &uri, Proof::Provider));
    let here =
        id.as_deref().and_then(|id| hint(IdentityKind::Platform, &scope, id, Proof::Provider));
    let handle = acct.as_deref().map(|acct| full(acct, server));
    let called = handle
        .as_deref()
        .and_then(|handle| hint(IdentityKind::Username, EVERYWHERE, handle, Proof::None));
    account.leave(NOISE);
    fields.put_rest(name, account);
    let role = match (id.is_some() && id.as_deref() == me, is_bot) {
        (true, _) => Role::Us,
        (false, true) => Role::Bot,
        (false, false) => Role::Customer,
    };
    Person {
        role,
        name: shown.or(username).or(acct),
        language: None,
        hints: [everywhere, here, called].into_iter().flatten().collect(),
    }
}

/// The name of an account with its server, which the server itself leaves out for its own.
fn full(acct: &str, server: &str) -> String {
    match acct.contains('@') {
        true => acct.to_owned(),
        false => format!("{acct}@{server}"),
    }
}
