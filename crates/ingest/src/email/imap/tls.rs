//! TLS to a mail server, with the public root certificates and those an admin adds.

use std::io;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::error::ImapError;
use super::server::ImapServer;
use super::wire::Transport;

/// Puts TLS on a connection. A certificate that cannot be verified is an error, always.
pub(super) async fn protect(
    server: &ImapServer,
    inner: Box<dyn Transport>,
) -> Result<Box<dyn Transport>, ImapError> {
    let name = ServerName::try_from(server.host.clone())
        .map_err(|error| ImapError::Tls { host: server.host.clone(), why: error.to_string() })?;
    let connector =
        TlsConnector::from(Arc::new(client_config(&server.host, server.extra_root.as_deref())?));
    let handshake = connector.connect(name, inner);
    match tokio::time::timeout(server.limits.connect, handshake).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(of_handshake(&server.host, &error)),
        Err(_) => Err(ImapError::Stalled {
            doing: "agree on TLS".to_owned(),
            seconds: server.limits.connect.as_secs(),
        }),
    }
}

/// The public root certificates and those of `extra_root` (PEM), for connections to `host`.
pub(in crate::email) fn client_config(
    host: &str,
    extra_root: Option<&[u8]>,
) -> Result<ClientConfig, ImapError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = extra_root {
        add(&mut roots, pem).map_err(|why| ImapError::ExtraRoot { why })?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ImapError::Tls { host: host.to_owned(), why: error.to_string() })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn add(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), String> {
    let mut found = false;
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
        found = true;
    }
    if found { Ok(()) } else { Err("no certificate in it".to_owned()) }
}

fn of_handshake(host: &str, error: &io::Error) -> ImapError {
    let host = host.to_owned();
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(error)) => {
            ImapError::Certificate { host, why: certificate_words(error) }
        }
        _ => ImapError::Tls { host, why: error.to_string() },
    }
}

fn certificate_words(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => "it is signed by an authority that is not known here; \
             for a server of your own, give its root certificate"
            .to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired; the server's operator must renew it".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; check the clocks of both machines".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is made out to another name; check the host name".to_owned()
        }
        other => other.to_string(),
    }
}
