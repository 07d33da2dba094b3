//! Every way in which a request proves where it comes from: whatever is changed of what proves it, or of
//! what is proved, it is refused; so is what was signed too long ago, or ahead of time.

use proptest::prelude::*;
use serde_json::json;
use throughline_ingest::hooks::{Account, Refused};
use throughline_ingest::registry;

use crate::sent::{Sent, account, sha1_base64, sha256_base64, sha256_hex};

const SECRET: &str = "a-secret-of-the-hook";
/// When all is signed, in seconds.
const NOW: i64 = 1_790_000_000;

/// A request as its platform signs it.
struct Signed {
    kind: &'static str,
    account: Account,
    sent: Sent,
    /// Whether the body is signed; else the secret itself stands in a header.
    covers_body: bool,
    covers_url: bool,
    covers_time: bool,
}

impl Signed {
    fn new(kind: &'static str, account: Account, sent: Sent) -> Self {
        Self { kind, account, sent, covers_body: true, covers_url: false, covers_time: false }
    }

    fn verified(&self, sent: &Sent) -> Result<(), Refused> {
        sent.verified(self.kind, &self.account)
    }
}

fn webhook(scheme: &str, secret: &str) -> Account {
    account(json!({ "scheme": scheme }), "secret", &["older", secret])
}

fn keyed(name: &str) -> Account {
    account(json!({}), name, &["older", SECRET])
}

/// The body, signed in every way that there is. Its hash stands in the address for Twilio.
fn all_signed(body: &[u8]) -> Vec<Signed> {
    let key = SECRET.as_bytes();
    let hash = format!("sha256={}", sha256_hex(key, body));
    let hub = || Sent::new(body, NOW).with("x-hub-signature-256", hash.clone());
    let of_slack = [format!("v0:{NOW}:").as_bytes(), body].concat();
    let slack = Sent::new(body, NOW)
        .with("x-slack-request-timestamp", NOW.to_string())
        .with("x-slack-signature", format!("v0={}", sha256_hex(key, &of_slack)));
    let of_standard = [format!("msg_1.{NOW}.").as_bytes(), body].concat();
    let standard = Sent::new(body, NOW)
        .with("webhook-id", "msg_1")
        .with("webhook-timestamp", NOW.to_string())
        .with("webhook-signature", format!("v1,{}", sha256_base64(key, &of_standard)));
    let token = Sent::new(body, NOW).with("x-telegram-bot-api-secret-token", SECRET);
    let bearer = || Sent::new(body, NOW).with("authorization", format!("Bearer {SECRET}"));
    let base64 = sha256_base64(key, body);
    let shop = |header| Sent::new(body, NOW).with(header, base64.clone());
    let typeform = Sent::new(body, NOW).with("typeform-signature", format!("sha256={base64}"));
    // What signs Standard Webhooks is written in Base64: these are the bytes of SECRET.
    let whsec = "whsec_YS1zZWNyZXQtb2YtdGhlLWhvb2s=";
    let bare = |signed| Signed { covers_body: false, ..signed };
    vec![
        bare(Signed::new("telegram", keyed("webhook_secret"), token)),
        Signed { covers_time: true, ..Signed::new("slack", keyed("signing_secret"), slack) },
        Signed::new("whatsapp", keyed("app_secret"), hub()),
        Signed { covers_url: true, ..Signed::new("twilio", keyed("auth_token"), twilio(body)) },
        Signed {
            covers_time: true,
            ..Signed::new("webhook", webhook("standard_webhooks", whsec), standard)
        },
        Signed::new("webhook", webhook("github", SECRET), hub()),
        bare(Signed::new("webhook", webhook("bearer", SECRET), bearer())),
        bare(Signed::new("matrix", keyed("hs_token"), bearer())),
        Signed::new("shopify", keyed("secret"), shop("x-shopify-hmac-sha256")),
        Signed::new("woocommerce", keyed("secret"), shop("x-wc-webhook-signature")),
        Signed::new("typeform", keyed("secret"), typeform),
    ]
}

/// A body that is no form: its plain hash stands in the address, which is signed.
fn twilio(body: &[u8]) -> Sent {
    let digest = ring::digest::digest(&ring::digest::SHA256, body);
    let hash: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let url = format!("https://desk.example/hooks/ibx?bodySHA256={hash}");
    let signature = sha1_base64(SECRET.as_bytes(), url.as_bytes());
    let query = vec![("bodySHA256".to_owned(), hash)];
    Sent { url, query, ..Sent::new(body, NOW).with("x-twilio-signature", signature) }
}

