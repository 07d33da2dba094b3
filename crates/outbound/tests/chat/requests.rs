//! The requests of each platform, byte by byte where that matters.

use serde_json::json;
use throughline_core::outgoing::{TemplatePart, TemplateValue};
use throughline_outbound::chat::{FilledTemplate, Outcome, Outgoing, Progress, Reach, Run, Scope};

use super::*;

const JSON: &str = "content-type: application/json; charset=utf-8\n";

#[test]
fn telegram_sends_a_text_literally_in_the_topic_that_is_answered() {
    let outgoing = Outgoing {
        answers: Some("-1001990:502".into()),
        ..reply("70044:-1001990:480", "<b>5 & *6* _7_</b> می‌دانم")
    };
    let expected = format!(
        "POST https://api.telegram.org/bot70044:AAbb-cc_dd/sendMessage\n{JSON}\n{}",
        r#"{"chat_id":-1001990,"link_preview_options":{"is_disabled":true},"message_thread_id":480,"reply_parameters":{"allow_sending_without_reply":true,"message_id":502},"text":"<b>5 & *6* _7_</b> می‌دانم"}"#
    );
    assert_eq!(shown(&first("telegram", &outgoing)), expected);
}

#[test]
fn telegram_answers_for_a_business_account_and_only_within_the_chat() {
    let business =
        Outgoing { answers: Some("AgB1:8001:9".into()), ..reply("70044:AgB1:8001", "x") };
    let sent = body(&first("telegram", &business));
    assert_eq!(sent["business_connection_id"], "AgB1");
    assert_eq!(
        (&sent["chat_id"], &sent["reply_parameters"]["message_id"]),
        (&json!(8001), &json!(9))
    );
    for other in ["8001:9", "AgB1:8002:9", "callback:77", "AgB1:8001:x"] {
        let elsewhere = Outgoing { answers: Some(other.into()), ..business.clone() };
        assert_eq!(body(&first("telegram", &elsewhere)).get("reply_parameters"), None, "{other}");
    }
}

#[test]
fn telegram_sends_pictures_and_other_files_as_forms_in_parts() {
    let files = vec![file("till.png", "image/png"), file("a \"b\".pdf", "application/pdf")];
    let outgoing = Outgoing { files, ..reply("70044:8001:7", "see") };
    let taken =
        |id: u32| json!({ "ok": true, "result": { "message_id": id, "chat": { "id": 8001 } } });
    let (requests, outcome) = all("telegram", &outgoing, &[taken(1), taken(2), taken(3)]);
    let objects = ["8001:1", "8001:2", "8001:3"].map(str::to_owned).to_vec();
    assert_eq!(outcome, Outcome::Sent { objects });
    let text = shown(&requests[1]);
    let (_, boundary) = text.split_once("boundary=").unwrap();
    let boundary = boundary.split('\n').next().unwrap();
    let expected = format!(
        "POST https://api.telegram.org/bot70044:AAbb-cc_dd/sendPhoto\n\
         content-type: multipart/form-data; boundary={boundary}\n\n\
         --{boundary}\ncontent-disposition: form-data; name=\"chat_id\"\n\n8001\n\
         --{boundary}\ncontent-disposition: form-data; name=\"message_thread_id\"\n\n7\n\
         --{boundary}\ncontent-disposition: form-data; name=\"photo\"; filename=\"till.png\"\n\
         content-type: image/png\n\nhello\n--{boundary}--\n"
    );
    assert_eq!(text, expected);
    let text = shown(&requests[2]);
    assert!(text.starts_with("POST https://api.telegram.org/bot70044:AAbb-cc_dd/sendDocument\n"));
    assert!(text.contains(
        "name=\"document\"; filename=\"a %22b%22.pdf\"\ncontent-type: application/pdf\n"
    ));
}

#[test]
fn slack_escapes_what_would_be_markup_and_stays_in_the_thread() {
    let outgoing = reply("T0KIOSK:C0COUNTER:1790000001.000100", "a < b && <!channel> *no bold*");
    let expected = format!(
        "POST https://slack.com/api/chat.postMessage\n{JSON}authorization: Bearer xoxb-invented-1\n\n{}",
        r#"{"channel":"C0COUNTER","link_names":false,"mrkdwn":false,"parse":"none","text":"a &lt; b &amp;&amp; &lt;!channel&gt; *no bold*","thread_ts":"1790000001.000100","unfurl_links":false,"unfurl_media":false}"#
    );
    assert_eq!(shown(&first("slack", &outgoing)), expected);
}

