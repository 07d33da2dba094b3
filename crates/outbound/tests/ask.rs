//! Questions to platforms over real connections: what goes along when an answer sends us on, and what is
//! too long, too late or not to be reached.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::time::Duration;

use throughline_outbound::ask::{Ask, Asker, Unheard};
use throughline_outbound::chat::ClientOptions;
use throughline_test_servers::http::{Do, Server};

fn asker(allow_private: bool) -> Asker {
    let limit = Duration::from_millis(800);
    Asker::new(ClientOptions { allow_private, limit, ..ClientOptions::default() }).unwrap()
}

fn question(method: &'static str, url: String) -> Ask {
    let headers = [("authorization", "Bearer s3cret"), ("accept", "application/json")];
    let headers = headers.map(|(name, value)| (name, value.to_owned())).to_vec();
    let body = (method == "POST").then(|| b"{}".to_vec());
    Ask { method, url, headers, body, wait: Duration::ZERO }
}

/// An answer that sends us on to this address.
fn on_to(url: &str) -> Do {
    let head = format!("302 Found\r\nlocation: {url}");
    Do::Say(Box::leak(head.into_boxed_str()), String::new())
}

#[tokio::test]
async fn another_server_gets_nothing_that_may_be_a_secret() {
    let other = Server::start(vec![Do::Say("200 OK", "there".to_owned())]).await;
    let first = Server::start(vec![on_to("/next"), on_to(&other.url())]).await;
    let heard = asker(true).ask(question("GET", first.url())).await.unwrap();
    assert_eq!((heard.status, heard.body.as_slice()), (200, b"there".as_slice()));
    let own = first.seen();
    assert!(own.iter().all(|request| request.contains("s3cret")) && own.len() == 2, "{own:?}");
    assert!(own[1].starts_with("GET /next "), "{own:?}");
    let others = other.seen().remove(0);
    assert!(!others.contains("s3cret") && others.contains("accept: application/json"), "{others}");
}

#[tokio::test]
async fn what_changes_something_is_not_sent_on_and_a_circle_ends() {
    let first = Server::start(vec![on_to("/next")]).await;
    let heard = asker(true).ask(question("POST", first.url())).await.unwrap();
    assert_eq!((heard.status, first.seen().len()), (302, 1));
    let round = asker(true).ask(question("GET", first.url())).await.unwrap_err();
    assert!(matches!(round, Unheard::Failed(why) if why.contains("on and on")));
    assert!(first.seen().len() < 10);
}

#[tokio::test]
async fn what_is_too_long_or_too_late_is_no_answer() {
    let long = Server::start(vec![Do::Say("200 OK", "x".repeat(9 * 1024 * 1024))]).await;
    let told = Asker::new(ClientOptions { allow_private: true, ..ClientOptions::default() });
    let told = told.unwrap().ask(question("GET", long.url())).await.unwrap_err();
    assert!(matches!(told, Unheard::Failed(why) if why.contains("8 MiB")));
    let late = Server::start(vec![Do::Wait]).await;
    let told = asker(true).ask(question("GET", late.url())).await.unwrap_err();
    assert_eq!(told, Unheard::Failed("it did not answer in time".to_owned()));
    let slow = vec![Do::SayLate(Duration::from_millis(1_200), "200 OK", "at last".to_owned())];
    let slow = Server::start(slow).await;
    let patient = Ask { wait: Duration::from_secs(3), ..question("GET", slow.url()) };
    assert_eq!(asker(true).ask(patient).await.unwrap().body, b"at last");
    let cut = Server::start(vec![Do::Break(100)]).await;
    assert!(asker(true).ask(question("GET", cut.url())).await.is_err());
}

#[tokio::test]
async fn no_way_leads_into_our_own_network() {
    let server = Server::start(vec![Do::Say("200 OK", String::new())]).await;
    for url in
        [server.url(), server.url().replace("http", "https"), "https://localhost/".to_owned()]
    {
        let told = asker(false).ask(question("GET", url)).await.unwrap_err();
        assert!(matches!(told, Unheard::BadAddress(_)), "{told}");
    }
    for url in
        ["ws://127.0.0.1:9/", "wss://127.0.0.1:9/", "wss://localhost:9/", "https://a.example/"]
    {
        let told = asker(false).listen(url).await.unwrap_err();
        assert!(matches!(told, Unheard::BadAddress(_)), "{url}: {told}");
    }
    assert!(server.seen().is_empty());
    let asked = format!("{:?}", question("GET", "https://a.example/bot1:SECRET/x".to_owned()));
    assert!(!asked.contains("SECRET") && !asked.contains("s3cret"), "{asked}");
}
