//! Tests of counting and cutting.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::split::Splitter;
use super::*;

const UNITS: [LengthUnit; 7] = [
    LengthUnit::CodePoints,
    LengthUnit::Utf16,
    LengthUnit::Bytes,
    LengthUnit::Graphemes,
    LengthUnit::Gsm,
    LengthUnit::Weighted,
    LengthUnit::Mastodon,
];

const FAMILY: &str = "👩‍👩‍👧‍👦";
const PERSIAN: &str = "کتاب‌ها را می‌خوانم. نامه‌ای نوشتم؟ بله، می‌دانم.";

fn counts(text: &str) -> [usize; 7] {
    UNITS.map(|unit| unit.count(text))
}

#[test]
fn each_unit_counts_in_its_own_way() {
    // Code points, UTF-16, bytes, graphemes, GSM, X, Mastodon.
    assert_eq!(counts(""), [0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(counts("Grüße"), [5, 5, 7, 5, 5, 5, 5]);
    assert_eq!(counts("5 €"), [3, 3, 5, 3, 4, 4, 3]);
    assert_eq!(counts("ı"), [1, 1, 2, 1, 1, 1, 1]);
    assert_eq!(counts("🥐"), [1, 2, 4, 1, 2, 2, 1]);
    assert_eq!(counts(FAMILY), [7, 11, 25, 1, 11, 2, 1]);
    assert_eq!(counts("e\u{301}"), [2, 2, 3, 1, 2, 1, 1]);
    assert_eq!(counts("می‌دانم"), [7, 7, 15, 6, 7, 7, 6]);
    assert_eq!(counts("🇹🇷🇮🇷"), [4, 8, 16, 2, 8, 4, 2]);
}

#[test]
fn x_counts_a_link_as_23_wherever_it_stands() {
    let x = |text: &str| LengthUnit::Weighted.count(text);
    for link in [
        "https://kiosk.example.org",
        "HTTP://kiosk.example.org:8080/a/very/long/path/of/many/parts?and=a&query=too#and-more",
        "kiosk.org",
        "kiosk.co.uk/till_(old)",
        "http://günlük.com/ş",
        "http://کتاب.ایران",
    ] {
        assert_eq!(x(link), 23, "{link}");
        assert_eq!(x(&format!("see {link}.")), 28, "{link}");
        assert_eq!(x(&format!("({link}), or")), 29, "{link}");
    }
    for none in [
        "kiosk.nonsuch",
        "http://kiosk",
        "elif@kiosk.org",
        "elif.me@kiosk.org",
        "-kiosk.org",
        "http://-kiosk.org",
        "http://a_b.org",
        "a..org",
        "3.14",
        "v1.2.3-rc",
    ] {
        assert_eq!(x(none), none.len(), "{none}");
    }
    assert_eq!(x(&format!("{}.com", "k".repeat(63))), 23);
    assert_eq!(x(&format!("{}.com", "k".repeat(64))), 68);
    assert_eq!(x("日本kiosk.orgです"), 4 + 23 + 4);
    assert_eq!(x("kiosk.org kiosk.net"), 47);
}

#[test]
fn x_counts_an_emoji_as_2_however_it_is_made() {
    let x = |text: &str| LengthUnit::Weighted.count(text);
    for emoji in ["🥐", "👍🏽", FAMILY, "🏳️‍🌈", "7️⃣", "#⃣", "©️", "🇹🇷", "☺"]
    {
        assert_eq!(x(emoji), 2, "{emoji}");
    }
    assert_eq!(x("🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}"), 2);
    assert_eq!((x("©"), x("7"), x("字"), x("“a”"), x("\u{2014}")), (1, 1, 2, 3, 1));
    assert_eq!(x("\u{fb2c}"), 3, "what NFC takes apart");
    assert_eq!(x(&"👩\u{200d}".repeat(100)), 20 * 2 + 20, "nobody has a family of hundred");
}

#[test]
fn mastodon_counts_a_link_as_23_and_of_others_servers_nothing() {
    let count = |text: &str| LengthUnit::Mastodon.count(text);
    assert_eq!(count("http://kiosk.org"), 23);
    assert_eq!(count("see https://kiosk.example.org/a/b?c=d#e-long-way-behind, or"), 4 + 23 + 4);
    assert_eq!(count("kiosk.org"), 9, "without a protocol it is a word");
    assert_eq!(count("@elif@a-long-name.social.example hi"), 8);
    assert_eq!(count("hi @elif.k@social.example."), 11);
    assert_eq!(count("@elif hi"), 8);
    for none in ["x@elif@a.example", "a/@elif@a.example", "@elif@a.example@b", "@elif@", "@@a"] {
        assert_eq!(count(none), none.len(), "{none}");
    }
    assert_eq!(count("https://kiosk.org/@elif@a.example x"), 25, "it is a part of the link");
    assert_eq!(count(&format!("{FAMILY}é")), 2);
    let parts = LengthUnit::Mastodon.split("ask @elif@social.example or https://kiosk.org/a", 27);
    assert_eq!(parts, ["ask @elif@social.example or", "https://kiosk.org/a"]);
}

#[test]
fn a_text_is_cut_where_most_ends() {
    let cut = |text, most| LengthUnit::CodePoints.split(text, most);
    assert_eq!(cut("", 9), [""; 0]);
    assert_eq!(cut("One. Two.", 9), ["One. Two."]);
    assert_eq!(cut("a b\n\nc d\ne. f g", 13), ["a b", "c d\ne. f g"]);
    assert_eq!(cut("a b\nc. d e f", 10), ["a b", "c. d e f"]);
    assert_eq!(cut("Is it (so?) Yes it is", 18), ["Is it (so?)", "Yes it is"]);
    assert_eq!(cut("one two three", 9), ["one two", "three"]);
    assert_eq!(cut("one two", 3), ["one", "two"]);
    assert_eq!(cut("abcdefgh", 3), ["abc", "def", "gh"]);
    assert_eq!(cut("a\r\n\r\nbcd\r\nefg", 9), ["a", "bcd\r\nefg"]);
    assert_eq!(cut("一二。三四五六", 5), ["一二。", "三四五六"]);
    assert_eq!(cut("5\u{a0}€ and 7\u{a0}€", 9), ["5\u{a0}€ and", "7\u{a0}€"]);
}

#[test]
fn white_space_is_left_out_at_a_cut_and_nowhere_else() {
    let cut = |text, most| LengthUnit::CodePoints.split(text, most);
    assert_eq!(cut("  a  b ", 7), ["  a  b "]);
    assert_eq!(cut("  a  b ", 4), ["  a", "b "]);
    assert_eq!(cut("ab      ", 4), ["ab"]);
    assert_eq!(cut("      ab", 4), ["ab"]);
    assert_eq!(cut("   abcd", 4), ["abcd"]);
    assert_eq!(cut("      ", 4), [""; 0]);
    assert_eq!(cut("  ", 4), ["  "]);
}

#[test]
fn words_of_every_script_stay_whole() {
    let parts = LengthUnit::CodePoints.split(PERSIAN, 22);
    assert_eq!(parts, ["کتاب‌ها را می‌خوانم.", "نامه‌ای نوشتم؟", "بله، می‌دانم."]);
    let parts = LengthUnit::Bytes.split("Çiğ süt ılık içilir", 10);
    assert_eq!(parts, ["Çiğ süt"[..].trim(), "ılık", "içilir"]);
    let parts = LengthUnit::Utf16.split("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👍🏽", 15);
    assert_eq!(parts, [FAMILY, "👩‍👩‍👧‍👦👍🏽"]);
    let marked = "a\u{301}\u{302}b\u{301}";
    assert_eq!(LengthUnit::CodePoints.split(marked, 3), ["a\u{301}\u{302}", "b\u{301}"]);
}

#[test]
fn a_character_is_cut_only_when_it_does_not_fit_by_itself() {
    let parts = LengthUnit::Utf16.split(FAMILY, 4);
    assert!(parts.iter().all(|part| LengthUnit::Utf16.count(part) <= 4), "{parts:?}");
    assert_eq!(parts.concat(), FAMILY);
    assert_eq!(LengthUnit::Utf16.split("🥐🥐", 1), ["🥐", "🥐"], "a code point never");
}

#[test]
fn one_other_letter_makes_a_short_message_of_fewer() {
    let text = format!("{} ş", "x".repeat(100));
    assert_eq!(LengthUnit::Gsm.count(&text), 102);
    let parts = LengthUnit::Gsm.split(&text, 100);
    assert_eq!(parts, [&"x".repeat(100), "ş"]);
    assert_eq!(LengthUnit::Gsm.split("€€€", 5), ["€€", "€"], "no escape is parted");
}

#[test]
fn a_link_is_not_cut_and_none_comes_to_be() {
    let x = LengthUnit::Weighted;
    assert_eq!(
        x.split("look: kiosk.org/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p now", 28),
        ["look:", "kiosk.org/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p now"]
    );
    for most in 1..40 {
        for part in x.split("http://kiosk.orgx.net_akiosk.de/(a)…b.c.com", most) {
            assert!(x.count(part) <= most || part.chars().count() == 1, "{most}: {part}");
        }
    }
}

/// How often a piece of a text was looked at for each byte that it has.
fn work(text: &str, unit: LengthUnit, most: usize) -> f64 {
    let splitter = Splitter::new(text, unit, most).run();
    assert!(splitter.parts.len() > 1);
    splitter.steps as f64 / text.len() as f64
}

#[test]
fn ten_megabytes_cost_as_much_for_each_byte_as_a_few() {
    let long = format!("a {}", "b\n\nc\nd. e \u{301}\u{301}".repeat(10_000_000 / 13));
    let work = work(&long, LengthUnit::Utf16, 1600);
    assert!(work <= 6.0, "{work}");
}

#[test]
fn no_text_costs_more_for_each_byte_when_it_is_longer() {
    let texts = [
        "word ",
        "x",
        "a\u{301}\u{301}\u{301}\u{301}",
        "\u{301}",
        "a\n\nb\nc. d e ",
        "x      \n",
        " ",
        "((a.com/(",
        "👩‍👩‍👧‍",
    ];
    for text in texts {
        let long = format!("a {} b", text.repeat(300_000 / text.len()));
        let short = format!("a {} b", text.repeat(10_000 / text.len()));
        for (unit, most) in [(LengthUnit::Utf16, 1600), (LengthUnit::Weighted, 280)] {
            let (long, short) = (work(&long, unit, most), work(&short, unit, most));
            assert!(long <= 7.0 && long <= short * 1.5, "{text} {unit:?}: {long} after {short}");
        }
    }
}

#[test]
fn links_and_names_of_mastodon_cost_no_more_in_a_longer_text() {
    for text in ["word ", "@a@b.org ", "http://a.org/b ", "a\n\nb\nc. d e ", "((a.com/(", "@a@"] {
        let long = format!("a {} b", text.repeat(300_000 / text.len()));
        let short = format!("a {} b", text.repeat(10_000 / text.len()));
        let work = |text: &str| work(text, LengthUnit::Mastodon, 500);
        let (long, short) = (work(&long), work(&short));
        assert!(long <= 7.0 && long <= short * 1.5, "{text}: {long} after {short}");
    }
}

fn text() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "a",
        "bc",
        "word",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\r\n",
        ". ",
        "? ",
        "。",
        "ş",
        "İ",
        "ı",
        "می‌خوانم",
        "؟ ",
        "\u{200c}",
        FAMILY,
        "👍🏽",
        "🇹🇷",
        "e\u{301}",
        "\u{301}",
        "€",
        "[",
        "\u{a0}",
        "字",
        "http://a.org/b",
        "c.com",
        "@a@b.org",
        "@",
        ".",
        "/",
        "न\u{94d}म",
        "각",
        "\u{fb2c}",
        "\0",
        "\u{feff}",
    ]);
    vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

