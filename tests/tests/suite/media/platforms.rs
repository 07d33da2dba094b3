//! Each platform's way to its files.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_test_servers::http::{Do, Server};
use throughline_tests::{World, on_both};

use super::{GIF, Shop, file, line, login};
use crate::channels::bot::{ELIF, elif, text};

on_both!(
    telegram_tells_the_path_of_an_id,
    telegram_hands_out_no_more_than_twenty_megabytes,
    slack_gets_its_token_and_its_sign_in_page_is_no_file,
    slack_is_asked_for_what_is_known_by_its_id,
    whatsapp_makes_an_address_of_an_id,
    twilios_credentials_go_to_its_api_and_not_where_that_sends_on,
    what_a_program_names_is_fetched_without_credentials,
    matrix_is_asked_with_the_token_of_the_service,
);

const TOKEN: &str = "4242:AA-the-token-of-the-bot";

async fn telegram(world: &Arc<World>, script: Vec<Do>) -> Shop {
    let set_up = json!({
        "kind": "telegram", "settings": { "bot_id": "4242" },
        "secrets": { "webhook_secret": ["a-secret-of-the-hook"], "bot_token": [TOKEN] }
    });
    Shop::new(world, set_up, script).await
}

pub(super) fn photo(update: i64, kind: &str, id: &str, size: i64) -> String {
    let message = json!({
        "message_id": 7, "from": elif(), "date": 1_795_000_000, "edit_date": 1_795_000_000 + update,
        "chat": { "id": ELIF, "first_name": "Elif", "type": "private" }, "caption": "It broke",
        "photo": [{ "file_id": id, "file_unique_id": "u", "width": 90, "height": 90,
            "file_size": size }]
    });
    json!({ "update_id": update, kind: message }).to_string()
}

fn path(path: &str, size: usize) -> Do {
    let result = json!({ "file_id": "x", "file_path": path, "file_size": size });
    Do::Say("200 OK", json!({ "ok": true, "result": result }).to_string())
}

async fn telegram_tells_the_path_of_an_id(world: Arc<World>) {
    let shop = telegram(&world, vec![path("photos/file 7.jpg", GIF.len()), file(GIF)]).await;
    shop.told(&photo(1, "message", "AgAC-1", 22)).await;
    let (state, words) = shop.state().await;
    assert_eq!(
        (state.as_str(), words.as_str(), shop.attachments().await.len()),
        ("waiting", "", 0)
    );
    shop.fetch().await;
    let seen = shop.server.seen();
    assert_eq!(line(&seen[0]), "GET /bot4242%3AAA-the-token-of-the-bot/getFile?file_id=AgAC-1");
    assert_eq!(line(&seen[1]), "GET /file/bot4242%3AAA-the-token-of-the-bot/photos/file%207.jpg");
    assert_eq!(seen.len(), 2);
    let [one] = shop.attachments().await.try_into().expect("one");
    assert_eq!(one["name"], "file 7.jpg");
    assert_eq!((&one["media_type"], &one["size"]), (&json!("image/gif"), &json!(GIF.len())));
    assert_eq!(shop.bytes(&one).await, GIF);
    let files = shop.files().await;
    assert_eq!((&files[0]["state"], &files[0]["attachment"]), (&json!("fetched"), &one["id"]));
    assert_eq!(shop.changes().await, 1, "UIs are told");
    // It is found as the files of mails are, and nothing of the token is shown.
    let found = shop.admin.get("/search?q=file").await.good();
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{found}");
    assert!(!shop.item().await.to_string().contains("the-token"));
    shop.after(86_400).await;
    assert_eq!(shop.server.seen().len(), 2, "once is enough");
    shop.act("files/retry", Value::Null).await.problem(409, "no_file_missing");
}

async fn telegram_hands_out_no_more_than_twenty_megabytes(world: Arc<World>) {
    let big = json!({ "ok": false, "description": "Bad Request: file is too big" }).to_string();
    let shop = telegram(&world, vec![Do::Say("400 Bad Request", big)]).await;
    shop.told(&photo(1, "message", "AgAC-1", 20 * 1024 * 1024 + 1)).await;
    shop.fetch().await;
    let (state, words) = shop.state().await;
    assert!(state == "too_large" && words.contains("20 MB"), "{state} {words}");
    assert!(shop.server.seen().is_empty(), "it need not be asked");
    // A size that was told wrongly is told by the answer.
    shop.told(&photo(2, "edited_message", "AgAC-2", 100)).await;
    shop.fetch().await;
    let (state, words) = shop.state().await;
    assert!(state == "too_large" && words.contains("20 MB"), "{state} {words}");
    assert_eq!(shop.server.seen().len(), 1);
}

