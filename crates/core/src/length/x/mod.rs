//! How X counts (its configuration, version 3): of the text in NFC most characters of Europe's scripts
//! and the Near East's are 1, others and emoji 2, however many code points an emoji is made of, and a
//! link 23.
//!
//! Any sequence of up to five pictures that is an emoji by its parts is taken for one. X knows a list of
//! them, none of which has more, and counts what is not in it piece by piece: a made-up sequence may be
//! longer there than here.

mod links;
mod tlds;

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

pub(super) use links::links;

/// What a link is long.
pub(super) const LINK: usize = 23;
/// What an emoji is long.
const EMOJI: usize = 2;

/// An emoji: a keycap, a flag by its letters, a flag by tags, or pictures that are joined. Four that are
/// text unless somebody says otherwise are none by themselves.
static EMOJIS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let picture =
        r"(?:[\p{Extended_Pictographic}--[©®™♟]]\x{FE0F}?|[©®™♟]\x{FE0F})\p{Emoji_Modifier}?";
    let flags = r"\p{Regional_Indicator}{2}|\x{1F3F4}[\x{E0020}-\x{E007E}]+\x{E007F}";
    let all =
        format!(r"[0-9#*]\x{{FE0F}}?\x{{20E3}}|{flags}|{picture}(?:\x{{200D}}{picture}){{0,4}}");
    Regex::new(&all).ok()
});

/// How long a stretch is that has no link in it.
pub(super) fn weigh(stretch: &str) -> usize {
    if stretch.is_ascii() {
        return stretch.len();
    }
    let emojis = EMOJIS.as_ref().filter(|_| stretch.chars().any(|c| c > '\u{2000}'));
    let (mut sum, mut after) = (0, 0);
    for emoji in emojis.iter().flat_map(|emojis| emojis.find_iter(stretch)) {
        sum += plain(stretch.get(after..emoji.start())) + EMOJI;
        after = emoji.end();
    }
    sum + plain(stretch.get(after..))
}

fn plain(stretch: Option<&str>) -> usize {
    stretch.unwrap_or_default().nfc().map(weight).sum()
}

fn weight(character: char) -> usize {
    match character {
        '\0'..='\u{10ff}'
        | '\u{2000}'..='\u{200d}'
        | '\u{2010}'..='\u{201f}'
        | '\u{2032}'..='\u{2037}' => 1,
        _ => 2,
    }
}
