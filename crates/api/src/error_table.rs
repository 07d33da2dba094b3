//! The one table of error codes: what each means, its status, and what to do about it.
//!
//! Codes are promises to clients: they are added, never changed. `docs/api.md` and the page at
//! `/api/docs/errors` are made from this table, and a test holds it against the sources of `app`.

/// One code.
#[derive(Debug, Clone, Copy)]
pub struct ErrorEntry {
    /// The stable name, in the `code` of a problem document.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, in a few words; the same for every occurrence.
    pub title: &'static str,
    /// What the client should do.
    pub remedy: &'static str,
}

const fn entry(
    code: &'static str,
    status: u16,
    title: &'static str,
    remedy: &'static str,
) -> ErrorEntry {
    ErrorEntry { code, status, title, remedy }
}

/// Every code, by status.
pub const TABLE: &[ErrorEntry] = &[
    entry("invalid_json", 400, "The body is not JSON", "Send one well-formed JSON value in UTF-8."),
    entry(
        "invalid_parameter",
        400,
        "A query parameter is unknown or malformed",
        "Compare the named parameter with the operation in the OpenAPI document.",
    ),
    entry(
        "invalid_header",
        400,
        "A header is malformed",
        "Correct the named header or leave it out.",
    ),
    entry(
        "invalid_id",
        400,
        "The address holds a malformed id",
        "Use ids exactly as the API gave them; each kind has its own prefix.",
    ),
    entry(
        "invalid_cursor",
        400,
        "The cursor belongs to another list or order",
        "Start the list again without a cursor.",
    ),
    entry("bad_request", 400, "The request is malformed", "Correct the request; see its detail."),
    entry(
        "hook_refused",
        401,
        "The request is not signed by the platform",
        "Compare the secret in the inbox's set-up with that of the platform; check both clocks.",
    ),
    entry(
        "unauthenticated",
        401,
        "Nobody is signed in",
        "Send `Authorization: Bearer` with an access token or an API key.",
    ),
    entry(
        "invalid_token",
        401,
        "The access token is not good",
        "Refresh it with POST /api/v1/auth/refresh, or sign in again.",
    ),
    entry(
        "token_expired",
        401,
        "The access token has expired",
        "Refresh it with POST /api/v1/auth/refresh.",
    ),
    entry(
        "bad_api_key",
        401,
        "The API key is unknown, expired or revoked",
        "Ask an admin for a new key.",
    ),
    entry(
        "bad_stream_ticket",
        401,
        "The stream ticket is unknown, used or too old",
        "Get a new one with POST /api/v1/events/stream-tickets; it is good for one stream.",
    ),
    entry(
        "bad_credentials",
        401,
        "The address or the password is wrong",
        "Check both. After five failures in a row the account is locked for a while.",
    ),
    entry("session_ended", 401, "The session is over", "Sign in again."),
    entry(
        "refresh_token_reused",
        401,
        "The refresh token was used before",
        "The session has been ended, since somebody may have stolen it: sign in again.",
    ),
    entry(
        "missing_right",
        403,
        "The actor lacks a right",
        "Use an agent or a key that has the right named in the detail.",
    ),
    entry(
        "beyond_own_rights",
        403,
        "Nobody can give rights that he has not himself",
        "Ask somebody who has them.",
    ),
    entry(
        "not_the_receiver",
        403,
        "The brief is for somebody else",
        "Only the agent or team that it was written for marks it as read.",
    ),
    entry(
        "foreign_origin",
        403,
        "A page of another origin asked",
        "Open the desk at its own address; an admin sets `server.public_url` to it.",
    ),
    entry(
        "agents_only",
        403,
        "This belongs to an agent",
        "Sign in as an agent; an API key has no desk.",
    ),
    entry(
        "not_yours",
        403,
        "It belongs to another agent",
        "Ask whoever made it, or an admin; or make one of your own.",
    ),
    entry("forbidden", 403, "This is not allowed", "See the detail."),
    entry(
        "not_found",
        404,
        "There is no such thing, or you may not see it",
        "Check the id; ask an admin whether its inbox is open to you.",
    ),
    entry(
        "image_unavailable",
        404,
        "An image of another server cannot be shown",
        "Show its alternative text; the detail says why it was not fetched.",
    ),
    entry("unknown_route", 404, "There is nothing at this address", "See the OpenAPI document."),
    entry(
        "method_not_allowed",
        405,
        "The address knows other methods",
        "Use one of those in the `Allow` header.",
    ),
    entry(
        "not_acceptable",
        406,
        "No encoding of the answer is acceptable",
        "Accept gzip or identity.",
    ),
    entry("request_timeout", 408, "The request came too slowly", "Send it again."),
    entry(
        "conflict",
        409,
        "It collides with what is there",
        "Read the current state and decide again.",
    ),
    entry(
        "already_sent",
        409,
        "The message cannot be taken back any more",
        "It was handed over, or is at this moment; write to the customer again.",
    ),
    entry(
        "not_sent_yet",
        409,
        "The message is still to be sent",
        "Take it back first, or wait until it was sent.",
    ),
    entry(
        "too_many_pins",
        409,
        "The customer has as many pins as there may be",
        "Take another pin away first.",
    ),
    entry(
        "not_retryable",
        409,
        "The message is on its way or was sent",
        "There is nothing to do: only what failed, came back or was taken back is sent again.",
    ),
    entry(
        "no_file_missing",
        409,
        "No file of the message is missing",
        "There is nothing to do: its files are here, or there are none.",
    ),
    entry(
        "asks_known",
        409,
        "The reply asks for what the customer has already told",
        "Leave the question out, or say in `ask_anyway` why you ask; `details` has what is known.",
    ),
    entry("demo_loading", 409, "The sample data is still being read in", "Try again in a moment."),
    entry(
        "answered_meanwhile",
        409,
        "The customer has written behind what you had seen",
        "Read the items in `details`, and send the reply again with the newest as `seen_item`.",
    ),
    entry(
        "draft_outdated",
        409,
        "A later write or a removal of the draft came before this one",
        "Read the draft again; write with a revision above that in `details`.",
    ),
    entry("too_many_views", 409, "You have as many views as there may be", "Remove one first."),
    entry("address_taken", 409, "The address is taken already", "Use the one that has it."),
    entry("already_merged", 409, "Both are one customer already", "There is nothing to do."),
    entry("already_undone", 409, "The merge was undone before", "There is nothing to do."),
    entry(
        "too_many_records",
        409,
        "A customer cannot have so many records",
        "Undo a merge first, or merge less.",
    ),
    entry(
        "external_ids_differ",
        409,
        "One system gave the two another id each",
        "They are two people to that system: correct it there, or leave them apart.",
    ),
    entry(
        "identity_taken",
        409,
        "The identity is another customer's",
        "Use that customer, or merge the two.",
    ),
    entry(
        "identity_in_use",
        409,
        "Something came by the identity",
        "Leave it; mark it as shared if others use it as well.",
    ),
    entry(
        "not_provable",
        409,
        "A username proves nothing",
        "Verify an address, a number or an id instead.",
    ),
    entry(
        "not_shared",
        409,
        "The item came by an identity of one person",
        "Mark the identity as shared first, if it is.",
    ),
    entry(
        "suggestion_decided",
        409,
        "Somebody has decided it already",
        "Read the suggestion again.",
    ),
    entry("domain_taken", 409, "The domain is another organization's", "Use that organization."),
    entry(
        "event_key_reused",
        409,
        "The key of an event came with another event",
        "Use a key for one event only.",
    ),
    entry("event_type_taken", 409, "There is a type of this name", "Change that one."),
    entry("custom_field_taken", 409, "There is a custom field with this key", "Change that one."),
    entry(
        "organization_cycle",
        409,
        "An organization cannot be above itself",
        "Choose another parent.",
    ),
    entry("email_taken", 409, "The address is another agent's", "Use another address."),
    entry(
        "idempotency_in_progress",
        409,
        "The first request with this key is still being worked on",
        "Repeat it in a moment.",
    ),
    entry(
        "inbox_in_use",
        409,
        "Something came by this inbox",
        "Deactivate it instead of removing it.",
    ),
    entry(
        "import_state",
        409,
        "The import is not in a state for that",
        "Read the import; its `state` says what goes on, and the detail what to do first.",
    ),
    entry(
        "import_file_gone",
        409,
        "The file of the import was let go of",
        "Send the file again; what was read in before does not come twice.",
    ),
    entry(
        "import_source_missing",
        409,
        "It is not said how the file is read",
        "Look at the preview, then set the source.",
    ),
    entry(
        "too_many_mappings",
        409,
        "There are as many mappings as there may be",
        "Remove one first.",
    ),
    entry(
        "call_in_ticket",
        409,
        "The call is in a ticket already",
        "Name the other ticket to put it there.",
    ),
    entry("inbox_inactive", 409, "The inbox takes nothing new", "Use another inbox."),
    entry("last_admin", 409, "The last active admin must stay one", "Make another admin first."),
    entry(
        "no_secret_key",
        409,
        "There is no key to encrypt secrets with",
        "Make one with `openssl rand -hex 32`, set it as secrets.key and start the server again.",
    ),
    entry(
        "not_a_mail_inbox",
        409,
        "The inbox is of another channel",
        "Use an inbox of the channel email.",
    ),
    entry(
        "other_channel",
        409,
        "The inbox is of another channel",
        "Connect an inbox of the channel that GET /api/v1/channels names for the platform.",
    ),
    entry(
        "other_kind",
        409,
        "The inbox is connected to another platform",
        "Disconnect it first, or make another inbox.",
    ),
    entry(
        "not_connected",
        409,
        "The inbox of the chat is connected to no platform",
        "Answer the customer another way, or have an admin connect it with PUT \
         /api/v1/inboxes/{id}/channel.",
    ),
    entry(
        "cannot_reply",
        409,
        "The set-up of the inbox lacks what replies need",
        "Have an admin enter what the detail names with PUT /api/v1/inboxes/{id}/channel.",
    ),
    entry(
        "no_conversation",
        409,
        "No conversation of the platform goes on in the ticket",
        "Answer in the ticket that the detail names, or reach the customer another way.",
    ),
    entry(
        "window_closed",
        409,
        "The platform lets nobody write to the customer then",
        "Send a template where the details name some, reach them another way, or wait until they write.",
    ),
    entry(
        "needs_public_link",
        409,
        "The platform fetches files by itself and cannot reach this server",
        "Have an admin set server.public_url to an address that begins with https, or send a link.",
    ),
    entry("no_templates", 409, "What the inbox is connected to has no templates", "Send a text."),
    entry(
        "templates_refused",
        409,
        "The platform does not tell the templates of the inbox",
        "Have an admin do what the detail names.",
    ),
    entry(
        "nothing_to_fetch",
        409,
        "The inbox has no server to fetch from",
        "Set one with PUT /api/v1/inboxes/{id}/email.",
    ),
    entry(
        "unknown_secret_key",
        409,
        "A secret was encrypted with a key that is not here",
        "Add that key to secrets.old_keys, or give the secret anew.",
    ),
    entry(
        "not_replayable",
        409,
        "The delivery is on a timeline already",
        "There is nothing to do.",
    ),
    entry("tag_name_taken", 409, "There is a tag of this name", "Use that tag."),
    entry("too_many_rules", 409, "There are as many rules as there may be", "Remove one first."),
    entry("team_name_taken", 409, "There is a team of this name", "Use another name."),
    entry(
        "version_mismatch",
        412,
        "It has changed since you read it",
        "Read it again, apply your change to the new version, and send its ETag.",
    ),
    entry(
        "body_too_large",
        413,
        "The body is too large",
        "Stay under the limit named in the detail.",
    ),
    entry(
        "unsupported_media_type",
        415,
        "The body has the wrong media type",
        "Send the `Content-Type` named in the detail.",
    ),
    entry(
        "invalid_body",
        422,
        "The body does not have the expected form",
        "Compare it with the schema in the OpenAPI document.",
    ),
    entry(
        "event_misfit",
        422,
        "The data of an event does not fit the schema of its type",
        "Correct what the detail names, or the schema.",
    ),
    entry("invalid_field", 422, "A field makes no sense", "Correct the field named in `field`."),
    entry(
        "reply_too_long",
        422,
        "The reply would become too many messages",
        "Make the text shorter or send fewer files; `details` has the counts and the limits.",
    ),
    entry(
        "bad_signature",
        422,
        "The signature of an external id is wrong",
        "Sign the value with the secret of its scope: HMAC-SHA256, in hex.",
    ),
    entry(
        "idempotency_key_reused",
        422,
        "The idempotency key was used for another request",
        "Use a fresh key for each request; repeat a key only with the same body.",
    ),
    entry(
        "invalid_idempotency_key",
        422,
        "The idempotency key is malformed",
        "Use 1 to 200 visible ASCII characters.",
    ),
    entry(
        "account_locked",
        429,
        "Too many failed sign-ins",
        "Wait as long as the detail says, then try again.",
    ),
    entry(
        "too_many_streams",
        429,
        "You have as many live streams as you may",
        "Close one, or share one between the parts of your program.",
    ),
    entry(
        "internal",
        500,
        "Something went wrong on our side",
        "Try again; if it lasts, report the request id.",
    ),
    entry(
        "streams_full",
        503,
        "This node has as many live streams as it may",
        "Try again later, or on another node.",
    ),
    entry("unavailable", 503, "The service cannot do this at the moment", "Try again shortly."),
    entry(
        "no_node_number",
        503,
        "Every node number is taken",
        "Stop a node, or wait a minute for the lease of one that died.",
    ),
    entry(
        "store_unavailable",
        503,
        "The database cannot be reached at the moment",
        "Try again shortly.",
    ),
];

