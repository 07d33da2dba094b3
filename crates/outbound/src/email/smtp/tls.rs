//! TLS to a server: which certificates are trusted, and the handshake.

use std::io;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

/// The bytes to and from a server, protected or not.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Wire for T {}

/// Trusts the public authorities and those of the PEM text. The error is a sentence.
pub(crate) fn config(extra_roots_pem: Option<&str>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = extra_roots_pem {
        add(&mut roots, pem)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn add(roots: &mut RootCertStore, pem: &str) -> Result<(), String> {
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|_| "the extra certificate is not PEM")?;
        roots.add(certificate).map_err(|error| format!("the extra certificate: {error}"))?;
        count += 1;
    }
    if count == 0 { Err("the extra certificate holds none".to_string()) } else { Ok(()) }
}

/// The handshake; the certificate must be for `host`.
pub(super) async fn handshake(
    wire: Box<dyn Wire>,
    host: &str,
    config: Arc<ClientConfig>,
) -> io::Result<Box<dyn Wire>> {
    let name = ServerName::try_from(host.to_string()).map_err(io::Error::other)?;
    let protected = TlsConnector::from(config).connect(name, wire).await?;
    Ok(Box::new(protected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_certificate_is_said_and_not_ignored() {
        assert!(config(None).is_ok());
        assert!(config(Some("")).unwrap_err().contains("none"));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(config(Some(broken)).is_err());
    }
}
