//! Whether settings make sense, field by field. Whether they work only the servers can say.
//!
//! Addresses of own networks are allowed: that is where many mail servers stand. Only admins set them.

use std::net::IpAddr;

use throughline_core::mail_settings::{
    AfterRecording, IncomingMail, MailServer, MailSettings, OutgoingServer, Security, SignIn,
};

use super::{MailCredentials, MailSecret, OAuthGrant};
use crate::AppError;

/// The most folders of one inbox.
const MAX_FOLDERS: usize = 50;
/// The longest name of a folder, in characters.
const MAX_FOLDER: usize = 255;
/// The longest host name (RFC 1035, section 2.3.4).
const MAX_HOST: usize = 253;
/// The longest name of an account, in characters.
const MAX_USER: usize = 320;
/// The longest name beside an address, in characters.
const MAX_NAME: usize = 200;
/// The longest signature or acknowledgement, in characters.
const MAX_TEXT: usize = 5_000;
/// The most names of trusted servers.
const MAX_TRUSTED: usize = 20;
/// The longest password, client id or the like, in characters.
const MAX_SECRET: usize = 1_000;
/// The longest refresh token, in characters; Microsoft's have some 1,500.
const MAX_TOKEN: usize = 10_000;
/// Ten years.
const MAX_CONTINUE_DAYS: u16 = 3_650;

/// The names of a server's fields.
struct Fields {
    host: &'static str,
    port: &'static str,
    security: &'static str,
    sign_in: &'static str,
    user: &'static str,
}

const INCOMING: Fields = Fields {
    host: "incoming.host",
    port: "incoming.port",
    security: "incoming.security",
    sign_in: "incoming.sign_in",
    user: "incoming.user",
};

const OUTGOING: Fields = Fields {
    host: "outgoing.host",
    port: "outgoing.port",
    security: "outgoing.security",
    sign_in: "outgoing.sign_in",
    user: "outgoing.user",
};

/// The settings as they are kept: hosts trimmed and in small letters, empty texts left out. Fails with
/// the first field that makes no sense.
pub fn checked(settings: MailSettings) -> Result<MailSettings, AppError> {
    let mut settings = settings;
    if let Some(incoming) = &mut settings.incoming {
        tidy_server(&mut incoming.server);
        if incoming.after != AfterRecording::Move {
            incoming.move_to = None;
        }
        check_incoming(incoming)?;
    }
    if let Some(outgoing) = &mut settings.outgoing {
        tidy_server(&mut outgoing.server);
        check_outgoing(outgoing)?;
    }
    for text in [&mut settings.from_name, &mut settings.signature, &mut settings.acknowledgement] {
        *text = text.take().filter(|text| !text.trim().is_empty());
    }
    for name in &mut settings.trusted_servers {
        *name = name.trim().to_ascii_lowercase();
    }
    check_texts(&settings)?;
    let days = settings.continue_after_days <= MAX_CONTINUE_DAYS;
    require(days, "continue_after_days", "must be at most 3650")?;
    require(settings.undo_seconds <= 3600, "undo_seconds", "must be at most 3600")?;
    Ok(settings)
}

fn tidy_server(server: &mut MailServer) {
    server.host = server.host.trim().to_ascii_lowercase();
    server.user = server.user.trim().to_owned();
}

fn check_incoming(incoming: &IncomingMail) -> Result<(), AppError> {
    check_server(&incoming.server, &INCOMING)?;
    let signs_in = incoming.server.sign_in != SignIn::None;
    require(signs_in, INCOMING.sign_in, "fetching needs a sign-in: password or oauth2")?;
    let folders = &incoming.folders;
    let number = (1..=MAX_FOLDERS).contains(&folders.len());
    require(number, "incoming.folders", "name 1 to 50 folders")?;
    let fit = folders.iter().all(|name| is_folder(name));
    let twice =
        folders.iter().enumerate().any(|(at, name)| folders.iter().take(at).any(|f| f == name));
    require(
        fit,
        "incoming.folders",
        "a folder's name has 1 to 255 characters, none of them control",
    )?;
    require(!twice, "incoming.folders", "name each folder once")?;
    let poll = (10..=86_400).contains(&incoming.poll_seconds);
    require(poll, "incoming.poll_seconds", "must be 10 to 86400")?;
    if incoming.after == AfterRecording::Move {
        let target = incoming.move_to.as_deref().unwrap_or_default();
        require(is_folder(target), "incoming.move_to", "name the folder to move to")?;
        let elsewhere = !folders.iter().any(|name| name == target);
        require(elsewhere, "incoming.move_to", "must be none of the folders that are read")?;
    }
    Ok(())
}