/// The entry of a code.
pub fn find(code: &str) -> Option<&'static ErrorEntry> {
    TABLE.iter().find(|entry| entry.code == code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The makers of errors in `app` whose first argument is a code.
    const MAKERS: [&str; 6] =
        ["refused(", "conflict(", "forbidden(", "unavailable(", "unauthenticated(", "too_many("];

    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    fn codes_of(source: &str) -> impl Iterator<Item = &str> {
        let after = MAKERS.iter().flat_map(|maker| source.split(maker).skip(1));
        let after = after.chain(source.split("ErrorKind::").skip(1).filter_map(|rest| {
            rest.split_once(", ").filter(|(kind, _)| kind.len() < 20).map(|(_, rest)| rest)
        }));
        after.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
    }

    #[test]
    fn every_code_of_the_use_cases_is_in_the_table() {
        let mut found = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src"), &mut found);
        let codes: BTreeSet<&str> = found.iter().flat_map(|text| codes_of(text)).collect();
        assert!(codes.len() > 15, "the makers of errors are not found any more: {codes:?}");
        let missing: Vec<_> = codes.iter().filter(|code| find(code).is_none()).collect();
        assert!(missing.is_empty(), "not in the table: {missing:?}");
    }

    #[test]
    fn the_documentation_has_the_table() {
        let page = include_str!("../../../docs/api.md");
        for ErrorEntry { code, status, title, remedy } in TABLE {
            let row = format!("| `{code}` | {status} | {title}. {remedy} |");
            assert!(page.contains(&row), "docs/api.md lacks this line:\n{row}");
        }
        assert_eq!(
            page.lines().filter(|l| l.starts_with("| `") && l.contains(" | 4")).count(),
            TABLE.iter().filter(|e| e.status < 500).count()
        );
    }

    #[test]
    fn codes_are_single_and_by_status() {
        let codes: BTreeSet<&str> = TABLE.iter().map(|e| e.code).collect();
        assert_eq!(codes.len(), TABLE.len());
        assert!(TABLE.is_sorted_by_key(|e| e.status));
        assert!(TABLE.iter().all(|e| (400..600).contains(&e.status) && !e.remedy.is_empty()));
    }
}
