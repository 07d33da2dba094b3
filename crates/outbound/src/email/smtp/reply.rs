//! The answers of a server (RFC 5321 section 4.2): reading one, and saying it in words.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// Real lines have at most 512 bytes (RFC 5321 section 4.5.3.1.5); some servers write more.
const LONGEST_LINE: u64 = 4096;
const MOST_LINES: usize = 100;

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// Three digits.
    pub code: u16,
    /// The text of each line.
    pub lines: Vec<String>,
}

impl Reply {
    /// The text on one line, at most 500 characters, without control characters.
    pub fn words(&self) -> String {
        let all = self.lines.join(" ");
        all.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
    }

    pub fn is_permanent(&self) -> bool {
        (500..600).contains(&self.code)
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.words())
    }
}

/// Reads one answer of one or more lines. The end of the stream and whatever is no answer are
/// errors.
pub(super) async fn read(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Reply> {
    let mut lines: Vec<String> = Vec::new();
    let mut first: Option<u16> = None;
    while lines.len() < MOST_LINES {
        let (code, last, text) = parse(&read_line(from).await?).ok_or_else(nonsense)?;
        if *first.get_or_insert(code) != code {
            return Err(nonsense());
        }
        lines.push(text);
        if last {
            return Ok(Reply { code, lines });
        }
    }
    Err(nonsense())
}

async fn read_line(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    from.take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
    match line.last() {
        Some(b'\n') => Ok(line),
        Some(_) if line.len() as u64 == LONGEST_LINE => Err(nonsense()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Code, whether it is the last line, and text. Text in any character set is let through.
fn parse(line: &[u8]) -> Option<(u16, bool, String)> {
    let line = String::from_utf8_lossy(line.trim_ascii_end()).into_owned();
    let code = line.get(..3).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
    let code = code.parse().ok().filter(|code| (200..600).contains(code))?;
    let last = match line.as_bytes().get(3) {
        None | Some(b' ') => true,
        Some(b'-') => false,
        Some(_) => return None,
    };
    Some((code, last, line.get(4..).unwrap_or_default().to_string()))
}

fn nonsense() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what came is not an SMTP answer")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(bytes: &[u8]) -> io::Result<Reply> {
        read(&mut &bytes[..]).await
    }

    #[tokio::test]
    async fn answers_are_read_whole_or_not_at_all() {
        let two = of(b"250-a\r\n250 SIZE 9\r\n").await.unwrap();
        assert_eq!((two.code, two.lines), (250, vec!["a".to_string(), "SIZE 9".to_string()]));
        assert_eq!(of(b"354\r\n").await.unwrap().code, 354);
        assert_eq!(of(b"550 yok: \xfe\r\n").await.unwrap().words(), "550 yok: \u{FFFD}"[4..]);
        for bad in
            [&b"250-a\r\n"[..], b"250 a", b"hello\r\n", b"250-a\r\n550 b\r\n", b"999 x\r\n", b""]
        {
            assert!(of(bad).await.is_err(), "{bad:?}");
        }
        assert!(of(&[b'2'; 9000]).await.is_err());
        assert!(of(&b"250-x\r\n".repeat(1000)).await.is_err());
    }
}
