//! A client of the API. Everything that can fail is `#[track_caller]`: a test fails at its line.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// Speaks to the API, perhaps signed in.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Client {
    /// A client without credentials for a server such as `http://127.0.0.1:8080`.
    pub fn new(base: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { http, base: base.to_owned(), token: None, headers: Vec::new() }
    }

    /// The server it speaks to, such as `http://127.0.0.1:8080`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The same client with a bearer token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same client with one more header.
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut same = self.clone();
        same.headers.push((name.to_owned(), value.to_owned()));
        same
    }

    /// `GET` below `/api/v1`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, &format!("/api/v1{path}"))).await
    }

    /// `GET` of any path.
    pub async fn get_raw(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// `POST` of JSON below `/api/v1`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, &format!("/api/v1{path}")).json(&body)).await
    }

    /// `PATCH` of JSON below `/api/v1`.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, &format!("/api/v1{path}")).json(&body)).await
    }

    /// `PUT` of JSON below `/api/v1`.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, &format!("/api/v1{path}")).json(&body)).await
    }

    /// `DELETE` below `/api/v1`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, &format!("/api/v1{path}"))).await
    }

    /// Any method with raw bytes below `/api/v1`.
    pub async fn raw(&self, method: Method, path: &str, media_type: &str, body: Vec<u8>) -> Answer {
        let request = self.request(method, &format!("/api/v1{path}"));
        self.send(request.header("content-type", media_type).body(body)).await
    }

    /// `POST` of raw bytes to any path.
    pub async fn post_raw(&self, path: &str, media_type: &str, body: Vec<u8>) -> Answer {
        let request = self.request(Method::POST, path);
        self.send(request.header("content-type", media_type).body(body)).await
    }

    /// `PUT` of raw bytes to any path.
    pub async fn put_raw(&self, path: &str, media_type: &str, body: Vec<u8>) -> Answer {
        let request = self.request(Method::PUT, path);
        self.send(request.header("content-type", media_type).body(body)).await
    }

    /// `GET` below `/api/v1`, whose body is read by the caller as it comes.
    pub async fn open(&self, path: &str) -> reqwest::Response {
        self.request(Method::GET, &format!("/api/v1{path}")).send().await.expect("an answer")
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
    }

    async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.expect("a body").to_vec();
        Answer { status, headers, bytes }
    }
}

impl Answer {
    /// The JSON of a success.
    #[track_caller]
    pub fn good(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text());
        if self.bytes.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.bytes).expect("JSON")
    }

    /// Asserts a problem document with this status and code, and answers with it.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        let media = self.header("content-type");
        assert!(media.starts_with("application/problem+json"), "{media}: {}", self.text());
        let body: Value = serde_json::from_slice(&self.bytes).expect("JSON");
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status, "{body}");
        for field in ["type", "title", "detail", "request_id"] {
            assert!(body[field].is_string(), "{field} is missing: {body}");
        }
        body
    }

    /// A header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}
