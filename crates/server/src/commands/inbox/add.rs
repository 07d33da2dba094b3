//! `throughline inbox add`: from an address to an inbox that works.

use std::fs;
use std::io::{self, Read};

use serde::Deserialize;
use throughline_app::mail_settings::{
    self, MailCredentials, MailInbox, MailSecret, NewMailSetUp, OAuthGrant, Probe, ProbeStep,
};
use throughline_app::{App, Secret, inboxes};
use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::id::InboxId;
use throughline_core::inbox::Inbox;
use throughline_core::mail_providers::{Suggestion, suggest};
use throughline_core::mail_settings::{
    AfterRecording, IncomingMail, MailServer, MailSettings, OutgoingServer, Security, SignIn,
};
use throughline_worker::probe::MailProbe;

use super::{matching, report, set_up_of};
use crate::config::Settings;
use crate::error::Failure;
use crate::mail_access::mail_access;
use crate::out;

/// Holds a password, for scripts.
const PASSWORD_VARIABLE: &str = "THROUGHLINE_MAIL_PASSWORD";

/// Which inbox to add.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The password is read from --password-file (- is standard input) or from the variable
THROUGHLINE_MAIL_PASSWORD, and is stored encrypted. Well-known providers are filled in by the domain
of the address; what they want done first (an app password, access by IMAP) is printed.

  throughline inbox add help@gmail.com --password-file app-password.txt
  throughline inbox add support@example.com --imap-host mail.example.com --smtp-host mail.example.com \\
      --password-file - --plus-addressing
  throughline inbox add help@example.onmicrosoft.com --grant-file grant.json

