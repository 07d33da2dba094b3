//! Bounded texts: each checks its length (in characters) when it is read and says so in the
//! document, so that the two cannot differ.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// What every bounded text can do.
pub trait Text {
    /// The text itself, taken out.
    fn into_string(self) -> String;

    /// The text itself.
    fn as_str(&self) -> &str;
}

/// A rule for the characters of a text: the pattern for the document, and the check.
struct Rule {
    pattern: &'static str,
    fits: fn(&str) -> bool,
}

const ANY: Option<Rule> = None;
const LINE: Option<Rule> = Some(Rule {
    pattern: r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
    fits: is_line,
});
const LINES: Option<Rule> = Some(Rule {
    pattern: r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$",
    fits: |t| !t.chars().any(|c| c.is_control() && c != '\n' && c != '\t'),
});
const FILE: Option<Rule> = Some(Rule {
    pattern: r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
    fits: |t| {
        let is_good = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        t.chars().all(is_good) && t.chars().any(|c| !c.is_whitespace())
    },
});
const SPEAKS: Option<Rule> =
    Some(Rule { pattern: r"\S", fits: |t| t.chars().any(|c| !c.is_whitespace()) });
const ADDRESS: Option<Rule> = Some(Rule {
    pattern: r"^[^@\s<>\x00-\x1f\x7f-\x9f]+@[^@\s<>\x00-\x1f\x7f-\x9f]+$",
    fits: is_address,
});
const KEY: Option<Rule> = Some(Rule { pattern: "^[a-z][a-z0-9_]*$", fits: is_key });
const COLOR: Option<Rule> = Some(Rule { pattern: "^#[0-9a-f]{6}$", fits: is_color });
const DOMAIN: Option<Rule> = Some(Rule {
    pattern: r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
    fits: is_domain,
});
const LANGUAGE: Option<Rule> =
    Some(Rule { pattern: "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", fits: is_language });
const HEX: Option<Rule> =
    Some(Rule { pattern: "^[0-9A-Fa-f]+$", fits: |t| t.bytes().all(|b| b.is_ascii_hexdigit()) });
const DOTTED: Option<Rule> = Some(Rule {
    pattern: r"^[a-z0-9_]+(\.[a-z0-9_]+)*$",
    fits: throughline_core::pushed::is_type_name,
});
const ASCII: Option<Rule> =
    Some(Rule { pattern: "^[ -~]+$", fits: |t| t.bytes().all(|b| (b' '..=b'~').contains(&b)) });
const ZONE: Option<Rule> =
    Some(Rule { pattern: "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", fits: is_zone });

macro_rules! texts {
    ($($(#[$meta:meta])* $name:ident $min:literal..=$max:literal, $rule:expr, $example:literal;)+) => { $(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl Text for $name {
            fn into_string(self) -> String { self.0 }

            fn as_str(&self) -> &str { &self.0 }
        }

        // What people write, and passwords above all, must not reach a log by accident.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({} bytes)"), self.0.len())
            }
        }

        impl FromStr for $name {
            type Err = Misfit;

            fn from_str(text: &str) -> Result<Self, Misfit> {
                check(text, $min, $max, $rule).map(|()| Self(text.to_owned()))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                check(&text, $min, $max, $rule).map_err(serde::de::Error::custom)?;
                Ok(Self(text))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> { schema($min, $max, $rule, $example) }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> { Cow::Borrowed(stringify!($name)) }
        }
    )+ };
}

