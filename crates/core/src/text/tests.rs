//! Properties and examples of the analyser, through a matcher in memory that
//! treats tokens as the databases do.

use proptest::prelude::*;

use super::*;

/// Whether a document matches a query.
fn found(document: &str, query: &Query) -> bool {
    let tokens = document_tokens(document);
    let tokens: Vec<&str> = tokens.iter().collect();
    query.terms.iter().all(|term| match term {
        Term::Word(word) | Term::Exact(word) => tokens.contains(&word.as_str()),
        Term::Prefix(prefix) => tokens.iter().any(|t| t.starts_with(prefix.as_str())),
        Term::Phrase(words) => tokens.windows(words.len()).any(|w| w == words.as_slice()),
    })
}

#[track_caller]
fn query(s: &str) -> Query {
    parse_query(s).unwrap()
}

#[track_caller]
fn finds(q: &str, document: &str) {
    let (query, tokens) = (query(q), document_tokens(document));
    assert!(found(document, &query), "{q:?} as {query:?} in {:?}", tokens.as_str());
}

#[track_caller]
fn misses(q: &str, document: &str) {
    let (query, tokens) = (query(q), document_tokens(document));
    assert!(!found(document, &query), "{q:?} as {query:?} in {:?}", tokens.as_str());
}

/// All find one another and fold to the same.
#[track_caller]
fn same(spellings: &[&str]) {
    for a in spellings {
        for b in spellings {
            assert_eq!(fold(a), fold(b), "{a:?} and {b:?}");
            finds(a, &format!("before {b} after"));
        }
    }
}

fn safe(token: &str) -> bool {
    !token.is_empty()
        && token.len() <= MAX_TOKEN_BYTES
        && token.chars().all(|c| {
            c.is_ascii_lowercase()
                || c.is_ascii_digit()
                || "-_./@+#:".contains(c)
                || !c.is_ascii()
                    && (c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c))
        })
}

#[test]
fn spellings_of_one_word_find_one_another() {
    same(&["İSTANBUL", "istanbul", "ISTANBUL", "ıstanbul", "Istanbul"]);
    same(&["كتاب", "کتاب", "كِتَاب", "کـتـاب"]);
    same(&["۱۲۳", "١٢٣", "123", "１２３", "१२३"]);
    same(&["می‌خواهم", "میخواهم", "ميخواهم"]);
    same(&["Straße", "strasse", "STRASSE", "STRAẞE"]);
    same(&["café", "cafe\u{301}", "CAFE", "ＣＡＦÉ"]);
    same(&["أحمد", "احمد", "آحمد", "إحمد"]);
    same(&["مكتبة", "مکتبه"]);
    same(&["مسئول", "مسيول"]);
    same(&["ёлка", "елка", "ЁЛКА"]);
    same(&["ΟΔΟΣ", "οδος", "οδός"]);
    same(&["ＡＢＣ１", "abc1"]);
    same(&["şeker", "Seker", "ŞEKER"]);
    same(&["đường", "duong"]);
    same(&["Łódź", "lodz"]);
    same(&["Smørrebrød", "smorrebrod"]);
    same(&["Ærø", "aero"]);
    same(&["שָׁלוֹם", "שלום"]);
    same(&["O’Brien", "o'brien"]);
    same(&["が", "か\u{3099}", "ｶﾞ".replace('ｶ', "か").as_str()]);
    same(&["한국", "\u{1112}\u{1161}\u{11AB}\u{1100}\u{116E}\u{11A8}"]);
    same(&["+90 532 123 45 67", "\u{202A}+90 532 123 45 67\u{202C}"]);
}

#[test]
fn the_three_spellings_of_a_persian_verb_or_plural_are_one() {
    let spellings = ["می‌خواهم", "میخواهم", "می خواهم"];
    for a in spellings {
        for b in spellings {
            finds(a, &format!("من {b} بروم"));
            finds(&format!("\"من {a} بروم\""), &format!("من {b} بروم"));
        }
    }
    finds("کتاب ها", "این کتاب‌ها را");
    finds("کتابهای", "این کتاب های خوب");
    finds("کتاب", "این کتاب‌ها را");
    finds("خواهم", "من می خواهم بروم");
    // Only words that stand free are joined.
    finds("x,می", "x,می خواهم");
    finds("\u{3099}می", "\u{3099}می می");
}

