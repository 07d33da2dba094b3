//! How far a message may be believed: whether its author is proved, and what protects it.

use serde::Serialize;
use throughline_core::inbound::{Protection, Scheme, Trust};
use throughline_core::timeline::{Direction, MessageDetail};
use utoipa::ToSchema;

/// Whether the author's domain is proved, by what servers that the inbox trusts wrote.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrustOut {
    /// `aligned`: it is. `unaligned`: it is not, and the author may be forged. `none`: no server said
    /// anything.
    #[schema(example = "aligned")]
    result: &'static str,
    /// What proves it: `dmarc`, `dkim` or `spf`.
    #[schema(example = "dmarc")]
    by: Option<String>,
    /// What the server found, for people to read, when it is not proved.
    #[schema(example = "dmarc=fail for example.com")]
    why: Option<String>,
}

impl TrustOut {
    /// Only mails to us are judged.
    pub fn of(detail: &MessageDetail) -> Option<Self> {
        let judged = detail.direction == Direction::Inbound && detail.nature.is_some();
        let said = |result, by, why| Self { result, by, why };
        judged.then(|| match detail.trust.clone() {
            Some(Trust::Aligned { by }) => said("aligned", Some(by), None),
            Some(Trust::Unaligned { why }) => said("unaligned", None, Some(why)),
            None => said("none", None, None),
        })
    }
}

/// What protects a message, as the message says. No signature is verified and nothing is decrypted; the
/// raw message is kept as it came, with its signature among the files.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProtectionOut {
    /// `signed`: it carries a signature. `encrypted`: it cannot be read without a key, whether it is
    /// signed as well or not.
    #[schema(example = "signed")]
    kind: &'static str,
    /// By which standard: `pgp` or `smime`.
    #[schema(example = "pgp")]
    by: &'static str,
}

impl ProtectionOut {
    /// On the wire.
    pub fn of(protection: Protection) -> Self {
        let (kind, by) = match protection {
            Protection::Signed { by } => ("signed", by),
            Protection::Encrypted { by } => ("encrypted", by),
        };
        let by = match by {
            Scheme::Pgp => "pgp",
            Scheme::Smime => "smime",
        };
        Self { kind, by }
    }
}
