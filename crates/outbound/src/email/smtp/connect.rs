//! From a server's name to a connection that is ready for a mail: TCP, greeting, TLS, EHLO, login.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

use super::connection::{Connection, wanted_only};
use super::login;
use super::server::{Login, Security, Server};
use super::tls::{self, Wire};
use super::trouble::{Stage, Trouble, within};

/// Opens a connection. `seen` is told of each step that went well, with words for an admin.
pub(super) async fn open(
    server: &Server,
    login: &Login,
    seen: &mut (dyn FnMut(Stage, String) + Send),
) -> Result<Connection, Trouble> {
    let (tcp, address) = connect(server).await?;
    seen(Stage::Connect, format!("connected to {address}"));
    let mut wire: Box<dyn Wire> = Box::new(tcp);
    if server.security == Security::Tls {
        wire = protect(wire, server).await?;
        seen(Stage::Tls, "the certificate is good".to_string());
    }
    let mut connection = Connection::new(wire, server.timeouts);
    let greeting = connection.answer(Stage::Greeting, server.timeouts.greeting).await?;
    let greeting = wanted_only(Stage::Greeting, 220, greeting)?;
    seen(Stage::Greeting, greeting.words());
    ehlo(&mut connection, server).await?;
    if server.security == Security::StartTls {
        connection = start_tls(connection, server).await?;
        seen(Stage::StartTls, "the certificate is good".to_string());
        ehlo(&mut connection, server).await?;
    }
    seen(Stage::Ehlo, "the server takes our name".to_string());
    if let Some(words) = login::log_in(&mut connection, login).await? {
        seen(Stage::Login, words);
    }
    Ok(connection)
}

async fn ehlo(connection: &mut Connection, server: &Server) -> Result<(), Trouble> {
    let line = format!("EHLO {}\r\n", hello(&server.hello));
    let reply = connection.require(Stage::Ehlo, 250, &line).await?;
    connection.set_offers(&reply);
    Ok(())
}

/// Only what can be a host name or an address literal goes into the command.
fn hello(name: &str) -> &str {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b);
    if !name.is_empty() && name.len() <= 255 && name.bytes().all(fits) { name } else { "localhost" }
}

async fn start_tls(mut connection: Connection, server: &Server) -> Result<Connection, Trouble> {
    if connection.offers("STARTTLS").is_none() {
        return Err(Trouble::other(Stage::StartTls, "the server does not offer it"));
    }
    connection.require(Stage::StartTls, 220, "STARTTLS\r\n").await?;
    let wire = protect(connection.into_wire(), server).await?;
    Ok(Connection::new(wire, server.timeouts))
}

async fn protect(wire: Box<dyn Wire>, server: &Server) -> Result<Box<dyn Wire>, Trouble> {
    let config = tls::config(server.extra_roots_pem.as_deref())
        .map_err(|words| Trouble::other(Stage::Tls, words))?;
    within(Stage::Tls, server.timeouts.tls, tls::handshake(wire, &server.host, config)).await
}

async fn connect(server: &Server) -> Result<(TcpStream, SocketAddr), Trouble> {
    let limit = server.timeouts.connect;
    let find = tokio::net::lookup_host((server.host.as_str(), server.port));
    let found: Vec<SocketAddr> = within(Stage::Connect, limit, find).await?.collect();
    let allowed = |a: &SocketAddr| server.security != Security::Plain || a.ip().is_loopback();
    let usable: Vec<SocketAddr> = found.into_iter().filter(allowed).collect();
    if usable.is_empty() {
        let words = match server.security {
            Security::Plain => "without TLS only an address of this machine is allowed",
            _ => "the name has no address",
        };
        return Err(Trouble::other(Stage::Connect, words));
    }
    within(Stage::Connect, limit, first_that_answers(&usable, limit)).await
}

async fn first_that_answers(
    addresses: &[SocketAddr],
    limit: Duration,
) -> io::Result<(TcpStream, SocketAddr)> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    // A dead first address, often IPv6, must leave time for the others.
    let each = limit / u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for address in addresses {
        match tokio::time::timeout(each, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => {
                // A body and its final dot are two writes: without this each mail waits 40 ms.
                tcp.set_nodelay(true)?;
                return Ok((tcp, *address));
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_host_name_is_said() {
        assert_eq!(hello("mail.example.test"), "mail.example.test");
        assert_eq!(hello("x\r\nMAIL FROM:<a@b>"), "localhost");
        assert_eq!(hello(""), "localhost");
    }

    #[tokio::test]
    async fn nothing_goes_unprotected_to_another_machine() {
        // An address of the documentation block (RFC 5737): it is refused before any packet.
        let server = Server::new("192.0.2.1", 25, Security::Plain);
        let refused = open(&server, &Login::None, &mut |_, _| ()).await.err().unwrap();
        assert!(refused.to_string().contains("only an address of this machine"), "{refused}");
    }
}