#[test]
fn an_order_number_is_found_exactly() {
    let mail = "my order TR-4417, thanks. Also (TR-9/2024).";
    finds("TR-4417", mail);
    finds("tr-4417", mail);
    finds("4417", mail);
    finds("TR-44*", mail);
    finds("\"TR-4417\"", mail);
    finds("\"order TR-4417\"", mail);
    misses("TR-441", mail);
    misses("441", mail);
    misses("R-4417", mail);
    finds("TR-9/2024", mail);
    misses("TR-9/202", mail);
    let tokens = document_tokens("TR-4417/2024");
    assert_eq!(tokens.as_str(), "tr 4417 2024 tr-4417/2024 tr-4417");
    assert_eq!((tokens.len(), tokens.words()), (5, 3));
}

#[test]
fn addresses_and_ids_are_found_whole_and_by_their_words() {
    let text = "Write to <ali.veli+x@example.com>, mailto:b@c.de; see https://shop.example/o/TR-44?x=1. \
                Version 1.2.3, host 10.0.0.1:8080, fe80::1, order#1042, #77 and \
                550e8400-e29b-41d4-a716-446655440000. 注文TR-12です。";
    for q in [
        "ali.veli+x@example.com",
        "veli",
        "ali.veli",
        "example.com",
        "b@c.de",
        "mailto:b@c.de",
        "TR-44",
        "https://shop.example/o/TR-44",
        "1.2.3",
        "10.0.0.1",
        "10.0.0.1:8080",
        "fe80::1",
        "#1042",
        "1042",
        "#77",
        "550E8400-E29B-41D4-A716-446655440000",
        "TR-12",
        "注文",
    ] {
        finds(q, text);
    }
    for q in ["veli+x@example.com", "2.3", "0.0.0.1", "#104", "#7", "TR-1"] {
        misses(q, text);
    }
}

#[test]
fn phones_and_ibans_are_found_however_they_are_spaced() {
    let spaced = "Tel: +90 (532) 123 45 67 (mobil), IBAN TR33 0006 1005 1978 6457 8413 26 var";
    for q in [
        "+905321234567",
        "+90 532 123 45 67",
        "905321234567",
        "05321234567",
        "0532 123 45 67",
        "5321234567",
        "532 123 45 67",
        "TR330006100519786457841326",
        "TR33 0006 1005 1978 6457 8413 26",
        "6457",
    ] {
        finds(q, spaced);
    }
    misses("+90532123456", spaced);
    misses("905321234", spaced);
    misses("TR3300061005197864578413", spaced);
    finds("TR33 0006 1005 1978 6457 8413 26", "tr330006100519786457841326");
    finds("0532-123-45-67", "ara: 0532 123 45 67 12 defa");
    // Two numbers typed one after the other are two numbers.
    finds("4417 1042", "orders 1042 and 4417");
    finds("2024-05-01 44172", "44172 of 2024-05-01");
}

#[test]
fn scripts_without_spaces_are_found_by_any_part() {
    let text = "東京都に住む";
    for q in ["東京", "京都に", "住む", "む", "東", "東京都に住む", "\"京都\""] {
        finds(q, text);
    }
    misses("東都", text);
    finds("서울", "서울에서 왔습니다");
    finds("กรุงเทพ", "ฉันอยู่กรุงเทพมหานคร");
    finds("iPhone15", "新しいiPhone15を買う");
    finds("いiPhone15を", "新しいiPhone15を買う");
    assert_eq!(document_tokens(text).as_str(), "東京 京都 都に に住 住む む");
}

