//! Automatic answers and other mail of machines: RFC 3834, what came before
//! it, and the subjects that mailers put in front of an absence note.

use crate::headers::Headers;
use crate::nature::keyword;
use crate::nature::phrases::{ANSWER_HEADERS, ANSWER_SUBJECTS};

/// Whether a machine answers for a person.
pub fn is_answer(headers: &Headers<'_>, subject: &str) -> bool {
    let submitted = keyword(headers, "Auto-Submitted").unwrap_or_default();
    if submitted == "auto-replied" || submitted == "auto-notified" {
        return true;
    }
    has_answer_header(headers) || starts_like_answer(subject)
}

fn has_answer_header(headers: &Headers<'_>) -> bool {
    let precedence = keyword(headers, "Precedence").unwrap_or_default();
    let set = |name: &&str| keyword(headers, name).is_some_and(|value| value != "no");
    precedence == "auto_reply" || ANSWER_HEADERS.iter().any(set)
}

/// Whether the subject is that of an absence note. The marks that mailers put in front of the subject end with a colon; without
/// it the words may be a person's own.
pub fn starts_like_answer(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    let Some((head, _)) = subject.split_once([':', '：']) else {
        return ANSWER_SUBJECTS.contains(&subject.trim());
    };
    ANSWER_SUBJECTS.contains(&head.trim())
}

/// Whether a machine sent the mail on its own account. A person's post to a
/// mailing list is not meant, so the headers of lists alone prove nothing.
pub fn is_machine(headers: &Headers<'_>) -> bool {
    let submitted = keyword(headers, "Auto-Submitted").unwrap_or_default();
    let precedence = keyword(headers, "Precedence").unwrap_or_default();
    let is_post = headers.has("List-Post") || headers.has("In-Reply-To");
    !matches!(submitted.as_str(), "" | "no")
        || matches!(precedence.as_str(), "bulk" | "junk") && !is_post
        || headers.has("X-Auto-Generated")
        || headers.has("Feedback-ID") && headers.has("List-Unsubscribe")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_of_absence_notes() {
        assert!(starts_like_answer("Otomatik yanıt: İade talebi"));
        assert!(starts_like_answer("پاسخ خودکار: مشکل"));
        assert!(starts_like_answer("自動応答: 請求書の件"));
        assert!(!starts_like_answer("Out of office chairs are broken"));
        assert!(!starts_like_answer("Re: automatic reply does not work"));
    }
}
