//! What holds for every input: parsing never panics, and quote spans lie within
//! the text, in order, on character boundaries.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use throughline_mail::reply::{quote_spans, visible_text};
use throughline_mail::{inspect, inspect_html, parse};

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/mail");
    let entries = fs::read_dir(folder).expect("the corpus is there");
    let mails: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
        .map(|path| fs::read(path).expect("a mail"))
        .collect();
    assert!(!mails.is_empty());
    mails
}

/// Pieces that mean something to the parser, so that chance finds its way in.
fn token() -> impl Strategy<Value = String> {
    let tokens = [
        "\n",
        "\r\n",
        "\n\n",
        " ",
        ":",
        ";",
        ",",
        "<",
        ">",
        "(",
        ")",
        "\"",
        "\\",
        "@",
        "=?utf-8?Q?=C3?=",
        "=?",
        "?=",
        "--b",
        "--b--",
        "From: ",
        "To: ",
        "Date: ",
        "Content-Type: ",
        "multipart/mixed; boundary=b",
        "message/rfc822",
        "text/html",
        "text/plain; charset=",
        "iso-2022-jp",
        "filename*0*=utf-8''%C3",
        "> ",
        "On 5 May 2025 10:30 a@b.c wrote:",
        "Sent: ",
        "Subject: ",
        "-- ",
        "begin 644 a",
        "end",
        "550 5.1.1 ",
        "<blockquote>",
        "</div>",
        "&amp;",
        "\u{1b}$B",
        "ş",
        "سلام",
        "日本",
        "\u{feff}",
        "\0",
    ];
    prop_oneof![3 => prop::sample::select(tokens.to_vec()).prop_map(str::to_owned), 1 => ".{0,5}"]
}

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(token(), 0..80).prop_map(|tokens| tokens.concat())
}

fn check_spans(text: &str) -> Result<(), TestCaseError> {
    let mut from = 0;
    for span in quote_spans(text) {
        prop_assert!(from <= span.start && span.start < span.end && span.end <= text.len());
        prop_assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
        prop_assert!((0.0..=1.0).contains(&span.confidence));
        from = span.end;
    }
    // Fails open: where there is something to read, something is shown.
    prop_assert_eq!(text.trim().is_empty(), visible_text(text).is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_parsed(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn any_soup_is_parsed(text in soup()) {
        let report = inspect("soup", text.as_bytes());
        prop_assert!(report.facts.is_some() != report.error.is_some());
        inspect_html("soup", &text);
        check_spans(&text)?;
    }

    #[test]
    fn mutated_mails_are_parsed(pick in any::<prop::sample::Index>(), cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20), end in any::<prop::sample::Index>()) {
        let mails = corpus();
        let mut mail = pick.get(&mails).clone();
        for (at, byte) in cuts {
            let at = at.index(mail.len());
            mail[at] = byte;
        }
        mail.truncate(end.index(mail.len()) + 1);
        if let Ok(mail) = parse(&mail) {
            prop_assert!(!mail.text.contains('\0'));
            check_spans(&mail.text)?;
        }
    }
}
