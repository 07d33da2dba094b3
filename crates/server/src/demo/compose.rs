//! Writing the sample mails as RFC 5322 bytes.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use throughline_core::time::Instant;

use super::{ADDRESS, Letter, Sample};

/// The mail at `at` in a ticket's letters, dated back from `now`.
pub fn mail(sample: &Sample, at: usize, now: Instant) -> Vec<u8> {
    let Some(letter) = sample.letters.get(at) else { return Vec::new() };
    let reply = if at == 0 { "" } else { "Re: " };
    let mut mail = String::new();
    let mut line = |name: &str, value: &str| mail.push_str(&format!("{name}: {value}\r\n"));
    line("From", &format!("{} <{}>", encoded(sample.person.name), sample.person.address));
    line("To", &format!("Demo <{ADDRESS}>"));
    line("Subject", &encoded(&format!("{reply}{}", sample.subject)));
    line("Date", &date(now.plus_seconds(-letter.hours_ago * 3600)));
    line("Message-ID", &message_id(sample, at));
    if let Some(before) = at.checked_sub(1) {
        line("In-Reply-To", &message_id(sample, before));
        let thread: Vec<String> = (0..at).map(|n| message_id(sample, n)).collect();
        line("References", &thread.join("\r\n "));
    }
    line("MIME-Version", "1.0");
    mail.push_str(&body(letter));
    mail.into_bytes()
}

fn message_id(sample: &Sample, at: usize) -> String {
    format!("<demo-{}-{at}@customers.throughline.example>", sample.key)
}

fn body(letter: &Letter) -> String {
    const BOUNDARY: &str = "=_sample";
    let text = part("text/plain; charset=utf-8", letter.text);
    let Some((name, content)) = letter.file else { return text };
    let file = part(&format!("text/csv; charset=utf-8; name=\"{name}\""), content);
    format!(
        "Content-Type: multipart/mixed; boundary=\"{BOUNDARY}\"\r\n\r\n--{BOUNDARY}\r\n{text}\
         --{BOUNDARY}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n{file}\
         --{BOUNDARY}--\r\n"
    )
}

/// A part in 8 bit, which every server of this century passes on.
fn part(content_type: &str, text: &str) -> String {
    let text = text.trim_end().replace('\n', "\r\n");
    format!("Content-Type: {content_type}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n")
}

fn date(at: Instant) -> String {
    let timestamp = Timestamp::from_microsecond(at.as_micros()).unwrap_or_default();
    let zoned = timestamp.to_zoned(TimeZone::UTC);
    jiff::fmt::rfc2822::to_string(&zoned).unwrap_or_default()
}

/// A header text as RFC 2047 words where it is not plain ASCII.
fn encoded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut words = vec![String::new()];
    for c in text.chars() {
        let mut buffer = [0; 4];
        let hex: String =
            c.encode_utf8(&mut buffer).bytes().map(|byte| format!("={byte:02X}")).collect();
        let quoted = if c.is_ascii_alphanumeric() { c.to_string() } else { hex };
        // A word may have 75 characters with its frame, and no character may be split.
        match words.last_mut() {
            Some(last) if last.len() + quoted.len() <= 60 => last.push_str(&quoted),
            _ => words.push(quoted),
        }
    }
    let framed: Vec<String> = words.iter().map(|word| format!("=?utf-8?Q?{word}?=")).collect();
    framed.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::super::letters;
    use super::*;

    const NOW: Instant = Instant::from_micros(1_790_000_000_000_000);

    #[test]
    fn every_sample_mail_reads_back_as_written() {
        for sample in letters::all() {
            for (at, letter) in sample.letters.iter().enumerate() {
                let mail = throughline_mail::parse(&mail(&sample, at, NOW)).unwrap();
                let from = mail.from.unwrap();
                assert_eq!(from.address, sample.person.address);
                assert_eq!(from.name.as_deref(), Some(sample.person.name));
                assert!(mail.subject.unwrap().ends_with(sample.subject), "{}", sample.key);
                let read: Vec<&str> = mail.text.split_whitespace().collect();
                let written: Vec<&str> = letter.text.split_whitespace().collect();
                assert_eq!(read, written, "{}", sample.key);
                assert_eq!(mail.in_reply_to.len(), usize::from(at > 0));
                assert_eq!(mail.attachments.len(), usize::from(letter.file.is_some()));
                let sent = NOW.as_micros() - letter.hours_ago * 3_600_000_000;
                assert_eq!(mail.date, Some(sent));
            }
        }
    }

    #[test]
    fn there_are_enough_of_them_and_their_keys_differ() {
        let samples: Vec<_> = letters::all().collect();
        assert!(samples.len() >= 20);
        let keys: std::collections::HashSet<_> = samples.iter().map(|s| s.key).collect();
        assert_eq!(keys.len(), samples.len());
        let people: std::collections::HashSet<_> =
            samples.iter().map(|s| s.person.address).collect();
        assert_eq!(people.len(), 12);
        assert!(people.iter().all(|address| address.ends_with(".example")));
    }
}
