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
    let extra_roots = extra_roots("mail", &settings.mail.extra_roots)?;
    let tokens = Arc::new(OAuthTokens::new(app.clone(), extra_roots.clone()));
    Ok(MailAccess {
        tokens,
        extra_roots,
        hello: hello(&settings.mail.hello, &settings.server.public_url),
    })
}

/// The certificates in the file that `extra_roots` of this section names.
pub fn extra_roots(section: &str, file: &str) -> Result<Option<String>, Failure> {
    if file.is_empty() {
        return Ok(None);
    }
    let wrong = |why: &str| Failure::configuration(format!("{section}.extra_roots: {file}: {why}"));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error.to_string()))?;
    if text.contains("-----BEGIN CERTIFICATE-----") {
        return Ok(Some(text));
    }
    Err(wrong("there is no certificate in PEM form in it"))
}

/// What we call ourselves: what is set, else the host by which the outside knows us.
fn hello(named: &str, public_url: &str) -> String {
    let rest = public_url.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    match (named.trim(), host) {
        // An address of IPv6 is no host name.
        ("", host) if host.is_empty() || host.starts_with('[') => "localhost".to_owned(),
        ("", host) => host.to_owned(),
        (named, _) => named.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_call_ourselves_as_the_outside_does() {
        assert_eq!(hello("", "https://desk.example.com:8443/x"), "desk.example.com");
        assert_eq!(hello(" mx.example.com ", "https://desk.example.com"), "mx.example.com");
        for nothing in ["", "nonsense", "http://[::1]:80"] {
            assert_eq!(hello("", nothing), "localhost", "{nothing}");
        }
    }

    #[test]
    fn a_file_without_a_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, "nothing").unwrap();
        let error = extra_roots("mail", file.to_str().unwrap()).unwrap_err().to_string();
        assert!(error.contains("mail.extra_roots") && error.contains("ca.pem"), "{error}");
        assert_eq!(extra_roots("mail", "").unwrap(), None);
    }
}
