//! A bot of Telegram that is connected, and what Telegram tells it.

use serde_json::{Value, json};
use throughline_tests::{Client, World};

pub const SECRET: &str = "a-secret-of-the-hook";
pub const ELIF: i64 = 9_007_199_254_740_993;

/// A bot of Telegram, connected.
pub struct Bot {
    pub admin: Client,
    pub hook: String,
    pub account: String,
    pub platform: Client,
}

impl Bot {
    pub async fn new(world: &World) -> Self {
        let admin = world.admin().await;
        let inbox = json!({ "channel": "chat", "address": "shop_bot", "name": "Bot" });
        let inbox = admin.post("/inboxes", inbox).await.good();
        let account = format!("/inboxes/{}/channel", text(&inbox["id"]));
        let body = json!({
            "kind": "telegram", "settings": { "bot_id": "4242" },
            "secrets": { "webhook_secret": [SECRET] }
        });
        let made = admin.put(&account, body).await.good();
        let hook = text(&made["hook"]).to_owned();
        let platform = world.anonymous.with_header("x-telegram-bot-api-secret-token", SECRET);
        Self { admin, hook, account, platform }
    }

    pub async fn tell(&self, update: &Value) -> throughline_tests::Answer {
        self.platform
            .post_raw(&self.hook, "application/json", update.to_string().into_bytes())
            .await
    }

    pub async fn timeline(&self) -> Vec<Value> {
        let customers = self.admin.get("/customers").await.good();
        let customer = text(&items(&customers)[0]["id"]).to_owned();
        let page =
            self.admin.get(&format!("/customers/{customer}/timeline?limit=200")).await.good();
        items(&page).clone()
    }

    pub async fn tickets(&self) -> Vec<Value> {
        items(&self.admin.get("/tickets").await.good()).clone()
    }
}

pub fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

pub fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("a list")
}

pub fn elif() -> Value {
    json!({ "id": ELIF, "is_bot": false, "first_name": "Elif", "language_code": "tr" })
}

/// What somebody writes in a group.
pub fn in_group(update: i64, group: i64, person: i64, number: i64, text: &str) -> Value {
    json!({
        "update_id": update,
        "message": {
            "message_id": number, "date": 1_795_000_000 + number, "text": text,
            "from": { "id": person, "is_bot": false, "first_name": format!("P{person}") },
            "chat": { "id": -group, "title": "Group", "type": "group" }
        }
    })
}

pub fn message(update: i64, number: i64, date: i64, text: &str) -> Value {
    json!({
        "update_id": update,
        "message": {
            "message_id": number, "from": elif(), "date": date, "text": text,
            "chat": { "id": ELIF, "first_name": "Elif", "type": "private" }
        }
    })
}

pub fn edited(update: i64, number: i64, at: i64, text: &str) -> Value {
    json!({
        "update_id": update,
        "edited_message": {
            "message_id": number, "from": elif(), "date": 1_795_000_000, "edit_date": at,
            "chat": { "id": ELIF, "first_name": "Elif", "type": "private" }, "text": text
        }
    })
}

pub fn reaction(update: i64, number: i64, at: i64, old: &[&str], new: &[&str]) -> Value {
    let signs = |all: &[&str]| -> Value {
        all.iter().map(|emoji| json!({ "type": "emoji", "emoji": emoji })).collect()
    };
    json!({
        "update_id": update,
        "message_reaction": {
            "chat": { "id": ELIF, "first_name": "Elif", "type": "private" }, "message_id": number,
            "user": elif(), "date": at, "old_reaction": signs(old), "new_reaction": signs(new)
        }
    })
}
