//! Records that are one customer: the edges between them, suggestions to make them one, and what
//! makes two records alike.
//!
//! Merging is grouping: an edge is written, and nothing is moved. Who is found by what is decided in
//! `identity`; here is how sure a likeness makes us.

use serde::{Deserialize, Serialize};

use crate::id::{CustomerId, MergeId, SuggestionId};
use crate::identity::{EmailAddress, IdentityKind, Key};
use crate::reason::Reason;
use crate::text;
use crate::time::Instant;
use crate::wire::closed_set;

/// The most records that can be one customer: a timeline is read through all of them.
pub const MAX_RECORDS: usize = 50;

/// An edge: one record was merged into another.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// Its id.
    pub id: MergeId,
    /// The record that survived.
    pub survivor: CustomerId,
    /// The record that became part of it.
    pub merged: CustomerId,
    /// Why.
    pub why: Why,
    /// Who merged them, as events name an actor.
    pub merged_by: String,
    /// When.
    pub merged_at: Instant,
    /// Who undid it.
    pub undone_by: Option<String>,
    /// When it was undone.
    pub undone_at: Option<Instant>,
}

/// Why two records became one customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Somebody chose.
    Chosen {
        /// In his words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// One sender proved that he holds identities of both.
    Proved {
        /// By what each was found.
        reasons: Vec<Reason>,
    },
    /// Somebody accepted a suggestion.
    Suggested {
        /// The suggestion.
        suggestion: SuggestionId,
        /// Its evidence.
        evidence: Vec<Evidence>,
    },
}

closed_set! {
    /// What became of a suggestion.
    SuggestionState, "suggestion state" {
        /// Somebody has to decide.
        Open = 1 "open",
        /// They are not the same person.
        Dismissed = 2 "dismissed",
        /// They are one customer now.
        Merged = 3 "merged",
    }
}

/// Two records that may be one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// Its id.
    pub id: SuggestionId,
    /// The record with the lower id.
    pub first: CustomerId,
    /// The other.
    pub second: CustomerId,
    /// How sure the evidence makes us, 0 to 100.
    pub score: i16,
    /// What tells so.
    pub evidence: Vec<Evidence>,
    /// What became of it.
    pub state: SuggestionState,
    /// When it was made.
    pub made_at: Instant,
    /// Who decided, as events name an actor.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Instant>,
}

/// One thing that tells that two records may be one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// An identity of one was told beside one of the other, without a proof.
    ToldTogether {
        /// Its kind.
        kind: IdentityKind,
        /// Its value.
        value: String,
    },
    /// Both were told to have the same.
    SameTold {
        /// Its kind.
        kind: IdentityKind,
        /// Its value.
        value: String,
    },
    /// The same username, on different platforms.
    SameUsername {
        /// The name, folded.
        name: String,
    },
    /// The same name at the same company.
    SameNameAtCompany {
        /// The name, folded.
        name: String,
        /// The company's mail domain.
        domain: String,
    },
    /// Their names are alike.
    NamesAlike {
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
}

impl Evidence {
    /// How sure it makes us by itself, in hundredths. By judgement and not by measurement: an address
    /// that was typed in is nearly always one's own, while a family has one telephone.
    fn weight(&self) -> u32 {
        let told = |kind: &IdentityKind| match kind {
            IdentityKind::Email | IdentityKind::External | IdentityKind::Platform => 80,
            IdentityKind::Phone => 55,
            IdentityKind::Username => 40,
        };
        match self {
            Self::ToldTogether { kind, .. } => told(kind),
            Self::SameTold { kind, .. } => told(kind) - 10,
            Self::SameUsername { .. } => 35,
            Self::SameNameAtCompany { .. } => 60,
            Self::NamesAlike { .. } => 40,
        }
    }
}

/// How sure all of it makes us, 0 to 100: each piece takes its share of the doubt that is left.
pub fn score(evidence: &[Evidence]) -> i16 {
    let doubt = evidence
        .iter()
        .fold(1.0_f64, |doubt, piece| doubt * (1.0 - f64::from(piece.weight()) / 100.0));
    ((1.0 - doubt) * 100.0).round() as i16
}

closed_set! {
    /// By what records are alike.
    Likeness, "likeness" {
        /// An e-mail address that was told.
        Email = 1 "email",
        /// A telephone number that was told.
        Phone = 2 "phone",
        /// An account on a platform that was told, as `scope value`.
        Platform = 3 "platform",
        /// An external id that was told, as `scope value`.
        External = 4 "external",
        /// A username, told or known, without its scope.
        Username = 5 "username",
        /// A name of two words or more at a company's domain, as `name@domain`.
        NameAtCompany = 6 "name_at_company",
    }
}

