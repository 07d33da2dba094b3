//! Signed and encrypted mails on the timeline: shown as what they are, kept as they came.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_tests::mails::mail;
use throughline_tests::threads::became;
use throughline_tests::{Client, World, on_both};

on_both!(a_protected_mail_is_shown_as_what_it_is);

/// The message of a mail with this type and body.
async fn message(world: &World, client: &Client, id: &str, kind: &str, body: &str) -> Value {
    let raw = mail("ayse@customer.example", id, "Fatura", "", body);
    world.deliver(&raw.replace("text/plain; charset=utf-8", kind)).await;
    became(client, id).await.0
}

async fn a_protected_mail_is_shown_as_what_it_is(world: Arc<World>) {
    let client = world.admin().await;
    let signed = "multipart/signed; protocol=\"application/pgp-signature\"; boundary=b";
    let body = "--b\nContent-Type: text/plain\n\nMerhaba\n--b\n\
        Content-Type: application/pgp-signature; name=\"signature.asc\"\n\n\
        -----BEGIN PGP SIGNATURE-----\n--b--";
    let item = message(&world, &client, "1@c.example", signed, body).await;
    assert_eq!(item["message"]["protection"], json!({ "kind": "signed", "by": "pgp" }));
    assert_eq!(item["body"].as_str().expect("a body").trim(), "Merhaba");
    let files = item["message"]["attachments"].as_array().expect("files");
    assert_eq!((files.len(), &files[0]["name"]), (1, &json!("signature.asc")));

    let sealed = "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m";
    let item = message(&world, &client, "2@c.example", sealed, "MIIGJQYJKoZIhvcNAQcD").await;
    assert_eq!(item["message"]["protection"], json!({ "kind": "encrypted", "by": "smime" }));
    assert_eq!(item["message"]["attachments"][0]["name"], "smime.p7m");

    let inline = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----";
    let item = message(&world, &client, "3@c.example", "text/plain", inline).await;
    assert_eq!(item["message"]["protection"], json!({ "kind": "encrypted", "by": "pgp" }));
    assert!(item["body"].as_str().expect("a body").contains("hQEMA"), "nothing is hidden");

    let item = message(&world, &client, "4@c.example", "text/plain", "Merhaba").await;
    assert_eq!(item["message"]["protection"], Value::Null);
}
