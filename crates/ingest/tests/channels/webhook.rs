//! The generic webhook: which requests are the sender's, what a mapping makes of them, and what an admin
//! is told who writes one.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use throughline_core::identity::{IdentityKind, Proof};
use throughline_core::inbound::{ChannelEvent, FileAt, Happened, InboundEvent};
use throughline_ingest::Decode;
use throughline_ingest::hooks::{Account, Refused, Taking};
use throughline_ingest::registry;
use throughline_ingest::webhook::mapping::{Mapping, Outcome, TrialFailed, try_on};

use crate::golden;
use crate::hostile::{self, borne};
use crate::sent::{Sent, account, assert_keeps, settings, sha256_base64, sha256_hex};

/// What is not read, and why: a secret, what stands beside the list of events, and a role of which the
/// mapping says nothing, so that another one would be the same.
const LEFT_ASIDE: &[&str] = &["/events/*/token", "/sent_by", "/events/*/author/type"];

fn mapping() -> Value {
    json!({
        "each": "/events",
        "id": "/message/id",
        "conversation": {"join": ["^/account/id", {"literal": "/"}, "/message/room"]},
        "answers": "/message/parent",
        "subject": "/topic",
        "url": "/page",
        "text": ["/message/body", "/message/rich"],
        "html": "/message/rich",
        "occurred_at": "/message/at",
        "revision": "/message/seq",
        "type": "/action",
        "name": "/author/display",
        "language": "/author/lang",
        "hints": [
            {"kind": "username", "scope": "bakery-chat", "path": "/author/nick"},
            {"kind": "phone", "region": "DE", "path": "/author/phone"},
            {"kind": "email", "path": "/author/mail", "verified": "/author/mail_checked"},
            {"kind": "platform", "scope": "bakery-chat", "path": "/author/uid", "verified": true}
        ],
        "role": {"path": "/author/type", "us": ["agent"], "bot": "robot"},
        "kind": {
            "path": "/action",
            "message": ["created"],
            "edit": ["edited"],
            "deletion": ["deleted"],
            "nothing": ["typing"]
        },
        "files": {"list": "/files", "url": "/href", "name": "/title", "media_type": "/mime", "size": "/bytes"},
        "audience": "group",
        "keep_rest": true
    })
}

fn decoder(mapping: &Value) -> Box<dyn Decode> {
    let account = settings(json!({"mapping": mapping}));
    (registry::named("webhook").expect("webhooks").decoder)(&account).expect("a decoder")
}

fn events(mapping: &Value, payload: &Value) -> Vec<ChannelEvent> {
    let events = decoder(mapping).decode(payload.to_string().as_bytes()).expect("events");
    let channel = |event| match event {
        InboundEvent::Channel(event) => *event,
        InboundEvent::Message(_) => panic!("a mail"),
    };
    events.into_iter().map(channel).collect()
}

fn inbox(scheme: &str, secrets: &[&str]) -> Account {
    account(json!({"scheme": scheme}), "secret", secrets)
}

#[test]
fn each_payload_says_what_is_kept_beside_it() {
    golden::check("webhook", decoder(&mapping()).as_ref(), LEFT_ASIDE);
}

const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const WRONG: &str = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";