fn check_outgoing(outgoing: &OutgoingServer) -> Result<(), AppError> {
    check_server(&outgoing.server, &OUTGOING)?;
    let rate = (1..=1_000_000).contains(&outgoing.per_hour);
    require(rate, "outgoing.per_hour", "must be 1 to 1000000")?;
    require((1..=10_000).contains(&outgoing.burst), "outgoing.burst", "must be 1 to 10000")
}

fn check_server(server: &MailServer, fields: &Fields) -> Result<(), AppError> {
    let MailServer { host, port, security, sign_in, user } = server;
    let why = "must be a host name in ASCII letters (such as xn--…), or an address, without a port";
    require(is_host(host), fields.host, why)?;
    require(*port > 0, fields.port, "must be 1 to 65535")?;
    let protected = *security != Security::Plain || is_loopback(host);
    let why = "plain is only for this machine (localhost, 127.0.0.1): use tls or starttls";
    require(protected, fields.security, why)?;
    let named = *sign_in == SignIn::None || !user.is_empty();
    require(named, fields.user, "name the account to sign in with")?;
    require(is_line(user, MAX_USER), fields.user, "at most 320 characters, none of them control")
}

fn check_texts(settings: &MailSettings) -> Result<(), AppError> {
    let named = settings.from_name.as_deref().is_none_or(|name| is_line(name, MAX_NAME));
    require(named, "from_name", "at most 200 characters, none of them control")?;
    let texts =
        [("signature", &settings.signature), ("acknowledgement", &settings.acknowledgement)];
    for (field, text) in texts {
        let fits = text.as_deref().is_none_or(|text| is_text(text, MAX_TEXT));
        require(fits, field, "at most 5000 characters of plain text")?;
    }
    let few = settings.trusted_servers.len() <= MAX_TRUSTED;
    require(few, "trusted_servers", "at most 20 names")?;
    let named = settings.trusted_servers.iter().all(|name| is_host(name));
    require(named, "trusted_servers", "write each name as it stands in Authentication-Results")
}

/// Whether given secrets have a form in which they can be used.
pub(super) fn check_secrets(given: &MailCredentials) -> Result<(), AppError> {
    let sides = [
        (&given.incoming, "incoming.password", "incoming.grant"),
        (&given.outgoing, "outgoing.password", "outgoing.grant"),
    ];
    for (secret, password_field, grant_field) in sides {
        match secret {
            Some(MailSecret::Password(password)) => {
                let text = password.expose();
                let fits = !text.is_empty() && is_line(text, MAX_SECRET);
                require(fits, password_field, "1 to 1000 characters, none of them control")?;
            }
            Some(MailSecret::Grant(grant)) => check_grant(grant, grant_field)?,
            None => {}
        }
    }
    Ok(())
}

fn check_grant(grant: &OAuthGrant, field: &'static str) -> Result<(), AppError> {
    let OAuthGrant { token_url, client_id, client_secret, refresh_token, scope } = grant;
    let why = "token_url must begin with https:// (http:// only to this machine)";
    require(is_token_url(token_url), field, why)?;
    let given = |text: &str, most: usize| !text.is_empty() && is_line(text, most);
    require(given(client_id, MAX_SECRET), field, "client_id must have 1 to 1000 characters")?;
    let secret = client_secret.as_ref().is_none_or(|s| given(s.expose(), MAX_SECRET));
    require(secret, field, "client_secret must have 1 to 1000 characters")?;
    let token = given(refresh_token.expose(), MAX_TOKEN);
    require(token, field, "refresh_token must have 1 to 10000 characters")?;
    let scope = scope.as_ref().is_none_or(|scope| given(scope, MAX_SECRET));
    require(scope, field, "scope must have 1 to 1000 characters")
}