#[test]
fn slack_puts_files_in_three_steps_and_shows_them_at_once() {
    let files = vec![file("a.txt", "text/plain"), file("b&c.txt", "text/plain")];
    let outgoing = Outgoing { files, ..reply("T0:C0:1.2", "") };
    let put = |id: &str| json!({ "ok": true, "upload_url": format!("https://files.slack.com/up/{id}"), "file_id": id });
    let answers = [
        put("F1"),
        json!("OK - 5"),
        put("F2"),
        json!("OK - 5"),
        json!({ "ok": true, "files": [] }),
    ];
    let (requests, outcome) = all("slack", &outgoing, &answers);
    assert_eq!(outcome, Outcome::Sent { objects: Vec::new() });
    let form =
        "content-type: application/x-www-form-urlencoded\nauthorization: Bearer xoxb-invented-1\n";
    assert_eq!(
        shown(&requests[2]),
        format!(
            "POST https://slack.com/api/files.getUploadURLExternal\n{form}\nfilename=b%26c.txt&length=5"
        )
    );
    // The token goes to the API alone.
    assert_eq!(
        shown(&requests[3]),
        "POST https://files.slack.com/up/F2\ncontent-type: application/octet-stream\n\nhello"
    );
    let expected = r#"{"channel_id":"C0","files":[{"id":"F1","title":"a.txt"},{"id":"F2","title":"b&c.txt"}],"thread_ts":"1.2"}"#;
    assert_eq!(
        shown(&requests[4]),
        format!(
            "POST https://slack.com/api/files.completeUploadExternal\n{JSON}authorization: Bearer xoxb-invented-1\n\n{expected}"
        )
    );
}

#[test]
fn a_file_goes_to_slack_and_to_nobody_else() {
    let outgoing = Outgoing { files: vec![file("a", "text/plain")], ..reply("T0:C0:1.2", "") };
    let (account, endpoints) = (account("slack"), Endpoints::default());
    for url in [
        "https://slack.com.evil.example/up",
        "http://files.slack.com/up",
        "https://evilslack.com/",
        "x",
    ] {
        let mut run =
            Run::new(named("slack"), &account, &endpoints, &outgoing, Progress::default()).unwrap();
        let answer = json!({ "ok": true, "upload_url": url, "file_id": "F1" });
        assert_eq!(run.answered(&said(200, &answer), NOW), None);
        let refusal = run.request(NOW).unwrap().unwrap_err();
        assert_eq!(refusal.code, "bad_address", "{url}");
        run.stopped(refusal);
        assert_eq!(run.progress(), &Progress::default(), "it is asked for again");
    }
}

#[test]
fn whatsapp_sends_to_a_person_a_number_or_a_group() {
    let to = |conversation: &str, recipient: Option<&str>| {
        let recipient = recipient.map(str::to_owned);
        let sent = body(&first("whatsapp", &Outgoing { recipient, ..reply(conversation, "x") }));
        (sent["recipient_type"].clone(), sent["to"].clone(), sent["recipient"].clone())
    };
    let (one, many) = (json!("individual"), json!("group"));
    assert_eq!(to("555001:US.1349", None), (one.clone(), json!(null), json!("US.1349")));
    assert_eq!(
        to("555001:US.1349", Some("+4915550001")),
        (one.clone(), json!("4915550001"), json!(null))
    );
    assert_eq!(to("555001:4915550001", None), (one, json!("4915550001"), json!(null)));
    assert_eq!(to("555001:Y2FwaV9n", Some("+49155")), (many, json!("Y2FwaV9n"), json!(null)));
}

