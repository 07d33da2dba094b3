//! Status codes in free text: enhanced ones (RFC 3463) and SMTP replies.

/// The first enhanced status of a failure in the text, preferring one that
/// follows an SMTP reply code of the same class: relays wrap the words of the
/// server behind them into their own.
pub fn enhanced(text: &str) -> Option<String> {
    let mut fallback = None;
    let mut before = "";
    for token in text.split(|c: char| {
        c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '<' | '>' | ',' | '\'' | '"')
    }) {
        let code = token.trim_start_matches('#').trim_end_matches([':', '.', ';', '-']);
        let code = code.split_once('-').map_or(code, |(_, behind)| behind);
        if is_enhanced(code) {
            if reply_class(before).is_some_and(|class| code.starts_with(class)) {
                return Some(code.to_owned());
            }
            fallback = fallback.or(Some(code));
        }
        before = if token.is_empty() { before } else { token };
    }
    fallback.map(str::to_owned)
}

/// Whether this is `4.x.y` or `5.x.y`.
pub fn is_enhanced(code: &str) -> bool {
    let mut pieces = code.split('.');
    let class = pieces.next().is_some_and(|class| matches!(class, "4" | "5"));
    let mut number = || {
        pieces
            .next()
            .is_some_and(|n| (1..=3).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let numbers = number() && number();
    class && numbers && pieces.next().is_none()
}

/// The class of an SMTP reply code such as `550` or `550-`.
pub fn reply_class(token: &str) -> Option<char> {
    let code = token.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    code.chars().next().filter(|class| is_code && matches!(class, '4' | '5'))
}

/// The class of the first SMTP reply in the text that looks like one: a code at
/// the start of a line, or behind `said:`, `reason:`, `<<<` and the like.
pub fn first_reply(text: &str) -> Option<char> {
    let mut before = "";
    for line in text.lines() {
        for (at, token) in line.split_whitespace().enumerate() {
            let announced = at == 0 || before.ends_with([':', '<', '"', ']']) || before == "error";
            if let Some(class) = reply_class(token).filter(|_| announced) {
                return Some(class);
            }
            before = token;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_and_addresses_are_not() {
        assert_eq!(enhanced("said: 550 5.1.1 <a@b>... unknown").as_deref(), Some("5.1.1"));
        assert_eq!(enhanced("no connection. (#4.4.1)").as_deref(), Some("4.4.1"));
        assert_eq!(enhanced("550-5.7.26 not accepted").as_deref(), Some("5.7.26"));
        assert_eq!(enhanced("host 5.1.2.3 at 192.0.2.1, version 5.65"), None);
        assert_eq!(first_reply("Remote host said: 450 busy"), Some('4'));
        assert_eq!(first_reply("it took 500 days"), None);
    }
}
