//! Answers to reviews: one request each, whose repeat does no harm, and what the shops say to it.

use serde_json::json;
use throughline_outbound::chat::{Outcome, Outgoing, Progress, Run, Scope};

use super::*;

fn to_review(text: &str) -> Outgoing {
    reply("review:r-1", text)
}

#[test]
fn the_app_store_is_sent_the_answer_with_its_review() {
    let created = json!({ "data": { "type": "customerReviewResponses", "id": "a-9" } });
    let (requests, outcome) = all("app_store", &to_review(" Thank you. "), &[created]);
    assert_eq!(outcome, Outcome::Sent { objects: vec!["answer:a-9".into()] });
    let [request] = requests.as_slice() else { panic!("one request") };
    let url = "https://api.appstoreconnect.apple.com/v1/customerReviewResponses";
    assert_eq!((request.method, request.url.as_str()), ("POST", url));
    assert!(shown(request).contains("authorization: Bearer jwt-invented"), "{}", shown(request));
    assert_eq!(
        body(request),
        json!({ "data": {
            "type": "customerReviewResponses", "attributes": { "responseBody": "Thank you." },
            "relationships": { "review": { "data": { "type": "customerReviews", "id": "r-1" } } },
        } })
    );
}

#[test]
fn google_play_gives_a_token_and_is_sent_the_answer() {
    let token = json!({ "access_token": "ya29.x", "expires_in": 3600 });
    let done = json!({ "result": { "replyText": "Thank you.", "lastEdited": { "seconds": "1" } } });
    let (requests, outcome) =
        all("google_play", &reply("review:gp:AB/c", "Thank you."), &[token, done]);
    assert_eq!(outcome, Outcome::Sent { objects: vec!["answer:gp:AB/c".into()] });
    let form = String::from_utf8(requests[0].body.clone()).unwrap();
    assert_eq!(requests[0].url, "https://oauth2.googleapis.com/token");
    assert!(form.ends_with("&assertion=jwt-invented"), "{form}");
    assert_eq!(
        requests[1].url,
        "https://androidpublisher.googleapis.com/androidpublisher/v3/applications/\
         org.example.kiosk/reviews/gp%3AAB%2Fc:reply"
    );
    assert!(shown(&requests[1]).contains("authorization: Bearer ya29.x"));
    assert_eq!(body(&requests[1]), json!({ "replyText": "Thank you." }));
}

#[test]
fn what_no_shop_takes_is_refused_before_it_is_sent() {
    for (kind, most) in [("app_store", 5_970), ("google_play", 350)] {
        let own = account(kind);
        let long = to_review(&"ş".repeat(most + 1));
        assert_eq!(refusal(&own, kind, &long).code, "too_long", "{kind}");
        first(kind, &to_review(&"ş".repeat(most)));
        let files = vec![file("a.png", "image/png")];
        let with_file = Outgoing { files, ..to_review("x") };
        assert_eq!(refusal(&own, kind, &with_file).code, "file_refused", "{kind}");
        assert_eq!(refusal(&own, kind, &reply("12:34", "x")).code, "no_conversation", "{kind}");
        let mut bare = account(kind);
        bare.secrets.clear();
        assert_eq!(refusal(&bare, kind, &to_review("x")).code, "not_set_up", "{kind}");
    }
}

/// What becomes of an answer when the last request of it is answered so.
fn outcome(kind: &str, status: u16, said_so: &Value) -> Outcome {
    let (account, endpoints, outgoing) = (account(kind), Endpoints::default(), to_review("x"));
    let mut run =
        Run::new(named(kind), &account, &endpoints, &outgoing, Progress::default()).unwrap();
    if kind == "google_play" {
        assert_eq!(run.answered(&said(200, &json!({ "access_token": "t" })), NOW), None);
    }
    run.answered(&said(status, said_so), NOW).unwrap()
}

#[test]
fn the_shops_words_are_told_with_what_to_do() {
    let apple = |code: &str| json!({ "errors": [{ "code": code, "detail": "its words" }] });
    let google = |words: &str| json!({ "error": { "code": 0, "message": words } });
    for (kind, status, answer, code, scope) in [
        ("app_store", 401, apple("NOT_AUTHORIZED"), "token_refused", Scope::Account),
        ("app_store", 403, apple("FORBIDDEN_ERROR"), "not_allowed", Scope::Account),
        ("app_store", 404, apple("NOT_FOUND"), "conversation_closed", Scope::Recipient),
        (
            "app_store",
            409,
            apple("ENTITY_ERROR.ATTRIBUTE.INVALID.TOO_LONG"),
            "too_long",
            Scope::Message,
        ),
        ("app_store", 409, apple("STATE_ERROR"), "refused", Scope::Message),
        ("google_play", 401, google("its words"), "token_refused", Scope::Account),
        ("google_play", 403, google("its words"), "not_allowed", Scope::Account),
        ("google_play", 404, google("its words"), "conversation_closed", Scope::Recipient),
        (
            "google_play",
            400,
            google("The reply is too long: its words"),
            "too_long",
            Scope::Message,
        ),
        ("google_play", 400, google("its words"), "refused", Scope::Message),
    ] {
        let Outcome::Refused(refusal) = outcome(kind, status, &answer) else { panic!("{code}") };
        assert_eq!((refusal.code, refusal.scope), (code, scope), "{kind} {status}");
        assert!(refusal.why.contains("its words"), "{refusal:?}");
    }
    for kind in ["app_store", "google_play"] {
        let busy = outcome(kind, 429, &json!({}));
        assert!(matches!(busy, Outcome::Later { .. }), "{busy:?}");
        // Another answer takes the place of the first, so a lost one is simply sent again.
        let lost = outcome(kind, 504, &json!({}));
        assert!(matches!(lost, Outcome::Later { .. }), "{lost:?}");
    }
}
