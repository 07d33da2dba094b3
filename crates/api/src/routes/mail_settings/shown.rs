//! Settings as clients see them, without the secrets.

use serde::Serialize;
use throughline_app::mail_settings::{Held, MailSetUp};
use throughline_core::mail_providers::Suggestion;
use throughline_core::mail_settings::{IncomingMail, MailServer, MailSettings, OutgoingServer};
use utoipa::ToSchema;

use crate::wire::{AfterRecording, InboxId, Instant, MailSecurity, SignIn, ThirdParty, Wire};

/// How an inbox fetches and sends mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailSettingsOut {
    /// The inbox.
    inbox: InboxId,
    /// Where mail is fetched; null when nothing is.
    incoming: Option<IncomingMailOut>,
    /// Where mail is handed over; null when nothing is sent.
    outgoing: Option<OutgoingMailOut>,
    /// While it is set nothing is fetched and nothing is sent.
    paused: bool,
    /// The name beside the address in mails we send; the inbox's own name without it.
    #[schema(example = "Example Support")]
    from_name: Option<String>,
    /// What stands below every reply.
    signature: Option<String>,
    /// Whether the server takes `name+anything@`.
    plus_addressing: bool,
    /// Whether `[#123]` stands in the subject of what we send.
    subject_number: bool,
    /// Whether what is answered is quoted below the answer.
    quote: bool,
    /// What becomes of a mail to a ticket in which its sender takes no part.
    third_party: ThirdParty,
    /// A reply to a ticket that was resolved more days ago than this opens a new one.
    #[schema(example = 30)]
    continue_after_days: u16,
    /// For how many seconds a reply can be taken back.
    #[schema(example = 10)]
    undo_seconds: u16,
    /// The names that your own servers give themselves in `Authentication-Results`.
    #[schema(example = json!(["mx.example.com"]))]
    trusted_servers: Vec<String>,
    /// What is answered at once to who opens a ticket.
    acknowledgement: Option<String>,
    /// Why the stored secrets cannot be read, such as a key that is missing; null when they can.
    secrets_trouble: Option<String>,
    /// When it was last changed.
    updated_at: Instant,
    /// Rises with every change; the base of its ETag.
    #[schema(example = 1)]
    version: i64,
}

/// Where mail is fetched.
#[derive(Debug, Serialize, ToSchema)]
struct IncomingMailOut {
    /// The IMAP server.
    #[schema(example = "imap.example.com")]
    host: String,
    /// Its port.
    #[schema(example = 993)]
    port: u16,
    /// How the connection is protected.
    security: MailSecurity,
    /// How to sign in.
    sign_in: SignIn,
    /// The account.
    #[schema(example = "support@example.com")]
    user: String,
    /// Whether a password is stored.
    has_password: bool,
    /// Whether a grant of OAuth 2 is stored.
    has_grant: bool,
    /// The folders that are read.
    #[schema(example = json!(["INBOX"]))]
    folders: Vec<String>,
    /// What happens to a message there once it is recorded here.
    after: AfterRecording,
    /// Where to, when it is moved.
    move_to: Option<String>,
    /// How often a folder is looked at, in seconds.
    #[schema(example = 60)]
    poll_seconds: u32,
}

/// Where mail is handed over.
#[derive(Debug, Serialize, ToSchema)]
struct OutgoingMailOut {
    /// The SMTP server.
    #[schema(example = "smtp.example.com")]
    host: String,
    /// Its port.
    #[schema(example = 465)]
    port: u16,
    /// How the connection is protected.
    security: MailSecurity,
    /// How to sign in.
    sign_in: SignIn,
    /// The account.
    #[schema(example = "support@example.com")]
    user: String,
    /// Whether a password is stored for it alone; the one for fetching serves otherwise.
    has_password: bool,
    /// Whether a grant is stored for it alone; the one for fetching serves otherwise.
    has_grant: bool,
    /// Mails an hour in the long run.
    #[schema(example = 600)]
    per_hour: u32,
    /// Mails at once after a pause.
    #[schema(example = 50)]
    burst: u32,
}

