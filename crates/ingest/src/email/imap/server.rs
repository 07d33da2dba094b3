//! Where a mailbox is and how to sign in: settings only, with secrets that cannot be printed.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// An IMAP server as an admin describes it.
#[derive(Debug, Clone)]
pub struct ImapServer {
    /// Host name or address; with TLS the certificate must be made out to it.
    pub host: String,
    /// TCP port: 993 for [`Security::Tls`], 143 otherwise, as a rule.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Certificates (PEM) that are trusted besides the public ones, for servers of one's own.
    pub extra_root: Option<Vec<u8>>,
    /// Bounds of time and size.
    pub limits: Limits,
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// STARTTLS, required: a server without it is refused.
    StartTls,
    /// None. Refused unless the host is this machine.
    Plain,
}

/// Bounds of time and size, so that no server can hold us up or fill the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long connecting, and then the TLS handshake, may take.
    pub connect: Duration,
    /// How long a step may go on without a single byte coming or going.
    pub step: Duration,
    /// The largest message that is fetched whole, in bytes. Of larger ones the header is fetched.
    pub message: u32,
    /// How many messages one FETCH asks for at most.
    pub batch_messages: usize,
    /// How many bytes one FETCH asks for at most (a single message may be larger).
    pub batch_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            step: Duration::from_secs(60),
            message: 50 * 1024 * 1024,
            batch_messages: 200,
            batch_bytes: 8 * 1024 * 1024,
        }
    }
}

/// How to sign in.
#[derive(Debug, Clone)]
pub enum Login {
    /// With a name and a password (LOGIN, or AUTHENTICATE PLAIN when one of them is not ASCII).
    Password {
        /// The name of the account.
        user: String,
        /// Its password.
        password: Secret,
    },
    /// With an access token of OAuth 2 (AUTHENTICATE XOAUTH2).
    XOauth2 {
        /// The address of the mailbox.
        user: String,
        /// The access token.
        token: Secret,
    },
}

/// A password or token. Debug does not print it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Whether `host` is this machine by its very name or address; nothing is looked up.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let login =
            Login::Password { user: "anna".to_owned(), password: Secret::new("open sesame") };
        assert!(!format!("{login:?}").contains("sesame"));
        assert!(format!("{login:?}").contains("anna"));
    }

    #[test]
    fn only_this_machine_is_loopback() {
        assert!(is_loopback("127.0.0.1") && is_loopback("::1") && is_loopback("LocalHost"));
        assert!(!is_loopback("localhost.example.com") && !is_loopback("10.0.0.1"));
    }
}
