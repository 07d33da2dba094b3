//! SMTP servers: a scripted one that misbehaves on demand, and Postfix.

mod postfix;
mod session;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use postfix::{Postfix, is_root};

/// Where in the dialogue a rule applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Before the greeting.
    Greeting,
    /// EHLO.
    Ehlo,
    /// STARTTLS.
    StartTls,
    /// AUTH and each line of a login.
    Auth,
    /// MAIL.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA.
    Data,
    /// The end of a mail.
    End,
}

/// What happens there instead of the usual answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Do {
    /// Answers this line.
    Answer(String),
    /// Answers this line after a while.
    AnswerLate(Duration, String),
    /// Answers this line and closes.
    AnswerAndClose(String),
    /// Takes the mail, or whatever it is, and never answers.
    Hang,
    /// Closes.
    Close,
}

/// A rule. The first that fits is used.
#[derive(Debug, Clone)]
pub struct Rule {
    at: At,
    containing: String,
    left: Option<usize>,
    then: Do,
}

impl Rule {
    /// Always.
    pub fn new(at: At, then: Do) -> Self {
        Self { at, containing: String::new(), left: None, then }
    }

    /// An answer, always.
    pub fn answer(at: At, line: &str) -> Self {
        Self::new(at, Do::Answer(line.to_string()))
    }

    /// Only for the first `times`.
    pub fn first(mut self, times: usize) -> Self {
        self.left = Some(times);
        self
    }

    /// Only when the command holds this text.
    pub fn containing(mut self, text: &str) -> Self {
        self.containing = text.to_string();
        self
    }
}

/// A mail that the server took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The address in MAIL.
    pub from: String,
    /// The addresses in RCPT that were accepted.
    pub to: Vec<String>,
    /// The mail without dot-stuffing.
    pub bytes: Vec<u8>,
    /// Whether every line ended in CRLF.
    pub clean_line_ends: bool,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    extensions: Vec<String>,
    mails: Vec<Taken>,
    logins: Vec<String>,
    connections: usize,
    open: usize,
    most_open: usize,
}

/// A scripted server on a free port of loopback; ends when dropped.
#[derive(Debug)]
pub struct Scripted {
    port: u16,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Scripted {
    /// Starts with SIZE and 8BITMIME and these rules.
    pub async fn start(rules: Vec<Rule>) -> Self {
        Self::offering(&["SIZE 50000000", "8BITMIME"], rules).await
    }

    /// Starts with exactly these extensions. AUTH and STARTTLS are answered as the rules say; without
    /// a rule every login is right and STARTTLS is unknown.
    pub async fn offering(extensions: &[&str], rules: Vec<Rule>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let extensions = extensions.iter().map(|line| line.to_string()).collect();
        let state = Arc::new(Mutex::new(State { rules, extensions, ..State::default() }));
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { port, state, task }
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The mails it took so far.
    pub fn mails(&self) -> Vec<Taken> {
        self.state.lock().expect("the state").mails.clone()
    }

    /// How many mails it took so far.
    pub fn taken(&self) -> usize {
        self.state.lock().expect("the state").mails.len()
    }

    /// The lines of logins, as they came.
    pub fn logins(&self) -> Vec<String> {
        self.state.lock().expect("the state").logins.clone()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.state.lock().expect("the state").connections
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        self.state.lock().expect("the state").open
    }

    /// How many connections were open at once.
    pub fn most_open(&self) -> usize {
        self.state.lock().expect("the state").most_open
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((tcp, _)) = listener.accept().await {
        let _ = tcp.set_nodelay(true);
        tokio::spawn(session::serve(tcp, Arc::clone(&state)));
    }
}
