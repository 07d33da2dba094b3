//! Mapping data: which characters are removed, replaced, or written without
//! spaces. Data and range look-ups only; the order of the steps is in `fold`.

/// Marks and invisible characters that folding removes. Sorted, inclusive.
///
/// Source: Unicode 16 `DerivedGeneralCategory.txt` (Mn and Me of the Latin,
/// Greek, Cyrillic, Hebrew, Arabic and Syriac blocks and the combining blocks)
/// and `DerivedCoreProperties.txt` (`Default_Ignorable_Code_Point`). The marks of
/// the Indic and South-East Asian scripts are vowels and tones: they stay.
pub(super) static REMOVED: &[(u32, u32)] = &[
    (0x00AD, 0x00AD), // soft hyphen
    (0x0300, 0x036F), // combining diacritical marks
    (0x0483, 0x0489), // Cyrillic
    (0x0591, 0x05BD), // Hebrew accents and niqqud
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x05C7, 0x05C7),
    (0x0610, 0x061A), // Arabic signs
    (0x061C, 0x061C), // Arabic letter mark
    (0x0621, 0x0621), // lone hamza: Persian writes شیء and شی alike
    (0x0640, 0x0640), // tatweel
    (0x064B, 0x065F), // harakat, madda, hamza above and below
    (0x0670, 0x0670), // superscript alef
    (0x0674, 0x0674), // high hamza
    (0x06D6, 0x06DC),
    (0x06DF, 0x06E4),
    (0x06E7, 0x06E8),
    (0x06EA, 0x06ED),
    (0x0711, 0x0711), // Syriac
    (0x0730, 0x074A),
    (0x0898, 0x089F), // Arabic extended
    (0x08CA, 0x08FF),
    (0x115F, 0x1160), // Hangul fillers
    (0x17B4, 0x17B5), // Khmer inherent vowels (invisible)
    (0x180B, 0x180F), // Mongolian selectors
    (0x1AB0, 0x1AFF), // combining diacritical marks extended
    (0x1DC0, 0x1DFF), // combining diacritical marks supplement
    (0x200B, 0x200F), // zero width, joiners, direction marks
    (0x202A, 0x202E), // embeddings
    (0x2060, 0x206F), // word joiner, isolates
    (0x20D0, 0x20FF), // combining marks for symbols
    (0x2DE0, 0x2DFF), // Cyrillic extended A
    (0xA66F, 0xA672), // Cyrillic extended B
    (0xA674, 0xA67D),
    (0xA69E, 0xA69F),
    (0xFE00, 0xFE0F),   // variation selectors
    (0xFE20, 0xFE2F),   // combining half marks
    (0xFEFF, 0xFEFF),   // byte order mark
    (0xFFF9, 0xFFFB),   // interlinear annotation
    (0x1BCA0, 0x1BCA3), // shorthand controls
    (0x1D165, 0x1D182), // musical marks
    (0xE0000, 0xE0FFF), // tags and further selectors
];

/// Letters that neither decomposition nor case folding unifies. Sorted.
///
/// Sources: Unicode `Latin-ASCII` transliteration of CLDR for Latin; the
/// normalisations of Apache Lucene's Arabic and Persian filters for Arabic script,
/// with every heh folded into U+0647 as well; signs by their look.
pub(super) static LETTERS: &[(char, &str)] = &[
    ('\u{DF}', "ss"),
    ('\u{E6}', "ae"),
    ('\u{F0}', "d"),
    ('\u{F8}', "o"),
    ('\u{FE}', "th"),
    ('\u{111}', "d"),
    ('\u{127}', "h"),
    ('\u{131}', "i"),
    ('\u{138}', "k"),
    ('\u{142}', "l"),
    ('\u{14B}', "n"),
    ('\u{153}', "oe"),
    ('\u{167}', "t"),
    ('\u{180}', "b"),
    ('\u{188}', "c"),
    ('\u{192}', "f"),
    ('\u{199}', "k"),
    ('\u{19A}', "l"),
    ('\u{19E}', "n"),
    ('\u{1A5}', "p"),
    ('\u{1AD}', "t"),
    ('\u{1B4}', "y"),
    ('\u{1B6}', "z"),
    ('\u{1E5}', "g"),
    ('\u{23C}', "c"),
    ('\u{247}', "e"),
    ('\u{249}', "j"),
    ('\u{24D}', "r"),
    ('\u{24F}', "y"),
    ('\u{253}', "b"),
    ('\u{256}', "d"),
    ('\u{257}', "d"),
    ('\u{259}', "e"), // Azerbaijani schwa, typed as e on other keyboards
    ('\u{260}', "g"),
    ('\u{268}', "i"),
    ('\u{272}', "n"),
    ('\u{289}', "u"),
    ('\u{2BB}', "'"),
    ('\u{2BC}', "'"),
    ('\u{620}', "\u{6CC}"), // Kashmiri yeh
    ('\u{629}', "\u{647}"), // teh marbuta
    ('\u{643}', "\u{6A9}"), // Arabic kaf -> keheh
    ('\u{649}', "\u{6CC}"), // alef maksura
    ('\u{64A}', "\u{6CC}"), // Arabic yeh -> Farsi yeh
    ('\u{66B}', "."),       // Arabic decimal separator
    ('\u{66C}', ","),       // Arabic thousands separator
    ('\u{671}', "\u{627}"), // alef wasla
    ('\u{672}', "\u{627}"),
    ('\u{673}', "\u{627}"),
    ('\u{6AA}', "\u{6A9}"), // swash kaf
    ('\u{6BE}', "\u{647}"), // heh doachashmee
    ('\u{6C1}', "\u{647}"), // heh goal
    ('\u{6C3}', "\u{647}"), // teh marbuta goal
    ('\u{6D5}', "\u{647}"), // ae
    ('\u{2010}', "-"),
    ('\u{2011}', "-"),
    ('\u{2012}', "-"),
    ('\u{2013}', "-"), // the em dash stays a separator: it joins clauses
    ('\u{2018}', "'"),
    ('\u{2019}', "'"),
    ('\u{201B}', "'"),
    ('\u{2044}', "/"),
    ('\u{2212}', "-"),
    ('\u{2215}', "/"),
];

