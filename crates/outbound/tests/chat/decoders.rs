//! Ids have one form: conversations as a decoder names them are answered, and what a platform answers
//! names the objects by which a decoder tells of receipts and of our own words.

use serde_json::{Value, json};
use throughline_core::inbound::{ChannelEvent, Happened, InboundEvent};
use throughline_ingest::hooks::Account as Set;
use throughline_ingest::registry;
use throughline_outbound::chat::{Outcome, Outgoing};

use super::*;

/// What a decoder makes of a payload; one event.
fn decoded(kind: &str, bytes: &[u8]) -> ChannelEvent {
    let settings = account(kind).settings;
    let set = Set { settings, ..Set::default() };
    let decoder = (registry::named(kind).unwrap().decoder)(&set).unwrap();
    let mut events = decoder.decode(bytes).unwrap();
    match (events.remove(0), events.len()) {
        (InboundEvent::Channel(event), 0) => *event,
        other => panic!("{other:?}"),
    }
}

fn object(event: &ChannelEvent) -> String {
    match &event.what {
        Happened::Message { object, .. } => object.clone(),
        other => panic!("{other:?}"),
    }
}

/// The answer to what came.
fn answering(event: &ChannelEvent) -> Outgoing {
    let key = &event.conversation.as_ref().unwrap().key;
    Outgoing { answers: Some(object(event)), ..reply(key, "Yes") }
}