#[test]
fn whatsapp_sends_a_text_as_it_is_with_what_it_answers() {
    let answers = Some("wamid.IN1".to_owned());
    let outgoing = Outgoing { answers, ..reply("555001:4915550001", "*5* & <6>") };
    let expected = format!(
        "POST https://graph.facebook.com/v24.0/555001/messages\n{JSON}authorization: Bearer EAAinvented\n\n{}",
        r#"{"biz_opaque_callback_data":"msg_0001","context":{"message_id":"wamid.IN1"},"messaging_product":"whatsapp","recipient_type":"individual","text":{"body":"*5* & <6>","preview_url":false},"to":"4915550001","type":"text"}"#
    );
    assert_eq!(shown(&first("whatsapp", &outgoing)), expected);
}

#[test]
fn whatsapp_uploads_a_file_and_then_sends_it_as_what_it_is() {
    let files = vec![file("till.jpg", "image/jpeg"), file("bill.pdf", "application/pdf")];
    let outgoing =
        Outgoing { files, answers: Some("wamid.IN1".into()), ..reply("555001:49155", "") };
    let sent = |id: &str| json!({ "messages": [{ "id": id }] });
    let answers = [json!({ "id": "m1" }), sent("wamid.1"), json!({ "id": "m2" }), sent("wamid.2")];
    let (requests, outcome) = all("whatsapp", &outgoing, &answers);
    assert_eq!(outcome, Outcome::Sent { objects: vec!["wamid.1".into(), "wamid.2".into()] });
    let upload = shown(&requests[0]);
    assert!(upload.starts_with("POST https://graph.facebook.com/v24.0/555001/media\n"), "{upload}");
    for part in [
        "name=\"messaging_product\"\n\nwhatsapp\n",
        "name=\"type\"\n\nimage/jpeg\n",
        "name=\"file\"; filename=\"till.jpg\"\ncontent-type: image/jpeg\n\nhello\n",
    ] {
        assert!(upload.contains(part), "{part}");
    }
    let (image, document) = (body(&requests[1]), body(&requests[3]));
    assert_eq!((&image["type"], &image["image"]), (&json!("image"), &json!({ "id": "m1" })));
    assert_eq!(image["context"]["message_id"], "wamid.IN1");
    assert_eq!(document["document"], json!({ "id": "m2", "filename": "bill.pdf" }));
    assert_eq!(document.get("context"), None, "one of them answers");
}

#[test]
fn templates_go_where_there_are_such() {
    let value = |part, name: &str, value: &str| TemplateValue {
        part,
        name: name.into(),
        value: value.into(),
    };
    let values =
        vec![value(TemplatePart::Body, "1", "Elif"), value(TemplatePart::Body, "2", "7 \"x\"")];
    let template = FilledTemplate { name: "order_ready".into(), language: "tr".into(), values };
    let with = |conversation: &str| Outgoing {
        template: Some(template.clone()),
        ..reply(conversation, "ignored")
    };
    let sent = body(&first("whatsapp", &with("555001:49155")));
    assert_eq!(
        sent["template"],
        json!({
            "name": "order_ready",
            "language": { "code": "tr" },
            "components": [{ "type": "body", "parameters": [
                { "type": "text", "text": "Elif" }, { "type": "text", "text": "7 \"x\"" }
            ] }],
        })
    );
    let named = FilledTemplate {
        values: vec![
            value(TemplatePart::Header, "1", "4417"),
            value(TemplatePart::Body, "who", "Elif"),
            value(TemplatePart::Button(1), "1", "t-9"),
        ],
        ..template.clone()
    };
    let all = Outgoing { template: Some(named), ..reply("555001:49155", "ignored") };
    assert_eq!(
        body(&first("whatsapp", &all))["template"]["components"],
        json!([
            { "type": "header", "parameters": [{ "type": "text", "text": "4417" }] },
            { "type": "body", "parameters": [
                { "type": "text", "parameter_name": "who", "text": "Elif" }
            ] },
            { "type": "button", "sub_type": "url", "index": "1",
              "parameters": [{ "type": "text", "text": "t-9" }] },
        ])
    );
    let request = first("twilio", &with("whatsapp:+1415:whatsapp:+49155"));
    assert_eq!(
        String::from_utf8(request.body).unwrap(),
        "From=whatsapp%3A%2B1415&To=whatsapp%3A%2B49155&ContentSid=order_ready\
         &ContentVariables=%7B%221%22%3A%22Elif%22%2C%222%22%3A%227+%5C%22x%5C%22%22%7D"
    );
    for (kind, conversation) in [
        ("telegram", "7:8"),
        ("slack", "T:C:1.2"),
        ("twilio", "+14155550100:+49"),
        ("webhook", "c"),
    ] {
        let refusal = refusal(&account(kind), kind, &with(conversation));
        assert_eq!((refusal.code, refusal.scope), ("no_templates", Scope::Message), "{kind}");
    }
}