/// The zero of each run of ten decimal digits outside ASCII that does not
/// decompose to ASCII. Sorted.
///
/// Source: `Nd` of `DerivedGeneralCategory.txt`, Unicode 14 by script, with the
/// additions of 15 (Kawi, Nag Mundari), 16 (Garay, Myanmar extended C, Sunuwar, Ol
/// Onal) and 17 (Tolong Siki).
pub(super) static ZEROS: &[u32] = &[
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0,
    0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0,
    0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50,
    0x11DA0, 0x11DE0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1,
    0x1E950,
];

/// Scripts written without spaces between words; within these ranges letters and
/// marks become pairs. Sorted, inclusive. Source: Unicode `Scripts.txt`.
pub(super) static UNSPACED: &[(u32, u32)] = &[
    (0x0E00, 0x0EFF),   // Thai, Lao
    (0x1000, 0x109F),   // Myanmar
    (0x1100, 0x11FF),   // Hangul jamo
    (0x1780, 0x17FF),   // Khmer
    (0x3005, 0x3007),   // iteration mark, closing mark, ideographic zero
    (0x3021, 0x303C),   // Hangzhou numerals, further iteration marks
    (0x3041, 0x30FF),   // Hiragana, Katakana
    (0x3105, 0x318E),   // Bopomofo, Hangul compatibility jamo
    (0x31A0, 0x31FF),   // Bopomofo extended, Katakana extensions
    (0x3400, 0x4DBF),   // Han extension A
    (0x4E00, 0x9FFF),   // Han
    (0xA960, 0xA97F),   // Hangul jamo extended A
    (0xA9E0, 0xA9FF),   // Myanmar extended B
    (0xAA60, 0xAA7F),   // Myanmar extended A
    (0xAC00, 0xD7FF),   // Hangul syllables, jamo extended B
    (0xF900, 0xFAFF),   // Han compatibility
    (0x116D0, 0x116FF), // Myanmar extended C
    (0x16FE0, 0x16FFF), // ideographic marks
    (0x1AFF0, 0x1B16F), // Kana extensions
    (0x20000, 0x3FFFF), // Han extensions B and later
];

/// Persian verb prefixes that are written joined, with ZWNJ, or with a space;
/// folded.
pub(super) static PERSIAN_PREFIXES: &[&str] = &["می", "نمی"];

/// Persian noun and adjective endings of the same three spellings; folded.
pub(super) static PERSIAN_SUFFIXES: &[&str] =
    &["ها", "های", "هایی", "هایم", "هایت", "هایش", "هایمان", "هایتان", "هایشان", "تر", "ترین"];

/// Whether a sorted table of inclusive ranges holds the character.
pub(super) fn in_ranges(table: &[(u32, u32)], c: char) -> bool {
    let cp = u32::from(c);
    let after = table.partition_point(|&(first, _)| first <= cp);
    after.checked_sub(1).and_then(|i| table.get(i)).is_some_and(|&(_, last)| cp <= last)
}

/// The replacement of a letter, if it has one.
pub(super) fn letter(c: char) -> Option<&'static str> {
    let i = LETTERS.binary_search_by_key(&c, |&(from, _)| from).ok()?;
    LETTERS.get(i).map(|&(_, to)| to)
}

/// The ASCII digit of any decimal digit outside ASCII.
pub(super) fn digit(c: char) -> Option<char> {
    let cp = u32::from(c);
    let zero = *ZEROS.get(ZEROS.partition_point(|&z| z <= cp).checked_sub(1)?)?;
    char::from_digit(cp - zero, 10)
}