#[test]
fn queries_have_words_phrases_and_prefixes() {
    let word = |s: &str| Term::Word(s.into());
    assert_eq!(query("Foo  bar foo").terms, [word("foo"), word("bar")]);
    assert_eq!(query("fo*").terms, [Term::Prefix("fo".into())]);
    assert_eq!(query("“Foo bar”").terms, [Term::Phrase(vec!["foo".into(), "bar".into()])]);
    assert_eq!(query("\"4417\"").terms, [Term::Exact("4417".into())]);
    assert_eq!(query("don't").terms, [Term::Phrase(vec!["don".into(), "t".into()])]);
    assert_eq!(query("a@b.c").terms, [Term::Exact("a@b.c".into())]);
    assert_eq!(parse_query(" \n"), Err(QueryError::Empty));
    assert_eq!(parse_query("\"?!\" 😀 *"), Err(QueryError::NothingSearchable));
    assert_eq!(parse_query(&"a".repeat(5000)), Err(QueryError::TooLong));
    let many: String = (0..40).map(|i| format!("w{i} ")).collect();
    assert_eq!(parse_query(&many), Err(QueryError::TooManyTerms));
}

#[test]
fn a_snippet_shows_the_match() {
    let text = "One two three four five\nsix İstanbul'da TR-4417 nine ten eleven twelve";
    let shown = snippet(text, &query("istanbul tr-4417"), 40);
    assert_eq!(shown.text, "five six İstanbul'da TR-4417 nine ten");
    let chars: Vec<char> = shown.text.chars().collect();
    let marked: Vec<String> =
        shown.highlights.iter().map(|&(a, b)| chars[a..b].iter().collect()).collect();
    assert_eq!(marked, ["İstanbul", "TR-4417"]);
    assert!(shown.clipped_start && shown.clipped_end);
    let none = snippet(text, &query("absent"), 9);
    assert_eq!((none.text.as_str(), none.highlights.len()), ("One two", 0));
    let phrase = snippet("a b a b c", &query("\"a b c\""), 100);
    assert_eq!(phrase.highlights, [(4, 9)]);
    let han = snippet("大東京都", &query("東京都"), 100);
    assert_eq!(han.highlights, [(1, 4)]);
    assert_eq!(snippet("大東京", &query("東"), 100).highlights, [(1, 2)]);
    assert_eq!(snippet("", &query("x"), 10), Snippet::default());
}

#[test]
fn every_character_folds_to_what_folding_leaves_alone() {
    for c in '\0'..=char::MAX {
        let mut parts = Vec::new();
        super::fold::fold_char(c, &mut |f| parts.push(f));
        for &part in &parts {
            let mut again = Vec::new();
            super::fold::fold_char(part, &mut |f| again.push(f));
            assert_eq!(again, [part], "{c:?} folds to {part:?}");
        }
    }
}

#[test]
fn tables_are_sorted() {
    use super::tables::{LETTERS, REMOVED, UNSPACED, ZEROS};
    assert!(LETTERS.is_sorted_by(|a, b| a.0 < b.0));
    assert!(ZEROS.is_sorted_by(|a, b| a + 9 < *b));
    for ranges in [REMOVED, UNSPACED] {
        assert!(ranges.iter().all(|r| r.0 <= r.1) && ranges.is_sorted_by(|a, b| a.1 < b.0));
    }
}

#[test]
fn overlong_tokens_are_told_apart() {
    let (a, b) = ("x".repeat(100), format!("{}y", "x".repeat(99)));
    finds(&a, &a);
    misses(&a, &b);
    finds(&format!("{}*", "x".repeat(70)), &b);
}

#[test]
fn large_inputs_take_linear_time_and_keep_the_caps() {
    let units = [
        "a",
        "a-1",
        "1 ",
        "0",
        "01 ",
        "+1",
        "東",
        "می ",
        "ها\u{200C}",
        "\u{301}",
        "\u{3099}",
        "-:/",
        "क\u{93C}",
        "TR33 ",
    ];
    for unit in units {
        let big = unit.repeat((1 << 20) / unit.len());
        let begun = std::time::Instant::now();
        let tokens = document_tokens(&big);
        assert!(tokens.words() <= MAX_DOCUMENT_WORDS, "{unit:?}");
        assert!(tokens.len() <= MAX_DOCUMENT_WORDS + MAX_DOCUMENT_EXTRAS, "{unit:?}");
        assert!(tokens.as_str().len() <= MAX_DOCUMENT_BYTES * 5 / 4, "{unit:?}");
        let _ = fold(&big);
        let _ = snippet(&big, &query("zzz \"1 1 1 1 2\""), 200);
        // Generous for a debug build on a busy machine; quadratic would be hours.
        assert!(begun.elapsed().as_secs() < 20, "{unit:?} took {:?}", begun.elapsed());
    }
}

