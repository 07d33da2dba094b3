//! What the channels that are asked have in common: how a question is written, and what an answer that
//! brings nothing says. What is asked, and what is made of it, stands with each channel.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use throughline_core::time::Instant;

use crate::hooks::Account;
use crate::poll::{Answer, Question, Trouble};

/// A question without a body.
pub(crate) fn get(url: String, headers: Vec<(&'static str, String)>) -> Question {
    Question { method: "GET", url, headers, body: None, wait_seconds: 0 }
}

/// A question with a body.
pub(crate) fn post(url: String, headers: Vec<(&'static str, String)>, body: String) -> Question {
    Question { method: "POST", url, headers, body: Some(body.into_bytes()), wait_seconds: 0 }
}

/// The header that names whoever has a token.
pub(crate) fn bearer(token: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {token}"))
}

/// The secret of a name that is in use: the first of several.
pub(crate) fn secret<'a>(account: &'a Account, name: &str) -> Result<&'a str, Trouble> {
    let mut all = account.secrets(name).iter().map(|secret| secret.trim());
    let found = all.find(|secret| !secret.is_empty() && !secret.contains(['\r', '\n', '\0']));
    found.ok_or_else(|| broken(format!("the inbox has no usable `{name}`: an admin enters it")))
}

/// A part of an address, so written that it is nothing but that part.
pub(crate) fn written(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The query of an address.
pub(crate) fn query(parts: &[(&str, &str)]) -> String {
    let parts: Vec<String> =
        parts.iter().map(|(name, value)| format!("{}={}", written(name), written(value))).collect();
    parts.join("&")
}

/// The host that an admin entered, with its port if it has one: as a name, or as an address without any
/// path. Credentials go there, so it is spoken to over TLS alone.
pub(crate) fn host(text: &str) -> Option<String> {
    let text = text.trim();
    let host = text.strip_prefix("https://").unwrap_or(text);
    let host = host.strip_suffix('/').unwrap_or(host).to_ascii_lowercase();
    let (name, port) = host.split_once(':').unwrap_or((host.as_str(), "443"));
    let is_name = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'.';
    let is_good = name.contains(|c: char| c.is_ascii_alphanumeric())
        && name.len() <= 253
        && name.bytes().all(is_name)
        && port.parse::<u16>().is_ok();
    is_good.then_some(host)
}

/// The texts of a setting that has several: one a line, or with commas between them.
pub(crate) fn several<'a>(account: &'a Account, name: &str) -> Vec<&'a str> {
    let text = account.text(name).unwrap_or_default();
    text.split(['\n', ',']).map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// What is remembered, in the form of a channel; the beginning where there is nothing, or something
/// else.
pub(crate) fn remembered<T: DeserializeOwned + Default>(value: &Value) -> T {
    T::deserialize(value).unwrap_or_default()
}

/// What is to be remembered.
pub(crate) fn kept<T: Serialize>(value: &T) -> Value {
    // Only maps whose keys are no texts cannot be written.
    serde_json::to_value(value).unwrap_or_default()
}

/// The JSON of an answer that is one.
pub(crate) fn json(answer: &Answer<'_>, what: &str) -> Result<Value, Trouble> {
    serde_json::from_slice(answer.body)
        .map_err(|_| later(format!("{what}: the answer is no JSON ({})", answer.status), None))
}

/// That it may work later.
pub(crate) fn later(why: String, after_seconds: Option<u32>) -> Trouble {
    Trouble::Later { why, after_seconds }
}

/// That an admin has to do something.
pub(crate) fn broken(why: String) -> Trouble {
    Trouble::Broken { why }
}