/// The likeness of an identity that was told, or of a username that is known.
pub fn likeness_of(key: &Key) -> (Likeness, String) {
    let scoped = || format!("{} {}", key.scope, key.value);
    match key.kind {
        IdentityKind::Email => (Likeness::Email, key.value.clone()),
        IdentityKind::Phone => (Likeness::Phone, key.value.clone()),
        IdentityKind::Platform => (Likeness::Platform, scoped()),
        IdentityKind::External => (Likeness::External, scoped()),
        IdentityKind::Username => (Likeness::Username, key.value.clone()),
    }
}

/// What two records that have this likeness show.
pub fn evidence_of(likeness: Likeness, value: &str) -> Evidence {
    let kind = match likeness {
        Likeness::Email => IdentityKind::Email,
        Likeness::Phone => IdentityKind::Phone,
        Likeness::Platform => IdentityKind::Platform,
        Likeness::External => IdentityKind::External,
        Likeness::Username => return Evidence::SameUsername { name: value.to_owned() },
        Likeness::NameAtCompany => {
            let (name, domain) = value.rsplit_once('@').unwrap_or((value, ""));
            return Evidence::SameNameAtCompany {
                name: name.to_owned(),
                domain: domain.to_owned(),
            };
        }
    };
    Evidence::SameTold { kind, value: value.to_owned() }
}

/// Providers at which anybody has an address: their domains are no companies.
const PROVIDERS: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "ymail.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "proton.me",
    "protonmail.com",
    "gmx.de",
    "gmx.net",
    "gmx.at",
    "web.de",
    "t-online.de",
    "freenet.de",
    "mail.ru",
    "yandex.ru",
    "yandex.com",
    "yandex.com.tr",
    "mynet.com",
    "qq.com",
    "163.com",
    "126.com",
    "naver.com",
    "libero.it",
    "orange.fr",
    "free.fr",
    "laposte.net",
    "wanadoo.fr",
    "hotmail.co.uk",
    "hotmail.fr",
    "hotmail.de",
    "hotmail.it",
    "yahoo.co.uk",
    "yahoo.fr",
    "yahoo.de",
    "uol.com.br",
    "bol.com.br",
    "chmail.ir",
    "zoho.com",
    "fastmail.com",
    "hey.com",
    "tutanota.com",
];

/// The likeness of a name beside an address at a company; `None` for one word, and for providers at
/// which anybody has an address.
pub fn name_at_company(name: &str, address: &EmailAddress) -> Option<(Likeness, String)> {
    let (name, domain) = (text::fold(name), address.domain());
    let plain = name.contains(' ') && !name.contains('@') && !PROVIDERS.contains(&domain);
    plain.then(|| (Likeness::NameAtCompany, format!("{name}@{domain}")))
}

/// Whether two names may be one person's: the words of the one, in any order, are all among those of
/// the other, and they have two in common; or they are the same word.
pub fn names_alike(one: &str, other: &str) -> bool {
    let (one, other) = (text::fold(one), text::fold(other));
    let words = |name: &str| {
        name.split([' ', ',', '.']).filter(|w| !w.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let (a, b) = (words(&one), words(&other));
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    let all = !short.is_empty() && short.iter().all(|word| long.contains(word));
    all && (short.len() > 1 || short == long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alike_in_any_order_and_spelling() {
        for (a, b) in
            [("Elif Yılmaz", "YILMAZ, Elif"), ("Elif Su Yılmaz", "elif yilmaz"), ("Elif", "ELİF")]
        {
            assert!(names_alike(a, b), "{a} {b}");
        }
        for (a, b) in [("Elif Yılmaz", "Elif Kaya"), ("Elif", "Elif Yılmaz"), ("", "")] {
            assert!(!names_alike(a, b), "{a} {b}");
        }
    }

    #[test]
    fn more_evidence_makes_surer_and_never_quite_sure() {
        let told =
            Evidence::ToldTogether { kind: IdentityKind::Phone, value: "+905321234567".into() };
        let names = Evidence::NamesAlike { first: "Elif".into(), second: "elif".into() };
        assert_eq!(score(&[]), 0);
        assert_eq!(score(std::slice::from_ref(&told)), 55);
        assert_eq!(score(&[told, names]), 73);
    }

    #[test]
    fn a_name_counts_at_a_company_and_not_at_a_provider() {
        let at = |name: &str, address: &str| {
            let address = EmailAddress::parse(address).unwrap();
            name_at_company(name, &address).map(|(_, value)| value)
        };
        assert_eq!(at("Elif YILMAZ", "elif@acme.example").unwrap(), "elif yilmaz@acme.example");
        assert_eq!(at("Elif Yılmaz", "elif@gmail.com"), None);
        assert_eq!(at("Elif", "elif@acme.example"), None);
        let (likeness, value) = (Likeness::NameAtCompany, "elif yilmaz@acme.example");
        let expected = Evidence::SameNameAtCompany {
            name: "elif yilmaz".into(),
            domain: "acme.example".into(),
        };
        assert_eq!(evidence_of(likeness, value), expected);
    }
}
