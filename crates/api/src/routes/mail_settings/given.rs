//! Settings as clients give them, with the secrets.

use serde::Deserialize;
use throughline_app::Secret;
use throughline_app::mail_settings::{MailCredentials, MailSecret, NewMailSetUp, OAuthGrant};
use throughline_core::mail_settings::{
    AfterRecording, IncomingMail, MailServer, MailSettings, OutgoingServer, ThirdParty,
};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::wire::{
    AccountName, AfterRecording as AfterWire, FolderName, HostText, MailPassword, MailSecurity,
    MailText, Name, OAuthText, OAuthToken, SignIn, Text, ThirdParty as ThirdWire, TokenUrl, Wire,
    at_most,
};

/// How an inbox fetches and sends mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailSettingsIn {
    /// Where mail is fetched; nothing is when it is null or absent.
    #[serde(default)]
    incoming: Option<IncomingMailIn>,
    /// Where mail is handed over; nothing is sent when it is null or absent.
    #[serde(default)]
    outgoing: Option<OutgoingMailIn>,
    /// While it is set nothing is fetched and nothing is sent.
    #[serde(default)]
    paused: bool,
    /// The name beside the address in mails we send; the inbox's own name without it.
    #[serde(default)]
    from_name: Option<Name>,
    /// What stands below every reply.
    #[serde(default)]
    signature: Option<MailText>,
    /// Whether the server takes `name+anything@`: replies then carry their ticket there, signed.
    #[serde(default)]
    plus_addressing: bool,
    /// Whether `[#123]` stands in the subject of what we send. Set when absent.
    #[serde(default = "yes")]
    #[schema(default = true)]
    subject_number: bool,
    /// Whether what is answered is quoted below the answer. Set when absent.
    #[serde(default = "yes")]
    #[schema(default = true)]
    quote: bool,
    /// What becomes of a mail to a ticket in which its sender takes no part; `attach` when absent.
    #[serde(default = "attach")]
    #[schema(value_type = ThirdWire, required = false)]
    third_party: ThirdWire,
    /// A reply to a ticket that was resolved more days ago than this opens a new one; 30 when absent.
    #[serde(default = "thirty")]
    #[schema(maximum = 3650, default = 30)]
    continue_after_days: u16,
    /// For how many seconds a reply can be taken back; 10 when absent.
    #[serde(default = "ten")]
    #[schema(maximum = 3600, default = 10)]
    undo_seconds: u16,
    /// The names that your own servers give themselves in `Authentication-Results`.
    #[serde(default, deserialize_with = "at_most::<20, _, _>")]
    #[schema(max_items = 20)]
    trusted_servers: Vec<HostText>,
    /// What is answered at once to who opens a ticket; nothing without it.
    #[serde(default)]
    acknowledgement: Option<MailText>,
}

/// Where mail is fetched.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IncomingMailIn {
    /// The IMAP server: a host name or an address, also of your own network.
    host: HostText,
    /// Its port, 993 as a rule.
    #[schema(minimum = 1, maximum = 65535, example = 993)]
    port: u16,
    /// How the connection is protected.
    security: MailSecurity,
    /// How to sign in: `password` or `oauth2`.
    sign_in: SignIn,
    /// The account.
    #[serde(default)]
    user: Option<AccountName>,
    /// Its password. Never shown again.
    #[serde(default)]
    password: Option<MailPassword>,
    /// Its grant of OAuth 2. Never shown again.
    #[serde(default)]
    grant: Option<GrantIn>,
    /// The folders that are read; `INBOX` when absent.
    #[serde(default = "inbox", deserialize_with = "at_most::<50, _, _>")]
    #[schema(min_items = 1, max_items = 50)]
    folders: Vec<FolderName>,
    /// What happens to a message there once it is recorded here; `leave` when absent.
    #[serde(default = "leave")]
    #[schema(value_type = AfterWire, required = false)]
    after: AfterWire,
    /// Where to, when it is moved.
    #[serde(default)]
    move_to: Option<FolderName>,
    /// How often a folder is looked at, in seconds, also where the server tells of new mail; 60 when
    /// absent.
    #[serde(default = "a_minute")]
    #[schema(minimum = 10, maximum = 86400, default = 60)]
    poll_seconds: u32,
}

/// Where mail is handed over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OutgoingMailIn {
    /// The SMTP server: a host name or an address, also of your own network.
    host: HostText,
    /// Its port, 465 or 587 as a rule.
    #[schema(minimum = 1, maximum = 65535, example = 465)]
    port: u16,
    /// How the connection is protected.
    security: MailSecurity,
    /// How to sign in; `none` for a relay that knows this machine.
    sign_in: SignIn,
    /// The account.
    #[serde(default)]
    user: Option<AccountName>,
    /// Its password, when it is another than the one for fetching. Never shown again.
    #[serde(default)]
    password: Option<MailPassword>,
    /// Its grant of OAuth 2, when it is another than the one for fetching. Never shown again.
    #[serde(default)]
    grant: Option<GrantIn>,
    /// Mails an hour in the long run; 600 when absent.
    #[serde(default = "six_hundred")]
    #[schema(minimum = 1, maximum = 1000000, default = 600)]
    per_hour: u32,
    /// Mails at once after a pause; 50 when absent.
    #[serde(default = "fifty")]
    #[schema(minimum = 1, maximum = 10000, default = 50)]
    burst: u32,
}

