//! Plain text of a mail: cleaning a header value, signature, quoting. No MIME.

use super::{OutgoingMail, Quoted};

/// One line for a header: control characters and line breaks, which could start another header,
/// become spaces, runs of spaces one; cut after `max` characters.
pub(super) fn one_line(value: &str, max: usize) -> String {
    let is_break = |c: char| c.is_control() || c.is_whitespace() || is_direction(c);
    let words = value.split(is_break).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(max).collect()
}

/// Characters that turn the direction of all that follows, with which a file name or a name can be
/// made to look like another. The joiners that Persian needs are not among them.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The whole plain text: what was written, the signature, what is answered.
pub(super) fn plain(mail: &OutgoingMail) -> String {
    let mut all = lines(&mail.text).trim_end().to_string();
    if let Some(signature) = &mail.signature {
        // "-- " with its space is the line that programs look for (RFC 3676 section 4.3).
        all.push_str("\n\n-- \n");
        all.push_str(lines(signature).trim_end());
    }
    if let Some(quoted) = &mail.quoted {
        all.push_str("\n\n");
        all.push_str(&quote(quoted));
    }
    all.push('\n');
    all
}

fn quote(quoted: &Quoted) -> String {
    let mut all = one_line(&quoted.attribution, 500);
    for line in lines(&quoted.text).trim_end().split('\n') {
        all.push('\n');
        all.push_str(if line.is_empty() { ">" } else { "> " });
        all.push_str(line);
    }
    all
}

/// The HTML body with signature and quotation in the same order as in the plain text.
pub(super) fn html(mail: &OutgoingMail, html: &str) -> String {
    let mut all = html.replace('\0', "");
    if let Some(signature) = &mail.signature {
        all.push_str("\n<p>-- <br>\n");
        all.push_str(&escape(lines(signature).trim_end()));
        all.push_str("</p>\n");
    }
    if let Some(quoted) = &mail.quoted {
        all.push_str("\n<p>");
        all.push_str(&escape(&one_line(&quoted.attribution, 500)));
        all.push_str("</p>\n<blockquote type=\"cite\">\n");
        all.push_str(&escape(lines(&quoted.text).trim_end()));
        all.push_str("\n</blockquote>\n");
    }
    all
}

/// Line feeds only, and no NUL, which mail must not hold (RFC 5322 section 2.3).
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "")
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\n', "<br>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_value_stays_on_its_line() {
        assert_eq!(one_line("Hi\r\nBcc: x@y\u{0}\u{85}\u{2028}z", 99), "Hi Bcc: x@y z");
        assert_eq!(one_line("می\u{200C}خواهم", 99), "می\u{200C}خواهم");
        assert_eq!(one_line("ad\u{202E}fdp.exe", 99), "ad fdp.exe");
    }

    #[test]
    fn answers_are_quoted_line_by_line() {
        let quoted =
            Quoted { attribution: "Ada wrote:\r\n".into(), text: "a\r\n\r\n> b\n\n".into() };
        assert_eq!(quote(&quoted), "Ada wrote:\n> a\n>\n> > b");
    }
}