#[test]
fn no_kind_with_a_hook_is_left_out() {
    let signed = all_signed(b"{}");
    for kind in registry::ALL.iter().filter(|kind| kind.hook.is_some()) {
        let is_there = signed.iter().any(|signed| signed.kind == kind.name);
        assert!(is_there, "{}: add how it signs to all_signed", kind.name);
    }
    let schemes = signed.iter().filter(|signed| signed.kind == "webhook").count();
    assert_eq!(schemes, 3, "as many as a generic webhook has");
}

#[test]
fn nothing_is_verified_by_secrets_of_others_or_by_none() {
    for signed in all_signed(b"{}") {
        let mut stranger = signed.account.clone();
        for keys in stranger.secrets.values_mut() {
            *keys = vec!["another".to_owned(), String::new()];
        }
        let none = Account { secrets: [].into(), ..signed.account.clone() };
        for account in [stranger, none] {
            let told = signed.sent.verified(signed.kind, &account);
            assert_eq!(told, Err(Refused::Unsigned), "{}", signed.kind);
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_changed_is_refused(
        body in proptest::collection::vec(any::<u8>(), 1..200),
        at in 0..10_000_usize,
        by in 1..=255_u8,
        letter in prop::char::range('!', '~'),
    ) {
        for signed in all_signed(&body) {
            let Signed { kind, ref sent, .. } = signed;
            prop_assert_eq!(signed.verified(sent), Ok(()), "{}", kind);
            if signed.covers_body {
                let changed = sent.clone().with_changed_body(at, by);
                prop_assert_eq!(signed.verified(&changed), Err(Refused::Unsigned), "{}", kind);
                let longer = Sent { body: [&sent.body, &b" "[..]].concat(), ..sent.clone() };
                prop_assert_eq!(signed.verified(&longer), Err(Refused::Unsigned), "{}", kind);
            }
            if signed.covers_url {
                let moved = Sent { url: format!("{}{letter}", sent.url), ..sent.clone() };
                prop_assert_eq!(signed.verified(&moved), Err(Refused::Unsigned), "{}", kind);
            }
            for (header, value) in &sent.headers {
                let without = sent.clone().without(header);
                prop_assert_eq!(signed.verified(&without), Err(Refused::Unsigned), "{}", header);
                let shorter = without.with(header, &value[..value.len() - 1]);
                prop_assert_eq!(signed.verified(&shorter), Err(Refused::Unsigned), "{}", header);
                if let Some(changed) = sent.clone().with_changed_header(header, at, letter) {
                    let told = signed.verified(&changed);
                    prop_assert_eq!(told, Err(Refused::Unsigned), "{}: {}", kind, header);
                }
            }
        }
    }

    #[test]
    fn what_is_signed_is_good_for_five_minutes_either_way(offset in -100_000_i64..100_000) {
        for signed in all_signed(b"{}").iter().filter(|signed| signed.covers_time) {
            let heard = Sent { at: NOW + offset, ..signed.sent.clone() };
            let expected = if offset.abs() <= 300 { Ok(()) } else { Err(Refused::Stale) };
            prop_assert_eq!(signed.verified(&heard), expected, "{}", signed.kind);
        }
    }

    /// The token by which Meta greets a new hook stands in the address.
    #[test]
    fn a_greeting_with_any_other_token_is_refused(
        at in 0..10_000_usize, letter in prop::char::range('!', '~'),
    ) {
        let ours = account(json!({}), "verify_token", &["older", SECRET]);
        let greets = |token: String| {
            let pair = |(name, value): (&str, String)| (name.to_owned(), value);
            let query = [("hub.mode", "subscribe".to_owned()), ("hub.verify_token", token)];
            let query = query.into_iter().map(pair).collect();
            Sent { method: "GET", query, ..Sent::new("", NOW) }.verified("whatsapp", &ours)
        };
        prop_assert_eq!(greets(SECRET.to_owned()), Ok(()));
        let mut token: Vec<char> = SECRET.chars().collect();
        let place = at % token.len();
        prop_assume!(token[place] != letter);
        token[place] = letter;
        prop_assert_eq!(greets(token.into_iter().collect()), Err(Refused::Unsigned));
    }
}
