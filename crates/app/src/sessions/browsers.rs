//! Sessions whose refresh token lies in a browser's cookie. All tabs share that cookie and none can see it,
//! so two of them may exchange the same token at one moment, and their answers may come in either order.
//! So the next token follows from the one before and a key of ours: whoever repeats an exchange in time
//! gets the same token once more, and whichever answer comes last leaves the right one in the cookie.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use throughline_store::sessions::{self as store, Session};
use throughline_store::{Conn, agents};

use super::{SignedIn, over};
use crate::secret::Secret;
use crate::{App, AppError, random, secrets};

/// How many exchanges a repeat may be behind; more do not happen within seconds.
const MOST_BEHIND: usize = 8;

/// What makes the next token out of one.
pub(super) struct Successors(Secret<Vec<u8>>);

impl Successors {
    /// With the key that all nodes share.
    pub(super) async fn load(app: &App) -> Result<Self, AppError> {
        secrets::get_or_create(app, "browser_sessions").await.map(Self)
    }

    /// The token that follows another. Nobody can tell it who has not the key.
    pub(super) fn after(&self, token: &str) -> Result<Secret, AppError> {
        let mac = Hmac::<Sha256>::new_from_slice(self.0.expose());
        let mut mac = mac.map_err(AppError::internal)?;
        mac.update(token.as_bytes());
        Ok(Secret::new(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
    }

    /// The newest token of a family once more, when it follows from the presented one.
    pub(super) fn again(
        &self,
        conn: &mut Conn,
        presented: &str,
        newest: &Session,
    ) -> Result<Option<SignedIn>, AppError> {
        let mut token = Secret::from(presented);
        for _ in 0..MOST_BEHIND {
            token = self.after(token.expose())?;
            let Some(found) = store::by_hash(conn, &random::hash(token.expose()))? else {
                return Ok(None);
            };
            if found.id == newest.id {
                let agent = agents::get(conn, newest.agent)?.ok_or_else(over)?;
                let refresh_expires_at = newest.expires_at;
                return Ok(Some(SignedIn { agent, refresh_token: token, refresh_expires_at }));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_token_is_one_and_nobody_elses() {
        let of = |key: u8| Successors(Secret::new(vec![key; 32]));
        let after = |key, token| of(key).after(token).unwrap().into_exposed();
        assert_eq!(after(1, "a"), after(1, "a"));
        assert_ne!(after(1, "a"), after(1, "b"));
        assert_ne!(after(1, "a"), after(2, "a"));
        assert_eq!(after(1, "a").len(), 43);
    }
}
