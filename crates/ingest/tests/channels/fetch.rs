//! How channels get at files: what they ask, to whom they show credentials, and what answers mean.

use serde_json::{Value, json};
use throughline_core::inbound::{FileAt, RemoteFile};
use throughline_core::time::Instant;
use throughline_ingest::fetch::{Fetch, Lies, Reach, Trouble, redirect};
use throughline_ingest::hooks::Account;
use throughline_ingest::poll::{Answer, Question};
use throughline_ingest::registry;

const SECRET: &str = "70044:AA/the-secret";

fn files(channel: &str) -> &'static dyn Fetch {
    registry::named(channel).and_then(|kind| kind.files).expect("files")
}

/// An inbox of any of the channels, with one secret for all.
fn inbox() -> Account {
    let settings = json!({ "phone_number_id": "106", "account_sid": "AC1" });
    let secrets = ["bot_token", "access_token", "auth_token"];
    let secrets = secrets.map(|name| (name.to_owned(), vec![SECRET.to_owned()]));
    Account { settings: settings.as_object().expect("fields").clone(), secrets: secrets.into() }
}

/// Address and login of a request.
fn shown(question: Result<Question, Trouble>) -> (String, Option<String>) {
    let Question { method, url, headers, body, .. } = question.expect("a question");
    assert!(method == "GET" && body.is_none() && headers.len() <= 1);
    (url, headers.into_iter().next().map(|(name, value)| format!("{name}: {value}")))
}

fn answer<'a>(status: u16, headers: &'a [(String, String)], body: &'a [u8]) -> Answer<'a> {
    Answer { status, headers, body, at: Instant::from_micros(0) }
}

fn found(channel: &str, status: u16, said: Value) -> Result<Lies, Trouble> {
    let body = said.to_string();
    files(channel).found(&inbox(), &Reach::default(), &answer(status, &[], body.as_bytes()))
}

const BEARER: &str = "authorization: Bearer 70044:AA/the-secret";

#[test]
fn an_id_becomes_a_question() {
    let ask = |channel, id| shown(files(channel).find(&inbox(), &Reach::default(), id));
    let telegram = "https://api.telegram.org/bot70044%3AAA%2Fthe-secret/getFile?file_id=Ag%26x%3D1";
    assert_eq!(ask("telegram", "Ag&x=1"), (telegram.into(), None));
    let slack = "https://slack.com/api/files.info?file=F0%2F..";
    assert_eq!(ask("slack", "F0/.."), (slack.into(), Some(BEARER.into())));
    let whatsapp = "https://graph.facebook.com/v24.0/10%3Fx?phone_number_id=106";
    assert_eq!(ask("whatsapp", "10?x"), (whatsapp.into(), Some(BEARER.into())));
    for channel in ["twilio", "webhook"] {
        let none = files(channel).find(&inbox(), &Reach::default(), "1").expect_err("no ids");
        assert!(matches!(none, Trouble::Lost(_)), "{channel}");
    }
}

#[test]
fn credentials_go_to_the_platforms_own_hosts_alone() {
    let basic = "authorization: Basic QUMxOjcwMDQ0OkFBL3RoZS1zZWNyZXQ=";
    let own = [
        ("slack", "https://files.slack.com/files-pri/T-F/x.png", BEARER),
        ("whatsapp", "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", BEARER),
        ("whatsapp", "https://graph.facebook.com/x", BEARER),
        ("twilio", "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM/Media/ME", basic),
    ];
    for (channel, url, login) in own {
        let asked = shown(files(channel).get(&inbox(), &Reach::default(), url));
        assert_eq!(asked, (url.into(), Some(login.into())), "{channel}");
    }
    let others = [
        "http://files.slack.com/x",
        "https://files.slack.com.evil.example/x",
        "https://files.slack.com@evil.example/x",
        "https://evil.example/files.slack.com",
        "https://evilslack.com/x",
        "https://fbsbx.com.evil.example/x",
        "https://mms.twiliocdn.com/AC1/x",
        "https://www.twilio.com/x",
        "https://api.twilio.com:8443/x",
        "https://api.telegram.org/x",
        "https://s3.amazonaws.com/x",
    ];
    for channel in ["telegram", "slack", "whatsapp", "twilio", "webhook"] {
        for url in others {
            let asked = shown(files(channel).get(&inbox(), &Reach::default(), url));
            assert_eq!(asked, (url.to_owned(), None), "{channel}");
        }
    }
}

