//! A Telegram that is asked for updates: it keeps those of each bot until an offset behind them is named.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use throughline_test_servers::http::{Do, Server};

/// How long it waits when there is nothing new.
pub const WAIT: Duration = Duration::from_millis(40);

/// What a bot does with a question instead of answering it.
type Mood = Box<dyn Fn() -> Option<Do> + Send + Sync>;

#[derive(Default)]
struct Bot {
    updates: Vec<Value>,
    /// The ids that it was told to forget.
    forgotten: Vec<i64>,
    /// What was asked, with the offset that was named.
    offsets: Vec<Option<i64>>,
    mood: Option<Mood>,
}

#[derive(Clone, Default)]
pub struct Telegram(Arc<Mutex<HashMap<String, Bot>>>);

impl Telegram {
    /// A server that plays it.
    pub async fn start(&self) -> Server {
        let telegram = self.clone();
        Server::answering(move |_, request| telegram.answer(request)).await
    }

    fn with<T>(&self, token: &str, act: impl FnOnce(&mut Bot) -> T) -> T {
        let mut bots = self.0.lock().expect("the bots");
        act(bots.entry(token.to_owned()).or_default())
    }

    /// Something happens to a bot.
    pub fn happens(&self, token: &str, update: Value) {
        self.with(token, |bot| bot.updates.push(update));
    }

    /// From now on a bot does this where it says so.
    pub fn moody(&self, token: &str, mood: impl Fn() -> Option<Do> + Send + Sync + 'static) {
        self.with(token, |bot| bot.mood = Some(Box::new(mood)));
    }

    /// The offsets that were named so far, one for each question.
    pub fn offsets(&self, token: &str) -> Vec<Option<i64>> {
        self.with(token, |bot| bot.offsets.clone())
    }

    /// How often a bot was asked.
    pub fn asked(&self, token: &str) -> usize {
        self.with(token, |bot| bot.offsets.len())
    }

    /// The ids of the updates that were forgotten, in that order.
    pub fn forgotten(&self, token: &str) -> Vec<i64> {
        self.with(token, |bot| bot.forgotten.clone())
    }

    fn answer(&self, request: &str) -> Do {
        let path = request.split(' ').nth(1).expect("a path");
        let token = path.strip_prefix("/bot").and_then(|rest| rest.strip_suffix("/getUpdates"));
        let (_, body) = request.split_once("\r\n\r\n").expect("a body");
        let asked: Value = serde_json::from_str(body).expect("JSON");
        let offset = asked["offset"].as_i64();
        self.with(token.expect("a token"), |bot| {
            bot.offsets.push(offset);
            if let Some(instead) = bot.mood.as_ref().and_then(|mood| mood()) {
                return instead;
            }
            let is_before = |update: &Value| {
                offset.is_some_and(|offset| update["update_id"].as_i64() < Some(offset))
            };
            let gone = bot.updates.iter().filter(|update| is_before(update));
            bot.forgotten.extend(gone.filter_map(|update| update["update_id"].as_i64()));
            bot.updates.retain(|update| !is_before(update));
            let limit = asked["limit"].as_u64().map_or(100, |limit| limit as usize);
            let some: Vec<&Value> = bot.updates.iter().take(limit).collect();
            let body = json!({ "ok": true, "result": some }).to_string();
            match some.is_empty() {
                true => Do::SayLate(WAIT, "200 OK", body),
                false => Do::Say("200 OK", body),
            }
        })
    }
}
