//! Reviews of apps: what customers write comes with its stars and their scale, each state of it once; what
//! is asked is signed, and tokens are renewed.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::{Value, json};
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{World, on_both};

use super::Desk;
use super::platform::{Asked, Mood, no, ok, once};
use crate::channels::bot::{items, text};

on_both!(
    reviews_of_the_app_store_come_once_with_their_stars,
    what_is_asked_of_the_app_store_is_signed_anew_each_time,
    a_key_that_the_app_store_refuses_is_told,
    reviews_of_google_play_come_once_with_their_stars,
    a_token_of_google_is_renewed_before_and_when_it_has_expired,
    a_key_that_google_refuses_is_told,
    a_low_rating_opens_a_ticket_where_that_is_wanted,
    an_answer_to_a_review_in_the_app_store_is_one_item,
    an_answer_to_a_review_in_google_play_is_one_item,
    an_answer_that_no_shop_takes_is_told,
);

/// A shop of apps, with what it needs to see that we are who we say.
#[derive(Clone)]
pub struct Shop(Arc<Mutex<State>>);

struct State {
    is_apple: bool,
    public: Vec<u8>,
    /// Each with its id, its author, its stars, its words, and the minute after nine in which it came to
    /// be so.
    reviews: Vec<(u64, String, i32, String, u64)>,
    /// The number of the token of Google's that is good.
    tokens: usize,
    /// Answers of ours: the review, the text, and the minute after nine.
    answers: Vec<(String, String, u64)>,
    /// What was signed, each as its claims.
    claims: Vec<Value>,
    mood: Option<Mood>,
}

impl Shop {
    fn new(is_apple: bool, public: Vec<u8>) -> Self {
        let (reviews, answers, claims) = (Vec::new(), Vec::new(), Vec::new());
        let state = State { is_apple, public, reviews, answers, tokens: 0, claims, mood: None };
        Self(Arc::new(Mutex::new(state)))
    }

    async fn start(&self) -> Server {
        let this = self.clone();
        Server::answering(move |_, request| this.with(|state| state.answer(&Asked::read(request))))
            .await
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().expect("the state"))
    }

    pub fn moody(&self, mood: Mood) {
        self.with(|state| state.mood = Some(mood));
    }

    /// Somebody answers a review in the shop's own pages, or the answer there is changed.
    pub fn answer_there(&self, review: &str, words: &str, minute: u64) {
        self.with(|state| state.publish(review, words, minute));
    }

    pub fn answers(&self) -> Vec<(String, String, u64)> {
        self.with(|state| state.answers.clone())
    }

    /// Somebody writes a review, or another instead of the one that he wrote before.
    pub fn rate(&self, id: u64, by: &str, stars: i32, words: &str, minute: u64) {
        self.with(|state| {
            state.reviews.retain(|(known, ..)| *known != id);
            state.reviews.insert(0, (id, by.to_owned(), stars, words.to_owned(), minute));
        });
    }
}

fn at(minute: u64) -> String {
    format!("2026-11-22T{:02}:{:02}:00Z", 9 + minute / 60, minute % 60)
}

