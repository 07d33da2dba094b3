//! A hand-written IMAP server that does what real ones do not do: it holds letters, and one fault
//! shows for a number of times or for ever.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::kit::letter;

/// What goes wrong with a message when its body is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends in the middle of its literal.
    Cut,
    /// The answer is well and it is not in it.
    Missing,
    /// More bytes are announced than anybody takes.
    TooLarge,
    /// The answer is no IMAP.
    Garbage,
    /// The whole command is refused.
    Refused,
}

/// A server with letters 1 to `count` under the UIDs 1 to `count`.
#[derive(Clone)]
pub struct Fake {
    state: Arc<Mutex<State>>,
    pub address: SocketAddr,
}

struct State {
    count: usize,
    fault: Fault,
    at: usize,
    times: usize,
}

impl Fake {
    /// Starts one whose message `at` has the fault so many times.
    pub async fn start(count: usize, fault: Fault, at: usize, times: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State { count, fault, at, times }));
        let fake = Self { state, address };
        let serving = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        fake
    }

    /// How often the fault will still show.
    pub fn left(&self) -> usize {
        self.state.lock().expect("sound").times
    }

    /// Heals it.
    pub fn heal(&self) {
        self.state.lock().expect("sound").times = 0;
    }

    async fn serve(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        if stream.get_mut().write_all(b"* OK ready\r\n").await.is_err() {
            return;
        }
        let mut line = String::new();
        while matches!(stream.read_line(&mut line).await, Ok(1..)) {
            let (answer, goes_on) = self.answer(line.trim_end());
            if stream.get_mut().write_all(&answer).await.is_err() || !goes_on {
                return;
            }
            line.clear();
        }
    }

    /// What is said to a line, and whether the connection goes on.
    fn answer(&self, line: &str) -> (Vec<u8>, bool) {
        let (tag, command) = line.split_once(' ').unwrap_or(("", line));
        let ok = format!("{tag} OK done\r\n").into_bytes();
        let count = self.state.lock().expect("sound").count;
        let before = if command.starts_with("CAPABILITY") {
            "* CAPABILITY IMAP4rev1\r\n".to_owned()
        } else if command.starts_with("EXAMINE") || command.starts_with("SELECT") {
            let next = count + 1;
            format!("* {count} EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT {next}] n\r\n")
        } else if let Some(range) = command.strip_prefix("UID SEARCH UID ") {
            let asked = uids_of(range, count);
            let listed = asked.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
            format!("* SEARCH {listed}\r\n")
        } else if let Some(rest) = command.strip_prefix("UID FETCH ") {
            let (set, what) = rest.split_once(' ').unwrap_or((rest, ""));
            return self.fetch(&uids_of(set, count), what.contains("BODY"), ok);
        } else {
            String::new()
        };
        ([before.into_bytes(), ok].concat(), true)
    }

    fn fetch(&self, uids: &[usize], bodies: bool, ok: Vec<u8>) -> (Vec<u8>, bool) {
        let mut out = Vec::new();
        for &uid in uids {
            let bytes = letter(uid);
            let size = bytes.len();
            if !bodies {
                out.extend(format!("* {uid} FETCH (UID {uid} RFC822.SIZE {size})\r\n").bytes());
                continue;
            }
            let whole =
                |announced: usize| format!("* {uid} FETCH (UID {uid} BODY[] {{{announced}}}\r\n");
            match self.fault_at(uid) {
                None => out.extend([whole(size).as_bytes(), &bytes, b")\r\n"].concat()),
                Some(Fault::Missing) => {}
                Some(Fault::Cut) => {
                    out.extend(whole(size).bytes().chain(bytes.iter().take(size / 2).copied()));
                    return (out, false);
                }
                Some(Fault::TooLarge) => {
                    out.extend(whole(4_000_000_000).bytes());
                    return (out, true);
                }
                Some(Fault::Garbage) => {
                    out.extend(format!("* {uid} FETCH no such thing\r\n").bytes());
                    return ([out, ok].concat(), true);
                }
                Some(Fault::Refused) => {
                    let tag = String::from_utf8_lossy(&ok);
                    let tag = tag.split(' ').next().unwrap_or_default();
                    out.extend(format!("{tag} NO [SERVERBUG] cannot be converted\r\n").bytes());
                    return (out, true);
                }
            }
        }
        ([out, ok].concat(), true)
    }

    fn fault_at(&self, uid: usize) -> Option<Fault> {
        let mut state = self.state.lock().expect("sound");
        if uid != state.at || state.times == 0 {
            return None;
        }
        state.times = state.times.saturating_sub(1);
        Some(state.fault)
    }
}

/// The UIDs of a set that are there.
fn uids_of(set: &str, count: usize) -> Vec<usize> {
    let number = |text: &str| if text == "*" { count } else { text.parse().expect("a number") };
    let range = |part: &str| match part.split_once(':') {
        Some((from, to)) => number(from)..=number(to).min(count),
        None => number(part)..=number(part).min(count),
    };
    set.split(',').flat_map(range).collect()
}
