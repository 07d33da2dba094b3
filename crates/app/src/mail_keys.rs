//! The key by which reply addresses and Message-IDs of this installation are signed, and the
//! installation's own name. Made on first use, kept in the database, read once per process.

use throughline_core::time::Instant;
use throughline_store::Conn;
use tokio::sync::OnceCell;

use crate::secret::Secret;
use crate::{App, AppError, random, secrets};

/// Where both stand in the table of secrets.
const SIGNING: &str = "mail_tokens";
const INSTALLATION: &str = "installation";

/// What was read.
#[derive(Default)]
pub(crate) struct MailKeys(OnceCell<Read>);

struct Read {
    signing: Secret<Vec<u8>>,
    installation: String,
}

impl App {
    /// The key by which reply addresses and Message-IDs are signed.
    pub(crate) async fn mail_signing_key(&self) -> Result<&Secret<Vec<u8>>, AppError> {
        Ok(&self.read_mail_keys().await?.signing)
    }

    /// The same inside a transaction: what was read already, else what stands there, else a new one.
    pub(crate) fn mail_signing_key_in(
        &self,
        conn: &mut Conn,
        now: Instant,
    ) -> Result<Secret<Vec<u8>>, AppError> {
        match self.mail_keys.0.get() {
            Some(read) => Ok(read.signing.clone()),
            None => secrets::get_or_create_in(conn, SIGNING, now),
        }
    }

    /// The name of this installation, by which its own mails are known when they come back. It is
    /// in every mail we send, and no secret.
    pub async fn installation(&self) -> Result<&str, AppError> {
        Ok(&self.read_mail_keys().await?.installation)
    }

    async fn read_mail_keys(&self) -> Result<&Read, AppError> {
        let read = || async {
            let signing = secrets::get_or_create(self, SIGNING).await?;
            let own = secrets::get_or_create(self, INSTALLATION).await?;
            let installation = random::hex(own.expose().get(..8).unwrap_or_default());
            Ok(Read { signing, installation })
        };
        self.mail_keys.0.get_or_try_init(read).await
    }
}
