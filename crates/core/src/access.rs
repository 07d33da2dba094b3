//! Who came in, and who took what out: what the audit trail keeps besides changes.

use crate::time::Instant;

/// How many characters are kept of an address with which somebody tried to sign in.
const TYPED: usize = 100;

/// Something of this kind. The names are those of the trail: what it was about, and what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// An agent signed in.
    SignedIn,
    /// Somebody was refused: no such account, the wrong password, locked, inactive. Which, is not kept.
    SignInRefused,
    /// An agent signed out.
    SignedOut,
    /// An agent took another password.
    PasswordChanged,
    /// An agent was given another password.
    PasswordReset,
    /// An agent wanted another password without knowing the present one.
    PasswordRefused,
    /// Everything on a customer, or the rejected rows of an import, was fetched.
    Exported,
    /// Changes were read with the state of what they concern, by somebody who keeps a copy.
    ChangesRead,
}

impl Access {
    /// What it was about.
    pub fn what(self) -> &'static str {
        match self {
            Self::SignedIn | Self::SignInRefused | Self::SignedOut => "session",
            Self::PasswordChanged | Self::PasswordReset | Self::PasswordRefused => "password",
            Self::Exported | Self::ChangesRead => "export",
        }
    }

    /// What was done.
    pub fn change(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignInRefused | Self::PasswordRefused => "refused",
            Self::SignedOut => "signed_out",
            Self::PasswordChanged => "changed",
            Self::PasswordReset => "reset",
            Self::Exported | Self::ChangesRead => "exported",
        }
    }

    /// The beginning of the period within which repeats are one line with a count: the minute; the hour of
    /// who reads changes, which programs do all day. Each new password has a line of its own.
    pub fn period(self, now: Instant) -> Instant {
        let seconds = match self {
            Self::PasswordChanged | Self::PasswordReset => return now,
            Self::ChangesRead => 3600,
            _ => 60,
        };
        let within = now.as_micros().rem_euclid(seconds * 1_000_000);
        Instant::from_micros(now.as_micros() - within)
    }
}

/// An address as somebody typed it, as far as it is kept.
pub fn typed(address: &str) -> String {
    address.trim().chars().filter(|c| !c.is_control()).take(TYPED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_share_a_minute_and_new_passwords_share_nothing() {
        let at = |seconds: i64| Instant::from_micros(1_790_000_000_000_000).plus_seconds(seconds);
        let minute = Access::SignInRefused.period(at(0));
        assert_eq!(minute.as_millis() % 60_000, 0);
        let place = (at(0).as_millis() - minute.as_millis()) / 1000;
        assert_eq!(Access::SignInRefused.period(at(59 - place)), minute);
        assert_eq!(Access::SignInRefused.period(at(60 - place)), minute.plus_seconds(60));
        assert_eq!(Access::ChangesRead.period(at(0)).as_millis() % 3_600_000, 0);
        assert_ne!(Access::PasswordReset.period(at(0)), Access::PasswordReset.period(at(1)));
    }

    #[test]
    fn of_a_typed_address_the_beginning_is_kept_without_what_would_break_a_line() {
        assert_eq!(typed(" a\n@x.com\u{0} "), "a@x.com");
        assert_eq!(typed(&"ş".repeat(300)).chars().count(), 100);
    }
}