/// The claims of what was signed, if it was signed with this key.
fn signed(token: &str, by: &'static dyn VerificationAlgorithm, public: &[u8]) -> Option<Value> {
    let (said, signature) = token.rsplit_once('.')?;
    let read = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    UnparsedPublicKey::new(by, public).verify(said.as_bytes(), &read(signature)?).ok()?;
    serde_json::from_slice(&read(said.split_once('.')?.1)?).ok()
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Do {
        if let Some(instead) = self.mood.as_mut().and_then(|mood| mood(asked)) {
            return instead;
        }
        if self.is_apple { self.apple(asked) } else { self.google(asked) }
    }

    fn apple(&mut self, asked: &Asked) -> Do {
        let token = asked.token.as_deref().unwrap_or_default();
        let Some(claims) = signed(token, &ECDSA_P256_SHA256_FIXED, &self.public) else {
            let words = "Provide a properly configured and signed bearer token.";
            return no(
                "401 Unauthorized",
                &json!({ "errors": [{ "status": "401", "detail": words }] }),
            );
        };
        self.claims.push(claims);
        if asked.method == "POST" {
            assert_eq!(asked.path, "/v1/customerReviewResponses");
            let data = asked.json()["data"].clone();
            let review = text(&data["relationships"]["review"]["data"]["id"]).to_owned();
            self.publish(&review, text(&data["attributes"]["responseBody"]), 30);
            let made = json!({ "data": { "type": "customerReviewResponses",
                "id": format!("answer-{review}") } });
            return Do::Say("201 Created", made.to_string());
        }
        assert_eq!(asked.path, "/v1/apps/1234/customerReviews");
        let review = |(id, by, stars, words, minute): &(u64, String, i32, String, u64)| {
            json!({ "type": "customerReviews", "id": id.to_string(), "attributes": {
                "rating": stars, "title": "My review", "body": words, "reviewerNickname": by,
                "createdDate": at(*minute), "territory": "TUR" }, "relationships": {
                    "response": { "data": { "type": "customerReviewResponses",
                        "id": format!("answer-{id}") } } } })
        };
        let answer = |(review, words, minute): &(String, String, u64)| {
            json!({ "type": "customerReviewResponses", "id": format!("answer-{review}"),
                "attributes": { "responseBody": words, "lastModifiedDate": at(*minute),
                    "state": "PUBLISHED" } })
        };
        let included: Vec<Value> = self.answers.iter().map(answer).collect();
        let data: Vec<Value> = self.reviews.iter().map(review).collect();
        match included.is_empty() {
            true => ok(&json!({ "data": data })),
            false => ok(&json!({ "data": data, "included": included })),
        }
    }

    /// A review has one answer.
    fn publish(&mut self, review: &str, words: &str, minute: u64) {
        self.answers.retain(|(known, ..)| known != review);
        self.answers.push((review.to_owned(), words.to_owned(), minute));
    }

    fn google(&mut self, asked: &Asked) -> Do {
        if asked.path == "/token" {
            let form = reqwest::Url::parse(&format!("http://x/?{}", asked.body)).expect("a form");
            let part = form.query_pairs().find(|(name, _)| name == "assertion");
            let token = part.expect("an assertion").1.into_owned();
            let claims = signed(&token, &RSA_PKCS1_2048_8192_SHA256, &self.public);
            self.claims.push(claims.expect("it is signed"));
            self.tokens += 1;
            let token = format!("ya29.{}", self.tokens);
            return ok(
                &json!({ "access_token": token, "expires_in": 3600, "token_type": "Bearer" }),
            );
        }
        if asked.token != Some(format!("ya29.{}", self.tokens)) {
            let words = json!({ "error": { "code": 401, "message": "Invalid Credentials" } });
            return no("401 Unauthorized", &words);
        }
        let path = "/androidpublisher/v3/applications/org.example.kiosk/reviews";
        if asked.method == "POST" {
            let review = asked.path.strip_prefix(&format!("{path}/")).expect("a review");
            let review = review.strip_suffix(":reply").expect("a reply").replace("%3A", ":");
            let words = text(&asked.json()["replyText"]).to_owned();
            // Google takes out what looks like HTML, and blanks at the ends.
            self.publish(&review, words.trim(), 30);
            return ok(
                &json!({ "result": { "replyText": words, "lastEdited": { "seconds": "1" } } }),
            );
        }
        assert_eq!(asked.path, path);
        let review = |(id, by, stars, words, minute): &(u64, String, i32, String, u64)| {
            let seconds = 1_795_338_000 + minute * 60;
            let name = format!("gp:{id}");
            let mut comments = vec![json!({ "userComment": {
                "text": format!("My review\t{words}"), "starRating": stars, "reviewerLanguage": "tr",
                "lastModified": { "seconds": seconds.to_string() }, "thumbsUpCount": seconds % 7,
                "appVersionName": "1.4" } })];
            let answers = self.answers.iter().filter(|(review, ..)| *review == name);
            comments.extend(answers.map(|(_, words, minute)| {
                let seconds = 1_795_338_000 + minute * 60;
                json!({ "developerComment": { "text": words,
                    "lastModified": { "seconds": seconds.to_string() } } })
            }));
            json!({ "reviewId": name, "authorName": by, "comments": comments })
        };
        ok(&json!({ "reviews": self.reviews.iter().map(review).collect::<Vec<_>>() }))
    }
}

