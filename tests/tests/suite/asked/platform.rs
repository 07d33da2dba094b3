//! What the platforms of these tests have in common: how a request is read, and how one is answered.

use serde_json::Value;
use throughline_test_servers::http::Do;

/// A request, taken apart.
pub struct Asked {
    pub method: String,
    /// The path without its query.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// The token that came with it.
    pub token: Option<String>,
    pub body: String,
}

impl Asked {
    pub fn read(request: &str) -> Self {
        let (head, body) = request.split_once("\r\n\r\n").expect("a body");
        let mut words = head.split(' ');
        let method = words.next().expect("a method").to_owned();
        let target = words.next().expect("a path");
        let url = reqwest::Url::parse(&format!("http://x{target}")).expect("an address");
        let query = url.query_pairs().into_owned().collect();
        let token = head.lines().find_map(|line| line.strip_prefix("authorization: Bearer "));
        let (path, token) = (url.path().to_owned(), token.map(str::to_owned));
        Self { method, path, query, token, body: body.to_owned() }
    }

    /// The first value of a name in the query.
    pub fn one(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All values of a name in the query.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let named = self.query.iter().filter(|(known, _)| known == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// Its body, if that is JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What a platform does instead of answering, where it has a mind to.
pub type Mood = Box<dyn FnMut(&Asked) -> Option<Do> + Send>;

pub fn ok(body: &Value) -> Do {
    Do::Say("200 OK", body.to_string())
}

pub fn no(head: &'static str, body: &Value) -> Do {
    Do::Say(head, body.to_string())
}

/// A mood of one answer: the first question to such a path is answered so.
pub fn once(path: &'static str, answer: Do) -> Mood {
    let mut left = Some(answer);
    Box::new(move |asked| if asked.path.ends_with(path) { left.take() } else { None })
}
