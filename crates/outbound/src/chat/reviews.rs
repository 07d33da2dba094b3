//! What answers to reviews have in common: each is one text, to one review.

use throughline_core::outgoing::chat_way;

use super::Outgoing;
use super::outcome::{FILE, LENGTH, Refusal};

/// The review that is answered.
pub(super) fn review_of(outgoing: &Outgoing) -> Result<&str, Refusal> {
    let key = &outgoing.conversation;
    let review = key.strip_prefix("review:").filter(|review| !review.is_empty());
    review.ok_or_else(|| Refusal::no_conversation(key, "a review"))
}

/// Refuses what no shop takes: files, templates, and a text that is too long, since it cannot be split.
pub(super) fn checked(kind: &str, outgoing: &Outgoing) -> Result<(), Refusal> {
    if outgoing.template.is_some() {
        return Err(Refusal::no_templates());
    }
    if let Some(file) = outgoing.files.first() {
        let why = format!("the file {} cannot go with the answer to a review", file.name);
        return Err(Refusal::of(FILE, why));
    }
    let Some(length) = chat_way(kind).and_then(|way| way.length) else { return Ok(()) };
    let count = length.unit.count(outgoing.text.trim());
    if count > length.most {
        let why = format!("the answer has {count} characters, and {} are the most", length.most);
        return Err(Refusal::of(LENGTH, why));
    }
    Ok(())
}
