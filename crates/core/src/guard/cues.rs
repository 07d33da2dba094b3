//! How a sentence asks, and how it says that there is no need to. Only data and its look-up.

use crate::facts::words::Words;

/// Phrases by which something is asked for; a star stands for any ending.
const ASKS: &str = "please send | please provide | please share | please tell | please give | please confirm | \
    please let | please reply with | please include | please state | please enter | kindly | could you | \
    can you | would you | will you | may i have | may i ask | can i have | could i have | can i get | \
    can we have | could we have | may we have | what is your | what's your | what s your | what is the | \
    whats your | what was | which is | tell me | tell us | let me know | let us know | send me | send us | \
    give me | give us | provide us | provide me | share your | we need | i need | we require | \
    we will need | i'll need | i ll need | we'll need | do you have | do you know | have you got | \
    need your | need the | \
    paylasir misiniz | iletir misiniz | iletebilir misiniz | verir misiniz | verebilir misiniz | \
    gonderir misiniz | gonderebilir misiniz | paylasabilir misiniz | yazar misiniz | yazabilir misiniz | \
    soyler misiniz | soyleyebilir misiniz | belirtir misiniz | belirtebilir misiniz | bildirir misiniz | \
    dogrular misiniz | rica ederim | rica ederiz | rica ediyor* | alabilir miyim | alabilir miyiz | \
    ogrenebilir miyim | ogrenebilir miyiz | nedir | neydi | kac | lutfen * iletin | lutfen * gonderin | \
    lutfen * paylasin | lutfen * yazin | lutfen * belirtin | lutfen * bildirin | lutfen * verin | iletin | \
    gonderin | paylasin | yaziniz | iletiniz | gonderiniz | paylasiniz | ihtiyac* | gerekiyor | gerekli | \
    gerekmektedir | var mi | lazim | \
    بفرمایید | بفرمایین | بفرستید | بفرستین | ارسال کنید | ارسال نمایید | ارسال بفرمایید | اعلام کنید | \
    اعلام نمایید | بگویید | بگید | بگین | بدهید | بدید | بدین | بنویسید | ارائه دهید | ارائه کنید | \
    در اختیار * قرار دهید | در اختیار * بگذارید | چیست | چنده | چند است | چیه | کجاست | نیاز داریم | \
    نیاز دارم | لازم داریم | لازم دارم | وارد کنید | ذکر کنید | دارید | لطف کنید | مرحمت * | تایید کنید | \
    konnten sie | konnen sie | wurden sie | bitte * senden | bitte senden | bitte schicken | bitte nennen | \
    bitte teilen | bitte geben | bitte bestatigen | bitte ubermitteln | teilen sie | nennen sie | \
    senden sie | schicken sie | geben sie | ubermitteln sie | bestatigen sie | lassen sie * wissen | \
    wie lautet | wie ist | was ist | benotige* | brauche noch | brauchen noch | brauche ihre | \
    brauchen ihre | brauchen wir | brauche ich | haben sie eine | haben sie die | haben sie ihre | \
    darf ich | durfte ich | durfen wir | bitten um | bitte um";

/// Phrases by which a sentence says that nothing is asked for.
const DECLINES: &str = "no need | not need | don't need | dont need | don t need | not necessary | \
    already have | we have received | we received | i have received | i received | have it here | \
    no longer need | you can find | you will find | you'll find | \
    gerek yok | gerekmiyor | gerek kalmadi | elimize ulasti | bize ulasti | bende kayitli | bizde kayitli | \
    aldik | bulabilirsiniz | \
    نیازی نیست | لازم نیست | نیازی به | دریافت کردیم | دریافت شد | دریافت کردم | ثبت است | ثبت شده | \
    می بینید | میبینید | \
    nicht notig | nicht notwendig | nicht noch einmal | nicht erneut | nicht nochmal | liegt uns | \
    liegt mir | haben wir erhalten | habe ich erhalten | haben wir bereits | habe ich bereits | finden sie";

/// Words of a statement about the thing, with which a question mark alone does not ask for it.
const ABOUT: &str = "is * right | is * correct | dogru mu | درست است | richtig";

/// The most words that a lone star stands for.
const GAP: usize = 8;

fn any(words: &Words<'_>, from: usize, to: usize, phrases: &str) -> bool {
    phrases.split('|').any(|phrase| (from..to).any(|i| begins(words, i, to, phrase)))
}

fn begins(words: &Words<'_>, i: usize, to: usize, phrase: &str) -> bool {
    let (mut at, mut gap) = (i, 0);
    for part in phrase.split_whitespace() {
        if part == "*" {
            gap = GAP;
            continue;
        }
        // "what's" is three words here, as it is in the text.
        for piece in part.split_inclusive('\'').flat_map(apart) {
            let Some(place) = (at..=(at + gap).min(to)).find(|p| *p < to && fits(words, *p, piece))
            else {
                return false;
            };
            at = place + 1;
            gap = 0;
        }
    }
    true
}

fn apart(piece: &str) -> impl Iterator<Item = &str> {
    let (word, mark) = match piece.strip_suffix('\'') {
        Some(word) => (word, Some("'")),
        None => (piece, None),
    };
    std::iter::once(word).chain(mark)
}

fn fits(words: &Words<'_>, at: usize, part: &str) -> bool {
    let word = match words.folded(at) {
        "’" => "'",
        word => word,
    };
    part.strip_suffix('*').map_or(word == part, |start| word.starts_with(start))
}

/// Whether a sentence asks for something.
pub fn asks(words: &Words<'_>, from: usize, to: usize) -> bool {
    any(words, from, to, ASKS)
}

/// Whether a sentence says that nothing need be told.
pub fn declines(words: &Words<'_>, from: usize, to: usize) -> bool {
    any(words, from, to, DECLINES)
}

/// Whether a question mark alone makes the sentence ask for what it names.
pub fn may_ask(words: &Words<'_>, from: usize, to: usize) -> bool {
    !any(words, from, to, ABOUT)
}