texts! {
    /// A name that people read.
    Name 1..=200, LINE, "Ayşe Yılmaz";
    /// The name of a tag; it holds at least one letter or digit.
    TagText 1..=64, LINE, "iade talebi";
    /// A remark of a line or two.
    Remark 1..=1000, LINES, "Everything about returned goods";
    /// The subject of a ticket.
    Subject 1..=500, SPEAKS, "Siparişim gelmedi";
    /// The text of a message or note.
    BodyText 1..=32000, SPEAKS, "Merhaba, siparişim hâlâ gelmedi.";
    /// The text of a draft.
    DraftText 0..=32000, ANY, "Merhaba, ";
    /// A name that a program gives itself.
    ClientText 1..=64, ASCII, "tab-5f0c8a1be2d9";
    /// An e-mail address.
    Email 3..=254, ADDRESS, "ayse@example.com";
    /// The address of an inbox in its channel.
    InboxAddress 1..=200, LINE, "support@example.com";
    /// A password that somebody chooses.
    NewPassword 10..=256, ANY, "correct horse battery staple";
    /// A password as presented.
    Password 1..=256, ANY, "correct horse battery staple";
    /// A refresh token.
    RefreshToken 1..=500, ANY, "tlr_0123456789";
    /// The key of a status.
    StatusKey 1..=40, KEY, "open";
    /// A colour.
    Color 7..=7, COLOR, "#2f6fde";
    /// A mail domain, lower-cased.
    Domain 3..=253, DOMAIN, "example.com";
    /// A BCP 47 language tag.
    Language 2..=35, LANGUAGE, "tr";
    /// An IANA time zone.
    TimeZone 1..=64, ZONE, "Europe/Istanbul";
    /// What to search for: words, "phrases", begin*, numbers and addresses.
    SearchText 1..=500, ANY, "iade \"kargo takip\"";
    /// The address of a webhook.
    WebhookUrl 1..=2000, LINE, "https://shop.example.com/hooks/throughline";
    /// A host name or an address.
    HostText 1..=253, LINE, "imap.example.com";
    /// The name of an account on a mail server.
    AccountName 1..=320, LINE, "support@example.com";
    /// The name of a folder on a mail server.
    FolderName 1..=255, LINE, "INBOX";
    /// The password of an account on a mail server.
    MailPassword 1..=1000, LINE, "abcd efgh ijkl mnop";
    /// A secret that a platform gave out, or that was made up for it.
    SecretText 1..=10000, FILE, "s3cret";
    /// Somebody on a platform: the id of a chat or channel, a number, or the key of a conversation.
    RecipientText 1..=200, LINE, "70044";
    /// What a test message says.
    TestText 1..=1000, SPEAKS, "This is a test.";
    /// A text that stands in mails, such as a signature.
    MailText 1..=5000, LINES, "Your friends at Example";
    /// A Message-ID without angle brackets.
    MessageIdText 1..=998, LINE, "abc123@mail.example.com";
    /// Where access tokens are given out.
    TokenUrl 8..=2000, LINE, "https://oauth2.googleapis.com/token";
    /// A part of a grant of OAuth 2.
    OAuthText 1..=1000, LINE, "1234.apps.example.com";
    /// A refresh token of OAuth 2.
    OAuthToken 1..=10000, LINE, "1//0abcdef";
    /// Where an identity means something.
    ScopeText 1..=100, LINE, "crm";
    /// An address, number, id or name that identifies a customer.
    IdentityText 1..=320, LINE, "+90 532 123 45 67";
    /// A signature in hex.
    SignatureText 64..=64, HEX, "4f2b1b5b0c0a0f4f2f5b0b1a7f6b2d9d3c8e1a5f7b6c4d2e1f0a9b8c7d6e5f40";
    /// A note of a line or two on why.
    WhyText 1..=500, LINES, "She said so on the telephone";
    /// A fact as somebody says it.
    FactText 1..=200, LINE, "4417";
    /// A regular expression.
    PatternText 1..=500, LINE, "TL-[0-9]{5}";
    /// A phrase of a question.
    PhraseText 1..=100, LINE, "kulüp kartınız";
    /// What is promised.
    PromiseText 1..=1000, SPEAKS, "We call you by Friday";
    /// Why something is done.
    Reason 1..=500, SPEAKS, "The customer says that the number is wrong";
    /// The key of a custom field.
    FieldKey 1..=40, KEY, "plan";
    /// What a consent is for.
    Purpose 1..=60, KEY, "newsletter";
    /// The name of a type of pushed events.
    EventTypeName 1..=100, DOTTED, "order.placed";
    /// A key by which a repeat of an event is known.
    EventKey 1..=200, ASCII, "order-4417-placed";
    /// The title of an event.
    EventTitle 1..=300, SPEAKS, "Order 4417 placed";
    /// A text with places: dotted paths in `{{ }}`.
    TemplateText 1..=500, SPEAKS, "Order {{data.number}} placed";
    /// The name of a template of a platform.
    TemplateName 1..=512, LINE, "order_late";
    /// The language of a template, as its platform writes it.
    TemplateLanguage 1..=35, LINE, "en_US";
    /// What stands in a place of a template.
    TemplateValueText 1..=32768, LINE, "Elif";
    /// A dotted path into an event.
    PathText 1..=200, LINE, "data.total";
    /// What a field is.
    FieldLabel 1..=60, LINE, "Total";
    /// What something is named at its source.
    ExternalId 1..=200, SPEAKS, "import-2026-0001";
}

