//! Slack's markup as a text that people read: what is escaped, and what stands in angle brackets.

/// The text that people read.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    // A bracket closes only up to the next that opens, so that a text full of open ones costs no more
    // than another.
    let mut pieces = text.split('<');
    unescape(pieces.next().unwrap_or_default(), &mut plain);
    for piece in pieces {
        match piece.split_once('>') {
            Some((inside, after)) => {
                bracketed(inside, &mut plain);
                unescape(after, &mut plain);
            }
            None => {
                plain.push('<');
                unescape(piece, &mut plain);
            }
        }
    }
    plain
}

/// What stands between angle brackets.
fn bracketed(inside: &str, plain: &mut String) {
    let (target, label) = match inside.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (inside, None),
    };
    let sign = target.chars().next();
    match sign {
        Some(sign @ ('@' | '#')) => {
            plain.push(sign);
            let name = target.get(1..).unwrap_or_default();
            unescape(label.unwrap_or(name).trim_start_matches(sign), plain);
        }
        Some('!') => special(target.get(1..).unwrap_or_default(), label, plain),
        _ => link(target, label, plain),
    }
}

/// A group, everybody, or a date.
fn special(target: &str, label: Option<&str>, plain: &mut String) {
    if target.starts_with("date^") {
        return unescape(label.unwrap_or(target), plain);
    }
    let name = target.rsplit('^').next().unwrap_or_default();
    plain.push('@');
    unescape(label.unwrap_or(name).trim_start_matches('@'), plain);
}

fn link(target: &str, label: Option<&str>, plain: &mut String) {
    let bare = target.strip_prefix("mailto:").or(target.strip_prefix("tel:")).unwrap_or(target);
    let scheme = |text: &str| {
        let text = text.strip_prefix("https://").or(text.strip_prefix("http://")).unwrap_or(text);
        text.trim_end_matches('/').to_owned()
    };
    match label {
        // Slack writes the label itself where somebody only wrote the address.
        Some(label) if scheme(label) != scheme(bare) => {
            unescape(label, plain);
            plain.push_str(" (");
            unescape(bare, plain);
            plain.push(')');
        }
        _ => unescape(bare, plain),
    }
}

fn unescape(text: &str, plain: &mut String) {
    let mut pieces = text.split('&');
    plain.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let known = [("amp;", "&"), ("lt;", "<"), ("gt;", ">")];
        let found =
            known.iter().find_map(|(escape, meant)| Some((piece.strip_prefix(escape)?, *meant)));
        let (rest, meant) = found.unwrap_or((piece, "&"));
        plain.push_str(meant);
        plain.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_read_as_people_do() {
        let cases = [
            ("a &amp;lt; b &lt;c&gt; &copy; &", "a &lt; b <c> &copy; &"),
            ("<@U111> and <@W2|elif>", "@U111 and @elif"),
            ("<#C111|general> <#C2> <#C3|>", "#general #C2 #C3"),
            ("<https://a.example/?x=1&amp;y=2>", "https://a.example/?x=1&y=2"),
            ("<https://a.example/|here &gt;>", "here > (https://a.example/)"),
            ("<http://a.example/|a.example>", "http://a.example/"),
            ("<mailto:e@a.example|e@a.example>", "e@a.example"),
            ("<tel:+49301|call>", "call (+49301)"),
            ("<!here> <!subteam^S1|@team> <!subteam^S1>", "@here @team @S1"),
            ("<!date^1392734382^{date}|18 Feb>", "18 Feb"),
            ("1 < 2 <", "1 < 2 <"),
            ("<<a|b>> <>", "<b (a)> "),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_of_brackets_costs_no_more() {
        let text = "<&".repeat(1_000_000);
        assert_eq!(plain(&text), text);
    }
}