async fn slack(world: &Arc<World>, script: Vec<Do>) -> Shop {
    let set_up = json!({
        "kind": "slack", "settings": {},
        "secrets": { "signing_secret": ["hush"], "bot_token": ["xoxb-the-token"] }
    });
    Shop::new(world, set_up, script).await
}

fn shared(file: Value) -> String {
    let event = json!({
        "type": "message", "subtype": "file_share", "text": "It broke", "user": "U0ELIF",
        "channel": "D0ELIF", "channel_type": "im", "ts": "1790000100.000700",
        "event_ts": "1790000100.000700", "files": [file]
    });
    json!({
        "type": "event_callback", "team_id": "T0KIOSK", "api_app_id": "A0DESK", "event": event,
        "event_id": "Ev0FILE", "event_time": 1_790_000_100, "token": "x"
    })
    .to_string()
}

async fn slack_gets_its_token_and_its_sign_in_page_is_no_file(world: Arc<World>) {
    let page =
        Do::Say("200 OK\r\ncontent-type: text/html; charset=utf-8", "<!DOCTYPE html>".into());
    let shop = slack(&world, vec![page, file(GIF)]).await;
    let url = shop.at("/files-pri/T0KIOSK-F0ONE/download/cup.gif");
    let one = json!({ "id": "F0ONE", "name": "cup.gif", "mimetype": "image/gif",
        "url_private_download": url, "size": GIF.len() });
    shop.told(&shared(one)).await;
    shop.fetch().await;
    let (state, words) = shop.state().await;
    assert!(state == "waiting" && words.contains("files:read"), "{state} {words}");
    assert!(shop.attachments().await.is_empty());
    shop.after(15).await;
    let [one] = shop.attachments().await.try_into().expect("one");
    assert_eq!((&one["name"], shop.bytes(&one).await.as_str()), (&json!("cup.gif"), GIF));
    let seen = shop.server.seen();
    assert!(seen.iter().all(|one| login(one) == Some("Bearer xoxb-the-token")), "{seen:?}");
    assert_eq!(seen.len(), 2);
}

async fn slack_is_asked_for_what_is_known_by_its_id(world: Arc<World>) {
    let told = json!({ "ok": true, "file": { "id": "F0THREE", "name": "list.txt",
        "mimetype": "text/plain", "url_private": "BASE/files-pri/x/list.txt", "size": 3 } });
    let shop = slack(&world, vec![Do::Say("200 OK", told.to_string()), file("abc")]).await;
    shop.told(&shared(json!({ "id": "F0THREE" }))).await;
    shop.fetch().await;
    let [one] = shop.attachments().await.try_into().expect("one");
    assert_eq!((&one["name"], &one["media_type"]), (&json!("list.txt"), &json!("text/plain")));
    let seen = shop.server.seen();
    let lines: Vec<&str> = seen.iter().map(|request| line(request)).collect();
    assert_eq!(lines, ["GET /files.info?file=F0THREE", "GET /files-pri/x/list.txt"]);
}