/// From the tests of the Standard Webhooks specification.
fn standard(signature: &str, at: i64) -> Sent {
    Sent::new(r#"{"test": 2432232314}"#, at)
        .with("webhook-id", ID)
        .with("webhook-timestamp", "1614265330")
        .with("webhook-signature", signature)
}

#[test]
fn the_vectors_of_standard_webhooks_hold() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let ours = inbox("standard_webhooks", &["whsec_bm8=", secret]);
    let verified = |signature: &str, at| standard(signature, at).verified("webhook", &ours);
    let now = 1_614_265_330;
    assert_eq!(verified(SIGNED, now), Ok(()));
    assert_eq!(verified(&format!("{WRONG} v2,x {SIGNED} {WRONG}"), now), Ok(()));
    assert_eq!((verified(SIGNED, now + 300), verified(SIGNED, now - 300)), (Ok(()), Ok(())));
    let stale = Err(Refused::Stale);
    assert_eq!((verified(SIGNED, now + 301), verified(SIGNED, now - 301)), (stale, stale));
    let as_v2 = SIGNED.replacen("v1", "v2", 1);
    let as_v1a = SIGNED.replacen("v1", "v1a", 1);
    for bad in [WRONG, "", "v1,", "v1,g0hM9", &SIGNED[3..], &as_v2, &as_v1a] {
        assert_eq!(verified(bad, now), Err(Refused::Unsigned), "{bad}");
    }
    for header in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let without = standard(SIGNED, now).without(header);
        assert_eq!(without.verified("webhook", &ours), Err(Refused::Unsigned));
    }
    for secrets in [&[][..], &["whsec_"], &["whsec_not base64"], &["whpk_AAAA"]] {
        let nobody = inbox("standard_webhooks", secrets);
        assert_eq!(standard(SIGNED, now).verified("webhook", &nobody), Err(Refused::Unsigned));
    }
    let recorded = standard(SIGNED, now).recorded("webhook", &ours);
    assert_eq!(recorded.name.as_deref(), Some(ID));
    assert_eq!(recorded.bytes, br#"{"test": 2432232314}"#);
    assert_keeps(&ours, secret);
}

/// From GitHub's page on validating deliveries.
#[test]
fn the_vector_of_github_holds() {
    let ours = inbox("github", &["older", "It's a Secret to Everybody"]);
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let sent = Sent::new("Hello, World!", 0)
        .with("x-hub-signature-256", signature)
        .with("x-github-delivery", "d-1");
    assert_eq!(sent.verified("webhook", &ours), Ok(()));
    assert_eq!(sent.verified("webhook", &inbox("github", &["", "older"])), Err(Refused::Unsigned));
    assert_eq!(
        sent.verified("webhook", &inbox("", &["It's a Secret to Everybody"])),
        Err(Refused::Unsigned)
    );
    let without = sent.clone().without("x-hub-signature-256");
    assert_eq!(without.verified("webhook", &ours), Err(Refused::Unsigned));
    assert_eq!(sent.recorded("webhook", &ours).name.as_deref(), Some("d-1"));
    let ping = sent.with("x-github-event", "ping").received("webhook", &ours);
    assert!(matches!(ping, Ok(Taking::Answered(_))));
}

#[test]
fn a_bearer_is_known_by_its_secret() {
    let ours = inbox("bearer", &["old one", "new-one"]);
    let verified =
        |value: &str| Sent::new("x", 0).with("authorization", value).verified("webhook", &ours);
    assert_eq!((verified("Bearer new-one"), verified("bearer old one")), (Ok(()), Ok(())));
    for bad in
        ["new-one", "Bearer ", "Bearer", "Bearer new-on", "Basic new-one", "Bearer new-one ", ""]
    {
        assert_eq!(verified(bad), Err(Refused::Unsigned), "{bad}");
    }
    let nobody = inbox("bearer", &[""]);
    let empty = Sent::new("x", 0).with("authorization", "Bearer ").verified("webhook", &nobody);
    assert_eq!(empty, Err(Refused::Unsigned));
    assert_eq!(Sent::new("x", 0).verified("webhook", &ours), Err(Refused::Unsigned));
}

#[test]
fn a_mapping_of_three_lines_is_enough() {
    let mapping = json!({
        "id": "/comment/id",
        "conversation": "/issue/number",
        "text": "/comment/body"
    });
    let payload =
        json!({"issue": {"number": 7}, "comment": {"id": 9_007_199_254_740_993_u64, "body": "Hm"}});
    let event = events(&mapping, &payload).remove(0);
    assert_eq!(event.key, "9007199254740993");
    assert_eq!(event.conversation.map(|known| known.key).as_deref(), Some("7"));
    assert!(matches!(event.what, Happened::Message { content, .. } if content.text == "Hm"));
}

