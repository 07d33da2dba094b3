//! Passwords: which are allowed, and how they are hashed and checked (Argon2id).
//!
//! Hashing takes memory and time on purpose. It runs on the blocking pool, two at a time, so that
//! a flood of sign-ins waits instead of taking the machine.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::AppError;
use crate::secret::Secret;

/// The fewest characters of a password.
pub const MIN_PASSWORD: usize = 10;
/// The most characters of a password.
pub const MAX_PASSWORD: usize = 256;
/// How many hashes are worked on at one time.
const AT_ONCE: usize = 2;

/// What one hash costs. The default is what the `argon2` crate recommends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self {
            memory_kib: Params::DEFAULT_M_COST,
            passes: Params::DEFAULT_T_COST,
            lanes: Params::DEFAULT_P_COST,
        }
    }
}

impl PasswordCost {
    /// The least that Argon2 takes: for tests alone.
    pub fn least() -> Self {
        Self {
            memory_kib: Params::MIN_M_COST,
            passes: Params::MIN_T_COST,
            lanes: Params::MIN_P_COST,
        }
    }

    fn argon2(self) -> Result<Argon2<'static>, AppError> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, None);
        let params = params.map_err(|e| AppError::internal(format!("password cost: {e}")))?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

/// Hashes and checks passwords.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    cost: PasswordCost,
    permits: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new(cost: PasswordCost) -> Self {
        Self { cost, permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The hash to store, as a PHC string. Fails when the password is not allowed.
    pub(crate) async fn hash(&self, password: &Secret) -> Result<String, AppError> {
        let password = allowed(password)?;
        let cost = self.cost;
        self.blocking(move || hash(cost, &password)).await
    }

    /// Whether the password is the one of the stored hash. Without a hash the answer is no, but it
    /// takes as long: the time must not tell whether an address has an account.
    pub(crate) async fn verify(
        &self,
        password: &str,
        stored: Option<String>,
    ) -> Result<bool, AppError> {
        let password = normal(password);
        let cost = self.cost;
        self.blocking(move || match stored {
            Some(stored) => verify(cost, &password, &stored),
            None => hash(cost, &password).map(|_| false),
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let permits = Arc::clone(&self.permits);
        // The permit goes along: a caller who leaves must not let a third hash begin.
        let permit = permits.acquire_owned().await.map_err(AppError::internal)?;
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        task.await.map_err(AppError::internal)?
    }
}

fn hash(cost: PasswordCost, password: &Secret) -> Result<String, AppError> {
    let made = cost.argon2()?.hash_password(password.expose().as_bytes());
    let made = made.map_err(|e| AppError::internal(format!("hashing: {e}")))?;
    Ok(made.to_string())
}

/// The stored hash names its own cost, so that hashes made under another one stay good.
fn verify(cost: PasswordCost, password: &Secret, stored: &str) -> Result<bool, AppError> {
    let stored = PasswordHash::new(stored)
        .map_err(|e| AppError::internal(format!("a stored password hash is not readable: {e}")))?;
    Ok(cost.argon2()?.verify_password(password.expose().as_bytes(), &stored).is_ok())
}

/// One form for all ways of typing the same characters (NFKC). What is longer than any password
/// can be is cut, lest somebody send a megabyte to be hashed.
fn normal(password: &str) -> Secret {
    Secret::new(password.chars().take(MAX_PASSWORD + 1).nfkc().collect())
}

fn allowed(password: &Secret) -> Result<Secret, AppError> {
    let normal = normal(password.expose());
    let lengths = [normal.expose().chars().count(), password.expose().chars().count()];
    if lengths.iter().all(|length| (MIN_PASSWORD..=MAX_PASSWORD).contains(length)) {
        return Ok(normal);
    }
    let message = format!("must have {MIN_PASSWORD} to {MAX_PASSWORD} characters");
    Err(AppError::invalid("password", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_same_characters_typed_in_another_way_are_the_same_password() {
        let passwords = Passwords::new(PasswordCost::least());
        let composed = Secret::from("şifre değiştir é");
        let decomposed: String = composed.expose().nfd().collect();
        assert_ne!(composed.expose(), &decomposed);
        let stored = passwords.hash(&composed).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$"));
        assert!(passwords.verify(&decomposed, Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify("sifre degistir e", Some(stored)).await.unwrap());
        assert!(!passwords.verify(&decomposed, None).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_made_under_another_cost_stays_good() {
        let old = Passwords::new(PasswordCost::least());
        let stored = old.hash(&Secret::from("correct horse")).await.unwrap();
        let cost = PasswordCost { passes: 2, ..PasswordCost::least() };
        assert!(Passwords::new(cost).verify("correct horse", Some(stored)).await.unwrap());
    }

    #[tokio::test]
    async fn passwords_have_ten_to_256_characters() {
        let passwords = Passwords::new(PasswordCost::least());
        for bad in ["", "ninechars", &"ş".repeat(257), &"a\u{301}".repeat(9)] {
            let error = passwords.hash(&Secret::from(bad)).await.unwrap_err();
            assert_eq!(error.field, Some("password"), "{bad}");
        }
        assert!(passwords.hash(&Secret::from("ş".repeat(256))).await.is_ok());
        assert!(passwords.hash(&Secret::from("ş şş şş şş")).await.is_ok());
    }

    #[test]
    fn the_default_cost_is_the_crates_own() {
        let cost = PasswordCost::default();
        assert_eq!((cost.memory_kib, cost.passes, cost.lanes), (19 * 1024, 2, 1));
    }
}
