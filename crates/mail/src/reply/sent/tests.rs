//! Our own words in answers: marked, unmarked, wrapped anew, with answers between, and repeated.

use super::*;
use std::time::{Duration, Instant};

const ENGLISH: &str = "Hello Ada,\n\nthank you for writing to us about the parcel that has not come.\n\
    Please send us the order number and a photo of the label on the box.\n\
    Which colour did you order, and in which size should the new one be?\n\nKind regards\nDesk";
const TURKISH: &str = "Merhaba Ayşe Hanım,\n\nSiparişinizin hâlâ ulaşmadığını öğrendik, bunun için çok üzgünüz. \
    Lütfen bize sipariş numaranızı ve İSTANBUL şubesinden aldığınız fişin fotoğrafını gönderin.\n\nİyi günler\nDestek";
const PERSIAN: &str = "سلام خانم رضایی،\n\nاز این که سفارش شما هنوز نرسیده است بسیار متأسفیم. \
    لطفاً شمارهٔ سفارش و عکس برچسب روی جعبه را برای ما می‌فرستید؟\n\nبا احترام\nپشتیبانی";

#[track_caller]
fn shows(text: &str, sent: &[&str], expected: &str) {
    let spans = quote_spans_with(text, sent);
    assert_eq!(visible_text_with(text, sent), expected, "{spans:?}");
    in_order(text, &spans);
}

#[track_caller]
fn in_order(text: &str, spans: &[Span]) {
    let mut from = 0;
    for span in spans {
        assert!(from <= span.start && span.start < span.end && span.end <= text.len(), "{spans:?}");
        assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
        assert!((0.0..=1.0).contains(&span.confidence));
        from = span.end;
    }
}

#[track_caller]
fn by_our_words(text: &str, sent: &[&str]) {
    let spans = quote_spans_with(text, sent);
    assert!(spans.iter().any(|span| span.rule == OUR_WORDS), "{spans:?}");
}

/// Marks each line of a text.
fn marked(text: &str, mark: &str) -> String {
    text.lines().map(|line| format!("{mark}{line}\n")).collect()
}

/// Wraps a text at so many characters.
fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut length = 0;
        for word in line.split(' ') {
            if length > 0 {
                out.push(if length + word.chars().count() > width { '\n' } else { ' ' });
                length = if out.ends_with('\n') { 0 } else { length };
            }
            out.push_str(word);
            length += word.chars().count() + 1;
        }
        out.push('\n');
    }
    out
}

#[test]
fn a_client_that_drops_all_marks_hides_nothing_from_us() {
    for (sent, answer) in [
        (ENGLISH, "It is 4417."),
        (TURKISH, "Numara 4417, fotoğraf ekte."),
        (PERSIAN, "شماره ۴۴۱۷ است."),
    ] {
        let text = format!("{answer}\n\n{sent}\n");
        shows(&text, &[sent], answer);
        by_our_words(&text, &[sent]);
    }
}

#[test]
fn quotes_wrapped_anew_are_still_ours() {
    for sent in [ENGLISH, TURKISH, PERSIAN] {
        for width in [20, 37, 72] {
            shows(&format!("4417\n\n{}", wrapped(sent, width)), &[sent], "4417");
            shows(&format!("4417\n\n{}", marked(&wrapped(sent, width), "> ")), &[sent], "4417");
            shows(&format!("4417\n\n{}", marked(&wrapped(sent, width), "| ")), &[sent], "4417");
        }
    }
}

#[test]
fn marks_of_direction_case_and_width_do_not_matter() {
    let rtl: String = PERSIAN.lines().map(|l| format!("\u{202B}{l}\u{202C}\u{200F}\r\n")).collect();
    shows(&format!("بله\r\n\r\n{rtl}"), &[PERSIAN], "بله");
    shows(&format!("Yes.\n\n{}", ENGLISH.to_uppercase()), &[ENGLISH], "Yes.");
    let wide = ENGLISH.replace("order number", "ｏｒｄｅｒ　ｎｕｍｂｅｒ").replace(' ', "\u{A0}");
    shows(&format!("Yes.\n\n{wide}"), &[ENGLISH], "Yes.");
    let decorated = ENGLISH.replace("order number", "*order* _number_ <https://desk.example/o>");
    shows(&format!("Yes.\n\n{decorated}"), &[ENGLISH], "Yes.");
}

#[test]
fn a_header_of_any_language_goes_with_our_words() {
    let text =
        format!("Ndiyo.\n\nTarehe 5 Mei 2025, Desk <d@desk.example> aliandika:\n\n{ENGLISH}");
    shows(&text, &[ENGLISH], "Ndiyo.");
    let one = "Please send us the order number and a photo of the label.";
    shows(&format!("Ndiyo.\n\nTarehe 5 Mei 2025 aliandika:\n{one}"), &[one], "Ndiyo.");
    let block =
        format!("Ja.\n\nVon: Desk <d@desk.example>\nGesendet: Montag\nBetreff: x\n\n{ENGLISH}");
    shows(&block, &[ENGLISH], "Ja.");
}