/// A key on the curve of the App Store as the file that Apple gives, and what verifies it.
fn apples_key() -> (String, Vec<u8>) {
    let (random, curve) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
    let der = EcdsaKeyPair::generate_pkcs8(curve, &random).expect("a key");
    let key = EcdsaKeyPair::from_pkcs8(curve, der.as_ref(), &random).expect("a key");
    let lines = STANDARD.encode(der.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----");
    (pem, key.public_key().as_ref().to_vec())
}

pub fn apples_set_up(key: &str) -> Value {
    json!({
        "kind": "app_store",
        "settings": { "app_id": "1234", "issuer_id": "57246542-96fe", "key_id": "2X9R4HXF34" },
        "secrets": { "private_key": [key] }
    })
}

pub async fn apple(world: &Arc<World>) -> (Desk, Shop) {
    let (key, public) = apples_key();
    let shop = Shop::new(true, public);
    let server = shop.start().await;
    (Desk::new(world, "review", server, apples_set_up(&key)).await, shop)
}

fn googles_file(name: &str) -> Vec<u8> {
    let folder = "../crates/ingest/tests/channels/google_play";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name);
    std::fs::read(path).expect("a file of the key")
}

pub fn googles_set_up() -> Value {
    let key = String::from_utf8(googles_file("test_key.pem")).expect("text");
    let account = json!({ "type": "service_account", "private_key": key,
        "client_email": "desk@kiosk.iam.example" });
    json!({
        "kind": "google_play", "settings": { "package_name": "org.example.kiosk" },
        "secrets": { "service_account": [account.to_string()] }
    })
}

pub async fn google(world: &Arc<World>) -> (Desk, Shop) {
    let shop = Shop::new(false, googles_file("test_key.public.der"));
    let server = shop.start().await;
    (Desk::new(world, "review", server, googles_set_up()).await, shop)
}

/// What is the same for both: each state of a review comes once, with its stars.
async fn come_once(desk: &Desk, shop: &Shop, kind: &str) {
    let run = desk.begun().await;
    shop.rate(1, "Elif", 2, "It forgets me.", 20);
    shop.rate(2, "Reza", 5, "Good.", 21);
    desk.round().await;
    desk.until_delivered(2).await;
    shop.rate(1, "Elif", 4, "It remembers me now.", 40);
    desk.round().await;
    desk.until_delivered(3).await;
    desk.round().await;
    run.end().await;
    let run = desk.poller();
    desk.round().await;
    desk.round().await;
    run.end().await;
    assert_eq!(desk.deliveries().await.len(), 3, "each comes once");
    let elif = desk.timeline("Elif").await;
    let told: Vec<_> = elif
        .iter()
        .map(|item| {
            let event = &item["event"];
            assert_eq!((&item["kind"], &item["channel"]), (&json!("review"), &json!("review")));
            assert_eq!(
                (&event["type"], &item["author"]["kind"]),
                (&json!(kind), &json!("customer"))
            );
            assert_eq!(event["platform"]["audience"], "public");
            (text(&event["title"]), text(&item["body"]), event["rating"].clone())
        })
        .collect();
    let rating = |stars: i32| json!({ "metric": "stars", "value": stars, "least": 1, "most": 5 });
    let expected = [
        ("★★★★☆ My review", "It remembers me now.", rating(4)),
        ("★★☆☆☆ My review", "It forgets me.", rating(2)),
    ];
    assert_eq!(told, expected);
    assert_eq!(elif[1]["occurred_at"], "2026-11-22T09:20:00.000000Z");
    assert_eq!(desk.timeline("Reza").await[0]["event"]["rating"], rating(5));
    assert_eq!(items(&desk.admin.get("/tickets").await.good()).len(), 0, "nobody asked for one");
}

async fn reviews_of_the_app_store_come_once_with_their_stars(world: Arc<World>) {
    let (desk, shop) = apple(&world).await;
    come_once(&desk, &shop, "review.app_store").await;
}

async fn what_is_asked_of_the_app_store_is_signed_anew_each_time(world: Arc<World>) {
    let (desk, shop) = apple(&world).await;
    let run = desk.begun().await;
    let wait = Do::Say("429 Too Many Requests\r\nretry-after: 3600", json!({}).to_string());
    shop.moody(once("/customerReviews", wait));
    let seconds = desk.put_off(16 * 60).await;
    assert!((3_599..=3_961).contains(&seconds), "{seconds}");
    shop.rate(1, "Elif", 2, "x", 30);
    desk.world.clock.advance(4_000);
    desk.until_delivered(1).await;
    run.end().await;
    let claims = shop.with(|state| state.claims.clone());
    let number = |claims: &Value, name: &str| claims[name].as_i64().expect("a number");
    for claims in &claims {
        assert_eq!(
            number(claims, "exp") - number(claims, "iat"),
            600,
            "no longer than it has to be"
        );
        assert_eq!(
            (&claims["iss"], &claims["aud"]),
            (&json!("57246542-96fe"), &json!("appstoreconnect-v1"))
        );
    }
    let (first, last) = (&claims[0], &claims[claims.len() - 1]);
    assert!(number(last, "iat") > number(first, "exp"), "the first would have expired");
}

