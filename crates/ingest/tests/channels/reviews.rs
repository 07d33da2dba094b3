//! Reviews of apps: what they say, that each state of one comes once, and that what is asked is signed.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use serde_json::{Value, json};
use throughline_ingest::Decode;
use throughline_ingest::app_store::APP_STORE;
use throughline_ingest::google_play::GOOGLE_PLAY;
use throughline_ingest::hooks::Account;
use throughline_ingest::poll::{Found, Question, Trouble};

use crate::asked::{Asked, Said, fails, says};
use crate::hostile;
use crate::leaves::said;
use crate::sent::{account, settings};

/// What is not read of reviews of the App Store, each for a reason.
const APPLES: &[&str] = &[
    // What a thing is, its place says.
    "/data/*/type",
    "/data/type",
    "/included/*/type",
    // Where things stand, which of them belong together is said by ids.
    "/data/*/relationships/response/links/*",
    "/data/relationships/response/links/*",
    "/data/*/relationships/response/data/type",
    "/data/*/links/*",
    "/data/links/*",
    "/included/*/relationships/**",
    "/included/*/links/*",
    // The envelope of a page.
    "/links/*",
    "/meta/**",
];

/// What is not read of reviews of Google Play, each for a reason.
const GOOGLES: &[&str] = &[
    // Counts that change by the minute.
    "/reviews/*/comments/*/userComment/thumbsUpCount",
    "/reviews/*/comments/*/userComment/thumbsDownCount",
    // The envelope of a page.
    "/tokenPagination/*",
    "/pageInfo/*",
];

/// A new key on the curve of the App Store, as the file that Apple gives, and what verifies it.
fn curve_key() -> (String, Vec<u8>) {
    let random = SystemRandom::new();
    let der =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref(), &random)
        .expect("a key");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
        STANDARD.encode(der.as_ref())
    );
    (pem, key.public_key().as_ref().to_vec())
}

fn apple(key: &str) -> Account {
    let settings =
        json!({ "app_id": "1234", "issuer_id": "57246542-96fe", "key_id": "2X9R4HXF34" });
    account(settings, "private_key", &[key])
}

fn service_account() -> String {
    let key = std::fs::read_to_string(hostile::folder("google_play").join("test_key.pem"))
        .expect("a key");
    json!({ "type": "service_account", "client_email": "desk@kiosk.iam.example", "private_key": key }).to_string()
}

fn google() -> Account {
    account(
        json!({ "package_name": "org.example.kiosk" }),
        "service_account",
        &[&service_account()],
    )
}

fn apples() -> Box<dyn Decode> {
    (APP_STORE.decoder)(&apple("x")).expect("a decoder")
}

fn googles() -> Box<dyn Decode> {
    (GOOGLE_PLAY.decoder)(&google()).expect("a decoder")
}

#[test]
fn reviews_say_what_they_hold() {
    crate::golden::check("app_store", apples().as_ref(), APPLES);
    crate::golden::check("google_play", googles().as_ref(), GOOGLES);
}

#[test]
fn nothing_hostile_stops_them() {
    hostile::check("app_store", apples().as_ref());
    hostile::check("google_play", googles().as_ref());
}

