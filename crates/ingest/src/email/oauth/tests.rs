//! Against a small token server, since no real one can run here.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A token server that answers once, and what it was asked.
async fn server(answer: String) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        let mut chunk = [0; 4096];
        while !String::from_utf8_lossy(&asked).contains("grant_type=") {
            let n = stream.read(&mut chunk).await.unwrap();
            asked.extend_from_slice(&chunk[..n]);
            assert!(n > 0);
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        drop(stream.shutdown().await);
        String::from_utf8(asked).unwrap()
    });
    (url, asked)
}

fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
}

fn grant(token_url: &str) -> Refresh {
    Refresh {
        token_url: token_url.to_owned(),
        client_id: "the client".into(),
        client_secret: Some("s&cret".into()),
        refresh_token: "r/1+2".into(),
        scope: Some("mail offline_access".into()),
        extra_root: None,
    }
}

#[tokio::test]
async fn a_token_is_asked_for_as_the_standard_says() {
    let body = r#"{"access_token":"abc","expires_in":3600,"refresh_token":"r2"}"#;
    let (url, asked) = server(http("200 OK", body)).await;
    let got = refresh(&grant(&url)).await.unwrap();
    assert_eq!(got.lifetime, Duration::from_secs(3600));
    assert!(!format!("{got:?}").contains("abc"));
    assert_eq!(got.access_token.into_exposed(), "abc");
    assert_eq!(got.refresh_token.unwrap().into_exposed(), "r2");
    let asked = asked.await.unwrap();
    assert!(asked.starts_with("POST /token HTTP/1.1"), "{asked}");
    let form = asked.rsplit("\r\n\r\n").next().unwrap();
    let wanted = "grant_type=refresh_token&refresh_token=r%2F1%2B2&client_id=the+client\
                  &client_secret=s%26cret&scope=mail+offline_access";
    assert_eq!(form, wanted);
}

#[tokio::test]
async fn a_refusal_is_told_in_plain_words() {
    let body = r#"{"error":"invalid_grant","error_description":"AADSTS70008: expired\r\nTrace"}"#;
    let (url, _asked) = server(http("400 Bad Request", body)).await;
    let words = refresh(&grant(&url)).await.unwrap_err().to_string();
    assert!(words.contains("AADSTS70008: expired Trace"), "{words}");
    assert!(words.contains("give the new refresh token") && !words.contains("r/1+2"), "{words}");
}

#[tokio::test]
async fn no_redirect_is_followed_and_no_endless_answer_is_read() {
    let moved = "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let (url, _asked) = server(moved.to_owned()).await;
    let error = refresh(&grant(&url)).await.unwrap_err();
    assert!(error.to_string().contains("status 307"), "{error}");
    let (url, _asked) = server(http("200 OK", &"x".repeat(MAX_ANSWER + 1))).await;
    let error = refresh(&grant(&url)).await.unwrap_err();
    assert!(error.to_string().contains("longer than"), "{error}");
}

#[tokio::test]
async fn who_cannot_be_reached_or_trusted_is_named() {
    let error = refresh(&grant("http://127.0.0.1:1/token")).await.unwrap_err();
    assert!(error.to_string().starts_with("127.0.0.1 cannot be reached"), "{error}");
    for bad in ["http://login.example/token", "login.example", "file:///etc/passwd", ""] {
        assert_eq!(refresh(&grant(bad)).await.unwrap_err(), OAuthError::Address, "{bad}");
    }
    let (url, _asked) = server(http("200 OK", r#"{"token":"abc"}"#)).await;
    let error = refresh(&grant(&url)).await.unwrap_err();
    assert!(matches!(error, OAuthError::Unreadable { .. }), "{error}");
}
