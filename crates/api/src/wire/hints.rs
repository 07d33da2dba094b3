//! What callers say about who a customer is.

use serde::Deserialize;
use throughline_app::customers::HintIn;
use utoipa::ToSchema;

use super::{IdentityKind, IdentityText, Name, ScopeText, SignatureText, Text};

/// One thing that identifies a customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityHintIn {
    /// What kind of identity it is.
    kind: IdentityKind,
    /// Where the value means something, such as `crm` or `slack:T024`: for kinds `platform`, `external`
    /// and `username`, and for no others.
    scope: Option<ScopeText>,
    /// The address, number, id or name.
    value: IdentityText,
    /// The person's name, as known there.
    name: Option<Name>,
    /// For kind `external`: the HMAC-SHA256 of the value by the secret of its scope, in hex.
    signature: Option<SignatureText>,
    /// Whether you have verified that it is the person's. Agents may say so, and keys with the right
    /// `events:write`.
    #[serde(default)]
    verified: bool,
}

impl From<IdentityHintIn> for HintIn {
    fn from(hint: IdentityHintIn) -> Self {
        let IdentityHintIn { kind, scope, value, name, signature, verified } = hint;
        Self {
            kind: kind.0,
            scope: scope.map(ScopeText::into_string).unwrap_or_default(),
            value: value.into_string(),
            name: name.map(Name::into_string),
            signature: signature.map(SignatureText::into_string),
            verified,
        }
    }
}
