//! Requests and answers as data, and how bodies are written.

use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::http::seconds;

/// A request. Its address, headers and body may hold secrets, so only its name is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// What it is called at the platform, for logs.
    pub name: &'static str,
    /// `POST`, or `GET` where nothing is changed.
    pub method: &'static str,
    /// Where to.
    pub url: String,
    /// Its headers, their names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Vec<u8>,
    /// How far it may go.
    pub reach: Reach,
}

/// How far a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To the platform.
    Platform,
    /// To an address that an admin entered.
    Entered,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Request");
        shown.field("name", &self.name).field("bytes", &self.body.len()).finish()
    }
}

impl Request {
    /// One that looks something up.
    pub(super) fn get(name: &'static str, url: String) -> Self {
        let (headers, body) = (Vec::new(), Vec::new());
        Self { name, method: "GET", url, headers, body, reach: Reach::Platform }
    }

    /// One with a JSON body.
    pub(super) fn json(name: &'static str, url: String, body: &Value) -> Self {
        let body = body.to_string().into_bytes();
        Self::of(name, url, "application/json; charset=utf-8".to_owned(), body)
    }

    /// One with the body of a form.
    pub(super) fn form(name: &'static str, url: String, fields: &[(&str, &str)]) -> Self {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(fields);
        let body = form.finish().into_bytes();
        Self::of(name, url, "application/x-www-form-urlencoded".to_owned(), body)
    }

    /// One with the body of a form in parts, of which one is a file.
    pub(super) fn multipart(name: &'static str, url: String, parts: &[Part<'_>]) -> Self {
        let (boundary, body) = multipart(parts);
        Self::of(name, url, format!("multipart/form-data; boundary={boundary}"), body)
    }

    /// One with bytes as they are.
    pub(super) fn bytes(name: &'static str, url: String, body: &[u8]) -> Self {
        Self::of(name, url, "application/octet-stream".to_owned(), body.to_vec())
    }

    /// One with a file as it is.
    pub(super) fn file(name: &'static str, url: String, media_type: &str, body: &[u8]) -> Self {
        Self::of(name, url, media_type_of(media_type).to_owned(), body.to_vec())
    }

    fn of(name: &'static str, url: String, media_type: String, body: Vec<u8>) -> Self {
        let headers = vec![("content-type", media_type)];
        Self { name, method: "POST", url, headers, body, reach: Reach::Platform }
    }

    pub(super) fn with(mut self, header: &'static str, value: String) -> Self {
        self.headers.push((header, value));
        self
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }
}

/// A part of a form.
pub(super) enum Part<'a> {
    /// A text.
    Text(&'a str, &'a str),
    /// A file: the name of the part, the file's name, its media type and what is in it.
    File(&'a str, &'a str, &'a str, &'a [u8]),
}

/// The boundary is made of what is in the parts, so that the same form is the same bytes, and nobody who
/// writes a file can write its boundary into it.
fn multipart(parts: &[Part<'_>]) -> (String, Vec<u8>) {
    let mut hash = Sha256::new();
    for part in parts {
        match part {
            Part::Text(name, value) => {
                hash.update(name);
                hash.update(value);
            }
            Part::File(.., bytes) => hash.update(bytes),
        }
    }
    let hash = hash.finalize();
    let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let boundary = format!("part-{digits}");
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        body.extend_from_slice(head(part).as_bytes());
        body.extend_from_slice(match part {
            Part::Text(_, value) => value.as_bytes(),
            Part::File(.., bytes) => bytes,
        });
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (boundary, body)
}

fn head(part: &Part<'_>) -> String {
    match part {
        Part::Text(name, _) => format!("content-disposition: form-data; name=\"{name}\"\r\n\r\n"),
        Part::File(name, file, media_type, _) => format!(
            "content-disposition: form-data; name=\"{name}\"; filename=\"{}\"\r\n\
             content-type: {}\r\n\r\n",
            quoted(file),
            media_type_of(media_type)
        ),
    }
}

/// A file's name as browsers write it within quotes (HTML, "multipart/form-data encoding algorithm").
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// A media type that can stand in a header.
pub(super) fn media_type_of(given: &str) -> &str {
    let is_good = |c: char| c.is_ascii_graphic() || c == ' ';
    match given.contains('/') && given.chars().all(is_good) {
        true => given,
        false => "application/octet-stream",
    }
}

/// A part of an address, so written that it is nothing but that part.
pub(super) fn segment(text: &str) -> String {
    let written: String = byte_serialize(text.as_bytes()).collect();
    // A form writes a space in another way than a path.
    written.replace('+', "%20")
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The beginning of its body.
    pub body: Vec<u8>,
    /// Whether that is all of it.
    pub is_whole: bool,
}

impl Answer {
    /// How many seconds it asks us to wait.
    pub(super) fn retry_after(&self, now: i64) -> Option<u64> {
        let wish = self.headers.iter().find(|(name, _)| name == "retry-after");
        wish.and_then(|(_, text)| seconds(text, now)).and_then(|wait| u64::try_from(wait).ok())
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Its body, if it is JSON; null else.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// A text or number in JSON, as text.
pub(super) fn word(value: &Value, path: &str) -> Option<String> {
    match value.pointer(path)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_in_parts_is_the_same_bytes_each_time() {
        let parts = [
            Part::Text("chat_id", "7"),
            Part::File("document", "a \"b\"\r\n.txt", "text/plain\r\nx: y", b"hello"),
        ];
        let (boundary, body) = multipart(&parts);
        let expected = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"chat_id\"\r\n\r\n7\r\n\
             --{boundary}\r\ncontent-disposition: form-data; name=\"document\"; \
             filename=\"a %22b%22%0D%0A.txt\"\r\ncontent-type: application/octet-stream\r\n\r\n\
             hello\r\n--{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8(body).unwrap(), expected);
        assert_eq!(multipart(&parts).0, boundary);
        assert_ne!(multipart(&parts[..1]).0, boundary);
    }

    #[test]
    fn a_request_shows_nothing_but_its_name() {
        let url = "https://a.example/bot70044:SECRET/x".to_owned();
        let request = Request::form("x", url, &[("text", "private")]).bearer("SECRET");
        assert_eq!(format!("{request:?}"), "Request { name: \"x\", bytes: 12 }");
    }

    #[test]
    fn a_part_of_an_address_stays_one() {
        assert_eq!(segment("70044:AA-b_c"), "70044%3AAA-b_c");
        assert_eq!(segment("../a b?c#d+"), "..%2Fa%20b%3Fc%23d%2B");
    }
}
