//! Reading what others wrote without trusting its shape: values that may be missing or of another kind,
//! times, addresses, and what is kept of the rest within bounds. What a channel says stands in its folder.

use serde_json::{Map, Value};
use throughline_core::time::Instant;

/// The most bytes that are kept in `extra` of one event.
pub(crate) const MOST_EXTRA: usize = 16 * 1024;
/// How deep what is kept may be.
const DEEPEST: usize = 12;
/// What opens doors or changes with every delivery: never kept, whatever stands in it.
const NEVER_KEPT: &[&str] = &[
    "token",
    "access_token",
    "bot_access_token",
    "refresh_token",
    "verification_token",
    "api_key",
    "apikey",
    "secret",
    "client_secret",
    "password",
    "authorization",
    "response_url",
    "response_urls",
    "trigger_id",
];

/// What stands at a path; null where nothing does.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(value, |value, part| value.get(part).unwrap_or(&Value::Null))
}

/// A text at a path that is not empty.
pub(crate) fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(value, path).as_str().filter(|text| !text.is_empty())
}

/// The first text that is not empty among some members.
pub(crate) fn first<'a>(value: &'a Value, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| text(value, &[name]))
}

/// The members of a list; none where there is no list.
pub(crate) fn list<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    at(value, path).as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A text that is not empty, or a number or a truth value as it is written.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        _ => None,
    }
}

/// An instant written in seconds since 1970, with or without a fraction.
pub(crate) fn unix_seconds(text: &str) -> Option<Instant> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    if seconds.is_empty() || !digits(seconds) || !digits(fraction) {
        return None;
    }
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let seconds: i64 = seconds.parse().ok()?;
    let micros: i64 = micros.parse().ok()?;
    Some(Instant::from_micros(seconds.checked_mul(1_000_000)?.checked_add(micros)?))
}

/// Whether an address is read over TLS from one of some hosts or what lies below them. What is not
/// surely so is not: credentials go to these hosts.
pub(crate) fn is_at(url: &str, hosts: &[&str]) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.strip_suffix(":443").unwrap_or(authority).to_ascii_lowercase();
    let plain = host.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'.');
    let is_of = |known: &&str| {
        host.strip_suffix(*known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    plain && hosts.iter().any(is_of)
}

/// The first characters of a text.
pub(crate) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// Whether a member is of those that are never kept.
pub(crate) fn is_never_kept(name: &str) -> bool {
    NEVER_KEPT.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// A copy of a value that takes no more than `left` bytes, without secrets and without what is empty.
/// What does not fit is left out, and `left` says what is left.
pub(crate) fn bounded(value: &Value, left: &mut usize) -> Option<Value> {
    bounded_at(value, left, 0)
}

fn bounded_at(value: &Value, left: &mut usize, depth: usize) -> Option<Value> {
    let size = match value {
        Value::Null => return None,
        Value::String(text) if text.is_empty() => return None,
        Value::String(text) => text.len() + 2,
        _ => 16,
    };
    *left = left.checked_sub(size).filter(|_| depth < DEEPEST)?;
    match value {
        Value::Array(list) => {
            let kept = list.iter().map_while(|value| match *left {
                0..16 => None,
                _ => Some(bounded_at(value, left, depth + 1)),
            });
            Some(kept.flatten().collect::<Vec<_>>())
                .filter(|kept| !kept.is_empty())
                .map(Value::from)
        }
        Value::Object(map) => {
            let kept = bounded_members(map, left, depth);
            Some(kept).filter(|kept| !kept.is_empty()).map(Value::from)
        }
        _ => Some(value.clone()),
    }
}

fn bounded_members(map: &Map<String, Value>, left: &mut usize, depth: usize) -> Map<String, Value> {
    let mut kept = Map::new();
    for (name, value) in map.iter().filter(|(name, _)| !is_never_kept(name)) {
        let Some(rest) = left.checked_sub(name.len() + 4) else { break };
        *left = rest;
        if let Some(value) = bounded_at(value, left, depth + 1) {
            kept.insert(name.clone(), value);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_is_of_a_host_only_if_it_surely_is() {
        let good = ["https://slack.com/x", "https://files.slack.com", "https://A.Slack.com:443/"];
        assert!(good.iter().all(|url| is_at(url, &["slack.com"])));
        let bad = [
            "http://files.slack.com/x",
            "https://evilslack.com/",
            "https://slack.com.evil.example/",
            "https://files.slack.com@evil.example/",
            "https://evil.example\\.slack.com/",
            "https://evil.example/.slack.com",
            "https://files.slack.com:8443/",
            "",
        ];
        for url in bad {
            assert!(!is_at(url, &["slack.com"]), "{url}");
        }
    }

    #[test]
    fn seconds_are_read_with_their_fraction() {
        let micros = |text: &str| unix_seconds(text).map(Instant::as_micros);
        assert_eq!(micros("1595926230.0096"), Some(1_595_926_230_009_600));
        assert_eq!(micros("5"), Some(5_000_000));
        for bad in ["", ".", "-1", "1.x", "1e3", "99999999999999999999", "9223372036854775807"] {
            assert_eq!(micros(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_has_no_secrets() {
        let value =
            json!({"a": "x".repeat(50), "token": "t", "Password": 1, "n": null, "z": [1, {}]});
        assert_eq!(bounded(&value, &mut 1000), Some(json!({"a": "x".repeat(50), "z": [1]})));
        let many = Value::from(vec![Value::from("yes"); 100_000]);
        let kept = bounded(&many, &mut 1000).expect("some of it").to_string();
        assert!(kept.len() < 1500, "{}", kept.len());
    }
}