/// Why a text does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Too short or too long.
    #[error("expected {0} to {1} characters")]
    Length(usize, usize),
    /// The characters are wrong.
    #[error("expected a text that matches {0}")]
    Characters(&'static str),
    /// No store can keep it.
    #[error("a text cannot hold the character NUL")]
    Nul,
}

fn check(text: &str, min: usize, max: usize, rule: Option<Rule>) -> Result<(), Misfit> {
    if text.contains('\0') {
        return Err(Misfit::Nul);
    }
    if !(min..=max).contains(&text.chars().count()) {
        return Err(Misfit::Length(min, max));
    }
    match rule {
        Some(rule) if !(rule.fits)(text) => Err(Misfit::Characters(rule.pattern)),
        Some(_) | None => Ok(()),
    }
}

fn schema(min: usize, max: usize, rule: Option<Rule>, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(min))
        .max_length(Some(max))
        .pattern(rule.map(|r| r.pattern))
        .examples([example])
        .into()
}

fn is_line(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace()) && !text.chars().any(char::is_control)
}

fn is_address(text: &str) -> bool {
    let clean = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '@' | '<' | '>');
    let fits = |part: &str| !part.is_empty() && part.chars().all(clean);
    text.split_once('@').is_some_and(|(local, domain)| fits(local) && fits(domain))
}

fn is_key(text: &str) -> bool {
    let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(rest)
}

fn is_color(text: &str) -> bool {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.strip_prefix('#').is_some_and(|digits| digits.len() == 6 && digits.bytes().all(hex))
}

fn is_domain(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let label =
        |l: &str| !l.is_empty() && !l.starts_with('-') && !l.ends_with('-') && l.bytes().all(inner);
    text.contains('.') && text.split('.').all(label)
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let head = parts.next().unwrap_or_default();
    let letters = (2..=3).contains(&head.len()) && head.bytes().all(|b| b.is_ascii_alphabetic());
    let rest = |p: &str| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
    letters && parts.all(rest)
}

fn is_zone(text: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-');
    text.split('/').all(|part| !part.is_empty() && part.bytes().all(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_characters_not_bytes() {
        assert!("ş".repeat(64).parse::<TagText>().is_ok());
        assert_eq!("ş".repeat(65).parse::<TagText>(), Err(Misfit::Length(1, 64)));
        assert_eq!("a\0b".parse::<TagText>(), Err(Misfit::Nul));
    }

    #[test]
    fn a_password_does_not_print_itself() {
        let password: Password = "hunter2".parse().unwrap();
        assert_eq!(format!("{password:?}"), "Password(7 bytes)");
    }

    #[test]
    fn each_rule_takes_its_own_and_refuses_others() {
        assert!("ayşe@örnek.com".parse::<Email>().is_ok());
        for bad in ["a@", "@b.c", "a b@c", "a@b@c", "a@b\n", "<a@b>"] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
        assert!("in_review2".parse::<StatusKey>().is_ok() && "Open".parse::<StatusKey>().is_err());
        assert!("#00ff7a".parse::<Color>().is_ok() && "#00FF7A".parse::<Color>().is_err());
        assert!("a-b.co.uk".parse::<Domain>().is_ok() && "-a.com".parse::<Domain>().is_err());
        assert!("zh-Hant-TW".parse::<Language>().is_ok() && "turkish".parse::<Language>().is_err());
        assert!("Etc/GMT+3".parse::<TimeZone>().is_ok() && "a//b".parse::<TimeZone>().is_err());
        assert!("  ".parse::<Name>().is_err());
    }
}
