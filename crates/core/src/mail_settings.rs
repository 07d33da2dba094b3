//! How an inbox of the channel e-mail fetches, sends and decides: settings without secrets.
//!
//! Kept as one JSON document; a field that is missing there has the value that stands here.

use serde::{Deserialize, Serialize};

use crate::wire::closed_set;

closed_set! {
    /// How a connection is protected.
    Security, "security" {
        /// TLS from the first byte.
        Tls = 1 "tls",
        /// STARTTLS, required.
        StartTls = 2 "starttls",
        /// None; only to this machine.
        Plain = 3 "plain",
    }
}

closed_set! {
    /// How we sign in.
    SignIn, "sign-in" {
        /// With a password.
        Password = 1 "password",
        /// With OAuth 2 (XOAUTH2).
        Oauth2 = 2 "oauth2",
        /// Not at all: a relay that knows us by our address. Only for sending.
        None = 3 "none",
    }
}

closed_set! {
    /// What happens to a message on its server once it is recorded here.
    AfterRecording, "action" {
        /// Nothing.
        Leave = 0 "leave",
        /// It is marked as read.
        MarkSeen = 1 "mark_seen",
        /// It is moved to another folder.
        Move = 2 "move",
        /// It is deleted.
        Delete = 3 "delete",
    }
}

closed_set! {
    /// What becomes of a mail to a ticket in which its sender takes no part.
    ThirdParty, "third-party rule" {
        /// It joins the ticket, and is shown as coming from a third party.
        Attach = 1 "attach",
        /// It opens a ticket of its own, which is linked.
        NewTicket = 2 "new_ticket",
    }
}

/// A server and how to sign in there. The secret is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailServer {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// How we sign in.
    pub sign_in: SignIn,
    /// The account's name; empty when none is needed.
    #[serde(default)]
    pub user: String,
}

/// Where mail is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomingMail {
    /// The IMAP server.
    pub server: MailServer,
    /// The folders that are read.
    #[serde(default = "inbox_alone")]
    pub folders: Vec<String>,
    /// What happens to a message there once it is recorded here.
    #[serde(default = "leave")]
    pub after: AfterRecording,
    /// Where to, when it is moved.
    #[serde(default)]
    pub move_to: Option<String>,
    /// How often a folder is looked at, in seconds, also where the server tells of new mail.
    #[serde(default = "a_minute")]
    pub poll_seconds: u32,
}

fn inbox_alone() -> Vec<String> {
    vec!["INBOX".to_owned()]
}

fn leave() -> AfterRecording {
    AfterRecording::Leave
}

fn a_minute() -> u32 {
    60
}

/// Where mail is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingServer {
    /// The SMTP server.
    pub server: MailServer,
    /// Mails an hour in the long run.
    #[serde(default = "six_hundred")]
    pub per_hour: u32,
    /// Mails at once after a pause.
    #[serde(default = "fifty")]
    pub burst: u32,
}

fn six_hundred() -> u32 {
    600
}

fn fifty() -> u32 {
    50
}

/// All settings of one inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailSettings {
    /// Where mail is fetched; nothing is, without it.
    pub incoming: Option<IncomingMail>,
    /// Where mail is handed over; nothing is sent, without it.
    pub outgoing: Option<OutgoingServer>,
    /// While it is set, nothing is fetched and nothing is sent.
    pub paused: bool,
    /// The name beside the address in mails we send; the inbox's own name without it.
    pub from_name: Option<String>,
    /// What stands below every reply.
    pub signature: Option<String>,
    /// Whether the server takes `name+anything@`, so that replies can carry their ticket there.
    pub plus_addressing: bool,
    /// Whether `[#123]` stands in the subject of what we send.
    pub subject_number: bool,
    /// Whether what is answered is quoted below the answer.
    pub quote: bool,
    /// What becomes of a mail to a ticket in which its sender takes no part.
    pub third_party: ThirdParty,
    /// A reply to a ticket that was resolved more days ago than this opens a new one.
    pub continue_after_days: u16,
    /// For how many seconds a reply waits, so that it can be taken back.
    pub undo_seconds: u16,
    /// The names that our own servers give themselves in `Authentication-Results`.
    pub trusted_servers: Vec<String>,
    /// What is answered at once to who opens a ticket; nothing without it.
    pub acknowledgement: Option<String>,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            incoming: None,
            outgoing: None,
            paused: false,
            from_name: None,
            signature: None,
            plus_addressing: false,
            subject_number: true,
            quote: true,
            third_party: ThirdParty::Attach,
            continue_after_days: 30,
            undo_seconds: 10,
            trusted_servers: Vec::new(),
            acknowledgement: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_has_its_default() {
        let read: MailSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(read, MailSettings::default());
        let server = r#"{"host":"m.example","port":993,"security":"tls","sign_in":"password"}"#;
        let json = format!(r#"{{"incoming":{{"server":{server}}}}}"#);
        let incoming = serde_json::from_str::<MailSettings>(&json).unwrap().incoming.unwrap();
        assert_eq!(incoming.folders, ["INBOX"]);
        assert_eq!((incoming.after, incoming.poll_seconds), (AfterRecording::Leave, 60));
    }
}
