//! Who a mail is handed over from and to. The addresses in here are safe to put into an SMTP
//! command; nothing here knows of headers.

use lettre::Address;

/// An address that cannot be written to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not an address, or one with letters outside ASCII, which few servers take (RFC 6531).
    #[error("'{0}' is not an address that mail can be sent to")]
    Address(String),
    /// There is nobody to send to.
    #[error("the mail has no recipient")]
    NoRecipient,
}

/// The addresses of the SMTP dialogue (RFC 5321 section 2.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// `None` for the empty return path.
    from: Option<Address>,
    to: Vec<Address>,
}

impl Envelope {
    /// Checks the addresses; recipients that are named twice are kept once.
    pub fn new<'a>(
        from: &str,
        to: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, EnvelopeError> {
        Self::of(Some(address(from)?), to)
    }

    /// The same with the empty return path `<>`: nobody is told when it fails, so that no report and
    /// no absence note answers what a machine wrote (RFC 3834 section 3.3, RFC 5321 section 4.5.5).
    pub fn without_return<'a>(
        to: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, EnvelopeError> {
        Self::of(None, to)
    }

    /// The same mail for these recipients alone.
    pub fn only_to<'a>(
        &self,
        to: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, EnvelopeError> {
        Self::of(self.from.clone(), to)
    }

    fn of<'a>(
        from: Option<Address>,
        to: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, EnvelopeError> {
        let mut kept: Vec<Address> = Vec::new();
        for text in to {
            let address = address(text)?;
            if !kept.contains(&address) {
                kept.push(address);
            }
        }
        if kept.is_empty() {
            return Err(EnvelopeError::NoRecipient);
        }
        Ok(Self { from, to: kept })
    }

    /// Where failures are reported to; empty when nowhere.
    pub fn from(&self) -> &str {
        self.from.as_ref().map_or("", AsRef::as_ref)
    }

    /// The recipients, each once, in their order.
    pub fn to(&self) -> impl Iterator<Item = &str> {
        self.to.iter().map(AsRef::as_ref)
    }
}

/// Reads one address strictly.
pub(crate) fn address(text: &str) -> Result<Address, EnvelopeError> {
    let refused = || EnvelopeError::Address(text.chars().take(80).collect());
    // The limit of RFC 5321 section 4.5.3.1.3, without the brackets.
    let unsafe_byte = |b: u8| !b.is_ascii_graphic() || b == b'<' || b == b'>';
    if text.len() > 254 || text.bytes().any(unsafe_byte) {
        return Err(refused());
    }
    text.parse().map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_cannot_carry_a_second_command() {
        for bad in
            ["a@example.test>\r\nRCPT TO:<b@example.test", "a b@example.test", "ü@example.test"]
        {
            assert!(Envelope::new("me@example.test", [bad]).is_err(), "{bad}");
            assert!(Envelope::new(bad, ["me@example.test"]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_recipient_named_twice_gets_one_mail() {
        let both = Envelope::new("me@example.test", ["a@example.test", "a@example.test"]).unwrap();
        assert_eq!(both.to().collect::<Vec<_>>(), ["a@example.test"]);
        assert_eq!(Envelope::new("me@example.test", []), Err(EnvelopeError::NoRecipient));
        let one = both.only_to(["a@example.test"]).unwrap();
        assert_eq!((one.from(), &one), ("me@example.test", &both));
    }

    #[test]
    fn what_a_machine_answers_has_no_way_back() {
        let silent = Envelope::without_return(["a@example.test"]).unwrap();
        assert_eq!(silent.from(), "");
        assert_eq!(silent.only_to(["b@example.test"]).unwrap().from(), "");
    }
}