#[test]
fn twilio_sends_a_form_with_its_login_and_asks_to_be_told() {
    let status_url = Some("https://desk.example/hooks/7".to_owned());
    let outgoing = Outgoing { status_url, ..reply("+14155550100:+4915550001", "5 € & ş") };
    let expected = "POST https://api.twilio.com/2010-04-01/Accounts/AC00ff/Messages.json\n\
        content-type: application/x-www-form-urlencoded\n\
        authorization: Basic QUMwMGZmOnRva2VudG9rZW4=\n\n\
        From=%2B14155550100&To=%2B4915550001&Body=5+%E2%82%AC+%26+%C5%9F\
        &StatusCallback=https%3A%2F%2Fdesk.example%2Fhooks%2F7";
    assert_eq!(shown(&first("twilio", &outgoing)), expected);
    // A sender whose number is another now is still answered by the number that was written to.
    let older = reply("whatsapp:+14155550111:whatsapp:US.1349", "x");
    let sent = String::from_utf8(first("twilio", &older).body).unwrap();
    assert_eq!(sent, "From=whatsapp%3A%2B14155550111&To=whatsapp%3AUS.1349&Body=x");
}

#[test]
fn twilio_sends_no_file_that_it_cannot_fetch() {
    let mut picture = file("till.png", "image/png");
    let with = |file: &FileToSend| Outgoing {
        files: vec![file.clone()],
        ..reply("+14155550100:+49", "x")
    };
    let refused = refusal(&account("twilio"), "twilio", &with(&picture));
    assert_eq!((refused.code, refused.scope), ("needs_public_link", Scope::Message));
    assert!(
        refused.why.contains("till.png") && refused.hint.contains("public address"),
        "{refused:?}"
    );
    picture.link = Some("https://desk.example/f/1".into());
    let sid = |sid: &str| json!({ "sid": sid, "status": "queued" });
    let (requests, outcome) = all("twilio", &with(&picture), &[sid("SM1"), sid("MM2")]);
    assert_eq!(outcome, Outcome::Sent { objects: vec!["SM1".into(), "MM2".into()] });
    let sent = String::from_utf8(requests[1].body.clone()).unwrap();
    assert_eq!(sent, "From=%2B14155550100&To=%2B49&MediaUrl=https%3A%2F%2Fdesk.example%2Ff%2F1");
}

#[test]
fn a_webhook_gets_json_that_it_can_check() {
    let outgoing = Outgoing {
        answers: Some("m7".into()),
        files: vec![file("a.txt", "text/plain")],
        ..reply("c1", "<b>hello</b>")
    };
    let request = first("webhook", &outgoing);
    assert_eq!(request.reach, Reach::Entered);
    let expected = r#"{"answers":"m7","conversation":"c1","files":[{"base64":"aGVsbG8=","media_type":"text/plain","name":"a.txt","size":5}],"id":"msg_0001","recipient":null,"text":"<b>hello</b>","type":"message.reply"}"#;
    let secret = throughline_outbound::webhook::SigningSecret::parse(SIGNING).unwrap();
    let signature = secret.sign("msg_0001", NOW, expected.as_bytes());
    assert_eq!(
        shown(&request),
        format!(
            "POST https://desk.example/replies\n{JSON}webhook-id: msg_0001\n\
             webhook-timestamp: 1790000000\nwebhook-signature: {signature}\n\n{expected}"
        )
    );
}

