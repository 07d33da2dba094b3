//! What the API must be told. Read by the binary from its configuration; never from the environment.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use throughline_app::channels::ChannelProbe;
use throughline_app::feed::FeedSettings;
use throughline_app::html::ImageFetch;
use throughline_app::mail_settings::Probe;
use throughline_app::webhooks::Courier;

use crate::pages::FindPage;

/// Settings of the API.
#[derive(Clone)]
pub struct ApiSettings {
    /// Signs access tokens (HS256). Every node must have the same 32 bytes or more.
    pub token_key: Vec<u8>,
    /// How long an access token is good, in minutes.
    pub access_token_minutes: i64,
    /// How browsers reach the server; what begins with https makes cookies that travel only so. Empty when
    /// nobody knows.
    pub public_url: String,
    /// Proxies that are believed when they say from which address a request comes.
    pub trusted_proxies: Vec<Network>,
    /// The largest JSON body, in bytes.
    pub body_limit: usize,
    /// The largest raw message that may be pushed, in bytes.
    pub raw_limit: usize,
    /// Whether `/api/docs` is served.
    pub docs: bool,
    /// Whether `/metrics` is served. It needs no sign-in: keep it off the internet.
    pub metrics: bool,
    /// How long running requests may go on after a stop was asked for, in seconds.
    pub shutdown_seconds: u64,
    /// Asks mail servers; without it their tests are answered with 503.
    pub mail_probe: Option<Arc<dyn Probe>>,
    /// Asks platforms; without it their tests are answered with 503.
    pub channel_probe: Option<Arc<dyn ChannelProbe>>,
    /// How live streams are given out.
    pub feed: FeedSettings,
    /// Sends to webhooks; without it their tests are answered with 503.
    pub courier: Option<Arc<dyn Courier>>,
    /// The agent's desk; without it there is the API alone.
    pub pages: Option<FindPage>,
    /// Fetches images that mails name; without it they are answered with 503.
    pub images: Option<Arc<dyn ImageFetch>>,
}

impl ApiSettings {
    /// The usual settings around a key.
    pub fn new(token_key: Vec<u8>) -> Self {
        Self {
            token_key,
            access_token_minutes: 15,
            public_url: String::new(),
            trusted_proxies: Vec::new(),
            body_limit: 1024 * 1024,
            raw_limit: 50 * 1024 * 1024,
            docs: true,
            metrics: true,
            shutdown_seconds: 20,
            mail_probe: None,
            channel_probe: None,
            feed: FeedSettings::default(),
            courier: None,
            pages: None,
            images: None,
        }
    }
}

/// An address, or all that begin with the same bits, as `10.0.0.0/8` or `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: u128,
    bits: u32,
}

impl Network {
    /// Whether an address is one of it.
    pub fn holds(self, address: IpAddr) -> bool {
        (number(address) ^ self.first).checked_shr(128 - self.bits).unwrap_or(0) == 0
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is neither an address nor a network such as 10.0.0.0/8");
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(all), str::parse).map_err(|_| wrong())?;
        if bits > all {
            return Err(wrong());
        }
        Ok(Self { first: number(address), bits: bits + 128 - all })
    }
}

/// An address as a number; those of IPv4 as IPv6 writes them, so that both forms of one are equal.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => Ipv6Addr::to_bits(address),
    }
}

// The key must never reach a log.
impl std::fmt::Debug for ApiSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiSettings")
            .field("access_token_minutes", &self.access_token_minutes)
            .field("body_limit", &self.body_limit)
            .field("raw_limit", &self.raw_limit)
            .field("docs", &self.docs)
            .field("metrics", &self.metrics)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_what_begins_as_it_does() {
        let holds = |network: &str, address: &str| {
            network.parse::<Network>().unwrap().holds(address.parse().unwrap())
        };
        assert!(holds("10.0.0.0/8", "10.9.8.7") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("10.1.2.3/8", "10.9.8.7"), "the bits behind do not count");
        assert!(holds("127.0.0.1", "127.0.0.1") && !holds("127.0.0.1", "127.0.0.2"));
        assert!(holds("127.0.0.1", "::ffff:127.0.0.1") && !holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("::/0", "10.0.0.1") && holds("fd00::/8", "fd12::1"));
        assert!(!holds("fd00::/8", "fe80::1"));
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "proxy", "10.0.0.0/-1", "10.0.0.0/"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_key_is_never_printed() {
        let shown = format!("{:?}", ApiSettings::new(b"topsecret".to_vec()));
        assert!(!shown.contains("token_key") && !shown.contains("116"));
    }
}
