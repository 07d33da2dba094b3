//! Mails built to cost much. Each must come back, and soon: the time allowed
//! here is generous, because tests run unoptimised on busy machines; quadratic
//! work takes minutes at these sizes.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use throughline_mail::limits::{MAX_DEPTH, MAX_HEADERS};
use throughline_mail::reply::quote_spans;
use throughline_mail::{Mail, inspect, inspect_html, parse};

const ALLOWED: Duration = Duration::from_secs(20);
/// Quadratic work at this size is beyond any patience.
const SIZE: usize = 256 * 1024;

/// Repeats a text up to a size.
fn fill(text: &str, size: usize) -> String {
    text.repeat(size / text.len() + 1)
}

#[track_caller]
fn soon<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    println!("{name}: {took:?}");
    assert!(took < ALLOWED, "{name} took {took:?}");
    result
}

#[track_caller]
fn parsed(name: &str, mail: &str) -> Mail {
    let mail = soon(name, || parse(mail.as_bytes())).expect("the mail is returned");
    soon(&format!("{name}, inspected"), || inspect(name, b"A: b\n\n"));
    soon(&format!("{name}, spans"), || quote_spans(&mail.text));
    mail
}

#[test]
fn structure_bombs() {
    parsed("messages in messages", &fill("Content-Type: message/rfc822\n\n", SIZE));
    let mut nested = String::new();
    for level in 0..5_000 {
        nested += &format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
    }
    parsed("multiparts in multiparts", &nested);
    let mut unclosed = "Content-Type: multipart/mixed; boundary=b\n\n".to_owned();
    for level in 0..20_000 {
        unclosed += &format!("--b\nContent-Type: multipart/mixed; boundary=never{level}\n\nx\n");
    }
    parsed("boundaries that never come", &unclosed);
    let head = "Content-Type: multipart/mixed; boundary=b\n\n";
    let many = format!("{head}{}", fill("--b\n\nx\n", 2 * SIZE));
    assert!(parsed("many parts", &many).attachments.len() < 10_100);
    parsed("many marks", &format!("{head}{}", fill("--\n--b--b\n", 2 * SIZE)));
}

#[test]
fn header_bombs() {
    let many = format!("Subject: s\n{}\ntext", fill("X: y\n", SIZE));
    assert_eq!(parsed("many fields", &many).subject.as_deref(), Some("s"));
    const { assert!(MAX_HEADERS < SIZE / 5 && MAX_DEPTH < 1_000) };
    for (name, piece) in [
        ("opening marks", "=?a?q?"),
        ("opening marks with blanks", "=?a?q? "),
        ("empty words", "=?a?q??="),
        ("quotes", "\""),
        ("brackets", "<"),
        ("comments", "("),
        ("closed comments", "()"),
        ("commas", ","),
        ("at signs", "@ "),
        ("addresses", "a@b, "),
        ("groups", "a:;"),
        ("escapes", "\\\""),
        ("ids", "<a@b> "),
        ("folds", "\n "),
        ("stray lines", "\nx"),
    ] {
        let value = fill(piece, SIZE);
        for field in ["Subject", "To", "References", "Date", "Content-Type"] {
            parsed(name, &format!("From: a@b.c\n{field}: a/b;{value}\n\ntext"));
        }
    }
    let pieces: String = (0..50_000).map(|n| format!("; name*{n}*=a")).collect();
    parsed("pieces of a name", &format!("From: a@b.c\nContent-Type: a/b{pieces}\n\ntext"));
}

#[test]
fn body_bombs() {
    for (name, piece) in [
        ("quote marks", "> a\nb\n"),
        ("only quotes", "> a\n"),
        ("rules apart", "______\n\n\n\n"),
        ("attributions", "On 5 May 2025 10:30 <a@b.c\n"),
        ("attributions, wrapped", "On 1\n"),
        ("fields", "From: a\n"),
        ("fields and text", "From: a\nb\n"),
        ("rules", "______\n"),
        ("signatures", "-- \n"),
        ("colons", "a:\n"),
        ("uuencode", "begin 644 a\n"),
        ("addresses", "a@b.c 550 5.1.1\n"),
        ("one line", "word "),
        ("escapes", "\x1B$B"),
        ("empty lines", "\n"),
    ] {
        let body = fill(piece, SIZE / 2);
        parsed(name, &format!("From: mailer-daemon@b.c\nSubject: failure notice\n\n{body}"));
        let tail = "text\n".repeat(30);
        let passed_on = format!("From: a@b.c\nSubject: Fwd: x\n\nsee\n{body}");
        soon(&format!("{name}, passed on"), || inspect(name, passed_on.as_bytes()));
        soon(&format!("{name}, with a tail"), || {
            quote_spans(&format!("text\n{}\n{tail}", fill(piece, SIZE / 2)))
        });
    }
}

#[test]
fn html_bombs() {
    for piece in [
        "<",
        "<a",
        "<!--",
        "&",
        "&amp",
        "<div>",
        "</div>",
        "<blockquote>",
        "<style>",
        "</",
        "<br>",
        "<pre>",
        "<div class=gmail_quote>",
        "a<b>",
    ] {
        let body = fill(piece, SIZE);
        let mail = format!("From: a@b.c\nContent-Type: text/html\n\n{body}");
        parsed(piece, &mail);
        soon(piece, || inspect_html(piece, &body));
    }
}
