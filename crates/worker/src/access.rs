//! From an inbox's settings and secrets to what the mail protocols want: servers and logins.

use std::sync::Arc;

use async_trait::async_trait;
use throughline_app::Secret;
use throughline_app::mail_settings::{MailInbox, MailSecret, OAuthGrant};
use throughline_core::mail_settings::{MailServer, Security, SignIn};
use throughline_ingest::email::imap::{self, ImapServer};
use throughline_outbound::email::smtp;

/// Turns grants of OAuth 2 into access tokens.
#[async_trait]
pub trait AccessTokens: Send + Sync {
    /// An access token that is good for some minutes at least, or why there is none, for an admin.
    async fn token(&self, grant: &OAuthGrant) -> Result<Secret, String>;
}

/// Gives no access tokens: where OAuth 2 is not set up.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTokens;

#[async_trait]
impl AccessTokens for NoTokens {
    async fn token(&self, _: &OAuthGrant) -> Result<Secret, String> {
        Err("OAuth is not set up".to_owned())
    }
}

/// How mail servers are reached from here, beyond what an inbox's settings say. Cheap to clone.
#[derive(Clone)]
pub struct MailAccess {
    /// Gives access tokens.
    pub tokens: Arc<dyn AccessTokens>,
    /// Certificates (PEM) trusted besides the public ones.
    pub extra_roots: Option<String>,
    /// What we call ourselves to servers: a host name.
    pub hello: String,
}

impl MailAccess {
    /// The server from which an inbox's mail is fetched, and how to sign in there. The error is for
    /// an admin.
    pub async fn incoming(&self, inbox: &MailInbox) -> Result<(ImapServer, imap::Login), String> {
        let incoming = inbox.settings.incoming.as_ref();
        let server = &incoming.ok_or("no server to fetch from is set")?.server;
        let credentials = inbox.credentials.as_ref().map_err(Clone::clone)?;
        let login = match self.secret(server, credentials.incoming.as_ref()).await? {
            Some(Proof::Password(password)) => {
                let password = imap::Secret::new(password.into_exposed());
                imap::Login::Password { user: server.user.clone(), password }
            }
            Some(Proof::Token(token)) => {
                let token = imap::Secret::new(token.into_exposed());
                imap::Login::XOauth2 { user: server.user.clone(), token }
            }
            None => return Err("fetching needs a sign-in".to_owned()),
        };
        Ok((self.imap_server(server), login))
    }

    /// The server to which an inbox's mail is handed, and how to sign in there. The error is for an
    /// admin.
    pub async fn outgoing(&self, inbox: &MailInbox) -> Result<(smtp::Server, smtp::Login), String> {
        let outgoing = inbox.settings.outgoing.as_ref();
        let server = &outgoing.ok_or("no server to send by is set")?.server;
        let credentials = inbox.credentials.as_ref().map_err(Clone::clone)?;
        let user = server.user.clone();
        let login = match self.secret(server, credentials.for_sending()).await? {
            Some(Proof::Password(password)) => {
                smtp::Login::Password { user, password: password.into_exposed() }
            }
            Some(Proof::Token(token)) => smtp::Login::XOauth2 { user, token: token.into_exposed() },
            None => smtp::Login::None,
        };
        Ok((self.smtp_server(server), login))
    }

    async fn secret(
        &self,
        server: &MailServer,
        secret: Option<&MailSecret>,
    ) -> Result<Option<Proof>, String> {
        match (server.sign_in, secret) {
            (SignIn::None, _) => Ok(None),
            (SignIn::Password, Some(MailSecret::Password(password))) => {
                Ok(Some(Proof::Password(password.clone())))
            }
            (SignIn::Oauth2, Some(MailSecret::Grant(grant))) => {
                Ok(Some(Proof::Token(self.tokens.token(grant).await?)))
            }
            (SignIn::Password, _) => Err("the password is missing".to_owned()),
            (SignIn::Oauth2, _) => Err("the OAuth grant is missing".to_owned()),
        }
    }

    fn imap_server(&self, server: &MailServer) -> ImapServer {
        ImapServer {
            host: server.host.clone(),
            port: server.port,
            security: match server.security {
                Security::Tls => imap::Security::Tls,
                Security::StartTls => imap::Security::StartTls,
                Security::Plain => imap::Security::Plain,
            },
            extra_root: self.extra_roots.clone().map(String::into_bytes),
            limits: imap::Limits::default(),
        }
    }

    fn smtp_server(&self, server: &MailServer) -> smtp::Server {
        let security = match server.security {
            Security::Tls => smtp::Security::Tls,
            Security::StartTls => smtp::Security::StartTls,
            Security::Plain => smtp::Security::Plain,
        };
        smtp::Server {
            extra_roots_pem: self.extra_roots.clone(),
            hello: self.hello.clone(),
            ..smtp::Server::new(server.host.clone(), server.port, security)
        }
    }
}

/// What is shown to a server.
enum Proof {
    Password(Secret),
    Token(Secret),
}
