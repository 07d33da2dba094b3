//! Mails that were written are read back with the product's own parser and compared.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test")]

use throughline_mail::{Mail, Nature, parse};
use throughline_outbound::email::compose::{
    AutoKind, ComposeError, Composed, File, Limits, OutgoingMail, Party, Quoted, compose,
};

fn party(name: &str, address: &str) -> Party {
    Party { name: name.into(), address: address.into() }
}

fn base() -> OutgoingMail {
    OutgoingMail {
        from: party("Yardım Masası", "help@example.test"),
        to: vec![party("Ada", "ada@example.test")],
        subject: "Merhaba".into(),
        text: "Hello\n".into(),
        message_id: "m1.abc@throughline.test".into(),
        date_micros: 1_795_000_000_123_456,
        instance: "inst-1".into(),
        ..OutgoingMail::default()
    }
}

fn written(mail: &OutgoingMail) -> (Composed, Mail) {
    let composed = compose(mail, &Limits::default()).unwrap();
    assert!(composed.bytes.is_ascii());
    let text = String::from_utf8(composed.bytes.clone()).unwrap();
    for line in text.split("\r\n") {
        assert!(line.len() <= 998, "a line of {} bytes", line.len());
        assert!(!line.contains(['\r', '\n']), "a bare line end in {line:?}");
    }
    let read = parse(&composed.bytes).unwrap();
    (composed, read)
}

fn header_lines(composed: &Composed) -> Vec<String> {
    let text = String::from_utf8(composed.bytes.clone()).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    head.split("\r\n").map(str::to_string).collect()
}

#[test]
fn every_field_comes_back() {
    let mail = OutgoingMail {
        reply_to: Some(party("", "answers@example.test")),
        cc: vec![
            party("پشتیبانی فارسی", "fa@example.test"),
            party("O'Neil, \"Pat\" Q.", "p@example.test"),
        ],
        in_reply_to: Some("parent@example.test".into()),
        references: vec!["root@example.test".into(), "parent@example.test".into()],
        ..base()
    };
    let (composed, read) = written(&mail);
    let from = read.from.unwrap();
    assert_eq!(
        (from.name.as_deref(), from.address.as_str()),
        (Some("Yardım Masası"), "help@example.test")
    );
    assert_eq!(read.reply_to[0].address, "answers@example.test");
    assert_eq!(read.cc[0].name.as_deref(), Some("پشتیبانی فارسی"));
    assert_eq!(read.cc[1].name.as_deref(), Some("O'Neil, \"Pat\" Q."));
    assert_eq!(read.message_id.as_deref(), Some("m1.abc@throughline.test"));
    assert_eq!(read.in_reply_to, ["parent@example.test"]);
    assert_eq!(read.references, ["root@example.test", "parent@example.test"]);
    assert_eq!(read.date, Some(1_795_000_000_000_000));
    assert_eq!(read.text.trim_end(), "Hello");
    assert_eq!(read.nature, Nature::Personal);
    assert!(header_lines(&composed).contains(&"X-Throughline: inst-1".to_string()));
    let to: Vec<&str> = composed.envelope.to().collect();
    assert_eq!(to, ["ada@example.test", "fa@example.test", "p@example.test"]);
    assert_eq!(composed.envelope.from(), "help@example.test");
}

#[test]
fn subjects_of_any_script_and_length_come_back() {
    let long = "İstanbul'da kargo gecikti; ğüşıöç ".repeat(12);
    let persian = "سلام، مشکل من هنوز حل نشده است؛ می\u{200C}خواهم پولم را پس بگیرم ".repeat(6);
    let one_word = "x".repeat(700);
    for subject in [
        "Merhaba",
        "Şikâyet",
        long.trim(),
        persian.trim(),
        &one_word,
        "😀 😀",
        "",
        "=?utf-8?q?fake?= word",
        "a_b=c ? ok",
        "ASCII and ğ mixed with ASCII again",
    ] {
        let (_, read) = written(&OutgoingMail { subject: subject.into(), ..base() });
        assert_eq!(read.subject.unwrap_or_default(), subject);
    }
}

