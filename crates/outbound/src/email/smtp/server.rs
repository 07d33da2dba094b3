//! What is known of a server before a connection: where it is, how to be safe and who we are there.

use std::time::Duration;

/// How the way to the server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314), usually port 465.
    Tls,
    /// Plain at first, then TLS before anything that matters, usually port 587. A server that does
    /// not offer it is not used.
    StartTls,
    /// No protection; only to addresses of this machine.
    Plain,
}

/// Connections to one server at one time, where nothing else is said.
pub const CONNECTIONS: usize = 4;

/// One server and how to use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Host name, also the name its certificate must have, or an IP address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub security: Security,
    /// Certificates in PEM form that are trusted besides the public ones: an own authority.
    pub extra_roots_pem: Option<String>,
    /// What we call ourselves in EHLO: a host name. Anything else becomes `localhost`.
    pub hello: String,
    /// How many connections may be open at once; at least one is used.
    pub max_connections: usize,
    /// After how long an unused connection is closed. Servers close theirs after five minutes
    /// (RFC 5321 section 4.5.3.2.7), so it should be less.
    pub idle: Duration,
    /// How long each step may take.
    pub timeouts: Timeouts,
}

impl Server {
    /// A server with the usual settings: four connections, closed after a minute without use.
    pub fn new(host: impl Into<String>, port: u16, security: Security) -> Self {
        Self {
            host: host.into(),
            port,
            security,
            extra_roots_pem: None,
            hello: "localhost".to_string(),
            max_connections: CONNECTIONS,
            idle: Duration::from_secs(60),
            timeouts: Timeouts::default(),
        }
    }
}

/// How long each step may take. The defaults from the greeting on are those of RFC 5321 section
/// 4.5.3.2; busy servers do use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Name look-up and TCP connection.
    pub connect: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// The server's first line.
    pub greeting: Duration,
    /// EHLO, STARTTLS, MAIL, RCPT and each step of AUTH.
    pub command: Duration,
    /// The answer to DATA.
    pub data: Duration,
    /// Writing one block of the mail.
    pub block: Duration,
    /// The answer after the end of the mail. Giving up early sends mails twice.
    pub final_answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            tls: Duration::from_secs(30),
            greeting: Duration::from_secs(300),
            command: Duration::from_secs(300),
            data: Duration::from_secs(120),
            block: Duration::from_secs(180),
            final_answer: Duration::from_secs(600),
        }
    }
}

impl Timeouts {
    /// The same time for every step.
    pub fn all(each: Duration) -> Self {
        Self {
            connect: each,
            tls: each,
            greeting: each,
            command: each,
            data: each,
            block: each,
            final_answer: each,
        }
    }
}

/// Who we are at the server. Not shown by `Debug`, except for the user's name.
#[derive(Clone, PartialEq, Eq)]
pub enum Login {
    /// Nobody.
    None,
    /// A user and a password, by PLAIN (RFC 4616) or LOGIN, whichever is offered.
    Password {
        /// The user's name.
        user: String,
        /// The password.
        password: String,
    },
    /// A user and an access token, by XOAUTH2.
    XOauth2 {
        /// The user's name.
        user: String,
        /// The access token, as it is.
        token: String,
    },
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Password { user, .. } => write!(f, "Password({user:?}, ***)"),
            Self::XOauth2 { user, .. } => write!(f, "XOauth2({user:?}, ***)"),
        }
    }
}
