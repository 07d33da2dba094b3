//! How mail servers are reached from this node: made in one place for the poller, the sender, the test
//! of connections and the command line.

use std::sync::Arc;

use throughline_app::App;
use throughline_worker::access::MailAccess;
use throughline_worker::tokens::OAuthTokens;

use crate::config::Settings;
use crate::error::Failure;

/// The access to mail servers by these settings. Fails when the file of own certificates cannot be
/// read. Access tokens are kept inside each.
pub fn mail_access(settings: &Settings, app: &App) -> Result<MailAccess, Failure> {
    let extra_roots = extra_roots(&settings.mail.extra_roots)?;
    let tokens = Arc::new(OAuthTokens::new(app.clone(), extra_roots.clone()));
    Ok(MailAccess { tokens, extra_roots, hello: hello(settings) })
}

fn extra_roots(file: &str) -> Result<Option<String>, Failure> {
    if file.is_empty() {
        return Ok(None);
    }
    let wrong = |why: &str| Failure::configuration(format!("mail.extra_roots: {file}: {why}"));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error.to_string()))?;
    if text.contains("-----BEGIN CERTIFICATE-----") {
        return Ok(Some(text));
    }
    Err(wrong("there is no certificate in PEM form in it"))
}

/// What we call ourselves: the setting, else the host that the outside knows.
fn hello(settings: &Settings) -> String {
    let named = settings.mail.hello.trim();
    if !named.is_empty() {
        return named.to_owned();
    }
    let url = settings.server.public_url.as_str();
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    if host.is_empty() || host.starts_with('[') { "localhost".to_owned() } else { host.to_owned() }
}