/// Text that is likely to hit the rules, besides arbitrary text.
fn awkward() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[a-zA-Z0-9]{1,4}",
        "[0-9]{1,5}",
        "[-_./@+#:()]",
        "[\u{0600}-\u{06FF}\u{200C}]{1,3}",
        "[\u{0300}-\u{0360}\u{0900}-\u{0980}\u{0E00}-\u{0E7F}]{1,3}",
        "[\u{1100}-\u{11FF}\u{3040}-\u{30FF}\u{4E00}-\u{4E20}\u{AC00}-\u{AC40}]{1,3}",
        "[\u{2000}-\u{2070}\u{FF00}-\u{FFEF}'*\",;]",
        Just("می".to_owned()),
        Just("ها".to_owned()),
        Just("://".to_owned()),
        Just("0532".to_owned()),
    ];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

/// What may stand around a word in a mail.
fn context() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-z0-9 ]{0,12}",
        "[0-9]{1,4} [0-9]{2,4} [0-9]{2}",
        Just("می".to_owned()),
        Just("ها".to_owned()),
        Just("کتاب".to_owned()),
        Just("TR33 0006".to_owned()),
        awkward().prop_map(|s| s.replace('"', " ")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn folding_twice_is_folding_once(s in prop_oneof![any::<String>(), awkward()]) {
        let once = fold(&s);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn tokens_are_of_the_safe_alphabet(s in prop_oneof![any::<String>(), awkward()]) {
        let tokens = document_tokens(&s);
        prop_assert_eq!(tokens.iter().count(), tokens.len());
        for token in tokens.iter() {
            prop_assert!(safe(token), "{token:?}");
        }
        for term in parse_query(&s).map(|q| q.terms).unwrap_or_default() {
            match term {
                Term::Word(t) | Term::Prefix(t) | Term::Exact(t) => prop_assert!(safe(&t), "{t:?}"),
                Term::Phrase(ts) => prop_assert!(ts.len() > 1 && ts.iter().all(|t| safe(t))),
            }
        }
    }

    #[test]
    fn a_word_finds_the_documents_that_hold_it(
        s in awkward(), before in context(), after in context(),
    ) {
        let word: String = s.chars().filter(|c| !c.is_whitespace()).collect();
        if let Ok(query) = parse_query(&word) {
            let document = format!("{before} {word} {after}");
            prop_assert!(found(&document, &query), "{word:?} as {query:?} in {:?}",
                document_tokens(&document).as_str());
        }
    }

    #[test]
    fn the_folded_word_finds_as_the_word_does(s in "[\\p{L}\\p{N}]{1,8}", case in any::<bool>()) {
        // Upper case writes the iota subscript of polytonic Greek as a letter.
        let polytonic = s.contains(|c| ('\u{1F00}'..='\u{1FFF}').contains(&c));
        let other = if case && !polytonic { s.to_uppercase() } else { fold(&s) };
        if let Ok(query) = parse_query(&other) {
            prop_assert!(found(&s, &query), "{other:?} as {query:?} in {s:?}");
        }
    }

    #[test]
    fn snippets_stay_in_bounds(s in awkward(), around in any::<String>(), max in 0_usize..60) {
        let text = format!("{around} {s} {around}");
        if let Ok(query) = parse_query(&s) {
            let shown = snippet(&text, &query, max);
            let chars = shown.text.chars().count();
            prop_assert!(chars <= max);
            let mut last = 0;
            for &(start, end) in &shown.highlights {
                prop_assert!(start >= last && start < end && end <= chars);
                last = end;
            }
        }
    }
}