/// All that is no white space at which one may cut.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

proptest! {
    #[test]
    fn parts_fit_hold_all_words_and_cut_no_character(text in text(), most in 1_usize..40) {
        for unit in UNITS {
            let parts = unit.split(&text, most);
            for part in &parts {
                let fits = unit.count(part) <= most || part.chars().count() == 1;
                prop_assert!(fits, "{unit:?} {most}: {part:?} of {text:?}");
                prop_assert!(!part.is_empty());
            }
            prop_assert_eq!(bare(&parts.concat()), bare(&text));
            if unit.count(&text) <= most && !text.is_empty() {
                prop_assert_eq!(&parts, &[text.as_str()]);
            }
            let edge = |part: &&str| part.as_ptr() as usize - text.as_ptr() as usize;
            let starts: Vec<usize> = parts.iter().map(edge).collect();
            for (at, grapheme) in text.grapheme_indices(true) {
                let within = |start: &usize| *start > at && *start < at + grapheme.len();
                let is_cut = starts.iter().any(within);
                prop_assert!(!is_cut || unit.count(grapheme) > most, "{unit:?} cut {grapheme:?}");
            }
        }
    }

    #[test]
    fn whatever_stands_in_a_text_its_parts_hold(text in any::<String>(), most in 4_usize..60) {
        for unit in UNITS {
            let parts = unit.split(&text, most);
            // A character that is several in its normal form, such as U+1D160, cannot be cut.
            let fits = |part: &&str| unit.count(part) <= most || part.chars().count() == 1;
            prop_assert!(parts.iter().all(fits), "{unit:?} {most}: {parts:?}");
            prop_assert_eq!(bare(&parts.concat()), bare(&text));
        }
    }

    #[test]
    fn segments_hold_what_they_can(text in text()) {
        let sms = gsm::sms(&text);
        prop_assert_eq!(sms.units, LengthUnit::Gsm.count(&text));
        let (single, joined) = (sms.alphabet.single(), sms.alphabet.joined());
        prop_assert_eq!(sms.segments == 1, sms.units <= single);
        prop_assert!(sms.segments == 1 || sms.segments * joined >= sms.units);
        prop_assert!((sms.segments - 1) * (joined - 1) <= sms.units);
    }
}
