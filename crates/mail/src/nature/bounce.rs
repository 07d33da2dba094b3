//! Bounces: by their fields where they have them, else by who writes and what
//! the text says. One sign alone proves nothing; they are weighed.

use crate::body::text_of;
use crate::headers::{Headers, ids};
use crate::limits::{MAX_BOUNCE_RECIPIENTS, MAX_BOUNCE_TEXT};
use crate::mail::{Bounce, Mail};
use crate::nature::automatic::starts_like_answer;
use crate::nature::phrases::{
    BOUNCE_SUBJECTS, BOUNCE_TEXTS, DELAY_WORDS, MACHINE_NAMES, MACHINE_SENDERS, ORIGINAL_MARKS,
};
use crate::nature::report::{self, Recipient};
use crate::nature::status;
use crate::parse::structure::Part;

/// Reads the bounce, if the mail is one.
pub fn read(mail: &Mail, bytes: &[u8], parts: &[Part<'_>]) -> Option<Bounce> {
    let fields = reported(bytes, parts, false);
    let missed: Vec<&Recipient> = fields.iter().filter(|recipient| recipient.missed()).collect();
    let words = Words::of(mail, parts);
    let original_message_id = original_id(mail, bytes, parts);
    if !missed.is_empty() {
        return Some(from_fields(&missed, &words, original_message_id));
    }
    // A report of success says so in its fields, an absence note in its subject.
    let subject = mail.subject.as_deref().unwrap_or_default();
    if !fields.is_empty() || starts_like_answer(subject) || !words.tell_a_bounce() {
        return None;
    }
    // A gateway may have wrapped the bounce into a mail of its own.
    let inner = reported(bytes, parts, true);
    let inner: Vec<&Recipient> = inner.iter().filter(|recipient| recipient.missed()).collect();
    Some(match inner.is_empty() {
        true => from_words(&words, original_message_id),
        false => from_fields(&inner, &words, original_message_id),
    })
}

/// The fields of all delivery reports: the mail's own, or those within mails
/// that are attached to it.
fn reported(bytes: &[u8], parts: &[Part<'_>], within: bool) -> Vec<Recipient> {
    parts
        .iter()
        .filter(|part| is_status_part(part) && is_within_message(part, parts) == within)
        .flat_map(|part| report::recipients(&text_of(bytes, part)))
        .take(MAX_BOUNCE_RECIPIENTS)
        .collect()
}

fn is_status_part(part: &Part<'_>) -> bool {
    matches!(part.media_type.as_str(), "message/delivery-status" | "message/global-delivery-status")
}

/// A report within a mail that was attached is that mail's, not this one's.
fn is_within_message(part: &Part<'_>, parts: &[Part<'_>]) -> bool {
    let mut parent = part.parent;
    while let Some(holder) = parent.and_then(|index| parts.get(index)) {
        if holder.is_message() {
            return true;
        }
        parent = holder.parent;
    }
    false
}

fn from_fields(missed: &[&Recipient], words: &Words<'_>, original: Option<String>) -> Bounce {
    let mut recipients: Vec<String> = Vec::new();
    for address in missed.iter().filter_map(|recipient| recipient.address.clone()) {
        push_new(&mut recipients, address);
    }
    let status = missed.iter().find_map(|recipient| recipient.status.clone());
    let delayed = missed.iter().all(|recipient| recipient.action.as_deref() == Some("delayed"));
    let permanent = match status.as_deref().and_then(|status| status.chars().next()) {
        Some('4') => false,
        Some(_) => !delayed,
        None => !delayed && words.sound_permanent(),
    };
    Bounce { recipients, status, permanent, original_message_id: original }
}

fn from_words(words: &Words<'_>, original: Option<String>) -> Bounce {
    let stated = report::recipients(&words.text);
    let stated: Vec<&Recipient> = stated.iter().filter(|recipient| recipient.missed()).collect();
    if !stated.is_empty() {
        return from_fields(&stated, words, original);
    }
    Bounce {
        recipients: words.recipients(),
        status: words.status(),
        permanent: words.sound_permanent(),
        original_message_id: original,
    }
}

/// Comparing each with all would be slow in a bounce of many thousands, so the
/// list is bounded.
fn push_new(list: &mut Vec<String>, address: String) {
    if list.len() >= MAX_BOUNCE_RECIPIENTS {
        return;
    }
    if !list.iter().any(|known| known.eq_ignore_ascii_case(&address)) {
        list.push(address);
    }
}

/// The words of a mail that may be a bounce.
struct Words<'m> {
    mail: &'m Mail,
    headers: Option<&'m Headers<'m>>,
    /// The server's own text: what stands before the mail that came back.
    text: String,
    /// The same in lower case with single blanks.
    folded: String,
    /// Whether the mail that came back is there, in text or as a part.
    has_original: bool,
}

