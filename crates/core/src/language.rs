//! A first guess at the language of a text, by script and a few telling letters.
//!
//! It only says what the writing itself proves (Persian letters, Turkish letters, …) and says
//! nothing otherwise: a wrong guess is worse than none.

/// Letters that Persian has and Arabic has not.
const PERSIAN: &[char] = &['پ', 'چ', 'ژ', 'گ', 'ک', 'ی'];
/// Letters that, among Latin scripts, point to Turkish.
const TURKISH: &[char] = &['ğ', 'ş', 'ı', 'İ', 'Ğ', 'Ş'];

type Test = fn(char) -> bool;

/// The BCP 47 code of the language that the letters prove, if any.
pub fn guess(text: &str) -> Option<&'static str> {
    let sample = || text.chars().take(4000);
    let count = |test: Test| sample().filter(|c| test(*c)).count();
    let letters = count(char::is_alphabetic);
    let mostly = |n: usize| n * 2 > letters && n >= 2;
    if mostly(count(|c| ('\u{0600}'..='\u{06FF}').contains(&c))) {
        let persian = sample().filter(|c| PERSIAN.contains(c)).count();
        return Some(if persian * 50 > letters { "fa" } else { "ar" });
    }
    let scripts: [(Test, &str); 5] = [
        (|c| ('\u{0590}'..='\u{05FF}').contains(&c), "he"),
        (|c| ('\u{3040}'..='\u{30FF}').contains(&c), "ja"),
        (|c| ('\u{AC00}'..='\u{D7AF}').contains(&c), "ko"),
        (|c| ('\u{0E00}'..='\u{0E7F}').contains(&c), "th"),
        (|c| ('\u{0370}'..='\u{03FF}').contains(&c), "el"),
    ];
    // Japanese mixes kana with Han, so a tenth of kana is enough to tell it.
    for (test, code) in scripts {
        if count(test) * 10 > letters && count(test) >= 2 {
            return Some(code);
        }
    }
    let turkish = sample().filter(|c| TURKISH.contains(c)).count();
    (turkish >= 2 && turkish * 100 > letters).then_some("tr")
}

#[cfg(test)]
mod tests {
    use super::guess;

    #[test]
    fn only_what_the_letters_prove() {
        assert_eq!(guess("Siparişim hâlâ gelmedi, yardımcı olur musunuz?"), Some("tr"));
        assert_eq!(guess("سلام، سفارش من هنوز نرسیده است. لطفاً پیگیری کنید"), Some("fa"));
        assert_eq!(guess("مرحبا، لم يصل طلبي حتى الان"), Some("ar"));
        assert_eq!(guess("ご注文の商品が届きません"), Some("ja"));
        assert_eq!(guess("Where is my order?"), None);
        assert_eq!(guess(""), None);
    }
}