async fn whatsapp_makes_an_address_of_an_id(world: Arc<World>) {
    let set_up = json!({
        "kind": "whatsapp", "settings": { "phone_number_id": "106540352242922" },
        "secrets": { "app_secret": ["hush"], "verify_token": ["tell-me"],
            "access_token": ["EAA-invented"] }
    });
    let told = json!({ "url": "BASE/whatsapp_business/attachments/?mid=1", "mime_type": "image/gif",
        "file_size": GIF.len().to_string(), "id": "1037543291543636" });
    // It breaks off at the first try.
    let told = || Do::Say("200 OK", told.to_string());
    let shop = Shop::new(&world, set_up, vec![told(), Do::Break(99), told(), file(GIF)]).await;
    let image = json!({ "from": "989121234567", "id": "wamid.1", "timestamp": "1795000000",
        "type": "image", "image": { "caption": "It broke", "mime_type": "image/gif",
        "sha256": "x", "id": "1037543291543636" } });
    let value = json!({ "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "1", "phone_number_id": "106540352242922" },
        "contacts": [{ "profile": { "name": "Reza" }, "wa_id": "989121234567" }],
        "messages": [image] });
    let hook = json!({ "object": "whatsapp_business_account",
        "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }] });
    shop.told(&hook.to_string()).await;
    shop.fetch().await;
    assert_eq!(shop.state().await.0, "waiting");
    assert!(shop.attachments().await.is_empty(), "half a file is none");
    shop.after(15).await;
    let [one] = shop.attachments().await.try_into().expect("one");
    assert_eq!(shop.bytes(&one).await, GIF);
    let seen = shop.server.seen();
    assert_eq!(line(&seen[2]), "GET /1037543291543636?phone_number_id=106540352242922");
    assert_eq!(line(&seen[3]), "GET /whatsapp_business/attachments/?mid=1");
    assert!(seen.iter().all(|one| login(one) == Some("Bearer EAA-invented")), "{seen:?}");
}

async fn twilios_credentials_go_to_its_api_and_not_where_that_sends_on(world: Arc<World>) {
    let set_up = json!({
        "kind": "twilio", "settings": { "account_sid": "AC1", "number": "+4915700000001" },
        "secrets": { "auth_token": ["the-auth-token"] }
    });
    let elsewhere = Server::start(vec![file(GIF)]).await;
    let on = format!("{}/media/x?Signature=1", elsewhere.url());
    let shop = Shop::new(&world, set_up, vec![Do::SendOn(on)]).await;
    let url = shop.at("/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1");
    let url: String = url.replace(':', "%3A").replace('/', "%2F");
    shop.told(&format!(
        "MessageSid=MM1&From=%2B4915700000002&To=%2B4915700000001&Body=It+broke&NumMedia=1\
         &MediaUrl0={url}&MediaContentType0=image%2Fgif"
    ))
    .await;
    shop.fetch().await;
    let [one] = shop.attachments().await.try_into().expect("one");
    assert_eq!((&one["name"], shop.bytes(&one).await.as_str()), (&Value::Null, GIF));
    assert_eq!(login(&shop.server.seen()[0]), Some("Basic QUMxOnRoZS1hdXRoLXRva2Vu"));
    let seen = elsewhere.seen();
    assert_eq!((seen.len(), line(&seen[0])), (1, "GET /media/x?Signature=1"));
    assert_eq!(login(&seen[0]), None);
}

async fn what_a_program_names_is_fetched_without_credentials(world: Arc<World>) {
    let shop = Shop::open(&world, vec![file(GIF), file("plain")]).await;
    shop.sent("new", &[shop.at("/cup.gif"), shop.at("/other")]).await;
    shop.fetch().await;
    let all = shop.attachments().await;
    assert_eq!(all.len(), 2);
    assert_eq!(
        (shop.bytes(&all[0]).await, shop.bytes(&all[1]).await),
        (GIF.into(), "plain".into())
    );
    let ids: Vec<Value> =
        shop.files().await.iter().map(|file| file["attachment"].clone()).collect();
    assert_eq!(ids, [all[0]["id"].clone(), all[1]["id"].clone()]);
    assert!(shop.server.seen().iter().all(|request| login(request).is_none()));
    assert_eq!(text(&all[1]["media_type"]), "application/octet-stream");
}

async fn matrix_is_asked_with_the_token_of_the_service(world: Arc<World>) {
    let server = Server::start(vec![file(GIF)]).await;
    let set_up = json!({
        "kind": "matrix", "settings": { "server": server.url(), "user": "@desk:shop.example" },
        "secrets": { "hs_token": ["the-token-of-theirs"], "as_token": ["the-token-of-ours"] }
    });
    let shop = Shop::new(&world, set_up, vec![file("nobody asks here")]).await;
    let event = json!({
        "type": "m.room.message", "event_id": "$1", "room_id": "!r:shop.example",
        "sender": "@elif:other.example", "origin_server_ts": 1_795_000_000_000_i64,
        "content": { "msgtype": "m.image", "body": "cup.gif", "url": "mxc://other.example/abc",
            "info": { "mimetype": "image/gif", "size": GIF.len() } }
    });
    shop.told(&json!({ "events": [event] }).to_string()).await;
    shop.fetch().await;
    let [one] = shop.attachments().await.try_into().expect("one");
    assert_eq!((&one["name"], shop.bytes(&one).await.as_str()), (&json!("cup.gif"), GIF));
    let seen = server.seen();
    assert_eq!(line(&seen[0]), "GET /_matrix/client/v1/media/download/other.example/abc");
    assert_eq!(login(&seen[0]), Some("Bearer the-token-of-ours"));
}