async fn a_key_that_the_app_store_refuses_is_told(world: Arc<World>) {
    let shop = Shop::new(true, apples_key().1);
    let server = shop.start().await;
    let (another, _) = apples_key();
    let desk = Desk::new(&world, "review", server, apples_set_up(&another)).await;
    let run = desk.poller();
    let sick = desk.sick().await;
    assert!(text(&sick["trouble"]).contains("properly configured and signed"), "{sick}");
    desk.admin.put(&desk.account, apples_set_up("no key at all")).await.good();
    let words = "AuthKey_";
    crate::mailboxes::kit::soon("it is told", async || {
        desk.health().await["trouble"].as_str().is_some_and(|told| told.contains(words))
    })
    .await;
    run.end().await;
    let sick = desk.health().await;
    assert!(!sick.to_string().contains("no key at all"), "{sick}");
}

async fn reviews_of_google_play_come_once_with_their_stars(world: Arc<World>) {
    let (desk, shop) = google(&world).await;
    come_once(&desk, &shop, "review.google_play").await;
    let elif = desk.timeline("Elif").await;
    assert_eq!(elif[0]["event"]["fields"][0], json!({ "label": "Version", "value": "1.4" }));
}

async fn a_token_of_google_is_renewed_before_and_when_it_has_expired(world: Arc<World>) {
    let (desk, shop) = google(&world).await;
    let run = desk.begun().await;
    let tokens = || shop.with(|state| state.tokens);
    assert_eq!(tokens(), 1);
    for _ in 0..4 {
        desk.round().await;
    }
    assert_eq!(tokens(), 2, "it is good for an hour");
    // Google takes it back before its time.
    shop.with(|state| state.tokens += 1);
    shop.rate(1, "Elif", 2, "x", 30);
    desk.round().await;
    desk.until_delivered(1).await;
    run.end().await;
    assert_eq!(desk.health().await["ok"], json!(true));
    let claims = shop.with(|state| state.claims[0].clone());
    assert_eq!(claims["iss"], "desk@kiosk.iam.example");
    let place = format!("{:?}", desk.place().await);
    assert!(!place.contains("ya29"), "{place}");
}

async fn a_key_that_google_refuses_is_told(world: Arc<World>) {
    let (desk, shop) = google(&world).await;
    let words = json!({ "error": "invalid_grant", "error_description": "Invalid grant: account not found" });
    shop.moody(Box::new(move |asked| {
        (asked.path == "/token").then(|| no("400 Bad Request", &words))
    }));
    let run = desk.poller();
    let sick = desk.sick().await;
    assert!(text(&sick["trouble"]).contains("account not found"), "{sick}");
    assert_eq!(sick["asking"]["needs_change"], json!(true));
    run.end().await;
}

async fn a_low_rating_opens_a_ticket_where_that_is_wanted(world: Arc<World>) {
    let (desk, shop) = google(&world).await;
    let mut set_up = googles_set_up();
    set_up["settings"]["open_ticket_below"] = json!("many");
    desk.admin.put(&desk.account, set_up.clone()).await.problem(422, "invalid_field");
    set_up["settings"]["open_ticket_below"] = json!("3");
    // What goes into headers is one line; only files with keys have several.
    let broken = super::mastodon::set_up("two\nlines");
    let inbox = json!({ "channel": "social", "address": "x", "name": "X" });
    let inbox = desk.admin.post("/inboxes", inbox).await.good();
    let social = format!("/inboxes/{}/channel", text(&inbox["id"]));
    desk.admin.put(&social, broken).await.problem(422, "invalid_field");
    desk.admin.put(&desk.account, set_up).await.good();
    let run = desk.begun().await;
    shop.rate(1, "Elif", 2, "It forgets me.", 20);
    shop.rate(2, "Reza", 3, "So so.", 21);
    desk.round().await;
    desk.until_delivered(2).await;
    run.end().await;
    let tickets = desk.admin.get("/tickets").await.good();
    let [ticket] = items(&tickets).as_slice() else { panic!("{tickets}") };
    assert_eq!(ticket["id"], desk.timeline("Elif").await[0]["ticket"]);
    assert_eq!(desk.timeline("Reza").await[0]["ticket"], Value::Null);
}

