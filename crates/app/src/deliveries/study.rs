//! What can be said of a message by its text alone, before it is known where it belongs: worked out beside
//! the decoding, since whoever writes to the database has no time to lose.

use throughline_core::facts::rules::RuleSet;
use throughline_core::facts::{Found, extract};
use throughline_core::inbound::{InboundMessage, TextSpan};
use throughline_core::text::{Tokens, document_tokens};
use throughline_core::timeline::{tidy_body, tidy_spans};

/// Stretches kept per message; a text that has more is no answer to anything.
pub(super) const MAX_SPANS: usize = 500;

/// What a text holds.
#[derive(Debug, Clone)]
pub(super) struct Studied {
    /// The text as it is kept.
    pub body: String,
    /// Whether it was too long to be kept whole.
    pub body_cut: bool,
    /// Stretches to fold away, as the text alone tells.
    pub spans: Vec<TextSpan>,
    /// The facts outside of these.
    pub found: Vec<Found>,
    /// The tokens by which it is found.
    pub tokens: Tokens,
}

impl Studied {
    /// Studies a message.
    pub fn of(message: &InboundMessage, rules: &RuleSet) -> Self {
        let (body, body_cut) = tidy_body(&message.text);
        let mut spans = tidy_spans(&message.text, message.spans.clone());
        spans.truncate(MAX_SPANS);
        let found = extract(&body, &spans, rules);
        let tokens = document_tokens(&body);
        Self { body, body_cut, spans, found, tokens }
    }
}
