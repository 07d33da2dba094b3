//! Access tokens: JWTs signed with HS256, good for minutes.
//!
//! Expiry is compared with the clock of the use cases and not with the machine's, so that tests
//! can move time. A token names an agent only; rights are read afresh with each request.

use std::collections::HashSet;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use throughline_core::id::AgentId;
use throughline_core::time::Instant;

use crate::problem::Problem;

const ISSUER: &str = "throughline";
/// How far two machines' clocks may differ, in seconds.
const LEEWAY: i64 = 5;

/// What a token is good for. Each kind is refused in the place of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Whatever its agent may do.
    Access,
    /// Reading what frames and images load.
    Files,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Files => "files",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Claims {
    /// The agent.
    sub: String,
    /// Made at, in seconds since 1970.
    iat: i64,
    /// Good until, in seconds since 1970.
    exp: i64,
    iss: String,
    typ: String,
}

/// Makes and reads access tokens.
pub struct Tokens {
    signing: EncodingKey,
    reading: DecodingKey,
    validation: Validation,
    seconds: i64,
}

impl Tokens {
    /// With a key that every node shares.
    pub fn new(key: &[u8], minutes: i64) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.required_spec_claims = ["exp", "iss", "sub"].map(str::to_owned).into();
        validation.validate_exp = false;
        validation.aud = Some(HashSet::new());
        Self {
            signing: EncodingKey::from_secret(key),
            reading: DecodingKey::from_secret(key),
            validation,
            seconds: minutes.max(1).saturating_mul(60),
        }
    }

    /// A token for an agent and the instant until which it is good.
    pub fn make(
        &self,
        purpose: Purpose,
        agent: AgentId,
        now: Instant,
    ) -> Result<(String, Instant), Problem> {
        let iat = now.as_millis().div_euclid(1000);
        let exp = iat.saturating_add(self.seconds);
        let (iss, typ) = (ISSUER.to_owned(), purpose.as_str().to_owned());
        let claims = Claims { sub: agent.to_string(), iat, exp, iss, typ };
        let failed = |e| Problem::new("internal", "something went wrong on our side").because(e);
        let token =
            encode(&Header::new(Algorithm::HS256), &claims, &self.signing).map_err(failed)?;
        Ok((token, Instant::from_micros(exp.saturating_mul(1_000_000))))
    }

    /// For how many seconds a new token is good.
    pub fn seconds(&self) -> i64 {
        self.seconds
    }

    /// The agent that a token names, if it is ours, of this kind and still good.
    pub fn read(&self, purpose: Purpose, token: &str, now: Instant) -> Result<AgentId, Problem> {
        self.read_until(purpose, token, now).map(|(agent, _)| agent)
    }

    /// The same, with the instant until which the token is good.
    pub fn read_until(
        &self,
        purpose: Purpose,
        token: &str,
        now: Instant,
    ) -> Result<(AgentId, Instant), Problem> {
        let read = decode::<Claims>(token, &self.reading, &self.validation);
        let Claims { sub, iat: _, exp, iss: _, typ } = read.map_err(|e| refused(&e))?.claims;
        if typ != purpose.as_str() {
            return Err(Problem::new("invalid_token", "this token is for something else"));
        }
        if now.as_millis().div_euclid(1000) > exp.saturating_add(LEEWAY) {
            return Err(Problem::new("token_expired", "the access token has expired; refresh it"));
        }
        let until = Instant::from_micros(exp.saturating_mul(1_000_000));
        let agent = sub.parse().map(|agent| (agent, until));
        agent.map_err(|_| Problem::new("invalid_token", "the token names no agent"))
    }
}

/// One text for all that is wrong with a token: the reasons help nobody but a forger.
fn refused(error: &jsonwebtoken::errors::Error) -> Problem {
    let detail = match error.kind() {
        ErrorKind::InvalidToken => "this is neither an access token nor an API key",
        _ => "the access token is not good",
    };
    Problem::new("invalid_token", detail).because(error.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(1_790_000_000_000_000);

    fn tokens() -> Tokens {
        Tokens::new(b"0123456789abcdef0123456789abcdef", 15)
    }

    fn signed(key: &[u8], algorithm: Algorithm, claims: &serde_json::Value) -> String {
        encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key)).unwrap()
    }

    fn claims() -> serde_json::Value {
        let exp = NOW.as_millis() / 1000 + 60;
        let sub = AgentId::from(7).to_string();
        serde_json::json!({ "sub": sub, "iat": 1, "exp": exp, "iss": "throughline", "typ": "access" })
    }

    #[track_caller]
    fn refuses(token: &str) {
        assert_eq!(tokens().read(Purpose::Access, token, NOW).unwrap_err().code(), "invalid_token");
    }

    #[test]
    fn a_token_is_good_until_it_expires_and_five_seconds_more() {
        let (token, until) = tokens().make(Purpose::Access, AgentId::from(7), NOW).unwrap();
        assert_eq!(until, NOW.plus_seconds(900));
        assert_eq!(tokens().read(Purpose::Access, &token, NOW).unwrap(), AgentId::from(7));
        assert!(tokens().read(Purpose::Access, &token, until.plus_seconds(LEEWAY)).is_ok());
        let late =
            tokens().read(Purpose::Access, &token, until.plus_seconds(LEEWAY + 1)).unwrap_err();
        assert_eq!(late.code(), "token_expired");
    }

    #[test]
    fn a_token_for_files_is_no_access_token() {
        let (files, _) = tokens().make(Purpose::Files, AgentId::from(7), NOW).unwrap();
        refuses(&files);
        assert_eq!(tokens().read(Purpose::Files, &files, NOW).unwrap(), AgentId::from(7));
        let (access, _) = tokens().make(Purpose::Access, AgentId::from(7), NOW).unwrap();
        assert!(tokens().read(Purpose::Files, &access, NOW).is_err());
    }

    #[test]
    fn forged_and_foreign_tokens_are_refused() {
        let key = b"0123456789abcdef0123456789abcdef";
        assert!(
            tokens().read(Purpose::Access, &signed(key, Algorithm::HS256, &claims()), NOW).is_ok()
        );
        refuses(&signed(b"another key", Algorithm::HS256, &claims()));
        refuses(&signed(key, Algorithm::HS512, &claims()));
        for (claim, value) in [("iss", "other"), ("typ", "refresh"), ("sub", "tkt_0000000000001")] {
            let mut changed = claims();
            changed[claim] = value.into();
            refuses(&signed(key, Algorithm::HS256, &changed));
        }
        refuses("");
        refuses("a.b.c");
    }

    #[test]
    fn tokens_without_a_signature_are_refused() {
        // {"alg":"none","typ":"JWT"} and the claims of a good token, with an empty signature.
        let (good, _) = tokens().make(Purpose::Access, AgentId::from(7), NOW).unwrap();
        let payload = good.split('.').nth(1).unwrap();
        refuses(&format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}."));
        let (head, _) = good.rsplit_once('.').unwrap();
        refuses(&format!("{head}."));
    }

    #[test]
    fn every_claim_is_required() {
        let key = b"0123456789abcdef0123456789abcdef";
        for claim in ["sub", "exp", "iss", "typ"] {
            let mut less = claims();
            less.as_object_mut().unwrap().remove(claim);
            refuses(&signed(key, Algorithm::HS256, &less));
        }
    }
}
