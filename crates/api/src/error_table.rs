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
    entry(
        "invalid_json",
        400,
        "The body is not JSON",
        "Send one well-formed JSON value in UTF-8.",
    ),
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
        "bad_credentials",
        401,
        "The address or the password is wrong",
        "Check both. After five failures in a row the account is locked for a while.",
    ),
    entry(
        "missing_right",
        403,
        "The actor lacks a right",
        "Use an agent or a key that has the right named in the detail.",
    ),
    entry("forbidden", 403, "This is not allowed", "See the detail."),
    entry(
        "not_found",
        404,
        "There is no such thing, or you may not see it",
        "Check the id; ask an admin whether its inbox is open to you.",
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
    entry("invalid_field", 422, "A field makes no sense", "Correct the field named in `field`."),
    entry(
        "idempotency_key_reused",
        422,
        "The idempotency key was used for another request",
        "Use a fresh key for each request; repeat a key only with the same body.",
    ),
    entry(
        "account_locked",
        429,
        "Too many failed sign-ins",
        "Wait as long as the detail says, then try again.",
    ),
    entry(
        "internal",
        500,
        "Something went wrong on our side",
        "Try again; if it lasts, report the request id.",
    ),
    entry("unavailable", 503, "The service cannot do this at the moment", "Try again shortly."),
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
