//! Shops: what their bodies say, which requests are their own, and that no body makes them stumble.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use throughline_ingest::Decode;
use throughline_ingest::hooks::{Account, Refused, Taking};
use throughline_ingest::registry;

use crate::golden;
use crate::hostile::{self, borne};
use crate::leaves::said;
use crate::sent::{Sent, account, assert_keeps, settings, sha256_base64};

/// What is not read of Shopify's bodies: what opens doors, and what tells of a device and not of an order.
const SHOPIFY: &[&str] = &[
    "/token",
    "/cart_token",
    "/checkout_token",
    "/order_status_url",
    "/browser_ip",
    "/landing_site",
    "/landing_site_ref",
    "/referring_site",
    "/client_details/**",
    // Another writing of an id that is read.
    "/admin_graphql_api_id",
    "/line_items/*/admin_graphql_api_id",
    "/fulfillments/*/admin_graphql_api_id",
    "/refunds/*/admin_graphql_api_id",
    "/refunds/*/transactions/*/admin_graphql_api_id",
    // The order in which it stands.
    "/fulfillments/*/order_id",
    "/refunds/*/order_id",
    "/refunds/*/transactions/*/order_id",
    "/transactions/*/order_id",
    // What the bank said.
    "/refunds/*/transactions/*/authorization",
    "/refunds/*/transactions/*/receipt/**",
];

/// What is not read of WooCommerce's bodies: what opens doors, what tells of a device, and what another
/// field says in UTC.
const WOOCOMMERCE: &[&str] = &[
    "/order_key",
    "/cart_hash",
    "/payment_url",
    "/customer_ip_address",
    "/customer_user_agent",
    "/is_editable",
    "/needs_payment",
    "/needs_processing",
    "/date_created",
    "/date_modified",
    "/date_paid",
    "/date_completed",
    "/_links/**",
    // Counted from the amounts that are read.
    "/line_items/*/price",
];

fn decoder(name: &str) -> Box<dyn Decode> {
    let account = settings(json!({ "shop": "magaza.myshopify.example" }));
    (registry::named(name).expect("a shop").decoder)(&account).expect("a decoder")
}

fn inbox(secrets: &[&str]) -> Account {
    account(json!({ "shop": "magaza.myshopify.example" }), "secret", secrets)
}

#[test]
fn each_body_of_shopify_says_what_is_kept_beside_it() {
    golden::check("shopify", decoder("shopify").as_ref(), SHOPIFY);
}

#[test]
fn each_body_of_woocommerce_says_what_is_kept_beside_it() {
    golden::check("woocommerce", decoder("woocommerce").as_ref(), WOOCOMMERCE);
}

/// The events of a body: what happened, of whom, and when.
fn told(name: &str, body: &Value) -> Vec<(String, Value, Value)> {
    let events = said(decoder(name).as_ref(), body.to_string().as_bytes());
    let one = |event: &Value| {
        let kind = event["what"]["event"]["event_type"].as_str().unwrap_or("none").to_owned();
        (kind, event["who"]["hints"].clone(), event["occurred_at"].clone())
    };
    events.as_array().expect("events").iter().map(one).collect()
}