/// The answer, unless its status says that it brings nothing. `words` are the platform's own.
pub(crate) fn good(answer: &Answer<'_>, what: &str, words: &str) -> Result<(), Trouble> {
    let said = match words.is_empty() {
        true => format!("{what}: {}", answer.status),
        false => format!("{what}: {} {}", answer.status, crate::lenient::cut(words, 200)),
    };
    match answer.status {
        200..=299 => Ok(()),
        300..=399 => Err(broken(format!(
            "{said}: the address has changed, and redirects are not followed; an admin enters the new \
             one"
        ))),
        401 => Err(broken(format!(
            "{said}: the credentials are not taken any more; an admin enters new ones"
        ))),
        403 => Err(broken(format!(
            "{said}: the credentials do not allow this; an admin gives them the rights that the docs name"
        ))),
        408 | 425 | 429 | 500..=599 => Err(later(said, wait(answer))),
        _ => Err(broken(format!(
            "{said}: it is not taken; an admin compares the set-up with the docs"
        ))),
    }
}

/// How long the platform asks us to wait, in seconds: until its limits are renewed, where it says when.
pub(crate) fn wait(answer: &Answer<'_>) -> Option<u32> {
    let seconds = answer.header("retry-after").and_then(|text| text.trim().parse::<u32>().ok());
    let until = |name| {
        let text = answer.header(name)?.trim();
        let at = match text.parse::<i64>() {
            Ok(seconds) => Instant::from_micros(seconds.checked_mul(1_000_000)?),
            Err(_) => text.parse().ok()?,
        };
        u32::try_from((at.as_millis() - answer.at.as_millis()).div_euclid(1000) + 1).ok()
    };
    let renewed = || match answer.status {
        429 => until("x-ratelimit-reset").or_else(|| until("ratelimit-reset")),
        _ => None,
    };
    // A day is longer than any limit; more is somebody's mistake.
    seconds.or_else(renewed).map(|seconds| seconds.min(24 * 60 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_host_is_one() {
        for (text, expected) in [
            ("Social.Example", Some("social.example")),
            ("https://social.example/", Some("social.example")),
            ("social.example:8443", Some("social.example:8443")),
            ("http://social.example", None),
            ("https://social.example/api", None),
            ("https://a@social.example", None),
            ("social.example?x", None),
            ("social.example:x", None),
            ("...", None),
            ("", None),
        ] {
            assert_eq!(host(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_part_of_an_address_stays_one() {
        assert_eq!(written("../a b?c&d=é"), "..%2Fa%20b%3Fc%26d%3D%C3%A9");
        assert_eq!(
            query(&[("types[]", "mention"), ("q", "#bread")]),
            "types%5B%5D=mention&q=%23bread"
        );
    }

    #[test]
    fn a_limit_says_when_it_is_renewed() {
        let at = Instant::from_micros(1_790_000_000_000_000);
        let wait = |status, name: &str, value: &str| {
            let headers = [(name.to_owned(), value.to_owned())];
            super::wait(&Answer { status, headers: &headers, body: b"", at })
        };
        assert_eq!(wait(429, "retry-after", "30"), Some(30));
        assert_eq!(wait(429, "ratelimit-reset", "1790000060"), Some(61));
        assert_eq!(wait(429, "x-ratelimit-reset", "2026-09-21T14:13:50.000Z"), Some(31));
        assert_eq!(wait(503, "ratelimit-reset", "1790000060"), None);
        assert_eq!(wait(429, "retry-after", "999999999"), Some(86_400));
        assert_eq!(wait(429, "ratelimit-reset", "9223372036854775807"), None);
    }

    #[test]
    fn a_status_says_who_has_to_do_something() {
        let at = Instant::from_micros(0);
        let said = |status| good(&Answer { status, headers: &[], body: b"", at }, "x", "");
        assert_eq!(said(200), Ok(()));
        for status in [301, 400, 401, 403, 404, 422] {
            assert!(matches!(said(status), Err(Trouble::Broken { .. })), "{status}");
        }
        for status in [429, 500, 502, 503] {
            assert!(matches!(said(status), Err(Trouble::Later { .. })), "{status}");
        }
    }
}
