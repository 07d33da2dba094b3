//! Message-IDs: the form in which they are compared, and those that a mail names.

use crate::inbound::InboundMessage;

/// Ids looked up per mail at the most; a mailing list's References can name hundreds.
pub const MAX_CANDIDATES: usize = 50;
/// The longest Message-ID that is looked up or stored, in bytes (RFC 5322 lines end at 998).
pub const MAX_MAIL_ID: usize = 998;

/// Where a mail names an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// It reports that the mail with this id came back.
    Bounced,
    /// `In-Reply-To`.
    InReplyTo,
    /// `References`.
    References,
    /// It is the mail's own id, which another mail may have named before this one came.
    Own,
}

impl Header {
    /// The name by which reasons say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::InReplyTo => "in_reply_to",
            Self::References => "references",
            Self::Own => "named_before",
        }
    }
}

/// A Message-ID that a mail names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The id, normalised by [`normalise_id`].
    pub mail_id: String,
    /// Where it is named.
    pub header: Header,
}

/// The form in which Message-IDs are stored and compared: no brackets, no white space.
pub fn normalise_id(id: &str) -> Option<String> {
    let plain: String = id.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let plain = plain.trim_start_matches('<').trim_end_matches('>');
    (!plain.is_empty() && plain.len() <= MAX_MAIL_ID).then(|| plain.to_owned())
}

/// The ids a mail names, in the order in which they are to be tried: what bounced, In-Reply-To,
/// then References from the nearest parent back, then its own.
///
/// What a bounce answers is what bounced, whichever header says so.
pub fn candidates(mail: &InboundMessage) -> Vec<Candidate> {
    let (parent, ancestor) = match mail.bounce {
        Some(_) => (Header::Bounced, Header::Bounced),
        None => (Header::InReplyTo, Header::References),
    };
    let bounced = mail.bounce.iter().filter_map(|b| b.original_id.as_ref());
    let bounced = bounced.map(|id| (id, Header::Bounced));
    let parents = mail.in_reply_to.iter().map(|id| (id, parent));
    let ancestors = mail.references.iter().rev().map(|id| (id, ancestor));
    let mut found: Vec<Candidate> = Vec::new();
    for (id, header) in bounced.chain(parents).chain(ancestors) {
        let Some(mail_id) = normalise_id(id) else { continue };
        if !found.iter().any(|c| c.mail_id == mail_id) {
            found.push(Candidate { mail_id, header });
        }
        if found.len() == MAX_CANDIDATES {
            break;
        }
    }
    let own = mail.message_id.as_deref().and_then(normalise_id);
    found.extend(own.map(|mail_id| Candidate { mail_id, header: Header::Own }));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::BounceReport;

    fn mail(in_reply_to: &[&str], references: &[&str]) -> InboundMessage {
        let own = |ids: &[&str]| ids.iter().map(|s| (*s).to_owned()).collect();
        let (in_reply_to, references) = (own(in_reply_to), own(references));
        InboundMessage { in_reply_to, references, ..InboundMessage::default() }
    }

    #[test]
    fn the_nearest_parent_comes_first_and_the_own_id_last() {
        let mut mail = mail(&["<c@x>"], &["<a@x>", "<b@x>", "< c@x >"]);
        mail.message_id = Some("<d@x>".into());
        let ids = candidates(&mail);
        let order: Vec<&str> = ids.iter().map(|c| c.mail_id.as_str()).collect();
        assert_eq!(order, ["c@x", "b@x", "a@x", "d@x"]);
        assert_eq!(ids[3].header, Header::Own);
    }

    #[test]
    fn what_a_bounce_answers_is_what_bounced() {
        let mut mail = mail(&["<ours@x>"], &[]);
        mail.bounce = Some(BounceReport::default());
        assert_eq!(candidates(&mail)[0].header, Header::Bounced);
    }

    #[test]
    fn endless_references_are_bounded_and_nonsense_is_passed_over() {
        let many: Vec<String> = (0..1000).map(|i| format!("<{i}@x>")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(candidates(&mail(&["", "<>", " "], &many)).len(), MAX_CANDIDATES);
        assert_eq!(normalise_id(&"x".repeat(MAX_MAIL_ID + 1)), None);
    }
}