fn payload(path: &str) -> Value {
    let bytes = std::fs::read(hostile::folder(path)).expect("a payload");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[test]
fn an_address_binds_nobody_unless_the_shop_has_verified_it() {
    let hints = |verified: bool| {
        let mut body = payload("shopify/placed.json");
        body["customer"]["verified_email"] = json!(verified);
        told("shopify", &body).remove(0).1
    };
    let unverified = hints(false);
    assert_eq!(unverified.as_array().map(Vec::len), Some(1), "{unverified}");
    assert_eq!(unverified[0]["proof"], "none");
    let verified = hints(true);
    let kinds: Vec<&str> = verified
        .as_array()
        .expect("hints")
        .iter()
        .map(|hint| hint["key"]["kind"].as_str().expect("a kind"))
        .collect();
    assert_eq!(kinds, ["platform", "phone", "email"]);
    assert_eq!(verified[0]["key"]["scope"], "shopify:magaza.myshopify.example");
}

#[test]
fn a_guest_has_no_account_and_its_number_is_nobodys() {
    let guest = told("woocommerce", &payload("woocommerce/guest.json")).remove(0).1;
    assert_eq!(
        (guest[0]["key"]["kind"].as_str(), guest.as_array().map(Vec::len)),
        (Some("email"), Some(1))
    );
    let known = told("woocommerce", &payload("woocommerce/account.json")).remove(0).1;
    assert_eq!(
        (known[0]["key"]["value"].as_str(), &known[1]["proof"]),
        (Some("58"), &json!("provider"))
    );
}

#[test]
fn times_in_utc_are_read_and_those_of_the_shop_are_not() {
    // The clocks went forward in the shop between the two.
    let all = told("woocommerce", &payload("woocommerce/guest.json"));
    let times: Vec<(&str, &Value)> = all.iter().map(|(kind, _, at)| (kind.as_str(), at)).collect();
    assert_eq!(times[0], ("order.placed", &json!("2026-03-29T00:30:02.000000Z")));
    assert_eq!(times[1], ("order.paid", &json!("2026-03-29T01:10:08.000000Z")));
}

#[test]
fn all_states_that_an_order_has_reached_are_told_whatever_body_tells_them() {
    let kinds = |name: &str, path: &str| -> Vec<String> {
        told(name, &payload(path)).into_iter().map(|(kind, _, _)| kind).collect()
    };
    assert_eq!(kinds("shopify", "shopify/placed.json"), ["order.placed"]);
    assert_eq!(
        kinds("shopify", "shopify/states.json"),
        [
            "order.placed",
            "order.paid",
            "order.fulfilled",
            "order.not_sent",
            "order.refunded",
            "order.cancelled"
        ]
    );
    assert_eq!(
        kinds("woocommerce", "woocommerce/account.json"),
        [
            "order.placed",
            "order.paid",
            "order.completed",
            "order.fulfilled",
            "order.fulfilled",
            "order.refunded"
        ]
    );
    for status in ["cancelled", "failed", "refunded"] {
        let path = format!("woocommerce/{status}.json");
        assert_eq!(
            kinds("woocommerce", &path),
            ["order.placed".to_owned(), format!("order.{status}")]
        );
    }
}

#[test]
fn money_is_told_to_the_last_digit() {
    let mut body = payload("shopify/placed.json");
    body["total_price"] = json!("123456789012345678.10");
    let told = said(decoder("shopify").as_ref(), body.to_string().as_bytes());
    let event = &told[0]["what"]["event"];
    assert_eq!(event["data"]["total"]["amount"], "123456789012345678.10");
    assert_eq!(event["fields"][0]["value"], "123456789012345678.10 TRY");
}

#[test]
fn a_key_is_the_same_by_whichever_body_and_another_for_a_later_word_on_a_parcel() {
    let key = |body: &Value, place: usize| {
        said(decoder("shopify").as_ref(), body.to_string().as_bytes())[place]["key"].clone()
    };
    let mut body = payload("shopify/states.json");
    let before: Vec<Value> = (0..6).map(|place| key(&body, place)).collect();
    body["updated_at"] = json!("2026-11-25T00:00:00Z");
    body["note"] = json!("a note of the shop");
    body["fulfillments"][0]["shipment_status"] = json!("delivered");
    let after: Vec<Value> = (0..6).map(|place| key(&body, place)).collect();
    let same: Vec<bool> = before.iter().zip(&after).map(|(a, b)| a == b).collect();
    assert_eq!(same, [true, true, false, true, true, true]);
}

#[test]
fn what_cannot_be_read_says_why() {
    for (name, bytes) in
        [("shopify", &b"<order/>"[..]), ("woocommerce", b"webhook_id=1"), ("shopify", b"[]")]
    {
        let why = decoder(name).decode(bytes).expect_err("undecodable").to_string();
        assert!(why.contains("no JSON"), "{why}");
    }
    for (name, shop) in
        [("shopify", "my shop"), ("shopify", "myshop"), ("woocommerce", "https://x/")]
    {
        let account = settings(json!({ "shop": shop }));
        let made = (registry::named(name).expect("a shop").decoder)(&account);
        assert!(made.err().expect("refused").to_string().contains("`shop`"), "{shop}");
    }
}

#[test]
fn deliveries_are_named_and_another_shop_is_not_let_in() {
    let body = r#"{"id":1}"#;
    let sent = Sent::new(body, 0).with("x-shopify-event-id", "e").with("x-shopify-webhook-id", "w");
    assert_eq!(sent.recorded("shopify", &inbox(&["s"])).name.as_deref(), Some("w"));
    let older = sent.without("x-shopify-webhook-id");
    assert_eq!(older.recorded("shopify", &inbox(&["s"])).name.as_deref(), Some("e"));
    let stranger = older.clone().with("x-shopify-shop-domain", "other.myshopify.example");
    assert_eq!(stranger.received("shopify", &inbox(&["s"])), Err(Refused::Misshapen));
    let own = older.with("x-shopify-shop-domain", "Magaza.myshopify.example");
    assert_eq!(own.recorded("shopify", &inbox(&["s"])).bytes, body.as_bytes());
    let woo = Sent::new(body, 0).with("x-wc-webhook-delivery-id", "d7");
    assert_eq!(woo.recorded("woocommerce", &inbox(&["s"])).name.as_deref(), Some("d7"));
}

#[test]
fn woocommerce_is_greeted_without_a_signature_and_nothing_is_kept_of_it() {
    let greeting = Sent::new("webhook_id=42", 0);
    assert_eq!(greeting.verified("woocommerce", &inbox(&["s"])), Ok(()));
    let taken = greeting.received("woocommerce", &inbox(&["s"]));
    assert!(matches!(taken, Ok(Taking::Answered(_))), "{taken:?}");
    let long = format!("webhook_id={}", "1".repeat(100));
    for other in
        ["webhook_id=", "webhook_id=x", "webhook_id=1&id=2", "id=1", "", r#"{"id":1}"#, &long]
    {
        let sent = Sent::new(other, 0);
        assert_eq!(sent.verified("woocommerce", &inbox(&["s"])), Err(Refused::Unsigned), "{other}");
    }
}

#[test]
fn whoever_has_no_secret_is_refused() {
    for (name, header) in
        [("shopify", "x-shopify-hmac-sha256"), ("woocommerce", "x-wc-webhook-signature")]
    {
        let body = br#"{"id":1}"#;
        let sent = Sent::new(body, 0).with(header, sha256_base64(b"hush", body));
        assert_eq!(sent.verified(name, &inbox(&["old", "hush"])), Ok(()));
        for secrets in [&["old"][..], &[], &[""]] {
            assert_eq!(sent.verified(name, &inbox(secrets)), Err(Refused::Unsigned));
        }
        let empty = Sent::new(body, 0).with(header, sha256_base64(b"", body));
        assert_eq!(
            empty.verified(name, &inbox(&[""])),
            Err(Refused::Unsigned),
            "an empty secret is none"
        );
        let bare = sent.without(header);
        assert_eq!(bare.verified(name, &inbox(&["hush"])), Err(Refused::Unsigned));
    }
    assert_keeps(&inbox(&["the-shops-secret"]), "the-shops-secret");
}

#[test]
fn nothing_makes_them_panic_or_wait() {
    hostile::check("shopify", decoder("shopify").as_ref());
    hostile::check("woocommerce", decoder("woocommerce").as_ref());
}

#[test]
fn large_orders_are_read_in_time() {
    let many = |item: Value, count: usize| Value::Array(vec![item; count]);
    let mut order = payload("shopify/placed.json");
    order["line_items"] = many(order["line_items"][0].clone(), 30_000);
    let within = Duration::from_secs(20);
    assert_eq!(borne(decoder("shopify").as_ref(), order.to_string().as_bytes(), within), 1);
    let mut order = payload("woocommerce/account.json");
    order["refunds"] = many(order["refunds"][0].clone(), 60_000);
    assert!(borne(decoder("woocommerce").as_ref(), order.to_string().as_bytes(), within) > 60_000);
}

proptest! {
    #[test]
    fn whatever_is_changed_is_refused(
        text in "\\PC{1,60}", at in 0..10_000usize, by in 1u8..=255, to in "[A-Za-z0-9+/=]"
    ) {
        let body = json!({ "note": text }).to_string();
        for (name, header) in [("shopify", "x-shopify-hmac-sha256"), ("woocommerce", "x-wc-webhook-signature")] {
            let ours = inbox(&["old", "the secret"]);
            let sent = Sent::new(&body, 0).with(header, sha256_base64(b"the secret", body.as_bytes()));
            prop_assert_eq!(sent.verified(name, &ours), Ok(()));
            let changed = sent.clone().with_changed_body(at, by);
            prop_assert_eq!(changed.verified(name, &ours), Err(Refused::Unsigned));
            let mut forged = sent.clone();
            let signature = &mut forged.headers[0].1;
            let place = at % signature.len();
            if !signature[place..].starts_with(&to) {
                signature.replace_range(place..=place, &to);
                prop_assert_eq!(forged.verified(name, &ours), Err(Refused::Unsigned));
            }
        }
    }
}