/// A grant of OAuth 2, by which access tokens are fetched (RFC 6749, section 6).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GrantIn {
    /// Where access tokens are given out; https.
    token_url: TokenUrl,
    /// The client that the provider knows.
    client_id: OAuthText,
    /// Its secret, where it has one.
    #[serde(default)]
    client_secret: Option<OAuthText>,
    /// What access tokens are given for.
    refresh_token: OAuthToken,
    /// The scope to ask for, where the provider wants it said.
    #[serde(default)]
    scope: Option<OAuthText>,
}

fn yes() -> bool {
    true
}

fn attach() -> ThirdWire {
    Wire(ThirdParty::Attach)
}

fn thirty() -> u16 {
    30
}

fn ten() -> u16 {
    10
}

fn inbox() -> Vec<FolderName> {
    "INBOX".parse().into_iter().collect()
}

fn leave() -> AfterWire {
    Wire(AfterRecording::Leave)
}

fn a_minute() -> u32 {
    60
}

fn six_hundred() -> u32 {
    600
}

fn fifty() -> u32 {
    50
}

impl MailSettingsIn {
    /// As the use case takes it.
    pub fn into_set_up(self) -> Result<NewMailSetUp, Problem> {
        let Self {
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
        } = self;
        let (incoming, incoming_secret) = incoming.map(IncomingMailIn::parts).transpose()?.unzip();
        let (outgoing, outgoing_secret) = outgoing.map(OutgoingMailIn::parts).transpose()?.unzip();
        let settings = MailSettings {
            incoming,
            outgoing,
            paused,
            from_name: from_name.map(Text::into_string),
            signature: signature.map(Text::into_string),
            plus_addressing,
            subject_number,
            quote,
            third_party: third_party.0,
            continue_after_days,
            undo_seconds,
            trusted_servers: trusted_servers.into_iter().map(Text::into_string).collect(),
            acknowledgement: acknowledgement.map(Text::into_string),
        };
        let secrets = MailCredentials {
            incoming: incoming_secret.flatten(),
            outgoing: outgoing_secret.flatten(),
        };
        Ok(NewMailSetUp { settings, secrets })
    }
}

impl IncomingMailIn {
    fn parts(self) -> Result<(IncomingMail, Option<MailSecret>), Problem> {
        let Self {
            host,
            port,
            security,
            sign_in,
            user,
            password,
            grant,
            folders,
            after,
            move_to,
            poll_seconds,
        } = self;
        let secret = secret(password, grant, "incoming.grant")?;
        let incoming = IncomingMail {
            server: server(host, port, security, sign_in, user),
            folders: folders.into_iter().map(Text::into_string).collect(),
            after: after.0,
            move_to: move_to.map(Text::into_string),
            poll_seconds,
        };
        Ok((incoming, secret))
    }
}

impl OutgoingMailIn {
    fn parts(self) -> Result<(OutgoingServer, Option<MailSecret>), Problem> {
        let Self { host, port, security, sign_in, user, password, grant, per_hour, burst } = self;
        let secret = secret(password, grant, "outgoing.grant")?;
        let server = server(host, port, security, sign_in, user);
        Ok((OutgoingServer { server, per_hour, burst }, secret))
    }
}

fn server(
    host: HostText,
    port: u16,
    security: MailSecurity,
    sign_in: SignIn,
    user: Option<AccountName>,
) -> MailServer {
    MailServer {
        host: host.into_string(),
        port,
        security: security.0,
        sign_in: sign_in.0,
        user: user.map(Text::into_string).unwrap_or_default(),
    }
}

fn secret(
    password: Option<MailPassword>,
    grant: Option<GrantIn>,
    field: &'static str,
) -> Result<Option<MailSecret>, Problem> {
    match (password, grant) {
        (Some(_), Some(_)) => {
            Err(Problem::new("invalid_field", "give a password or a grant, not both").at(field))
        }
        (Some(password), None) => Ok(Some(MailSecret::Password(hidden(password)))),
        (None, Some(grant)) => Ok(Some(MailSecret::Grant(grant.into_grant()))),
        (None, None) => Ok(None),
    }
}

fn hidden(text: impl Text) -> Secret {
    Secret::new(text.into_string())
}

impl GrantIn {
    fn into_grant(self) -> OAuthGrant {
        let Self { token_url, client_id, client_secret, refresh_token, scope } = self;
        OAuthGrant {
            token_url: token_url.into_string(),
            client_id: client_id.into_string(),
            client_secret: client_secret.map(hidden),
            refresh_token: hidden(refresh_token),
            scope: scope.map(Text::into_string),
        }
    }
}