#[test]
fn ten_megabytes_are_read() {
    let text = "It forgets me. ".repeat(20);
    let one = format!(r#"{{"id":"1","attributes":{{"rating":5,"title":"a","body":"{text}"}}}}"#);
    let many = vec![one.as_str(); 10_000_000 / one.len()].join(",");
    hostile::large(apples().as_ref(), format!(r#"{{"data":[{many}]}}"#).as_bytes());
    let one = format!(
        r#"{{"reviewId":"1","comments":[{{"userComment":{{"text":"a\\t{text}","starRating":5}}}}]}}"#
    );
    let many = vec![one.as_str(); 10_000_000 / one.len()].join(",");
    hostile::large(googles().as_ref(), format!(r#"{{"reviews":[{many}]}}"#).as_bytes());
}

#[test]
fn a_set_up_is_checked() {
    let good = json!({ "app_id": "1234", "issuer_id": "5-a", "key_id": "2X" });
    assert!((APP_STORE.decoder)(&settings(good.clone())).is_ok());
    for (name, value) in [("app_id", "org.kiosk"), ("issuer_id", "a b"), ("key_id", "")] {
        let mut wrong = good.clone();
        wrong[name] = value.into();
        let told = (APP_STORE.decoder)(&settings(wrong)).err().expect(name);
        assert!(told.to_string().contains(name), "{told}");
    }
    for package in ["", "kiosk", "org.example/kiosk"] {
        assert!((GOOGLE_PLAY.decoder)(&settings(json!({ "package_name": package }))).is_err());
    }
}

fn claims(token: &str, verify: impl Fn(&[u8], &[u8]) -> bool) -> (Value, Value) {
    let (text, signature) = token.rsplit_once('.').expect("a signature");
    let read = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64");
    assert!(verify(text.as_bytes(), &read(signature)), "it is not signed");
    let (header, claims) = text.split_once('.').expect("two parts");
    let json = |part: &str| serde_json::from_slice(&read(part)).expect("JSON");
    (json(header), json(claims))
}

#[test]
fn what_is_asked_of_apple_is_signed_and_shows_no_key() {
    let (key, public) = curve_key();
    let asked = Asked::new("app_store", apple(&key));
    let question = asked.question();
    let token = question.headers[0].1.strip_prefix("Bearer ").expect("a token");
    let verify = |text: &[u8], signature: &[u8]| {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &public).verify(text, signature).is_ok()
    };
    let (header, claims) = claims(token, verify);
    assert_eq!(header, json!({ "alg": "ES256", "kid": "2X9R4HXF34", "typ": "JWT" }));
    let (now, until) = (asked.now, asked.now + 600);
    let expected =
        json!({ "iss": "57246542-96fe", "iat": now, "exp": until, "aud": "appstoreconnect-v1" });
    assert_eq!(claims, expected);
    assert!(!format!("{question:?}").contains("Bearer"));
    let mut wrong = Asked::new("app_store", apple("no key at all"));
    let trouble = wrong.step(|_| fails(500)).expect_err("no key");
    assert!(
        matches!(&trouble, Trouble::Broken { why } if why.contains("private_key") && !why.contains("at all"))
    );
}

#[test]
fn a_token_of_google_is_asked_for_signed_and_kept() {
    let public =
        std::fs::read(hostile::folder("google_play").join("test_key.public.der")).expect("a key");
    let verify = |text: &[u8], signature: &[u8]| {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public).verify(text, signature).is_ok()
    };
    let mut asked = Asked::new("google_play", google());
    let body = String::from_utf8(asked.question().body.expect("a body")).expect("text");
    let (_, token) = body.split_once("assertion=").expect("an assertion");
    let (header, claims) = claims(token, verify);
    assert_eq!(header["alg"], "RS256");
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!("desk@kiosk.iam.example"), &json!("https://oauth2.googleapis.com/token"))
    );
    let good = |question: &Question| match question.method {
        "POST" => says(&json!({ "access_token": "ya29.a", "expires_in": 3600 })),
        _ => {
            assert_eq!(question.headers[0].1, "Bearer ya29.a");
            says(&json!({}))
        }
    };
    asked.round(good);
    assert_eq!(asked.questions.len(), 2);
    asked.round(good);
    assert_eq!(asked.questions.len(), 1, "the token is good for an hour");
    assert!(!format!("{:?}{}", asked.place, asked.place.cursor).contains("ya29"));
    asked.now += 3600;
    asked.round(good);
    asked.round(good);
    assert_eq!(asked.questions.len(), 2, "then there is a new one");
    // One that is not taken is renewed, and that once a round.
    for _ in 0..2 {
        asked.round(|question| if question.method == "POST" { good(question) } else { fails(401) });
        assert!(asked.questions.len() <= 4, "{:?}", asked.questions);
    }
    asked.account.secrets.insert("service_account".into(), vec!["{}".into()]);
    asked.restart();
    assert!(matches!(asked.step(|_| fails(500)), Err(Trouble::Broken { .. })));
}

/// A shop with reviews, each with its time in seconds and its state.
struct Shop {
    reviews: Vec<(usize, i64, u8)>,
    answered: Option<usize>,
}

impl Shop {
    fn of_apple(&self, question: &Question) -> Said {
        let url = url::Url::parse(&question.url).expect("an address");
        assert_eq!(
            (url.host_str(), url.path()),
            (Some("api.appstoreconnect.apple.com"), "/v1/apps/1234/customerReviews")
        );
        let from = url
            .query_pairs()
            .find(|(name, _)| name == "cursor")
            .map_or(0, |(_, at)| at.parse().expect("it"));
        let mut all = self.reviews.clone();
        all.sort_by_key(|(_, at, _)| -at);
        let review = |(id, at, stars): &(usize, i64, u8)| {
            let at = throughline_core::time::Instant::from_micros(at * 1_000_000).to_string();
            let answer = (self.answered == Some(*id)).then(|| json!({ "id": "r1" }));
            json!({ "id": id.to_string(), "attributes": { "rating": stars, "title": "t", "body": "b", "createdDate": at },
                "relationships": { "response": { "data": answer } } })
        };
        let page: Vec<Value> = all.iter().skip(from).take(200).map(review).collect();
        let mut next = url.clone();
        next.set_query(Some(&format!("cursor={}", from + 200)));
        let next = (from + 200 < all.len()).then(|| next.to_string());
        let answer = json!({ "id": "r1", "attributes": { "responseBody": "Sorry.", "lastModifiedDate": "2026-11-20T10:00:00Z" } });
        says(&json!({ "data": page, "included": [answer], "links": { "next": next } }))
    }

    fn of_google(&self, question: &Question) -> Said {
        if question.method == "POST" {
            return says(&json!({ "access_token": "ya29.a", "expires_in": 3600 }));
        }
        let url = url::Url::parse(&question.url).expect("an address");
        assert_eq!(url.path(), "/androidpublisher/v3/applications/org.example.kiosk/reviews");
        let from = url
            .query_pairs()
            .find(|(name, _)| name == "token")
            .map_or(0, |(_, at)| at.parse().expect("it"));
        let mut all = self.reviews.clone();
        all.sort_by_key(|(_, at, _)| -at);
        let review = |(id, at, stars): &(usize, i64, u8)| {
            let said = json!({ "userComment": { "text": "a\tb", "starRating": stars, "lastModified": { "seconds": at.to_string() } } });
            let answer = json!({ "developerComment": { "text": "Sorry.", "lastModified": { "seconds": "1795170000" } } });
            let comments = if self.answered == Some(*id) { vec![said, answer] } else { vec![said] };
            json!({ "reviewId": id.to_string(), "comments": comments })
        };
        let page: Vec<Value> = all.iter().skip(from).take(100).map(review).collect();
        let next =
            (from + 100 < all.len()).then(|| json!({ "nextPageToken": (from + 100).to_string() }));
        says(&json!({ "reviews": page, "tokenPagination": next }))
    }
}

/// What was found, in short: the key of each event, and its rating.
fn keys(decoder: &dyn Decode, found: &[Found]) -> Vec<(String, Value)> {
    let events = found.iter().flat_map(|found| match said(decoder, &found.bytes) {
        Value::Array(events) => events,
        other => panic!("{other}"),
    });
    let short = |key: &str| key.split(':').take(2).collect::<Vec<_>>().join(":");
    let key = |event: Value| {
        (
            short(event["key"].as_str().expect("a key")),
            event["what"]["event"]["rating"]["value"].clone(),
        )
    };
    events.map(key).collect()
}

#[test]
fn each_state_of_a_review_comes_once_and_no_page_is_left_out() {
    let (key, _) = curve_key();
    type Says = fn(&Shop, &Question) -> Said;
    let shops: [(&str, Account, Box<dyn Decode>, Says); 2] = [
        ("app_store", apple(&key), apples(), Shop::of_apple),
        ("google_play", google(), googles(), Shop::of_google),
    ];
    for (channel, account, decoder, answers) in shops {
        let mut asked = Asked::new(channel, account);
        let (now, hour) = (asked.now, 3600);
        let mut shop = Shop { reviews: vec![(1, now - 2 * hour, 4)], answered: None };
        let found = asked.round(|question| answers(&shop, question));
        assert_eq!(
            keys(decoder.as_ref(), &found),
            [("review:1".to_owned(), json!(4))],
            "{channel}"
        );
        shop.reviews.extend((2..=450).map(|id| (id, now + i64::try_from(id).expect("small"), 5)));
        let found = asked.round(|question| answers(&shop, question));
        assert_eq!(found.len(), 449, "{channel}");
        if channel == "app_store" {
            let first = keys(decoder.as_ref(), &found[..2]);
            assert_eq!(
                first,
                [("review:2".to_owned(), json!(5)), ("review:3".to_owned(), json!(5))]
            );
        }
        assert_eq!(asked.round(|question| answers(&shop, question)), [], "{channel}");
        // It is changed, and comes with the time of that.
        shop.reviews[0] = (1, now + 5 * hour, 1);
        let found = asked.round(|question| answers(&shop, question));
        assert_eq!(
            keys(decoder.as_ref(), &found),
            [("review:1".to_owned(), json!(1))],
            "{channel}"
        );
        shop.answered = Some(1);
        let found = asked.round(|question| answers(&shop, question));
        let kinds: Vec<String> =
            keys(decoder.as_ref(), &found).into_iter().map(|(key, _)| key).collect();
        let answer = if channel == "app_store" { "answer:r1" } else { "answer:1" };
        assert_eq!(kinds, ["review:1", answer], "{channel}");
        asked.restart();
        assert_eq!(asked.round(|question| answers(&shop, question)), [], "{channel}");
    }
}
