//! Connections that stay open (WebSocket, RFC 6455): under the same rules as requests, to addresses that
//! were checked. What is said over one is not known here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Request};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::ask::Unheard;
use crate::http::{self, ClientOptions, innermost};

/// The longest words that are taken, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;
/// After so long a silence the other side is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(30);

/// Bytes to and fro, protected or not.
trait Line: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

/// An open connection.
pub struct Socket {
    stream: WebSocketStream<Box<dyn Line>>,
    /// Whether the other side was asked whether it is there, and has said nothing since.
    is_asked: bool,
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}

/// What comes by a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Words.
    Words(String),
    /// Nothing for a while; the connection is still good.
    Silence,
    /// The other side closed it.
    End,
}

/// Opens a connection.
pub(crate) async fn open(
    url: &str,
    headers: &[(&'static str, String)],
    options: &ClientOptions,
    tls: &Arc<ClientConfig>,
    lookups: &Arc<Semaphore>,
) -> Result<Socket, Unheard> {
    let opening = async {
        let line = line(url, options, tls, lookups).await?;
        let config = WebSocketConfig::default();
        let config = config.max_message_size(Some(LONGEST)).max_frame_size(Some(LONGEST));
        let request = request(url, headers)?;
        let opened = client_async_with_config(request, line, Some(config)).await;
        Ok(Socket { stream: opened.map_err(|error| unheard(&error))?.0, is_asked: false })
    };
    let late = |_| Unheard::Failed("it did not answer in time".to_owned());
    timeout(options.limit, opening).await.map_err(late)?
}

/// The request by which it is opened.
fn request(url: &str, headers: &[(&'static str, String)]) -> Result<Request<()>, Unheard> {
    let mut request = url.into_client_request().map_err(|error| unheard(&error))?;
    for (name, value) in headers {
        // The value may be a secret, so it is not repeated.
        let value = HeaderValue::from_str(value)
            .map_err(|_| Unheard::BadAddress(format!("`{name}` cannot be sent as it is")))?;
        request.headers_mut().insert(*name, value);
    }
    Ok(request)
}

async fn line(
    url: &str,
    options: &ClientOptions,
    tls: &Arc<ClientConfig>,
    lookups: &Arc<Semaphore>,
) -> Result<Box<dyn Line>, Unheard> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let is_protected = scheme == "wss";
    if !is_protected && scheme != "ws" {
        return Err(Unheard::BadAddress("the address must begin with wss://".to_owned()));
    }
    let scheme = if is_protected { "https" } else { "http" };
    let checked = http::usable(&format!("{scheme}://{rest}"), options.allow_private);
    let checked = checked.map_err(Unheard::BadAddress)?;
    let host = checked.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = checked.port_or_known_default().unwrap_or(443);
    let found = http::addresses(&host, options.allow_private, lookups).await;
    let mut found = found.map_err(|error| match http::is_kept_in(error.as_ref()) {
        true => Unheard::BadAddress(innermost(error.as_ref())),
        false => Unheard::Failed(innermost(error.as_ref())),
    })?;
    found.iter_mut().for_each(|address| address.set_port(port));
    let failed = |error: std::io::Error| Unheard::Failed(innermost(&error));
    let tcp = TcpStream::connect(found.as_slice()).await.map_err(failed)?;
    if !is_protected {
        return Ok(Box::new(tcp));
    }
    let name = ServerName::try_from(host);
    let name = name.map_err(|_| Unheard::BadAddress("the host is no name".to_owned()))?;
    Ok(Box::new(TlsConnector::from(Arc::clone(tls)).connect(name, tcp).await.map_err(failed)?))
}

impl Socket {
    /// What comes next.
    ///
    /// # Errors
    /// When the connection broke, or nothing is heard of the other side any more.
    pub async fn next(&mut self) -> Result<Said, Unheard> {
        loop {
            let Ok(come) = timeout(SILENCE, self.stream.next()).await else {
                if self.is_asked {
                    return Err(Unheard::Failed("nothing is heard of it any more".to_owned()));
                }
                self.is_asked = true;
                self.say(Message::Ping(Vec::<u8>::new().into())).await?;
                return Ok(Said::Silence);
            };
            self.is_asked = false;
            match come {
                None | Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed)) => {
                    return Ok(Said::End);
                }
                Some(Ok(Message::Text(words))) => {
                    return Ok(Said::Words(words.as_str().to_owned()));
                }
                // Being asked whether we are there is answered below this.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(unheard(&error)),
            }
        }
    }

    /// Says something.
    ///
    /// # Errors
    /// When the connection broke.
    pub async fn tell(&mut self, words: String) -> Result<(), Unheard> {
        self.say(Message::text(words)).await
    }

    async fn say(&mut self, message: Message) -> Result<(), Unheard> {
        let said = timeout(SILENCE, self.stream.send(message)).await;
        let late = |_| Unheard::Failed("it takes nothing any more".to_owned());
        said.map_err(late)?.map_err(|error| unheard(&error))
    }
}

fn unheard(error: &Error) -> Unheard {
    Unheard::Failed(innermost(error))
}
