//! What a subject says: which tickets it names, and whether it is about the same matter as another.

/// Numbers taken from one subject at the most.
const MAX_NUMBERS: usize = 5;
/// Digits of a number at the most; no ticket has more.
const MAX_DIGITS: usize = 15;

/// The numbers of tickets that a subject names: `[#123]`, `(#123)`, `Ticket#123`, in their order.
/// A bare `#123` is an order, a flat or a parcel just as well.
pub fn numbers(subject: &str) -> Vec<i64> {
    let mut found = Vec::new();
    for (at, _) in subject.match_indices('#') {
        let number = named(subject.get(..at), subject.get(at + 1..)).filter(|n| !found.contains(n));
        found.extend(number);
        if found.len() == MAX_NUMBERS {
            break;
        }
    }
    found
}

fn named(before: Option<&str>, behind: Option<&str>) -> Option<i64> {
    let (before, behind) = (before?, behind?);
    let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
    let (digits, rest) = behind.split_at_checked(end)?;
    let number: i64 = digits.parse().ok().filter(|_| digits.len() <= MAX_DIGITS)?;
    let bracketed = (before.ends_with('[') && rest.starts_with(']'))
        || (before.ends_with('(') && rest.starts_with(')'));
    (bracketed || ends_with_ticket(before)).then_some(number)
}

/// Whether a text ends with the word "ticket", perhaps with one blank behind it.
fn ends_with_ticket(text: &str) -> bool {
    let word = text.strip_suffix(' ').unwrap_or(text);
    let Some(start) = word.len().checked_sub("ticket".len()) else { return false };
    let Some((before, last)) = word.split_at_checked(start) else { return false };
    last.eq_ignore_ascii_case("ticket") && !before.ends_with(char::is_alphanumeric)
}

/// Words that mailers put before the subject of an answer or of what is passed on, lower-cased.
const MARKS: &[&str] = &[
    "re",
    "fw",
    "fwd",
    "aw",
    "antw",
    "wg",
    "sv",
    "vs",
    "vb",
    "vl",
    "ynt",
    "yan",
    "yanıt",
    "cevap",
    "ilt",
    "i̇lt",
    "i̇let",
    "ilet",
    "rif",
    "r",
    "i",
    "tr",
    "rv",
    "res",
    "enc",
    "odp",
    "pd",
    "doorst",
    "betr",
    "vá",
    "ré",
    "ref",
    "отв",
    "ответ",
    "на",
    "пер",
    "пересл",
    "πρθ",
    "απ",
    "رد",
    "پاسخ",
    "ارسال",
    "بازارسال",
    "إعادة توجيه",
    "הועבר",
    "תשובה",
    "回复",
    "答复",
    "回覆",
    "转发",
    "轉寄",
    "返信",
    "転送",
    "회신",
    "답장",
    "전달",
];

/// Whether two subjects are about the same matter: alike but for the marks of answers, the numbers
/// of tickets and tags in front. One that says nothing is about the same as any.
pub fn same_matter(a: &str, b: &str) -> bool {
    let (a, b) = (matter(a), matter(b));
    a.is_empty() || b.is_empty() || a == b
}

/// A subject without what mailers and gateways add to it.
fn matter(subject: &str) -> String {
    let lower = without_numbers(subject).to_lowercase();
    let mut rest = lower.trim();
    while let Some(shorter) = without_tag(rest).or_else(|| without_mark(rest)) {
        rest = shorter.trim_start();
    }
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Without `[#123]` and its like, wherever they stand.
fn without_numbers(subject: &str) -> String {
    let mut rest = subject.to_owned();
    for number in numbers(subject) {
        for form in [format!("[#{number}]"), format!("(#{number})")] {
            rest = rest.replace(&form, " ");
        }
    }
    rest
}

/// Without a tag in front, such as `[EXTERNAL]` or the name of a list.
fn without_tag(subject: &str) -> Option<&str> {
    let (_, rest) = subject.strip_prefix('[')?.split_once(']')?;
    (!rest.trim().is_empty()).then_some(rest)
}

/// Without one mark in front, which may be counted: `Re[2]:`, `Re^3:`.
fn without_mark(subject: &str) -> Option<&str> {
    let (mark, rest) = subject.split_once([':', '：'])?;
    let counted = |c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')' | '^' | ' ');
    let mark = mark.trim_end_matches(counted).trim();
    MARKS.contains(&mark).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marked_numbers_name_a_ticket() {
        assert_eq!(numbers("Re: [#1042] Kargo"), [1042]);
        assert_eq!(numbers("Ticket#7 and ticket #8 (#9) [#7]"), [7, 8, 9]);
        for bare in ["#1042", "order #12", "myticket#3", "[#]", "[#12", "(#12]", "[#-5]", "[# 5]"] {
            assert!(numbers(bare).is_empty(), "{bare}");
        }
        assert!(numbers(&format!("[#{}]", "9".repeat(40))).is_empty());
        assert_eq!(numbers(&"[#1] [#2] [#3] [#4] [#5] [#6] ".repeat(9)).len(), MAX_NUMBERS);
    }

    #[test]
    fn an_answer_is_about_what_it_answers() {
        for answer in [
            "Re: Kargo nerede?",
            "YNT: Re: kargo  nerede?",
            "پاسخ: Kargo nerede?",
            "回复：Kargo nerede?",
            "[EXTERNAL] AW: [#1042] Kargo nerede?",
            "Re[2]: Kargo nerede?",
            "Re: Kargo nerede? [#1042]",
            "",
        ] {
            assert!(same_matter("Kargo nerede?", answer), "{answer}");
        }
        for other in ["Re: Fatura", "Kargo", "Fatura: Kargo nerede?"] {
            assert!(!same_matter("Kargo nerede?", other), "{other}");
        }
    }
}