#[test]
fn our_own_homeserver_opens_an_address_of_matrix() {
    let settings = json!({ "server": "https://matrix.example.org/" });
    let mut inbox = Account { settings: settings.as_object().expect("fields").clone(), ..inbox() };
    inbox.secrets.insert("as_token".to_owned(), vec![SECRET.to_owned()]);
    let (matrix, reach) = (files("matrix"), Reach::default());
    let known = |id| matrix.known(&inbox, &reach, id).expect("it need not be asked");
    let lies = known("mxc://other.example:8448/a/../b?c").expect("an address");
    let own = "https://matrix.example.org/_matrix/client/v1/media/download/";
    assert_eq!(lies.url, format!("{own}other.example%3A8448/a%2F..%2Fb%3Fc"));
    for odd in ["", "mxc://", "mxc://a", "mxc:///b", "https://a/b"] {
        assert!(matches!(known(odd), Err(Trouble::Lost(_))), "{odd}");
    }
    let asked = shown(matrix.get(&inbox, &reach, &lies.url));
    assert_eq!(asked.1.as_deref(), Some(BEARER));
    for other in [
        "https://matrix.example.org.evil.example/x",
        "https://matrix.example.org@evil.example/x",
        "http://matrix.example.org/x",
        "https://cdn.example/x",
    ] {
        assert_eq!(shown(matrix.get(&inbox, &reach, other)), (other.to_owned(), None));
    }
    assert!(matrix.known(&Account::default(), &reach, "mxc://a/b").expect("known").is_err());
}

#[test]
fn an_answer_tells_where_a_file_lies() {
    let told = json!({ "ok": true, "result": { "file_path": "a b/x?#.jpg", "file_size": 7 } });
    let lies = found("telegram", 200, told).expect("it is told");
    let url = "https://api.telegram.org/file/bot70044%3AAA%2Fthe-secret/a%20b/x%3F%23.jpg";
    assert_eq!(
        (lies.url.as_str(), lies.name.as_deref(), lies.size),
        (url, Some("x?#.jpg"), Some(7))
    );
    assert!(!format!("{lies:?}").contains("secret"));
    let told = json!({ "ok": true, "file": { "url_private": "https://files.slack.com/x",
        "title": "X", "mimetype": "image/png" } });
    let lies = found("slack", 200, told).expect("it is told");
    assert_eq!((lies.url.as_str(), lies.name.as_deref()), ("https://files.slack.com/x", Some("X")));
    let told = json!({ "url": "https://lookaside.fbsbx.com/x", "file_size": "12" });
    assert_eq!(found("whatsapp", 200, told).expect("it is told").size, Some(12));
}

/// What becomes of a file by an answer: lost, too large, or later, with the seconds that were asked for.
fn means(trouble: Trouble) -> (String, String) {
    match trouble {
        Trouble::Lost(why) => ("lost".into(), why),
        Trouble::TooLarge(why) => ("too large".into(), why),
        Trouble::Later { why, after_seconds: None } => ("later".into(), why),
        Trouble::Later { why, after_seconds: Some(wait) } => (format!("later {wait}"), why),
    }
}