impl MailSettingsOut {
    /// On the wire.
    pub fn of(found: MailSetUp) -> Self {
        let MailSettings {
            incoming,
            outgoing,
            paused,
            from_name,
            signature,
            plus_addressing,
            subject_number,
            quote,
            third_party,
            continue_after_days,
            undo_seconds,
            trusted_servers,
            acknowledgement,
        } = found.settings;
        Self {
            inbox: found.inbox.into(),
            incoming: incoming.map(|incoming| IncomingMailOut::of(incoming, found.incoming)),
            outgoing: outgoing.map(|outgoing| OutgoingMailOut::of(outgoing, found.outgoing)),
            paused,
            from_name,
            signature,
            plus_addressing,
            subject_number,
            quote,
            third_party: third_party.into(),
            continue_after_days,
            undo_seconds,
            trusted_servers,
            acknowledgement,
            secrets_trouble: found.trouble,
            updated_at: found.updated_at.into(),
            version: found.version,
        }
    }
}

impl IncomingMailOut {
    fn of(incoming: IncomingMail, held: Held) -> Self {
        let IncomingMail { server, folders, after, move_to, poll_seconds } = incoming;
        let MailServer { host, port, security, sign_in, user } = server;
        Self {
            host,
            port,
            security: security.into(),
            sign_in: sign_in.into(),
            user,
            has_password: held == Held::Password,
            has_grant: held == Held::Grant,
            folders,
            after: after.into(),
            move_to,
            poll_seconds,
        }
    }
}

impl OutgoingMailOut {
    fn of(outgoing: OutgoingServer, held: Held) -> Self {
        let OutgoingServer { server, per_hour, burst } = outgoing;
        let MailServer { host, port, security, sign_in, user } = server;
        Self {
            host,
            port,
            security: security.into(),
            sign_in: sign_in.into(),
            user,
            has_password: held == Held::Password,
            has_grant: held == Held::Grant,
            per_hour,
            burst,
        }
    }
}

/// What is known about the provider of an address.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderOut {
    /// Its servers; null when it is not a well-known one.
    suggestion: Option<MailServersOut>,
}

/// The servers of a well-known provider.
#[derive(Debug, Serialize, ToSchema)]
struct MailServersOut {
    /// Its name.
    #[schema(example = "Gmail")]
    provider: &'static str,
    /// Where mail is fetched there.
    incoming: SuggestedServerOut,
    /// Where mail is handed over there.
    outgoing: SuggestedServerOut,
    /// Whether it takes `name+anything@`.
    plus_addressing: bool,
    /// What has to be done there first.
    #[schema(example = "Turn on 2-step verification and make an app password.")]
    hint: &'static str,
}

/// A server of a well-known provider.
#[derive(Debug, Serialize, ToSchema)]
struct SuggestedServerOut {
    /// Its name.
    #[schema(example = "imap.gmail.com")]
    host: String,
    /// Its port.
    #[schema(example = 993)]
    port: u16,
    /// How the connection is protected.
    security: MailSecurity,
    /// How to sign in.
    sign_in: SignIn,
    /// The account.
    #[schema(example = "help@gmail.com")]
    user: String,
}

impl ProviderOut {
    /// On the wire.
    pub fn of(found: Option<Suggestion>) -> Self {
        Self { suggestion: found.map(MailServersOut::of) }
    }
}

impl MailServersOut {
    fn of(found: Suggestion) -> Self {
        let Suggestion { provider, incoming, outgoing, plus_addressing, hint } = found;
        let server = |server: MailServer| {
            let MailServer { host, port, security, sign_in, user } = server;
            let (security, sign_in) = (Wire(security), Wire(sign_in));
            SuggestedServerOut { host, port, security, sign_in, user }
        };
        Self {
            provider,
            incoming: server(incoming),
            outgoing: server(outgoing),
            plus_addressing,
            hint,
        }
    }
}
