//! One mail over an open connection (RFC 5321 section 3.3): MAIL, RCPT, DATA, and the only answer
//! that counts, the 250 after the mail.

use std::time::Duration;

use super::connection::{Connection, wanted_only};
use super::outcome::{Outcome, RefusedRecipient};
use super::reply::Reply;
use super::trouble::{Stage, Trouble, Why};
use crate::email::envelope::Envelope;

/// Called when all of a mail is written but its end: from then on until the answer is read nobody but the
/// server knows whether it was taken.
pub type Ending<'a> = &'a (dyn Fn() + Send + Sync);

/// Sends one mail. After an error, and after any outcome that is neither `Sent` nor `Partly`, the
/// connection must not be used again.
pub(super) async fn send(
    connection: &mut Connection,
    envelope: &Envelope,
    bytes: &[u8],
    ending: Ending<'_>,
) -> Result<Outcome, Trouble> {
    connection.mails += 1;
    let text = dot_stuffed(bytes);
    mail(connection, envelope, &text).await?;
    let (accepted, refused) = recipients(connection, envelope).await?;
    if accepted.is_empty() {
        return Ok(nobody(&refused));
    }
    let limit = connection.timeouts.data;
    let go = connection.say(Stage::Data, limit, "DATA\r\n").await?;
    wanted_only(Stage::Data, 354, go)?;
    let answer = content(connection, &text, ending).await?.words();
    Ok(match refused.is_empty() {
        true => Outcome::Sent { answer },
        false => Outcome::Partly { accepted, refused, answer },
    })
}

async fn mail(connection: &mut Connection, from: &Envelope, text: &[u8]) -> Result<(), Trouble> {
    let mut line = format!("MAIL FROM:<{}>", from.from());
    if connection.offers("SIZE").is_some() {
        // So that a mail that is too large is refused before it is written (RFC 1870).
        line.push_str(&format!(" SIZE={}", text.len()));
    }
    if !text.is_ascii() {
        if connection.offers("8BITMIME").is_none() {
            return Err(Trouble::other(Stage::Mail, "the server takes no 8-bit mail"));
        }
        line.push_str(" BODY=8BITMIME");
    }
    line.push_str("\r\n");
    connection.require(Stage::Mail, 250, &line).await.map(drop)
}

async fn recipients(
    connection: &mut Connection,
    envelope: &Envelope,
) -> Result<(Vec<String>, Vec<RefusedRecipient>), Trouble> {
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    for address in envelope.to() {
        let line = format!("RCPT TO:<{address}>\r\n");
        let reply = connection.say(Stage::Rcpt, connection.timeouts.command, &line).await?;
        match reply.code {
            // 251 and 252: it will be passed on (RFC 5321 section 4.3.2).
            250..=252 => accepted.push(address.to_string()),
            // The server is about to close: this is not about one recipient.
            421 => return Err(Trouble::new(Stage::Rcpt, Why::Answer(reply))),
            400..600 => refused.push(of(address, &reply)),
            _ => return Err(Trouble::new(Stage::Rcpt, Why::Answer(reply))),
        }
    }
    Ok((accepted, refused))
}

fn of(address: &str, reply: &Reply) -> RefusedRecipient {
    RefusedRecipient { address: address.to_string(), code: reply.code, words: reply.words() }
}

/// Nobody was accepted. When one of them may be later, the whole mail is tried later; that try will
/// name the others again.
fn nobody(refused: &[RefusedRecipient]) -> Outcome {
    let later = refused.iter().find(|one| one.code < 500);
    match (later, refused.first()) {
        (Some(one), _) => Outcome::Deferred { code: one.code, words: one.words.clone() },
        (None, Some(one)) => {
            Outcome::Refused { code: one.code, words: one.words.clone(), permanent: true }
        }
        (None, None) => Outcome::NotSent("the mail has no recipient".to_string()),
    }
}

/// Writes the mail and its end. From the end on a loss of the connection leaves it open whether the
/// mail was sent; before it, a server must forget what it got (RFC 5321 section 4.1.1.4).
async fn content(
    connection: &mut Connection,
    text: &[u8],
    ending: Ending<'_>,
) -> Result<Reply, Trouble> {
    let (block, last) = (connection.timeouts.block, connection.timeouts.final_answer);
    if let Err(trouble) = connection.write(Stage::Data, block, text).await {
        return Err(said_before_leaving(connection, trouble).await);
    }
    ending();
    connection.write(Stage::FinalAnswer, block, b".\r\n").await?;
    let reply = connection.answer(Stage::FinalAnswer, last).await?;
    wanted_only(Stage::FinalAnswer, 250, reply)
}

/// A server that closes in the middle of a mail often says why; that is worth more than "broken
/// pipe".
async fn said_before_leaving(connection: &mut Connection, trouble: Trouble) -> Trouble {
    match connection.answer(Stage::Data, Duration::from_secs(1)).await {
        Ok(reply) if reply.code >= 400 => Trouble::new(Stage::Data, Why::Answer(reply)),
        _ => trouble,
    }
}

/// Every line ended by CRLF and a dot doubled at the beginning of a line (RFC 5321 section 4.5.2).
/// Bare CR and LF are made line ends, because servers disagree about them, and what one takes for
/// text is the end of the mail to another.
fn dot_stuffed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 64 + 8);
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        rest = after.strip_prefix(b"\r\n").or(after.get(1..)).unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_mail_can_end_before_its_end() {
        let text = |bytes: &[u8]| String::from_utf8(dot_stuffed(bytes)).unwrap();
        assert_eq!(text(b"a\r\n.b\r\n..\r\n"), "a\r\n..b\r\n...\r\n");
        assert_eq!(text(b"a\n.\nb\r.\rc"), "a\r\n..\r\nb\r\n..\r\nc\r\n");
        assert_eq!(text(b"\r\n\r\n."), "\r\n\r\n..\r\n");
        assert_eq!(text(b"x\r\n\r\n"), "x\r\n\r\n");
    }

    #[test]
    fn one_who_may_come_back_makes_the_mail_come_back() {
        let one = |code| RefusedRecipient { address: "a".into(), code, words: "w".into() };
        assert!(matches!(nobody(&[one(550), one(450)]), Outcome::Deferred { code: 450, .. }));
        assert!(matches!(nobody(&[one(550), one(551)]), Outcome::Refused { code: 550, .. }));
    }
}