/// A desk at which a low rating has opened a ticket.
pub async fn with_ticket(desk: &Desk, shop: &Shop, mut set_up: Value) {
    set_up["settings"]["open_ticket_below"] = json!("3");
    desk.admin.put(&desk.account, set_up).await.good();
    let run = desk.begun().await;
    shop.rate(1, "Elif", 2, "It forgets me.", 20);
    desk.round().await;
    desk.until_delivered(1).await;
    run.end().await;
}

/// Asks the shop again, and reads what it says.
pub async fn asked_again(desk: &Desk) {
    let run = desk.poller();
    desk.round().await;
    desk.drain().await;
    run.end().await;
}

/// The texts of what was said to Elif, the newest first.
pub async fn said_to_elif(desk: &Desk) -> Vec<String> {
    let items = desk.timeline("Elif").await;
    let ours = items.iter().filter(|item| item["author"]["kind"] != "customer");
    let shown = ours.filter(|item| item["kind"] == "message" || item["kind"] == "review");
    shown.map(|item| text(&item["body"]).to_owned()).collect()
}

async fn one_answer(desk: &Desk, shop: &Shop, review: &str) {
    let first = desk.reply("We are sorry, and look into it.").await;
    assert_eq!(desk.state(&first).await, ("sent".to_owned(), String::new()));
    let published = |words: &str| vec![(review.to_owned(), words.to_owned(), 30)];
    assert_eq!(shop.answers(), published("We are sorry, and look into it."));
    asked_again(desk).await;
    assert_eq!(said_to_elif(desk).await, ["We are sorry, and look into it."], "it is one item");
    // Another answer takes the place of the first there, and stands beside it here.
    let second = desk.reply("It is mended in 1.5.").await;
    assert_eq!(desk.state(&second).await, ("sent".to_owned(), String::new()));
    assert_eq!(shop.answers(), published("It is mended in 1.5."));
    asked_again(desk).await;
    let both = ["It is mended in 1.5.", "We are sorry, and look into it."];
    assert_eq!(said_to_elif(desk).await, both);
    // Somebody changes it in the shop's own pages: that is an edit of what we sent.
    shop.answer_there(review, "It is mended in 1.6.", 800);
    asked_again(desk).await;
    let edited = ["It is mended in 1.6.", "We are sorry, and look into it."];
    assert_eq!(said_to_elif(desk).await, edited);
}

/// A desk at which a low rating in the App Store has opened a ticket.
pub async fn apple_with_ticket(world: &Arc<World>) -> (Desk, Shop) {
    let (key, public) = apples_key();
    let shop = Shop::new(true, public);
    let server = shop.start().await;
    let desk = Desk::new(world, "review", server, apples_set_up(&key)).await;
    with_ticket(&desk, &shop, apples_set_up(&key)).await;
    (desk, shop)
}

async fn an_answer_to_a_review_in_the_app_store_is_one_item(world: Arc<World>) {
    let (desk, shop) = apple_with_ticket(&world).await;
    one_answer(&desk, &shop, "1").await;
}

async fn an_answer_to_a_review_in_google_play_is_one_item(world: Arc<World>) {
    let (desk, shop) = google(&world).await;
    with_ticket(&desk, &shop, googles_set_up()).await;
    one_answer(&desk, &shop, "gp:1").await;
}

async fn an_answer_that_no_shop_takes_is_told(world: Arc<World>) {
    let (desk, shop) = google(&world).await;
    with_ticket(&desk, &shop, googles_set_up()).await;
    let problem = desk.try_reply(&"ş".repeat(351)).await.problem(422, "reply_too_long");
    assert_eq!(problem["details"], json!({ "length": 351, "most": 350 }));
    let words =
        json!({ "error": { "code": 403, "message": "The caller does not have permission" } });
    shop.moody(Box::new(move |asked| {
        asked.path.ends_with(":reply").then(|| no("403 Forbidden", &words))
    }));
    let item = desk.reply("Sorry.").await;
    let (state, words) = desk.state(&item).await;
    assert!(state == "failed" && words.starts_with("not_allowed: "), "{state} {words}");
    assert!(words.contains("does not have permission") && !words.contains("ya29"), "{words}");
    // The answer is lost on its way back: it is simply sent again, since it takes its own place.
    shop.moody(once(":reply", Do::Cut));
    let item = desk.reply("Sorry again.").await;
    assert_eq!(desk.state(&item).await.0, "deferred");
    desk.after(60).await;
    assert_eq!(desk.state(&item).await.0, "sent");
    assert_eq!(shop.answers().len(), 1);
}