#[test]
fn without_a_mapping_the_usual_names_are_tried() {
    let decoder = (registry::named("webhook").expect("webhooks").decoder)(&settings(json!({})));
    let decoder = decoder.expect("a decoder");
    let payload =
        r#"{"id": 1, "body": "Hi", "user": {"email": "elif@kiosk.example"}, "token": "x", "n": 2}"#;
    let events = decoder.decode(payload.as_bytes()).expect("events");
    let [InboundEvent::Channel(event)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(event.who.hints[0].key.kind, IdentityKind::Email);
    assert_eq!(event.who.hints[0].proof, Proof::None);
    assert_eq!(Value::from(event.extra.clone()), json!({"n": 2}));
}

#[test]
fn forms_are_read_too() {
    let mapping = json!({"id": "/id", "text": "/text"});
    for form in ["id=1&text=a+b", "payload=%7B%22id%22%3A1%2C%22text%22%3A%22a+b%22%7D"] {
        let events = decoder(&mapping).decode(form.as_bytes()).expect("events");
        let [InboundEvent::Channel(event)] = events.as_slice() else { panic!("{events:?}") };
        assert!(
            matches!(&event.what, Happened::Message { object, content } if object == "1" && content.text == "a b")
        );
    }
    for bad in ["", "{", "hello", "payload=x", "\u{1}=2"] {
        assert!(decoder(&mapping).decode(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn a_wrong_mapping_says_where_and_what_is_expected() {
    let with = |more: Value| {
        let mut mapping = json!({"text": "/text"});
        mapping.as_object_mut().expect("one").extend(more.as_object().cloned().expect("one"));
        mapping
    };
    let cases = [
        (json!([]), "the mapping", "expected an object"),
        (json!("{"), "the mapping", "expected JSON"),
        (json!({}), "text", "needs `text`"),
        (json!({"text": "text"}), "text", "expected a path"),
        (json!({"text": "/a~2"}), "text", "expected a path"),
        (json!({"text": ["/a", 5]}), "text[1]", "expected a path"),
        (json!({"text": []}), "text", "expected 1 to"),
        (json!({"text": {"join": ["/a", {"literal": 1}]}}), "text.join[1]", "expected a path"),
        (json!({"text": [[[[[["/a"]]]]]]}), "text[0][0][0][0][0]", "no deeper"),
        (with(json!({"txt": "/a"})), "txt", "no such field"),
        (with(json!({"": "/a"})), "\"\"", "no such field"),
        (
            with(json!({"hints": [{"kind": "email", "path": "/a", "": 1}]})),
            "hints[0].\"\"",
            "no such",
        ),
        (with(json!({"each": "events"})), "each", "expected a path"),
        (with(json!({"keep_rest": "yes"})), "keep_rest", "true or false"),
        (with(json!({"audience": "all"})), "audience", "private, group"),
        (with(json!({"kind": "reply"})), "kind", "expected one of message, edit"),
        (with(json!({"kind": {"edit": ["x"]}})), "kind.path", "expected a path"),
        (with(json!({"kind": {"path": "/a", "edit": []}})), "kind.edit", "a list of texts"),
        (with(json!({"kind": {"path": "/a", "edited": ["x"]}})), "kind.edited", "no such field"),
        (with(json!({"files": "/files"})), "files", "expected an object"),
        (with(json!({"files": {"url": "/u"}})), "files.list", "expected a path"),
        (with(json!({"hints": {}})), "hints", "expected a list"),
        (with(json!({"hints": [{"path": "/a"}]})), "hints[0].kind", "expected one of email"),
        (with(json!({"hints": [{"kind": "email"}]})), "hints[0].path", "expected a path"),
        (
            with(json!({"hints": [{"kind": "email", "path": "/a", "scope": "x"}]})),
            "hints[0].scope",
            "has no scope",
        ),
        (
            with(json!({"hints": [{"kind": "platform", "path": "/a"}]})),
            "hints[0].scope",
            "such as crm",
        ),
        (
            with(json!({"hints": [{"kind": "phone", "path": "/a", "region": "Berlin"}]})),
            "hints[0].region",
            "country",
        ),
        (
            with(json!({"hints": [{"kind": "email", "path": "/a", "verified": 1}]})),
            "hints[0].verified",
            "true, false",
        ),
    ];
    for (mapping, place, expected) in cases {
        let wrong = Mapping::read(&mapping).expect_err("it is wrong");
        assert_eq!(wrong.place, place, "{mapping}");
        assert!(wrong.expected.contains(expected), "{mapping}: {}", wrong.expected);
    }
    assert!(Mapping::read(&json!(r#"{"text": "/a"}"#)).is_ok(), "a text that holds JSON is read");
}

#[test]
fn a_trial_tells_what_each_field_found() {
    let mapping = json!({
        "id": {"join": ["/a", {"literal": ":"}, "/b"]},
        "text": ["/text", "/body"],
        "subject": "/title",
        "html": "/rich",
        "occurred_at": "/at",
        "hints": [{"kind": "email", "path": "/mail"}]
    });
    let payload = r#"{"a": 1, "b": 2, "body": "Hi", "rich": {}, "at": "soon", "mail": "nobody"}"#;
    let trial = try_on(Some(&mapping), payload.as_bytes()).expect("a trial");
    assert_eq!((trial.count, trial.events[0].key.as_str()), (1, "1:2"));
    let found = |field: &str| {
        let found = trial.findings.iter().find(|finding| finding.field == field);
        found.map(|finding| finding.outcome.clone()).unwrap_or_else(|| panic!("nothing of {field}"))
    };
    let at = |places: &[&str]| places.iter().map(|place| (*place).to_owned()).collect::<Vec<_>>();
    assert_eq!(found("id"), Outcome::Found { at: at(&["/a", "/b"]), value: "1:2".into() });
    assert_eq!(found("text"), Outcome::Found { at: at(&["/body"]), value: "Hi".into() });
    assert_eq!(found("subject"), Outcome::Missing { at: at(&["/title"]) });
    let unusable = |field, place: &str, says: &str| {
        let Outcome::Unusable { at, why, .. } = found(field) else { panic!("{field} is good") };
        assert!(at == [place] && why.contains(says), "{field}: {at:?} {why}");
    };
    unusable("html", "/rich", "an object");
    unusable("occurred_at", "/at", "no time");
    unusable("hints[0]", "/mail", "address");
    let shown = serde_json::to_value(&trial).expect("JSON");
    assert_eq!(shown["findings"][0]["outcome"]["found"]["value"], "1:2");
    let failed =
        |mapping: Value, payload: &[u8]| try_on(Some(&mapping), payload).expect_err("no trial");
    assert!(matches!(failed(json!({}), b"{}"), TrialFailed::Mapping(_)));
    assert!(matches!(failed(json!({"text": "/a"}), b"{"), TrialFailed::Payload(_)));
    assert!(try_on(None, b"{\"text\":\"a\"}").is_ok());
}

/// Else the second of two changes that carry the time of the first message would be lost.
#[test]
fn two_changes_at_one_time_are_two() {
    let mapping = json!({"id": "/id", "text": "/text", "occurred_at": "/made", "kind": "edit"});
    let key = |text: &str| {
        let payload = json!({"id": 1, "text": text, "made": 1_790_000_000});
        events(&mapping, &payload).remove(0).key
    };
    assert_ne!(key("a"), key("b"));
    assert_eq!(key("a"), key("a"));
}

#[test]
fn places_of_split_deliveries_are_those_in_the_whole() {
    let mapping = json!({"each": "/list", "text": "/a", "files": {"list": "/f"}});
    let payload =
        json!({"list": [{"a": "x"}, {"a": "y", "f": ["https://a.example/1", "data:,x"]}]});
    let trial = try_on(Some(&mapping), payload.to_string().as_bytes()).expect("a trial");
    let last: Vec<String> = trial
        .findings
        .iter()
        .filter(|f| f.event == 1)
        .map(|f| format!("{:?}", f.outcome))
        .collect();
    let last = last.join("\n");
    for place in ["/list/1/a", "/list/1/f/0", "/list/1/f/1"] {
        assert!(last.contains(place), "{last}");
    }
    let Happened::Message { content, .. } = &trial.events[1].what else { panic!("no message") };
    assert_eq!(content.files.len(), 1);
    assert_eq!(content.files[0].at, FileAt::Url("https://a.example/1".into()));
}

#[test]
fn lists_that_are_missing_empty_or_too_long_are_told() {
    let mapping = json!({"each": "/list", "text": "/a"});
    let what = |payload: Value| events(&mapping, &payload).remove(0).what;
    assert!(matches!(what(json!({"list": []})), Happened::Nothing { .. }));
    assert!(matches!(what(json!({"ping": 1})), Happened::Unknown { .. }));
    assert!(matches!(what(json!({"list": {"a": "x"}})), Happened::Message { .. }));
    let many = json!({"list": vec![0; 10_001]}).to_string();
    assert!(decoder(&mapping).decode(many.as_bytes()).is_err());
}

#[test]
fn the_rest_is_kept_within_bounds() {
    let mapping = json!({"text": "/a", "keep_rest": true});
    let payload =
        json!({"a": "x", "b": {"secret": "s", "c": [1, null]}, "long": "y".repeat(100_000)});
    let event = events(&mapping, &payload).remove(0);
    assert_eq!(Value::from(event.extra), json!({"b": {"c": [1]}}));
    let without = json!({"text": "/a"});
    assert!(events(&without, &payload).remove(0).extra.is_empty());
}

#[test]
fn nothing_makes_it_panic_or_wait() {
    hostile::check("webhook", decoder(&mapping()).as_ref());
    hostile::check("webhook", Mapping::usual().as_ref().expect("the usual one"));
}

#[test]
fn large_payloads_are_read_in_time() {
    let within = Duration::from_secs(10);
    let member = json!({"message": {"id": 1, "body": "x".repeat(900)}, "more": [1, 2, 3]});
    let many = json!({"events": vec![member; 10_000]}).to_string();
    assert_eq!(borne(decoder(&mapping()).as_ref(), many.as_bytes(), within), 10_000);
    let numbers = json!({"text": "x".repeat(8_000_000), "n": vec![7; 1_000_000]}).to_string();
    assert_eq!(borne(&Mapping::usual().expect("the usual one"), numbers.as_bytes(), within), 1);
}

proptest! {
    #[test]
    fn any_mapping_is_read_or_refused(json in hostile::any_json(), field in "[a-z_]{2,12}") {
        let _ = Mapping::read(&json);
        let _ = Mapping::read(&json!({"text": "/a", field: json.clone()}));
        let _ = try_on(Some(&json!({"text": json, "hints": [json]})), b"{}");
    }

    #[test]
    fn whatever_is_changed_is_refused(
        body in proptest::collection::vec(any::<u8>(), 1..200),
        at in 0..10_000usize,
        by in 1..=255u8,
        letter in "[!-~]",
    ) {
        let letter = letter.chars().next().expect("one");
        let message = [&b"msg_1.1790000000."[..], &body].concat();
        let standard = Sent::new(&body, 1_790_000_000)
            .with("webhook-id", "msg_1")
            .with("webhook-timestamp", "1790000000")
            .with("webhook-signature", format!("v1,{}", sha256_base64(b"a secret of ours", &message)));
        let github = Sent::new(&body, 0)
            .with("x-hub-signature-256", format!("sha256={}", sha256_hex(b"s", &body)));
        let cases = [
            (inbox("standard_webhooks", &["whsec_YSBzZWNyZXQgb2Ygb3Vycw=="]), standard),
            (inbox("github", &["old", "s"]), github),
        ];
        for (ours, sent) in cases {
            prop_assert_eq!(sent.verified("webhook", &ours), Ok(()));
            let changed = sent.clone().with_changed_body(at, by);
            prop_assert_eq!(changed.verified("webhook", &ours), Err(Refused::Unsigned));
            for (header, _) in sent.headers.clone() {
                if let Some(changed) = sent.clone().with_changed_header(&header, at, letter) {
                    prop_assert_eq!(changed.verified("webhook", &ours), Err(Refused::Unsigned));
                }
            }
        }
    }
}