impl<'m> Words<'m> {
    fn of(mail: &'m Mail, parts: &'m [Part<'m>]) -> Self {
        let mut end = mail.text.len().min(MAX_BOUNCE_TEXT);
        while !mail.text.is_char_boundary(end) {
            end -= 1;
        }
        let head = mail.text.get(..end).unwrap_or_default();
        let text = before_original(head);
        let attached = parts.iter().skip(1).any(|part| {
            part.is_message()
                || matches!(
                    part.media_type.as_str(),
                    "text/rfc822-headers" | "message/global-headers"
                )
        });
        Self {
            mail,
            headers: parts.first().map(|root| &root.headers),
            folded: fold(text),
            has_original: attached || text.len() < head.len(),
            text: text.to_owned(),
        }
    }

    /// Weighs the signs. A person who writes about a failed delivery has the
    /// words but neither the sender nor the empty return path of a server.
    fn tell_a_bounce(&self) -> bool {
        if self.header("X-Failed-Recipients").is_some() {
            return true;
        }
        let machine = self.is_machine();
        let subject = self.subject_speaks();
        let body = BOUNCE_TEXTS.iter().any(|phrase| self.folded.contains(phrase));
        let code = self.status().is_some() || status::first_reply(&self.text).is_some();
        let weight = 2 * usize::from(machine)
            + usize::from(self.returns_to_nobody())
            + 2 * usize::from(subject)
            + 2 * usize::from(body)
            + usize::from(code)
            + usize::from(self.has_original);
        let anonymous = machine || self.returns_to_nobody() || self.mail.from.is_none();
        weight >= if anonymous { 4 } else { 5 } && (anonymous || !self.is_answer())
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers?.plain(name)
    }

    fn is_machine(&self) -> bool {
        let Some(from) = &self.mail.from else { return false };
        let address = from.address.to_lowercase();
        let local = address.split('@').next().unwrap_or_default();
        let name = from.name.as_deref().unwrap_or_default().to_lowercase();
        MACHINE_SENDERS.contains(&local) || MACHINE_NAMES.contains(&name.as_str())
    }

    fn returns_to_nobody(&self) -> bool {
        self.header("Return-Path").is_some_and(|path| matches!(path.as_str(), "<>" | ""))
    }

    fn is_answer(&self) -> bool {
        let subject = self.mail.subject.as_deref().unwrap_or_default().to_lowercase();
        self.mail.in_reply_to.is_empty()
            && ["re:", "aw:", "fw:", "fwd:", "wg:", "ynt:", "ilt:"]
                .iter()
                .any(|mark| subject.starts_with(mark))
    }

    fn subject_speaks(&self) -> bool {
        let subject = fold(self.mail.subject.as_deref().unwrap_or_default());
        BOUNCE_SUBJECTS.iter().any(|phrase| subject.contains(phrase))
    }

    fn status(&self) -> Option<String> {
        status::enhanced(&self.text)
    }

    fn sound_permanent(&self) -> bool {
        let from_status = self.status().and_then(|status| status.chars().next());
        if let Some(class) = from_status.or_else(|| status::first_reply(&self.text)) {
            return class == '5';
        }
        !DELAY_WORDS.iter().any(|words| self.folded.contains(words))
    }

    /// The addresses that the text complains of.
    fn recipients(&self) -> Vec<String> {
        let mut found = Vec::new();
        let named = self.header("X-Failed-Recipients").unwrap_or_default();
        for address in named.split([',', ' ']).filter(|address| address.contains('@')) {
            push_new(&mut found, trim_address(address));
        }
        if found.is_empty() {
            for address in self.text.lines().filter_map(complained_address) {
                if !self.is_own(&address) {
                    push_new(&mut found, address);
                }
            }
        }
        found
    }

    /// The bounce is addressed to the one who sent the mail.
    fn is_own(&self, address: &str) -> bool {
        let own = self.mail.to.iter().chain(&self.mail.from);
        own.into_iter().any(|mailbox| mailbox.address.eq_ignore_ascii_case(address))
    }
}

/// What stands before the mail that came back.
fn before_original(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let folded = line.to_lowercase();
        let starts = ORIGINAL_MARKS.iter().any(|mark| folded.contains(mark))
            || folded.starts_with("received: from ")
            || folded.starts_with("received:from ")
            || folded.starts_with("return-path:");
        if starts && at > 0 {
            return text.get(..at).unwrap_or(text);
        }
        at += line.len();
    }
    text
}