A grant file is JSON: {\"token_url\", \"client_id\", \"client_secret\", \"refresh_token\", \"scope\"}.
The connection is tested step by step; the inbox is saved only when it works, or with --no-test.")]
pub struct Args {
    /// The address of the inbox.
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// What agents call it; the address unless given.
    #[arg(long)]
    name: Option<String>,
    /// The IMAP server.
    #[arg(long, value_name = "HOST")]
    imap_host: Option<String>,
    /// Its port; 993, or 143 with starttls.
    #[arg(long, value_name = "PORT")]
    imap_port: Option<u16>,
    /// tls, starttls, or plain (only to this machine).
    #[arg(long, value_name = "HOW")]
    imap_security: Option<Security>,
    /// The SMTP server.
    #[arg(long, value_name = "HOST")]
    smtp_host: Option<String>,
    /// Its port; 465, or 587 with starttls.
    #[arg(long, value_name = "PORT")]
    smtp_port: Option<u16>,
    /// tls, starttls, or plain (only to this machine).
    #[arg(long, value_name = "HOW")]
    smtp_security: Option<Security>,
    /// The account; the address unless given.
    #[arg(long)]
    user: Option<String>,
    /// Read the password from the first line of this file; - is standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "grant_file")]
    password_file: Option<String>,
    /// Read a grant of OAuth 2 from this file.
    #[arg(long, value_name = "FILE")]
    grant_file: Option<String>,
    /// Hand mail over without signing in: to a relay that knows this machine.
    #[arg(long)]
    smtp_no_login: bool,
    /// Only fetch: nothing can be sent.
    #[arg(long)]
    no_smtp: bool,
    /// A folder to read; give the option once for each. INBOX unless given.
    #[arg(long = "folder", value_name = "NAME")]
    folders: Vec<String>,
    /// What happens to a message on its server once it is recorded: leave, mark_seen, move, delete.
    #[arg(long, value_name = "ACTION", default_value = "leave")]
    after: AfterRecording,
    /// The folder to move to, with --after move.
    #[arg(long, value_name = "NAME")]
    move_to: Option<String>,
    /// The server takes name+anything@: replies then carry their ticket there.
    #[arg(long)]
    plus_addressing: bool,
    /// Save it without testing the connection.
    #[arg(long)]
    no_test: bool,
    /// Write over the servers and secrets of an inbox that is set up; its other settings stay.
    #[arg(long)]
    replace: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What is to be saved, and what the admin should know about the provider.
pub struct Draft {
    settings: MailSettings,
    secrets: MailCredentials,
    hint: Option<(&'static str, &'static str)>,
}

impl Args {
    /// The settings that the arguments ask for. Reads the files they name.
    pub fn draft(&self) -> Result<Draft, Failure> {
        let known = suggest(&self.address);
        let grant = self.grant_file.as_deref().map(read_grant).transpose()?;
        let sign_in = if grant.is_some() { SignIn::Oauth2 } else { SignIn::Password };
        let incoming = self.incoming(known.as_ref(), sign_in)?;
        let outgoing =
            if self.no_smtp { None } else { Some(self.outgoing(known.as_ref(), sign_in)?) };
        let secret = match grant {
            Some(grant) => MailSecret::Grant(grant),
            None => MailSecret::Password(self.password(known.as_ref())?),
        };
        let plus = known.as_ref().is_some_and(|known| known.plus_addressing);
        let settings = MailSettings {
            incoming: Some(incoming),
            outgoing,
            plus_addressing: self.plus_addressing || plus,
            ..MailSettings::default()
        };
        let settings = mail_settings::checked(settings)?;
        let secrets = MailCredentials { incoming: Some(secret), outgoing: None };
        Ok(Draft { settings, secrets, hint: known.map(|known| (known.provider, known.hint)) })
    }

    fn incoming(
        &self,
        known: Option<&Suggestion>,
        sign_in: SignIn,
    ) -> Result<IncomingMail, Failure> {
        let given = (self.imap_host.as_ref(), self.imap_port, self.imap_security);
        let known = known.map(|known| &known.incoming);
        let server = self.server(given, known, [993, 143], sign_in);
        let folders = match self.folders.as_slice() {
            [] => vec!["INBOX".to_owned()],
            folders => folders.to_vec(),
        };
        Ok(IncomingMail {
            server: server.ok_or_else(|| self.unknown("--imap-host"))?,
            folders,
            after: self.after,
            move_to: self.move_to.clone(),
            poll_seconds: 60,
        })
    }

    fn outgoing(
        &self,
        known: Option<&Suggestion>,
        sign_in: SignIn,
    ) -> Result<OutgoingServer, Failure> {
        let given = (self.smtp_host.as_ref(), self.smtp_port, self.smtp_security);
        let sign_in = if self.smtp_no_login { SignIn::None } else { sign_in };
        let known = known.map(|known| &known.outgoing);
        let server = self.server(given, known, [465, 587], sign_in);
        let server = server.ok_or_else(|| self.unknown("--smtp-host (or --no-smtp)"))?;
        Ok(OutgoingServer { server, per_hour: 600, burst: 50 })
    }

    /// What is given wins over what is known. `ports` are those for tls and for starttls.
    fn server(
        &self,
        (host, port, security): (Option<&String>, Option<u16>, Option<Security>),
        known: Option<&MailServer>,
        ports: [u16; 2],
        sign_in: SignIn,
    ) -> Option<MailServer> {
        // A host of one's own has nothing to do with the provider of the address.
        let known = known.filter(|known| host.is_none_or(|host| *host == known.host));
        let host = host.cloned().or_else(|| known.map(|known| known.host.clone()))?;
        let [tls, start_tls] = ports;
        let by_port = |port| if port == tls { Security::Tls } else { Security::StartTls };
        let security = security
            .or_else(|| port.map(by_port))
            .or_else(|| known.map(|known| known.security))
            .unwrap_or(Security::Tls);
        let usual = if security == Security::Tls { tls } else { start_tls };
        let port = port.or_else(|| known.map(|known| known.port)).unwrap_or(usual);
        let user = if sign_in == SignIn::None { String::new() } else { self.user() };
        Some(MailServer { host, port, security, sign_in, user })
    }

    fn user(&self) -> String {
        self.user.clone().unwrap_or_else(|| self.address.clone())
    }

    fn unknown(&self, option: &str) -> Failure {
        Failure::usage(format!("the servers of {} are not known", self.address))
            .advise(format!("give {option}"))
    }

    fn password(&self, known: Option<&Suggestion>) -> Result<Secret, Failure> {
        let text = match &self.password_file {
            Some(file) => first_line(&read_file(file)?),
            None => std::env::var(PASSWORD_VARIABLE).unwrap_or_default(),
        };
        if !text.is_empty() {
            return Ok(Secret::new(text));
        }
        let advice = match known {
            Some(known) if known.incoming.sign_in == SignIn::Oauth2 => known.hint.to_owned(),
            _ => format!("give --password-file (- is standard input) or set {PASSWORD_VARIABLE}"),
        };
        Err(Failure::usage("there is no password").advise(advice))
    }
}

fn read_file(file: &str) -> Result<String, Failure> {
    if file == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    fs::read_to_string(file).map_err(|error| Failure::new(format!("{file}: {error}")))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantFile {
    token_url: String,
    client_id: String,
    client_secret: Option<String>,
    refresh_token: String,
    scope: Option<String>,
}

fn read_grant(file: &str) -> Result<OAuthGrant, Failure> {
    // Serde's own words may quote a secret.
    let wrong = |_| {
        Failure::new(format!("{file} does not hold a grant"))
            .advise("it is JSON with token_url, client_id, client_secret, refresh_token and scope")
    };
    let read: GrantFile = serde_json::from_str(&read_file(file)?).map_err(wrong)?;
    let GrantFile { token_url, client_id, client_secret, refresh_token, scope } = read;
    let (client_secret, refresh_token) =
        (client_secret.map(Secret::new), Secret::new(refresh_token));
    Ok(OAuthGrant { token_url, client_id, client_secret, refresh_token, scope })
}

/// Tests and saves.
pub async fn run(settings: &Settings, app: &App, args: Args, draft: Draft) -> Result<(), Failure> {
    let existing = matching(app, &args.address).await?;
    let draft = match &existing {
        Some(inbox) => over(app, inbox, &args, draft).await?,
        None => draft,
    };
    if let (Some((provider, hint)), false) = (draft.hint, args.json) {
        out::line(format!("{provider}: {hint}"))?;
    }
    let steps = if args.no_test {
        Vec::new()
    } else {
        let inbox = existing.unwrap_or_else(|| not_yet(app, &args));
        test(settings, app, inbox, &draft, args.json).await?
    };
    let inbox = save(app, &args, draft).await?;
    if args.json {
        let (steps, address) = (report::steps_json(&steps), &inbox.address);
        let saved = serde_json::json!({ "inbox": inbox.id, "address": address, "steps": steps });
        return report::json(&saved);
    }
    out::line(format!(
        "{} is set up ({}); a running server begins by itself",
        inbox.address, inbox.id
    ))
}

/// The draft over the set-up that an inbox has: signature, trusted servers and the like stay.
async fn over(app: &App, inbox: &Inbox, args: &Args, draft: Draft) -> Result<Draft, Failure> {
    let Some(before) = set_up_of(app, inbox).await? else { return Ok(draft) };
    if !args.replace {
        return Err(Failure::new(format!("{} is set up already", inbox.address))
            .advise("--replace writes over its servers and secrets"));
    }
    let MailSettings { incoming, outgoing, plus_addressing, .. } = draft.settings;
    let settings = MailSettings { incoming, outgoing, plus_addressing, ..before.settings };
    Ok(Draft { settings, ..draft })
}

/// The inbox as it will be, for the test alone.
fn not_yet(app: &App, args: &Args) -> Inbox {
    let now = app.now();
    Inbox {
        id: InboxId::from(0),
        channel: Channel::Email,
        address: args.address.clone(),
        name: String::new(),
        active: true,
        restricted: false,
        show_placeholders: false,
        teams: Vec::new(),
        default_team: None,
        created_at: now,
        updated_at: now,
        version: 0,
    }
}

async fn test(
    settings: &Settings,
    app: &App,
    inbox: Inbox,
    draft: &Draft,
    as_json: bool,
) -> Result<Vec<ProbeStep>, Failure> {
    let probe = MailProbe::new(mail_access(settings, app)?);
    let credentials = Ok(draft.secrets.clone());
    let inbox = MailInbox { inbox, settings: draft.settings.clone(), credentials, version: 0 };
    let mut steps = probe.check_incoming(&inbox).await;
    if draft.settings.outgoing.is_some() {
        steps.extend(probe.check_outgoing(&inbox).await);
    }
    let verdict = report::verdict(&steps);
    // A script that is told of success gets one document, at the end.
    if !as_json || verdict.is_err() {
        report::steps(&steps, as_json)?;
    }
    let advice = "nothing was saved; correct it, or save it with --no-test";
    verdict.map(|()| steps).map_err(|failure| failure.advise(advice))
}

async fn save(app: &App, args: &Args, draft: Draft) -> Result<Inbox, Failure> {
    let name = args.name.as_deref().unwrap_or(&args.address);
    let inbox = inboxes::ensure(app, Channel::Email, &args.address, name).await?;
    let Draft { settings, secrets, hint: _ } = draft;
    let new = NewMailSetUp { settings, secrets };
    mail_settings::put(app, &Actor::system(), inbox.id, new, None).await?;
    Ok(inbox)
}
