//! Shows which signed requests our hooks take, and whether they take and refuse what they should:
//! `cargo run -p throughline-ingest --example verify -- vectors.json`
//!
//! The file is a list of objects with `id`, `scheme`, `secret`, `headers`, `body` or `params`, and
//! `expect` (`valid` or `invalid`); where the scheme wants it, `url_signed` and `clock_unix`. Schemes of
//! channels that are not built are counted and passed over.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, json};
use throughline_core::time::Instant;
use throughline_ingest::hooks::{Account, HookRequest};
use throughline_ingest::registry;

#[derive(Deserialize)]
struct Vector {
    id: String,
    scheme: String,
    expect: String,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    params: Vec<(String, String)>,
    url_signed: Option<String>,
    clock_unix: Option<i64>,
}

/// The channel of a scheme, the name of its secret, and what else it is set to.
fn channel(scheme: &str) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match scheme {
        "slack-v0" => ("slack", "signing_secret", ""),
        "twilio-form-sha1" | "twilio-json-sha1" => ("twilio", "auth_token", ""),
        "x-hub-signature-256" => ("webhook", "secret", "github"),
        scheme if scheme.starts_with("shopify") => ("shopify", "secret", ""),
        scheme if scheme.starts_with("woocommerce") => ("woocommerce", "secret", ""),
        scheme if scheme.starts_with("typeform") => ("typeform", "secret", ""),
        "standard-webhooks-v1" => ("webhook", "secret", "standard_webhooks"),
        _ => return None,
    })
}

fn pairs(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Whether the hook of the vector's channel takes it; `None` when there is no such channel.
fn is_taken(vector: &Vector) -> Option<bool> {
    let (name, secret, scheme) = channel(&vector.scheme)?;
    let mut settings = Map::new();
    settings.insert("scheme".to_owned(), json!(scheme));
    let secrets = BTreeMap::from([(secret.to_owned(), vec![vector.secret.clone()])]);
    let account = Account { settings, secrets };
    let url = vector.url_signed.as_deref().unwrap_or("https://desk.example/hooks/1");
    let query = url.split_once('?').map(|(_, query)| pairs(query)).unwrap_or_default();
    let headers: Vec<(String, String)> =
        vector.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
    let form =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&vector.params).finish();
    let body = if vector.params.is_empty() { &vector.body } else { &form };
    let request = HookRequest {
        method: "POST",
        url,
        tail: "",
        query: &query,
        headers: &headers,
        body: body.as_bytes(),
        at: Instant::from_micros(vector.clock_unix.unwrap_or(1_700_000_000) * 1_000_000),
    };
    let hook = registry::named(name)?.hook?;
    Some(hook.verify(&request, &account).is_ok())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which file?")?;
    let vectors: Vec<Vector> = serde_json::from_slice(&std::fs::read(path)?)?;
    let (mut right, mut wrong, mut passed_over) = (0, 0, 0);
    for vector in &vectors {
        let Some(taken) = is_taken(vector) else {
            passed_over += 1;
            continue;
        };
        let good = taken == (vector.expect == "valid");
        *if good { &mut right } else { &mut wrong } += 1;
        println!("{} {} is {}", if good { "right" } else { "WRONG" }, vector.id, vector.expect);
    }
    println!("{right} right, {wrong} wrong, {passed_over} of schemes that are not built");
    if wrong > 0 { Err("some are taken or refused wrongly".into()) } else { Ok(()) }
}
