//! Streaming: the server says over a WebSocket that there is a notification. It repeats nothing that was
//! said while nobody listened, so what is said there is asked for as ever.

use serde_json::Value;

use super::ask::KINDS;
use super::place::Session;
use crate::asking::{bearer, remembered, secret};
use crate::hooks::Account;
use crate::lenient::text;
use crate::listen::{Bell, BellAt};
use crate::poll::Place;

/// The bell of Mastodon.
pub(super) struct MastodonBell;

impl Bell for MastodonBell {
    fn address(&self, account: &Account, place: &Place) -> Option<BellAt> {
        let session: Session = remembered(&place.session);
        let url = format!("{}/api/v1/streaming?stream=user:notification", session.streaming?);
        Some(BellAt { url, headers: vec![bearer(secret(account, "access_token").ok()?)] })
    }

    /// The notification stands in it as a text.
    fn rings(&self, words: &str) -> bool {
        let said: Value = serde_json::from_str(words).unwrap_or_default();
        let event = text(&said, &["event"]).unwrap_or_default();
        let payload = text(&said, &["payload"]).unwrap_or_default();
        let payload: Value = serde_json::from_str(payload).unwrap_or_default();
        match event {
            "notification" => text(&payload, &["type"]).is_none_or(|kind| KINDS.contains(&kind)),
            // Those of people who had to be let in first.
            "notifications_merged" => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_rings_for_what_brings_a_post() {
        let notification = |kind: &str| {
            let payload = json!({ "id": "1", "type": kind }).to_string();
            json!({ "stream": ["user:notification"], "event": "notification", "payload": payload })
        };
        for (words, expected) in [
            (notification("mention").to_string(), true),
            (notification("update").to_string(), true),
            (notification("favourite").to_string(), false),
            (json!({ "event": "notification", "payload": "?" }).to_string(), true),
            (json!({ "event": "notifications_merged" }).to_string(), true),
            (json!({ "event": "filters_changed" }).to_string(), false),
            (json!({ "error": "Unknown stream type", "status": 400 }).to_string(), false),
            ("no JSON".to_owned(), false),
        ] {
            assert_eq!(MastodonBell.rings(&words), expected, "{words}");
        }
    }
}
