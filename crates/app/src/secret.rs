//! A value that must not be printed, logged or shown by accident.

/// A secret: a password, a token, a key. Its `Debug` shows nothing of it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T = String>(T);

impl<T> Secret<T> {
    /// Wraps a secret.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself: for the one who must send it or check it.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself, taken out.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl<T> std::fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_cannot_print_itself() {
        let secret = Secret::from("hunter2 hunter2");
        assert_eq!(format!("{:?} {:#?}", secret, Some(&secret)).matches("hunter").count(), 0);
        assert_eq!(secret.expose(), "hunter2 hunter2");
    }
}