#[test]
fn answers_within_the_quote_stay() {
    let lines: Vec<&str> = ENGLISH.lines().collect();
    let first = lines[..4].join("\n");
    let second = lines[4];
    let text = format!("{first}\nIt is 4417, photo attached.\n{second}\nRed, in medium.\n");
    shows(&text, &[ENGLISH], "It is 4417, photo attached.\nRed, in medium.");
    let text = format!("{}\n4417\n{}\nRed\n", marked(&first, "> "), marked(second, "> "));
    shows(&text, &[ENGLISH], "4417\n\nRed");
    let headed = format!(
        "See my answers.\n\nOn 5 May 2025, at 10:30, Desk <d@desk.example> wrote:\n{first}\n4417\n{second}\nKind regards\nDesk"
    );
    shows(&headed, &[ENGLISH], "See my answers.\n\n4417");
}

#[test]
fn older_history_below_our_words_goes_too() {
    let text = format!(
        "Yes.\n\nOn 5 May 2025, at 10:30, Desk <d@desk.example> wrote:\n{ENGLISH}\n\n\
        On 4 May 2025, at 9:30, Ada <a@b.c> wrote:\nWhere is my parcel?\n"
    );
    shows(&text, &[ENGLISH], "Yes.");
}

#[test]
fn a_sentence_repeated_on_purpose_stays() {
    let question = ENGLISH.lines().nth(3).expect("a line");
    let text = format!("{question}\nYou asked this twice!");
    shows(&text, &[ENGLISH], &text);
    let inside = format!("You write \"{question}\" but I did.");
    shows(&inside, &[ENGLISH], &inside);
    let with_history = format!("{question}\nYou asked this twice!\n\n{ENGLISH}");
    shows(&with_history, &[ENGLISH], &text);
}

#[test]
fn short_lines_are_never_ours_alone() {
    for text in
        ["Thanks\n\nKind regards\nDesk", "Hello Ada,\n\nyes.", "Teşekkürler\nİyi günler\nDestek"]
    {
        shows(text, &[ENGLISH, TURKISH, "Thanks", "Teşekkürler"], text);
    }
}

#[test]
fn nothing_of_ours_changes_nothing() {
    for text in ["Yes.\n\n> old\n", "> one?\nyes\n> two?\nno\n", "Hi.\n\n-- \nMe", "", "\n"] {
        assert_eq!(quote_spans_with(text, &[]), quote_spans(text));
        assert_eq!(quote_spans_with(text, &[ENGLISH]), quote_spans(text));
    }
}

#[test]
fn when_nothing_else_is_there_all_is_shown() {
    shows(ENGLISH, &[ENGLISH], ENGLISH);
}

#[test]
fn what_is_passed_on_stays() {
    let text = format!("See below.\n\n---------- Forwarded message ---------\n\n{ENGLISH}");
    shows(&text, &[ENGLISH], &text);
}

#[test]
fn scripts_without_blanks_are_read_too() {
    let sent = "お問い合わせありがとうございます。ご注文番号と箱のラベルの写真をお送りください。\n\nよろしくお願いいたします。";
    shows(&format!("4417です。\n\n{sent}"), &[sent], "4417です。");
    let broken = sent.replace("箱の", "箱\nの");
    shows(&format!("4417です。\n\n{broken}"), &[sent], "4417です。");
}

#[test]
fn several_messages_are_kept_apart() {
    let text = format!("Done.\n\n{TURKISH}\n\nMy own older words.\n\n{ENGLISH}");
    shows(&text, &[ENGLISH, TURKISH], "Done.\n\nMy own older words.");
}

#[test]
fn long_texts_take_linear_time() {
    let same = "a a a a a a a a\n".repeat(15_000);
    let many: String = (0..40_000).map(|i| format!("word{} ", i % 50)).collect();
    let lines = "order number photo label box colour size\n> x\n".repeat(5_000);
    let quoted = format!("> x\n{ENGLISH}\n> y\n").repeat(800);
    for (at, text) in [&quoted, &same, &many, &lines].into_iter().enumerate() {
        let start = Instant::now();
        in_order(text, &quote_spans_with(text, &[text, ENGLISH]));
        in_order(text, &quote_spans_with(text, &[&same, ENGLISH]));
        let took = start.elapsed();
        println!("{at}: {took:?}");
        // Tests run unoptimised on busy machines; quadratic work takes far longer at this size.
        assert!(took < Duration::from_secs(60), "{took:?}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    #[test]
    fn spans_are_in_order_and_leave_something(pieces in proptest::collection::vec(0usize..14, 0..30)) {
        let ours: Vec<&str> = [ENGLISH, TURKISH, PERSIAN].iter().flat_map(|t| t.lines()).collect();
        let others = ["yes", "> ", "\n", "-- ", "On 5 May 2025, at 10:30, A <a@b.c> wrote:", "From: a@b.c"];
        let all: Vec<&str> = ours.iter().chain(&others).copied().collect();
        let lines: Vec<&str> = pieces.iter().map(|at| all[(at * 7) % all.len()]).collect();
        let text = lines.join("\n");
        in_order(&text, &quote_spans_with(&text, &[ENGLISH, TURKISH, PERSIAN]));
        let visible = visible_text_with(&text, &[ENGLISH, TURKISH, PERSIAN]);
        proptest::prop_assert_eq!(text.trim().is_empty(), visible.is_empty());
    }
}
