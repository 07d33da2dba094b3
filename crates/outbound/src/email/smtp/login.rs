//! AUTH (RFC 4954) by PLAIN, LOGIN and XOAUTH2. Secrets are written to the connection and appear
//! nowhere else, not even when a server repeats them.

use std::str::FromStr;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::commands::Auth;
use lettre::transport::smtp::response::Response;

use super::connection::Connection;
use super::reply::Reply;
use super::server::Login;
use super::trouble::{Stage, Trouble, Why};

/// Logs in, when there is somebody to log in. Yields words for an admin.
pub(super) async fn log_in(
    connection: &mut Connection,
    login: &Login,
) -> Result<Option<String>, Trouble> {
    let (user, secret, usable): (_, _, &[Mechanism]) = match login {
        Login::None => return Ok(None),
        Login::Password { user, password } => {
            (user, password, &[Mechanism::Plain, Mechanism::Login])
        }
        Login::XOauth2 { user, token } => (user, token, &[Mechanism::Xoauth2]),
    };
    let mechanism = choose(connection, usable)?;
    let credentials = Credentials::new(user.clone(), secret.clone());
    let mut said = vec![secret.clone()];
    let reply = talk(connection, mechanism, &credentials, &mut said).await?;
    if reply.code == 235 {
        return Ok(Some(format!("logged in as {user} by {mechanism}")));
    }
    Err(Trouble::new(Stage::Login, Why::Answer(without(reply, &said))))
}

fn choose(connection: &Connection, usable: &[Mechanism]) -> Result<Mechanism, Trouble> {
    let offered = connection.offers("AUTH").unwrap_or_default();
    let is_offered = |mechanism: &&Mechanism| offered.contains(&mechanism.to_string().as_str());
    usable.iter().find(is_offered).copied().ok_or_else(|| {
        let names: Vec<String> = usable.iter().map(ToString::to_string).collect();
        Trouble::other(Stage::Login, format!("the server does not offer {}", names.join(" or ")))
    })
}

/// The dialogue until the server says something else than "go on".
async fn talk(
    connection: &mut Connection,
    mechanism: Mechanism,
    credentials: &Credentials,
    said: &mut Vec<String>,
) -> Result<Reply, Trouble> {
    let limit = connection.timeouts.command;
    let start = Auth::new(mechanism, credentials.clone(), None).map_err(|_| unreadable())?;
    let mut reply = speak(connection, &start.to_string(), said).await?;
    // LOGIN asks twice. A failed XOAUTH2 asks once more and wants an empty line.
    for _ in 0..2 {
        if reply.code != 334 {
            break;
        }
        reply = match mechanism {
            Mechanism::Login => {
                let next = answer_to(&reply, mechanism, credentials)?;
                speak(connection, &next, said).await?
            }
            _ => connection.say(Stage::Login, limit, "\r\n").await?,
        };
    }
    Ok(reply)
}

async fn speak(
    connection: &mut Connection,
    line: &str,
    said: &mut Vec<String>,
) -> Result<Reply, Trouble> {
    // Every line ends with a secret, except "AUTH LOGIN".
    if line != "AUTH LOGIN\r\n" {
        said.extend(line.split_whitespace().last().map(str::to_string));
    }
    connection.say(Stage::Login, connection.timeouts.command, line).await
}

fn answer_to(
    reply: &Reply,
    mechanism: Mechanism,
    credentials: &Credentials,
) -> Result<String, Trouble> {
    let question = format!("334 {}\r\n", reply.lines.first().map_or("", |line| line.trim()));
    let question = Response::from_str(&question).map_err(|_| unreadable())?;
    let next = Auth::new_from_response(mechanism, credentials.clone(), &question);
    Ok(next.map_err(|_| unreadable())?.to_string())
}

fn unreadable() -> Trouble {
    Trouble::other(Stage::Login, "the server asked something that is not part of a login")
}

/// Some servers repeat a command that they did not like; ours hold secrets.
fn without(reply: Reply, said: &[String]) -> Reply {
    let clean = |line: String| {
        let secrets = said.iter().filter(|secret| !secret.is_empty());
        secrets.fold(line, |line, secret| line.replace(secret.as_str(), "***"))
    };
    Reply { code: reply.code, lines: reply.lines.into_iter().map(clean).collect() }
}
