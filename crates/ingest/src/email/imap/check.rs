//! "Test the connection": every step to a mailbox with its outcome, in plain words for an admin.

use super::connection::Connection;
use super::error::ImapError;
use super::open::{greet, reach, sign_in};
use super::server::{ImapServer, Login, Security};

/// One step and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// A stable name: `connect`, `protect`, `login`, `folder`, `fetch`.
    pub name: &'static str,
    /// What was found, or what is wrong and what helps.
    pub outcome: Result<String, String>,
}

/// Walks all the way to one message of `folder` and ends with the first step that fails. Nothing on the
/// server is changed.
pub async fn check(server: &ImapServer, login: &Login, folder: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Err((name, error)) = walk(server, login, folder, &mut steps).await {
        steps.push(Step { name, outcome: Err(error.to_string()) });
    }
    steps
}

type Failed = (&'static str, ImapError);

async fn walk(
    server: &ImapServer,
    login: &Login,
    folder: &str,
    steps: &mut Vec<Step>,
) -> Result<(), Failed> {
    let mut good = |name, words| steps.push(Step { name, outcome: Ok(words) });
    let tcp = reach(server).await.map_err(|error| ("connect", error))?;
    good("connect", format!("{} port {} answers", server.host, server.port));

    let client = greet(server, tcp).await.map_err(|error| ("protect", error))?;
    good("protect", protected(server.security).to_owned());

    let signed_in = sign_in(server, client, login).await;
    let mut connection = signed_in.map_err(|error| ("login", error))?;
    good("login", signed_in_words(&connection).to_owned());

    let opened = connection.examine(folder).await.map_err(|error| ("folder", error))?;
    good("folder", format!("{folder} holds {} messages", opened.exists));

    let fetched = fetch_one(&mut connection, opened.exists).await;
    good("fetch", fetched.map_err(|error| ("fetch", error))?);
    // The test is over: a failure to say goodbye is of no interest.
    drop(connection.logout().await);
    Ok(())
}

fn protected(security: Security) -> &'static str {
    match security {
        Security::Tls | Security::StartTls => "protected by TLS; the certificate is good",
        Security::Plain => "not protected (allowed to this machine only)",
    }
}

fn signed_in_words(connection: &Connection) -> &'static str {
    if connection.offers("IDLE") {
        "signed in; the server tells of new messages at once (IDLE)"
    } else {
        "signed in; the server has no IDLE, so new messages are looked for at intervals"
    }
}

async fn fetch_one(connection: &mut Connection, exists: u32) -> Result<String, ImapError> {
    let newest = if exists == 0 { None } else { connection.newest().await? };
    let Some(uid) = newest else {
        return Ok("the folder is empty, nothing to fetch".to_owned());
    };
    let got = connection.fetch(&[uid]).await?;
    match got.messages.first() {
        Some(message) => Ok(format!("the newest message has {} bytes", message.bytes.len())),
        None => Err(ImapError::unreadable("fetch the newest message", "it did not come")),
    }
}