fn sent(outcome: Outcome) -> String {
    match outcome {
        Outcome::Sent { objects } if objects.len() == 1 => objects[0].clone(),
        other => panic!("{other:?}"),
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn update(message: &Value) -> Vec<u8> {
    let kind = match message.get("business_connection_id") {
        Some(_) => "business_message",
        None => "message",
    };
    bytes(&json!({ "update_id": 1, kind: message }))
}

#[test]
fn what_telegram_brings_is_answered_where_it_was_said() {
    let from = json!({ "id": 8001, "is_bot": false, "first_name": "Elif" });
    let private = json!({ "id": 8001, "type": "private", "first_name": "Elif" });
    let forum = json!({ "id": -1001990, "type": "supergroup", "is_forum": true, "title": "Bread" });
    let messages = [
        json!({ "message_id": 9, "from": from, "chat": private, "date": 1, "text": "a" }),
        json!({ "message_id": 9, "from": from, "chat": private, "date": 1, "text": "a", "business_connection_id": "AgB1" }),
        json!({ "message_id": 9, "from": from, "chat": forum, "date": 1, "text": "a", "message_thread_id": 480, "is_topic_message": true }),
    ];
    for message in messages {
        let came = decoded("telegram", &update(&message));
        let mut echo = message.clone();
        echo["message_id"] = 10.into();
        echo["from"] = json!({ "id": 70044, "is_bot": true, "first_name": "Help" });
        let answer = json!({ "ok": true, "result": echo });
        let (requests, outcome) = all("telegram", &answering(&came), &[answer]);
        let request = body(&requests[0]);
        assert_eq!(request["chat_id"], message["chat"]["id"]);
        assert_eq!(request["reply_parameters"]["message_id"], 9);
        for name in ["business_connection_id", "message_thread_id"] {
            assert_eq!(request.get(name), message.get(name), "{name}");
        }
        assert_eq!(sent(outcome), object(&decoded("telegram", &update(&echo))));
    }
}

fn slack(event: &Value) -> Vec<u8> {
    bytes(
        &json!({ "type": "event_callback", "team_id": "T0KIOSK", "api_app_id": "A0", "event_id": "Ev1", "event": event }),
    )
}

#[test]
fn what_slack_brings_is_answered_in_its_thread() {
    for (channel, thread) in [("C0COUNTER", Some("1790000000.000050")), ("D0ELIF", None)] {
        let mut message = json!({ "type": "message", "channel": channel, "user": "U0ELIF", "text": "a", "ts": "1790000001.000100" });
        if let Some(thread) = thread {
            message["thread_ts"] = thread.into();
        }
        let came = decoded("slack", &slack(&message));
        let answer = json!({ "ok": true, "channel": channel, "ts": "1790000002.000200" });
        let (requests, outcome) = all("slack", &answering(&came), &[answer]);
        let request = body(&requests[0]);
        let root = thread.unwrap_or("1790000001.000100");
        assert_eq!((&request["channel"], &request["thread_ts"]), (&json!(channel), &json!(root)));
        let echo = json!({ "type": "message", "channel": channel, "user": "U0BOT", "bot_id": "B0", "app_id": "A0",
            "text": request["text"], "ts": "1790000002.000200", "thread_ts": root });
        let echo = decoded("slack", &slack(&echo));
        assert_eq!(sent(outcome), object(&echo));
        assert_eq!(echo.conversation.unwrap().key, came.conversation.unwrap().key);
    }
}

#[test]
fn what_slack_escapes_reads_as_it_was_written() {
    let text = "1 < 2 && <@U1> *no bold* <https://a.example|b> &amp; 3 > 2";
    let request = body(&first("slack", &reply("T0KIOSK:C0:1.2", text)));
    let echo = json!({ "type": "message", "channel": "C0", "user": "U0BOT", "text": request["text"], "ts": "1.3" });
    match decoded("slack", &slack(&echo)).what {
        Happened::Message { content, .. } => assert_eq!(content.text, text),
        other => panic!("{other:?}"),
    }
}

fn whatsapp(name: &str, thing: &Value, contact: &Value) -> Vec<u8> {
    let value = json!({ "messaging_product": "whatsapp", "metadata": { "phone_number_id": "555001" },
        "contacts": [contact], name: [thing] });
    bytes(&json!({ "object": "whatsapp_business_account",
        "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }] }))
}

#[test]
fn what_whatsapp_brings_is_answered_and_its_receipts_find_the_answer() {
    for (contact, from, field) in [
        (
            json!({ "wa_id": "4915550001", "profile": { "name": "Elif" } }),
            json!({ "from": "4915550001" }),
            "to",
        ),
        (
            json!({ "user_id": "DE.1349", "profile": { "name": "Elif" } }),
            json!({ "from_user_id": "DE.1349" }),
            "recipient",
        ),
    ] {
        let mut message = json!({ "id": "wamid.IN1", "timestamp": "1790000000", "type": "text", "text": { "body": "a" } });
        message.as_object_mut().unwrap().extend(from.as_object().unwrap().clone());
        let came = decoded("whatsapp", &whatsapp("messages", &message, &contact));
        let answer = json!({ "messages": [{ "id": "wamid.OUT1" }] });
        let (requests, outcome) = all("whatsapp", &answering(&came), &[answer]);
        let request = body(&requests[0]);
        assert_eq!(request[field], *from.as_object().unwrap().values().next().unwrap());
        assert_eq!(request["context"]["message_id"], "wamid.IN1");
        let status = json!({ "id": "wamid.OUT1", "status": "delivered", "timestamp": "1790000001", "recipient_id": "4915550001" });
        match decoded("whatsapp", &whatsapp("statuses", &status, &contact)).what {
            Happened::Receipt(receipt) => assert_eq!(receipt.of, [sent(outcome)]),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_twilio_brings_is_answered_and_its_receipts_find_the_answer() {
    for scheme in ["", "whatsapp:"] {
        let (ours, theirs) = (format!("{scheme}+14155550100"), format!("{scheme}+4915550001"));
        let form = |fields: &[(&str, &str)]| {
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
        };
        let message = [
            ("MessageSid", "SM1"),
            ("SmsStatus", "received"),
            ("From", &theirs),
            ("To", &ours),
            ("Body", "a"),
        ];
        let came = decoded("twilio", form(&message).as_bytes());
        let (requests, outcome) = all("twilio", &answering(&came), &[json!({ "sid": "SM2" })]);
        let expected = form(&[("From", &ours), ("To", &theirs), ("Body", "Yes")]);
        assert_eq!(String::from_utf8(requests[0].body.clone()).unwrap(), expected);
        let status = [
            ("MessageSid", "SM2"),
            ("MessageStatus", "delivered"),
            ("From", &ours),
            ("To", &theirs),
        ];
        let status = decoded("twilio", form(&status).as_bytes());
        match status.what {
            Happened::Receipt(receipt) => assert_eq!(receipt.of, [sent(outcome)]),
            other => panic!("{other:?}"),
        }
        assert_eq!(status.conversation.unwrap().key, came.conversation.unwrap().key);
    }
}

#[test]
fn what_our_program_signs_the_hook_of_another_would_take() {
    use throughline_core::time::Instant;
    use throughline_ingest::hooks::HookRequest;
    let request = first("webhook", &reply("c1", "hello"));
    let headers: Vec<(String, String)> =
        request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let settings = json!({ "scheme": "standard_webhooks" }).as_object().unwrap().clone();
    let secrets = BTreeMap::from([("secret".to_owned(), vec![SIGNING.to_owned()])]);
    let set = Set { settings, secrets };
    let hook = registry::named("webhook").unwrap().hook.unwrap();
    let at = Instant::from_micros(NOW * 1_000_000);
    let verify = |body: &[u8]| {
        let taken = HookRequest {
            method: "POST",
            url: "",
            tail: "",
            query: &[],
            headers: &headers,
            body,
            at,
        };
        hook.verify(&taken, &set)
    };
    assert_eq!(verify(&request.body), Ok(()));
    assert!(verify(b"{}").is_err());
}