#[test]
fn an_answer_tells_why_there_is_no_file() {
    let telegram = |words: &str| json!({ "ok": false, "description": words });
    let flood = json!({ "ok": false, "description": "Too Many Requests: retry after 8",
        "parameters": { "retry_after": 8 } });
    let slack = |code: &str| json!({ "ok": false, "error": code });
    let meta = |code: i64| json!({ "error": { "code": code, "message": "words" } });
    let above = json!({ "ok": true, "result": { "file_path": "../../etc/passwd" } });
    let cases = [
        ("telegram", 400, telegram("Bad Request: file is too big"), "too large", "20 MB"),
        ("telegram", 400, telegram("Bad Request: wrong file_id or"), "later", "wrong file_id"),
        ("telegram", 401, telegram("Unauthorized"), "later", "bot token"),
        ("telegram", 429, flood, "later 8", "Too Many Requests"),
        ("telegram", 502, Value::Null, "later", "502"),
        ("telegram", 200, above, "lost", "path"),
        ("telegram", 200, Value::Null, "later", "cannot be read"),
        ("telegram", 400, telegram(&format!("no {SECRET}")), "later", "no [secret]"),
        ("slack", 200, slack("file_deleted"), "lost", "file_deleted"),
        ("slack", 200, slack("missing_scope"), "later", "files:read"),
        ("slack", 429, slack("ratelimited"), "later", "ratelimited"),
        ("slack", 200, Value::Null, "later", "cannot be read"),
        ("slack", 503, Value::Null, "later", "503"),
        ("whatsapp", 400, meta(100), "lost", "seven days"),
        ("whatsapp", 401, meta(190), "later", "access token"),
        ("whatsapp", 400, meta(130_429), "later", "130429"),
        ("whatsapp", 404, Value::Null, "later", "404"),
    ];
    for (channel, status, said, expected, words) in cases {
        let (kind, why) = means(found(channel, status, said).expect_err("no file"));
        assert_eq!(kind, expected, "{channel} {status}: {why}");
        assert!(why.contains(words) && !why.contains(SECRET), "{channel} {status}: {why}");
    }
}

#[test]
fn a_status_tells_whether_to_ask_again() {
    let wait = [("retry-after".to_owned(), "30".to_owned())];
    let file = RemoteFile { at: FileAt::Id("1".into()), name: None, media_type: None, size: None };
    let cases = [
        (401, "later"),
        (403, "later"),
        (404, "later"),
        (410, "lost"),
        (400, "lost"),
        (204, "lost"),
        (206, "lost"),
        (429, "later 30"),
        (500, "later 30"),
    ];
    for (status, expected) in cases {
        let looked = files("webhook").look(&file, &answer(status, &wait, b""));
        assert_eq!(means(looked.expect_err("no file")).0, expected, "{status}");
    }
    assert_eq!(files("webhook").look(&file, &answer(200, &[], b"")), Ok(()));
}

#[test]
fn a_page_of_slack_is_a_file_only_where_one_was_sent() {
    let page = [("content-type".to_owned(), "Text/HTML; charset=utf-8".to_owned())];
    let file = |name: &str, kind: Option<&str>| RemoteFile {
        at: FileAt::Id("1".into()),
        name: Some(name.to_owned()),
        media_type: kind.map(str::to_owned),
        size: None,
    };
    let looked = |file: RemoteFile| files("slack").look(&file, &answer(200, &page, b"<html>"));
    assert!(matches!(looked(file("x.png", Some("image/png"))), Err(Trouble::Later { .. })));
    assert!(matches!(looked(file("x", None)), Err(Trouble::Later { .. })));
    assert_eq!(looked(file("x", Some("text/html"))), Ok(()));
    assert_eq!(looked(file("page.HTML", None)), Ok(()));
}

#[test]
fn what_is_missing_is_named_and_may_come() {
    for (channel, name) in [("telegram", "bot_token"), ("slack", "bot_token")] {
        let none = files(channel).find(&Account::default(), &Reach::default(), "1");
        let (kind, why) = means(none.expect_err("nothing to ask with"));
        assert!(kind == "later" && why.contains(name), "{channel}: {why}");
    }
    let url = "https://api.twilio.com/x";
    let none = files("twilio").get(&Account::default(), &Reach::default(), url);
    assert!(means(none.expect_err("nothing to ask with")).1.contains("account_sid"));
}

#[test]
fn a_redirect_is_read_from_where_it_stands() {
    let to = |location: &str| {
        let headers = [("location".to_owned(), location.to_owned())];
        redirect("https://a.example/x/y?z=1", &answer(302, &headers, b""))
    };
    assert_eq!(to("/b"), Ok(Some("https://a.example/b".to_owned())));
    assert_eq!(to("//b.example"), Ok(Some("https://b.example/".to_owned())));
    assert_eq!(to("http://127.0.0.1/"), Ok(Some("http://127.0.0.1/".to_owned())));
    assert_eq!(to("https://files.slack.com\\@evil.example/"), {
        Ok(Some("https://files.slack.com/@evil.example/".to_owned()))
    });
    assert!(matches!(to("http://["), Err(Trouble::Lost(_))));
    assert!(redirect("https://a.example", &answer(302, &[], b"")).is_err());
    assert_eq!(redirect("https://a.example", &answer(200, &[], b"")), Ok(None));
}
