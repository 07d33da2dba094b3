//! Opening a connection, step by step: reach, protect, greet, sign in. Each step fails in its own way.

use async_imap::imap_proto::{Response, Status};
use async_imap::{Authenticator, Client, Session};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::connection::Connection;
use super::error::ImapError;
use super::names::escaped;
use super::server::{ImapServer, Login, Security, is_loopback};
use super::tls;
use super::wire::{STAND_IN, Transport, Wire};

/// Beyond the size a server gave for a message, so much more is borne before it is cut off.
const SLACK: u64 = 1024 * 1024;

impl Connection {
    /// Reaches the server, protects the connection, signs in and asks what the server can do.
    pub async fn open(server: &ImapServer, login: &Login) -> Result<Self, ImapError> {
        let tcp = reach(server).await?;
        let client = greet(server, tcp).await?;
        sign_in(server, client, login).await
    }
}

/// Connects by TCP. An unprotected connection to another machine is refused here already.
pub(super) async fn reach(server: &ImapServer) -> Result<TcpStream, ImapError> {
    if server.security == Security::Plain && !is_loopback(&server.host) {
        return Err(ImapError::PlainRefused { host: server.host.clone() });
    }
    let unreachable =
        |why: String| ImapError::Unreachable { host: server.host.clone(), port: server.port, why };
    let connecting = TcpStream::connect((server.host.as_str(), server.port));
    let tcp = timeout(server.limits.connect, connecting)
        .await
        .map_err(|_| unreachable(format!("no answer in {} s", server.limits.connect.as_secs())))?
        .map_err(|error| unreachable(error.to_string()))?;
    tcp.set_nodelay(true).map_err(|error| unreachable(error.to_string()))?;
    Ok(tcp)
}

/// Protects the connection as configured and reads the server's greeting.
pub(super) async fn greet(server: &ImapServer, tcp: TcpStream) -> Result<Client<Wire>, ImapError> {
    let tcp: Box<dyn Transport> = Box::new(tcp);
    match server.security {
        Security::Plain => greeted(client_over(server, tcp)).await,
        Security::Tls => greeted(client_over(server, tls::protect(server, tcp).await?)).await,
        Security::StartTls => {
            let client = start_tls(server, greeted(client_over(server, tcp)).await?).await?;
            // What came unprotected is thrown away with the old client: its buffer must not be taken
            // for something that the server said under TLS.
            let inner = client.into_inner().into_inner();
            Ok(client_over(server, tls::protect(server, inner).await?))
        }
    }
}

fn client_over(server: &ImapServer, inner: Box<dyn Transport>) -> Client<Wire> {
    let largest = u64::from(server.limits.message) + SLACK;
    Client::new(Wire::new(inner, server.limits.step, largest))
}

async fn greeted(mut client: Client<Wire>) -> Result<Client<Wire>, ImapError> {
    const DOING: &str = "read the greeting";
    let answer = client.read_response().await.map_err(|error| ImapError::of_io(DOING, &error))?;
    let answer = answer.ok_or_else(|| ImapError::lost(DOING, ""))?;
    match answer.parsed() {
        Response::Data { status: Status::Ok, .. } => Ok(client),
        Response::Data { status: Status::Bye, outcome } => {
            let words = outcome.information.as_deref().unwrap_or("without a reason").to_owned();
            Err(ImapError::TurnedAway { words })
        }
        _ => Err(ImapError::unreadable(DOING, "this is not the greeting of an IMAP server")),
    }
}

async fn start_tls(
    server: &ImapServer,
    mut client: Client<Wire>,
) -> Result<Client<Wire>, ImapError> {
    let answer = client.run_command_and_check_ok("STARTTLS", None).await;
    match answer.map_err(|error| ImapError::of_library("begin STARTTLS", error)) {
        Ok(()) => Ok(client),
        Err(ImapError::Refused { words, .. }) => {
            Err(ImapError::NoStartTls { host: server.host.clone(), words })
        }
        Err(other) => Err(other),
    }
}

/// Signs in and asks for the capabilities.
pub(super) async fn sign_in(
    server: &ImapServer,
    client: Client<Wire>,
    login: &Login,
) -> Result<Connection, ImapError> {
    let session = match present(client, login).await {
        Ok(session) => session,
        Err(ImapError::Refused { words, .. }) => return Err(ImapError::LoginRefused { words }),
        Err(other) => return Err(other),
    };
    let mut connection = Connection::over(session, server.limits);
    connection.ask_capabilities().await?;
    Ok(connection)
}

async fn present(mut client: Client<Wire>, login: &Login) -> Result<Session<Wire>, ImapError> {
    let answer = match login {
        Login::Password { user, password } if user.is_ascii() && password.reveal().is_ascii() => {
            // The library puts the quotes around it.
            client.get_mut().reveal(escaped(password.reveal(), "the password")?.into_bytes());
            client.login(user, STAND_IN).await
        }
        Login::Password { user, password } => {
            let first = format!("\0{user}\0{}", password.reveal());
            client.get_mut().reveal(BASE64.encode(first).into_bytes());
            client.authenticate("PLAIN", Once(STAND_IN)).await
        }
        Login::XOauth2 { user, token } => {
            let first = format!("user={user}\x01auth=Bearer {}\x01\x01", token.reveal());
            client.get_mut().reveal(BASE64.encode(first).into_bytes());
            client.authenticate("XOAUTH2", Once(STAND_IN)).await
        }
    };
    answer.map_err(|(error, _)| match error {
        async_imap::error::Error::Validate(_) => ImapError::Unsendable { what: "the user name" },
        other => ImapError::of_library("sign in", other),
    })
}

/// Says what it has to say once. XOAUTH2 sends the reason of a refusal as a second challenge, which
/// must be answered with an empty line before the refusal itself comes.
struct Once(&'static str);

impl Authenticator for Once {
    type Response = &'static str;

    fn process(&mut self, _challenge: &[u8]) -> &'static str {
        std::mem::take(&mut self.0)
    }
}
