//! One open connection: writing commands, reading answers, each within its time. It knows what the
//! server offers, not what a mail is.

use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};

use super::reply::{self, Reply};
use super::server::Timeouts;
use super::tls::Wire;
use super::trouble::{Stage, Trouble, Why, within};

/// Blocks of this size are written within one time limit each.
const BLOCK: usize = 64 * 1024;

/// An open connection. Dropping it closes it without QUIT, which every server must bear.
pub(super) struct Connection {
    wire: BufReader<Box<dyn Wire>>,
    offers: Vec<String>,
    pub timeouts: Timeouts,
    /// How many mails went over it.
    pub mails: u32,
}

impl Connection {
    pub fn new(wire: Box<dyn Wire>, timeouts: Timeouts) -> Self {
        Self { wire: BufReader::new(wire), offers: Vec::new(), timeouts, mails: 0 }
    }

    /// Keeps what EHLO offered, without the server's name in its first line.
    pub fn set_offers(&mut self, ehlo: &Reply) {
        let lines = ehlo.lines.iter().skip(1);
        self.offers = lines.map(|line| line.trim().to_ascii_uppercase()).collect();
    }

    /// The words after an extension's name, when it is offered. `AUTH=` is an old spelling.
    pub fn offers(&self, extension: &str) -> Option<Vec<&str>> {
        self.offers.iter().find_map(|line| {
            let mut words = line.split([' ', '=']);
            (words.next() == Some(extension)).then(|| words.collect())
        })
    }

    /// Whether nothing waits to be read that belongs to no command.
    pub fn is_quiet(&self) -> bool {
        self.wire.buffer().is_empty()
    }

    /// The bare stream, for STARTTLS. What was already read is thrown away, so that nothing which
    /// came unprotected counts as said under protection (CVE-2011-0411).
    pub fn into_wire(self) -> Box<dyn Wire> {
        self.wire.into_inner()
    }

    /// Reads one answer of any code.
    pub async fn answer(&mut self, stage: Stage, limit: Duration) -> Result<Reply, Trouble> {
        within(stage, limit, reply::read(&mut self.wire)).await
    }

    /// Writes a line, which brings its own line end, and reads the answer.
    pub async fn say(
        &mut self,
        stage: Stage,
        limit: Duration,
        line: &str,
    ) -> Result<Reply, Trouble> {
        self.write(stage, limit, line.as_bytes()).await?;
        self.answer(stage, limit).await
    }

    /// As `say`, and any other code than `wanted` is trouble.
    pub async fn require(
        &mut self,
        stage: Stage,
        wanted: u16,
        line: &str,
    ) -> Result<Reply, Trouble> {
        let reply = self.say(stage, self.timeouts.command, line).await?;
        wanted_only(stage, wanted, reply)
    }

    /// Writes bytes in blocks, each within the limit.
    pub async fn write(
        &mut self,
        stage: Stage,
        limit: Duration,
        bytes: &[u8],
    ) -> Result<(), Trouble> {
        for block in bytes.chunks(BLOCK) {
            within(stage, limit, self.wire.get_mut().write_all(block)).await?;
        }
        within(stage, limit, self.wire.get_mut().flush()).await
    }

    /// Says goodbye, without waiting long; what comes back does not matter.
    pub async fn quit(mut self) {
        let limit = Duration::from_secs(2);
        let _ = self.say(Stage::Mail, limit, "QUIT\r\n").await;
    }
}

/// The reply, when it has the wanted code.
pub(super) fn wanted_only(stage: Stage, wanted: u16, reply: Reply) -> Result<Reply, Trouble> {
    match reply.code == wanted {
        true => Ok(reply),
        false => Err(Trouble::new(stage, Why::Answer(reply))),
    }
}