#[test]
fn a_webhook_that_wants_links_gets_links() {
    let mut account = account("webhook");
    account.settings.insert("reply_files".into(), "link".into());
    let mut picture = file("a.png", "image/png");
    let endpoints = Endpoints::default();
    let with = |file: &FileToSend| Outgoing { files: vec![file.clone()], ..reply("c1", "x") };
    let bare = with(&picture);
    let run = Run::new(named("webhook"), &account, &endpoints, &bare, Progress::default()).unwrap();
    assert_eq!(run.request(NOW).unwrap().unwrap_err().code, "needs_public_link");
    picture.link = Some("https://desk.example/f/1".into());
    let linked = with(&picture);
    let run =
        Run::new(named("webhook"), &account, &endpoints, &linked, Progress::default()).unwrap();
    let sent = body(&run.request(NOW).unwrap().unwrap());
    assert_eq!(sent["files"][0]["url"], "https://desk.example/f/1");
    assert_eq!(sent["files"][0].get("base64"), None);
}

#[test]
fn a_webhook_signs_with_all_its_secrets_and_never_with_another_kind_of_secret() {
    let mut account = account("webhook");
    account.secrets.remove("reply_secret");
    let refused = refusal(&account, "webhook", &reply("c1", "x"));
    assert_eq!((refused.code, refused.scope), ("not_set_up", Scope::Account));
    account.secrets.insert("secret".into(), vec![SIGNING.into(), SIGNING.replace("AAEC", "AAED")]);
    let (outgoing, endpoints) = (reply("c1", "x"), Endpoints::default());
    let run =
        Run::new(named("webhook"), &account, &endpoints, &outgoing, Progress::default()).unwrap();
    let request = run.request(NOW).unwrap().unwrap();
    let (_, signature) =
        request.headers.iter().find(|(name, _)| *name == "webhook-signature").unwrap();
    assert_eq!(signature.split(' ').filter(|one| one.starts_with("v1,")).count(), 2);
}

#[test]
fn a_long_text_becomes_several_messages_and_a_very_long_one_none() {
    let long = "A sentence of some words. ".repeat(300);
    let conversations = [
        ("telegram", "70044:8001", 2),
        ("slack", "T:C:1.2", 2),
        ("whatsapp", "555001:49155", 2),
        ("twilio", "+14155550100:+49", 5),
        ("webhook", "c", 1),
    ];
    for (kind, conversation, expected) in conversations {
        let steps = named(kind).steps(&account(kind), &reply(conversation, &long)).unwrap();
        assert_eq!(steps.len(), expected, "{kind}");
        if kind != "webhook" {
            let endless = reply(conversation, &long.repeat(40));
            let refused = refusal(&account(kind), kind, &endless);
            assert_eq!((refused.code, refused.scope), ("too_long", Scope::Message), "{kind}");
        }
    }
}

#[test]
fn what_slack_gets_is_short_enough_when_it_is_escaped() {
    let outgoing = reply("T:C:1.2", &"&<> ".repeat(1500));
    let steps = named("slack").steps(&account("slack"), &outgoing).unwrap();
    assert!(steps.len() > 2);
    for step in steps {
        let throughline_outbound::chat::Step::Text(text) = step else { panic!("{step:?}") };
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        assert!(escaped.len() <= 4000);
    }
}

#[test]
fn what_cannot_be_sent_is_refused_before_anything_is() {
    for (kind, conversation) in [
        ("telegram", "70044:8001"),
        ("slack", "T:C:1.2"),
        ("whatsapp", "555001:49155"),
        ("twilio", "+14155550100:+49"),
        ("webhook", "c"),
    ] {
        let empty = refusal(&account(kind), kind, &reply(conversation, " \n "));
        assert_eq!((empty.code, empty.scope), ("empty", Scope::Message), "{kind}");
        let bare = refusal(&Account::default(), kind, &reply(conversation, "x"));
        assert_eq!((bare.code, bare.scope), ("not_set_up", Scope::Account), "{kind}");
    }
    for (kind, conversation) in [
        ("telegram", "70044"),
        ("telegram", "70044:x:y"),
        ("telegram", "70044:1:2:3"),
        ("slack", "T:C"),
        ("slack", "T::1.2"),
        ("whatsapp", "555002:49155"),
        ("whatsapp", "555001:"),
        ("twilio", "+49155"),
        ("twilio", "whatsapp:+1415"),
        ("twilio", ":+49"),
    ] {
        let wrong = refusal(&account(kind), kind, &reply(conversation, "x"));
        assert_eq!(
            (wrong.code, wrong.scope),
            ("no_conversation", Scope::Recipient),
            "{conversation}"
        );
    }
}