fn require(holds: bool, field: &'static str, why: &str) -> Result<(), AppError> {
    if holds { Ok(()) } else { Err(AppError::invalid(field, why)) }
}

fn is_line(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.chars().any(char::is_control)
}

fn is_text(text: &str, most: usize) -> bool {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    text.chars().count() <= most && !text.chars().any(control)
}

fn is_folder(name: &str) -> bool {
    !name.trim().is_empty() && is_line(name, MAX_FOLDER)
}

fn is_host(host: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let name = host.starts_with(|c: char| c.is_ascii_alphanumeric()) && host.bytes().all(letter);
    host.len() <= MAX_HOST && (name || host.parse::<IpAddr>().is_ok())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_token_url(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let fits = is_line(url, 2_000) && !url.contains(char::is_whitespace) && is_host(host);
    fits && (scheme == "https" || scheme == "http" && is_loopback(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    fn incoming(change: impl FnOnce(&mut IncomingMail)) -> Option<&'static str> {
        let server = r#"{"host":" Mail.Example ","port":993,"security":"tls","sign_in":"password","user":"me"}"#;
        let mut incoming: IncomingMail =
            serde_json::from_str(&format!(r#"{{"server":{server}}}"#)).unwrap();
        change(&mut incoming);
        let settings = MailSettings { incoming: Some(incoming), ..MailSettings::default() };
        checked(settings).err().and_then(|error| error.field)
    }

    #[test]
    fn each_field_is_blamed_by_its_name() {
        assert_eq!(incoming(|_| {}), None);
        assert_eq!(incoming(|i| i.server.host = "a b".into()), Some("incoming.host"));
        assert_eq!(incoming(|i| i.server.host = "mail:993".into()), Some("incoming.host"));
        assert_eq!(incoming(|i| i.server.port = 0), Some("incoming.port"));
        assert_eq!(incoming(|i| i.server.security = Security::Plain), Some("incoming.security"));
        assert_eq!(incoming(|i| i.server.sign_in = SignIn::None), Some("incoming.sign_in"));
        assert_eq!(incoming(|i| i.server.user = " ".into()), Some("incoming.user"));
        assert_eq!(incoming(|i| i.folders.clear()), Some("incoming.folders"));
        assert_eq!(incoming(|i| i.folders.push("INBOX".into())), Some("incoming.folders"));
        assert_eq!(incoming(|i| i.folders.push("a\r\nb".into())), Some("incoming.folders"));
        assert_eq!(incoming(|i| i.poll_seconds = 9), Some("incoming.poll_seconds"));
        assert_eq!(incoming(|i| i.after = AfterRecording::Move), Some("incoming.move_to"));
    }

    #[test]
    fn what_stays_is_tidied() {
        let local = |i: &mut IncomingMail| {
            i.server.host = "LOCALHOST".into();
            i.server.security = Security::Plain;
        };
        assert_eq!(incoming(local), None);
        let signature = Some("  \n".to_owned());
        let tidied = checked(MailSettings { signature, ..MailSettings::default() }).unwrap();
        assert_eq!(tidied.signature, None);
        let undo_seconds = 3601;
        let bad = checked(MailSettings { undo_seconds, ..MailSettings::default() }).unwrap_err();
        assert_eq!(bad.field, Some("undo_seconds"));
    }

    #[test]
    fn tokens_are_asked_for_under_tls_only() {
        let grant = |url: &str| OAuthGrant {
            token_url: url.to_owned(),
            client_id: "c".into(),
            client_secret: None,
            refresh_token: Secret::from("r"),
            scope: None,
        };
        let fits = |url: &str| check_grant(&grant(url), "incoming.grant").is_ok();
        assert!(fits("https://login.example/token") && fits("http://127.0.0.1:9/token"));
        assert!(fits("http://[::1]:9/token"));
        for bad in ["http://login.example/t", "ftp://x", "https://", "https://a b/", "x"] {
            assert!(!fits(bad), "{bad}");
        }
        assert!(!fits("http://127.0.0.1.evil.example/") && !fits("http://127.0.0.1@evil.example/"));
    }
}
