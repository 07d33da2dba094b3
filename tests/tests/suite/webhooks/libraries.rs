//! Our signatures, checked by the libraries of the specification: PyPI and npm `standardwebhooks`.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::json;
use throughline_app::Clock;
use throughline_tests::webhooks::Got;
use throughline_tests::{World, on_both};

use super::kit::Hook;

on_both!(the_official_libraries_accept_our_signatures);

async fn the_official_libraries_accept_our_signatures(world: Arc<World>) {
    let hook = Hook::new(&world, json!({})).await;
    // The libraries compare with the real time.
    let real = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time");
    let real = i64::try_from(real.as_secs()).expect("seconds");
    world.clock.advance(real - world.clock.now().as_millis() / 1000);
    let body = json!({ "keep_old_for_seconds": 3600 });
    let rotated = hook.client.post(&format!("{}/rotate-secret", hook.path), body).await.good();
    // Text of several scripts, whose bytes must be signed as they are sent.
    hook.open_ticket("Siparişim gelmedi: سفارش من نرسید — «\u{1f4e6}»").await;
    hook.drain().await;
    let got = hook.receiver.got();
    assert!(got.len() >= 4);
    let new = rotated["secret"].as_str().expect("a secret");
    for secret in [hook.secret.as_str(), new] {
        verify(secret, &got, true);
    }
    let mut forged = got;
    for got in &mut forged {
        got.body.push(b' ');
    }
    verify(new, &forged, false);
}

/// Lets every library look at every message; all must say the same.
fn verify(secret: &str, got: &[Got], good: bool) {
    let messages: Vec<_> = got
        .iter()
        .map(|got| {
            let headers: serde_json::Map<_, _> =
                got.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            let body = String::from_utf8(got.body.clone()).expect("UTF-8");
            json!({ "secret": secret, "headers": headers, "body": body, "good": good })
        })
        .collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/webhook-libraries");
    let mut command = Command::new(script);
    let mut child = command.arg("verify").stdin(Stdio::piped()).spawn().expect("the script runs");
    let stdin = child.stdin.take().expect("its input");
    serde_json::to_writer(stdin, &messages).expect("written");
    let status = child.wait().expect("it ends");
    if status.code() == Some(3) {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "no library, and CI=true");
        println!("left out: the libraries of Standard Webhooks cannot be had");
        return;
    }
    assert!(status.success(), "a library disagrees");
}