#[test]
fn a_line_break_in_a_value_starts_no_header() {
    let evil = "x\r\nBcc: victim@example.test\r\n\r\nbody";
    let mail = OutgoingMail {
        from: party(evil, "help@example.test"),
        to: vec![party(evil, "ada@example.test")],
        reply_to: Some(party(evil, "r@example.test")),
        subject: evil.into(),
        instance: evil.into(),
        in_reply_to: Some(format!("{evil}@example.test")),
        references: vec![format!("{evil}@example.test"), "good@example.test".into()],
        attachments: vec![File {
            name: evil.into(),
            media_type: format!("text/plain{evil}"),
            bytes: vec![1],
        }],
        ..base()
    };
    let (composed, read) = written(&mail);
    let all = String::from_utf8(composed.bytes.clone()).unwrap();
    assert!(!all.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc:")), "{all}");
    assert!(read.bcc.is_empty());
    assert_eq!(read.references, ["good@example.test"]);
    assert_eq!(read.attachments.len(), 1);

    let bad_id = OutgoingMail { message_id: format!("a@b{evil}"), ..base() };
    assert_eq!(compose(&bad_id, &Limits::default()).unwrap_err(), ComposeError::MessageId);
    let bad_address = OutgoingMail { to: vec![party("", "a@b.test\r\nBcc: c@d.test")], ..base() };
    assert!(matches!(compose(&bad_address, &Limits::default()), Err(ComposeError::Envelope(_))));
}

#[test]
fn text_and_html_are_alternatives_and_files_come_whole() {
    let every_byte: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let file = |name: &str, media_type: &str| File {
        name: name.into(),
        media_type: media_type.into(),
        bytes: every_byte.clone(),
    };
    let mail = OutgoingMail {
        text: "Görüşürüz".into(),
        html: Some("<p>Görüşürüz</p>".into()),
        attachments: vec![
            file("fatura ğüşiöç.pdf", "application/pdf"),
            file("گزارش نهایی.xlsx", "not a type"),
            file("inner.eml", "message/rfc822"),
        ],
        ..base()
    };
    let (composed, read) = written(&mail);
    assert_eq!(read.text.trim_end(), "Görüşürüz");
    assert_eq!(read.html.unwrap().trim_end(), "<p>Görüşürüz</p>");
    let names: Vec<_> = read.attachments.iter().map(|a| a.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["fatura ğüşiöç.pdf", "گزارش نهایی.xlsx", "inner.eml"]);
    let types: Vec<_> = read.attachments.iter().map(|a| a.media_type.as_str()).collect();
    assert_eq!(types, ["application/pdf", "application/octet-stream", "application/octet-stream"]);
    assert!(read.attachments.iter().all(|a| a.bytes == every_byte));
    assert_eq!(
        compose(&mail, &Limits::default()).unwrap().bytes,
        composed.bytes,
        "same mail, same bytes"
    );
}

#[test]
fn eight_bit_and_long_lines_and_odd_endings_survive() {
    let long = format!("{}\n.\n..x\nFrom here\n  indented \nend ", "uzun satır ".repeat(400));
    let persian = "متن فارسی ".repeat(300);
    for text in [long.as_str(), persian.trim_end(), "a\r\nb\rc\nd", "x\u{0}y", "no end"] {
        let (_, read) = written(&OutgoingMail { text: text.into(), ..base() });
        let wanted = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
        assert_eq!(read.text.replace("\r\n", "\n").trim_end(), wanted.trim_end());
    }
}

#[test]
fn what_is_answered_is_quoted_below_the_signature() {
    let mail = OutgoingMail {
        text: "Tamam.".into(),
        html: Some("<p>Tamam.</p>".into()),
        signature: Some("Ayşe\nDestek".into()),
        quoted: Some(Quoted {
            attribution: "Ada yazdı:".into(), text: "Bir\n\n<b>İki</b>".into()
        }),
        ..base()
    };
    let (_, read) = written(&mail);
    let wanted = "Tamam.\n\n-- \nAyşe\nDestek\n\nAda yazdı:\n> Bir\n>\n> <b>İki</b>";
    assert_eq!(read.text.replace("\r\n", "\n").trim_end(), wanted);
    let html = read.html.unwrap();
    assert!(html.contains("<blockquote type=\"cite\">"));
    assert!(html.contains("&lt;b&gt;İki&lt;/b&gt;"), "what is quoted is text, not HTML: {html}");
}

#[test]
fn mails_of_machines_say_so() {
    for (auto, nature) in
        [(AutoKind::Replied, Nature::AutoReply), (AutoKind::Generated, Nature::AutoGenerated)]
    {
        let (composed, read) = written(&OutgoingMail { auto: Some(auto), ..base() });
        assert_eq!(read.nature, nature);
        assert!(header_lines(&composed).contains(&"X-Auto-Response-Suppress: All".to_string()));
        let back = if auto == AutoKind::Replied { "" } else { "help@example.test" };
        assert_eq!(composed.envelope.from(), back);
    }
}

#[test]
fn long_threads_name_the_first_and_the_last_twenty() {
    let ids: Vec<String> = (0..500).map(|n| format!("id-{n}@example.test")).collect();
    let (_, read) = written(&OutgoingMail { references: ids.clone(), ..base() });
    assert_eq!(read.references.len(), 21);
    assert_eq!(read.references[0], ids[0]);
    assert_eq!(read.references[1..], ids[480..]);
    for short in [0, 1, 2, 20, 21] {
        let (_, read) = written(&OutgoingMail { references: ids[..short].to_vec(), ..base() });
        assert_eq!(read.references, ids[..short]);
    }
}

#[test]
fn what_cannot_be_sent_is_said() {
    let small = Limits { file: 10, mail: 2000 };
    let file =
        |size| File { name: "big.bin".into(), media_type: String::new(), bytes: vec![0; size] };
    let with = |size| OutgoingMail { attachments: vec![file(size)], ..base() };
    let error = compose(&with(11), &small).unwrap_err();
    assert_eq!(error.to_string(), "the file 'big.bin' has 11 bytes; 10 are allowed");
    assert!(compose(&with(10), &small).is_ok());
    let long = OutgoingMail { text: "x ".repeat(3000), ..base() };
    assert!(matches!(compose(&long, &small), Err(ComposeError::MailTooLarge { limit: 2000, .. })));
    for date_micros in [-1, i64::MIN, i64::MAX] {
        let odd = OutgoingMail { date_micros, ..base() };
        assert_eq!(compose(&odd, &small).unwrap_err(), ComposeError::Date);
    }
    assert!(compose(&OutgoingMail { to: vec![], ..base() }, &small).is_err());
}

#[test]
fn debug_shows_no_content() {
    let mail = OutgoingMail { text: "a secret text".into(), ..base() };
    let shown = format!("{mail:?} {:?}", compose(&mail, &Limits::default()).unwrap());
    assert!(!shown.contains("secret"), "{shown}");
}
