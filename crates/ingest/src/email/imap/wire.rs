//! The stream below the parser. It ends waiting that makes no progress, and refuses announcements of
//! more bytes than are taken before memory is set aside for them.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, BufWriter, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A TCP connection, with or without TLS.
pub(super) trait Transport: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Transport for T {}

/// Nothing came or went for this long.
#[derive(Debug, thiserror::Error)]
#[error("no progress for {0:?}")]
pub(super) struct Stalled(pub Duration);

/// The server announced this many bytes, or sends a line without end.
#[derive(Debug, thiserror::Error)]
#[error("{0} bytes announced")]
pub(super) struct TooLarge(pub u64);

/// Stands for the secret in what the library is given, because it logs what it sends. The wire puts the
/// secret in its place. The length is a multiple of three, so that base64 of it has no padding.
pub(super) const STAND_IN: &str = "stands for the secret";
/// [`STAND_IN`] in base64.
const STAND_IN_BASE64: &str = "c3RhbmRzIGZvciB0aGUgc2VjcmV0";

/// A transport under guard. Writes are gathered until they are flushed, because the library writes a
/// command in four pieces.
pub(super) struct Wire {
    inner: BufWriter<Box<dyn Transport>>,
    limit: Duration,
    /// Runs out `limit` after the last progress.
    alarm: Pin<Box<Sleep>>,
    literals: Literals,
    /// What [`STAND_IN`] stands for, once.
    secret: Option<Vec<u8>>,
    /// Bytes with the secret in place, to be written before anything else.
    revealed: VecDeque<u8>,
}

impl Wire {
    /// Guards `inner`: no wait longer than `limit`, no literal of more than `largest` bytes.
    pub(super) fn new(inner: Box<dyn Transport>, limit: Duration, largest: u64) -> Self {
        let alarm = Box::pin(sleep(limit));
        let (inner, literals) = (BufWriter::new(inner), Literals::new(largest));
        Self { inner, limit, alarm, literals, secret: None, revealed: VecDeque::new() }
    }

    /// Sends `secret` where the library next sends [`STAND_IN`], in base64 or not.
    pub(super) fn reveal(&mut self, secret: Vec<u8>) {
        self.secret = Some(secret);
    }

    /// Takes over `buf` with the secret in place, if the stand-in is in it.
    fn replace(&mut self, buf: &[u8]) -> bool {
        let found = [STAND_IN, STAND_IN_BASE64].iter().find_map(|stand_in| {
            let at = buf.windows(stand_in.len()).position(|part| part == stand_in.as_bytes())?;
            Some((buf.get(..at)?, buf.get(at + stand_in.len()..)?))
        });
        let Some((before, after)) = found else { return false };
        let Some(secret) = self.secret.take() else { return false };
        for part in [before, &secret, after] {
            self.revealed.extend(part);
        }
        true
    }

    /// Writes what was taken over.
    fn poll_revealed(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.revealed.is_empty() {
            let (part, _) = self.revealed.as_slices();
            let step = Pin::new(&mut self.inner).poll_write(cx, part);
            let written = ready!(step)?;
            self.revealed.drain(..written);
        }
        Poll::Ready(Ok(()))
    }

    /// Gives the transport back, for TLS to be put on it. Nothing unsent may be left.
    pub(super) fn into_inner(self) -> Box<dyn Transport> {
        self.inner.into_inner()
    }

    /// Sets the limit of waiting and starts it anew; every command does so when it begins.
    pub(super) fn allow(&mut self, limit: Duration) {
        self.limit = limit;
        self.progress();
    }

    fn progress(&mut self) {
        let deadline = Instant::now() + self.limit;
        self.alarm.as_mut().reset(deadline);
    }

    /// Passes a finished step on and starts the alarm anew; an unfinished one ends when it has rung.
    fn watch<T>(&mut self, cx: &mut Context<'_>, step: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if step.is_ready() {
            self.progress();
            return step;
        }
        match self.alarm.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::other(Stalled(self.limit)))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let step = Pin::new(&mut self.inner).poll_read(cx, buf);
        if let Some(new) = buf.filled().get(before..)
            && let Err(large) = self.literals.read(new)
        {
            return Poll::Ready(Err(io::Error::other(large)));
        }
        self.watch(cx, step)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut step = self.poll_revealed(cx).map_ok(|()| buf.len());
        if matches!(step, Poll::Ready(Ok(_))) && !self.replace(buf) {
            step = Pin::new(&mut self.inner).poll_write(cx, buf);
        }
        self.watch(cx, step)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut step = self.poll_revealed(cx);
        if matches!(step, Poll::Ready(Ok(()))) {
            step = Pin::new(&mut self.inner).poll_flush(cx);
        }
        self.watch(cx, step)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let step = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.watch(cx, step)
    }
}

/// Follows lines and literals (`{123}` at the end of a line) without understanding them.
#[derive(Debug)]
struct Literals {
    largest: u64,
    /// Bytes of the literal still to come.
    left: u64,
    /// Bytes of the present line so far.
    line: u64,
    /// The announcement at the end of the line, while it may be one.
    announced: Announced,
}

#[derive(Debug, Clone, Copy)]
enum Announced {
    Nothing,
    Digits(u64),
    Whole(u64),
}

impl Literals {
    fn new(largest: u64) -> Self {
        Self { largest, left: 0, line: 0, announced: Announced::Nothing }
    }

    fn read(&mut self, mut bytes: &[u8]) -> Result<(), TooLarge> {
        while !bytes.is_empty() {
            let skipped = self.left.min(bytes.len() as u64) as usize;
            self.left -= skipped as u64;
            bytes = bytes.get(skipped..).unwrap_or_default();
            let Some((&byte, rest)) = bytes.split_first() else { break };
            bytes = rest;
            self.step(byte)?;
        }
        Ok(())
    }

    fn step(&mut self, byte: u8) -> Result<(), TooLarge> {
        self.line += 1;
        self.announced = match (byte, self.announced) {
            (b'{', _) => Announced::Digits(0),
            (b'0'..=b'9', Announced::Digits(n)) => {
                Announced::Digits(n.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
            }
            (b'+', Announced::Digits(n)) => Announced::Digits(n),
            (b'}', Announced::Digits(n)) => Announced::Whole(n),
            (b'\r', Announced::Whole(n)) => Announced::Whole(n),
            (b'\n', announced) => {
                self.line = 0;
                self.left = if let Announced::Whole(n) = announced { n } else { 0 };
                Announced::Nothing
            }
            _ => Announced::Nothing,
        };
        if self.left > self.largest || self.line > self.largest {
            return Err(TooLarge(self.left.max(self.line)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements_are_found_across_pieces() {
        let mut literals = Literals::new(1000);
        assert!(literals.read(b"* 1 FETCH (BODY[] {10").is_ok());
        assert!(literals.read(b"00}\r\n").is_ok());
        assert!(literals.read(&[b'{'; 1000]).is_ok(), "inside the literal nothing is announced");
        assert!(literals.read(b")\r\n* 2 FETCH (BODY[] {1001}\r").is_ok());
        assert_eq!(literals.read(b"\n").err().map(|e| e.0), Some(1001));
    }

    #[test]
    fn lines_without_end_are_refused() {
        let mut literals = Literals::new(1000);
        assert!(literals.read(&[b'x'; 1000]).is_ok());
        assert!(literals.read(b"x").is_err());
        assert!(Literals::new(9).read(b"{99999999999999999999999999}\n").is_err());
    }
}
