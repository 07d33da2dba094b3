//! E-mail addresses in the form by which they are compared, and those that nobody has for himself.

/// The longest address kept (RFC 5321: 64 + 1 + 255, in octets).
pub const MAX_ADDRESS: usize = 320;

/// An e-mail address in the one form by which addresses are compared.
///
/// Lower-cased as a whole: RFC 5321 lets a host tell `A@` from `a@`, but no host in use does,
/// and people write their address both ways.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress(String);

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an e-mail address: expected name@domain, at most {MAX_ADDRESS} bytes")]
pub struct NotAnAddress(String);

impl EmailAddress {
    /// Checks and normalises.
    pub fn parse(text: &str) -> Result<Self, NotAnAddress> {
        let trimmed = text.trim().trim_start_matches('<').trim_end_matches('>');
        let bad = || NotAnAddress(trimmed.chars().take(60).collect());
        let (local, domain) = trimmed.rsplit_once('@').ok_or_else(bad)?;
        let clean = |s: &str| !s.is_empty() && !s.chars().any(|c| c.is_control() || c == ' ');
        if !clean(local) || !clean(domain) || trimmed.len() > MAX_ADDRESS {
            return Err(bad());
        }
        Ok(Self(trimmed.to_lowercase()))
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part behind the last `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The part before the last `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl std::fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names of functions and not of people (the first ones from RFC 2142), in the languages of our first
/// customers.
const ROLES: &[&str] = &[
    "info",
    "marketing",
    "sales",
    "support",
    "abuse",
    "noc",
    "security",
    "postmaster",
    "hostmaster",
    "webmaster",
    "admin",
    "administrator",
    "office",
    "contact",
    "hello",
    "help",
    "helpdesk",
    "service",
    "team",
    "mail",
    "billing",
    "accounting",
    "accounts",
    "invoice",
    "invoices",
    "orders",
    "order",
    "jobs",
    "hr",
    "careers",
    "press",
    "legal",
    "privacy",
    "newsletter",
    "noreply",
    "no-reply",
    "reception",
    "purchasing",
    "logistics",
    "shipping",
    "bilgi",
    "destek",
    "satis",
    "muhasebe",
    "iletisim",
    "siparis",
    "fatura",
    "ik",
    "kontakt",
    "buero",
    "vertrieb",
    "rechnung",
    "buchhaltung",
    "bestellung",
    "einkauf",
];

/// Whether an address names a function that several people may fill, such as `info@`.
pub fn is_role_address(address: &EmailAddress) -> bool {
    let local = address.local();
    let name = local.split_once('+').map_or(local, |(name, _)| name);
    ROLES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_one_form() {
        let a = EmailAddress::parse(" <Ali.Veli@Example.COM> ").unwrap();
        assert_eq!(a.as_str(), "ali.veli@example.com");
        assert_eq!((a.local(), a.domain()), ("ali.veli", "example.com"));
        for bad in ["", "ali", "@x.com", "ali@", "a b@x.com", "a@x\n.com"] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn functions_are_no_people() {
        let is_role = |text: &str| is_role_address(&EmailAddress::parse(text).unwrap());
        for role in ["info@x.example", "Support+shop@x.example", "destek@x.example"] {
            assert!(is_role(role), "{role}");
        }
        for person in ["elif@x.example", "infosec.elif@x.example", "e.info@x.example"] {
            assert!(!is_role(person), "{person}");
        }
    }
}