/// Lower case, blanks single.
fn fold(text: &str) -> String {
    let lower = text.to_lowercase().replace('’', "'");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words before an address that say that it was the target.
const TARGET_WORDS: [&str; 6] =
    ["rcpt to:", "recipient:", "delivered to:", "your mail to ", "user: ", "userid: "];

/// The address that a line starts with or that it names as the target.
fn complained_address(line: &str) -> Option<String> {
    let line =
        line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '-' | '>' | '#'));
    let folded = line.to_ascii_lowercase();
    let target =
        TARGET_WORDS.iter().find_map(|words| folded.find(words).map(|at| at + words.len()));
    let rest = line.get(target.unwrap_or(0)..)?;
    let word = rest.split_whitespace().next()?;
    let address = trim_address(word);
    let (local, domain) = address.split_once('@')?;
    (!local.is_empty() && domain.contains('.') && !domain.contains(['<', '>', '=']))
        .then_some(address)
}

fn trim_address(word: &str) -> String {
    let word = word.split_once("<mailto:").map_or(word, |(word, _)| word);
    let marks = |c: char| {
        matches!(c, '<' | '>' | '"' | '\'' | ':' | ',' | ';' | '(' | ')' | '.' | '[' | ']')
    };
    word.trim_matches(marks).to_owned()
}

/// The id of the mail that came back: in a part of its own or in the text.
fn original_id(mail: &Mail, bytes: &[u8], parts: &[Part<'_>]) -> Option<String> {
    let within = parts.iter().skip(1).filter(|part| is_within_message(part, parts));
    let from_part = within.filter_map(|part| part.headers.get("Message-ID")).find_map(ids::first);
    from_part.or_else(|| headers_part(bytes, parts)).or_else(|| id_in_text(&mail.text))
}

/// Only the headers came back, as text.
fn headers_part(bytes: &[u8], parts: &[Part<'_>]) -> Option<String> {
    let part = parts.iter().find(|part| {
        matches!(part.media_type.as_str(), "text/rfc822-headers" | "message/global-headers")
    })?;
    id_in_text(&text_of(bytes, part))
}

fn id_in_text(text: &str) -> Option<String> {
    let mark = "message-id:";
    let line = text.lines().find_map(|line| {
        let line = line.trim_start();
        let head = line.get(..mark.len())?;
        head.eq_ignore_ascii_case(mark).then(|| line.get(mark.len()..)).flatten()
    })?;
    ids::first(line.as_bytes()).filter(|id| id.contains('@'))
}
