//! From which address a request comes. Behind proxies that the configuration names, it is the one that they
//! name; of anybody else such a name is not believed.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use throughline_app::access::Origin;

use crate::problem::Problem;
use crate::settings::Network;
use crate::state::ApiState;

/// What proxies add the address to which they answer to.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// From where somebody asks.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub Origin);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let peer = request.peer_addr().map(|peer| peer.ip());
        let state = request.app_data::<Data<ApiState>>();
        let trusted = state.map_or(&[][..], |state| &state.settings.trusted_proxies);
        let lines = request.headers().get_all(FORWARDED_FOR);
        let lines: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
        ready(Ok(Self(Origin(peer.map(|peer| behind(peer, &lines, trusted))))))
    }
}

/// Whom a peer speaks for. Each proxy adds its caller at the end, so the list is read from there for as long
/// as the one who wrote is trusted.
fn behind(peer: IpAddr, lines: &[&str], trusted: &[Network]) -> IpAddr {
    let mut named = lines.iter().rev().flat_map(|line| line.rsplit(','));
    let mut at = peer;
    while trusted.iter().any(|network| network.holds(at)) {
        let Some(next) = named.next().and_then(|name| name.trim().parse().ok()) else { break };
        at = next;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(peer: &str, lines: &[&str]) -> String {
        let trusted = ["10.0.0.0/8", "::1"].map(|text| text.parse().unwrap());
        behind(peer.parse().unwrap(), lines, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_say_for_whom_they_ask() {
        assert_eq!(told("192.0.2.1", &["198.51.100.7"]), "192.0.2.1", "anybody may claim that");
        assert_eq!(told("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(told("10.0.0.1", &["6.6.6.6, 198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(told("10.0.0.1", &["6.6.6.6", "198.51.100.7"]), "198.51.100.7");
        assert_eq!(told("::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(told("10.0.0.1", &[]), "10.0.0.1", "nothing was named");
        assert_eq!(told("10.0.0.1", &["unknown"]), "10.0.0.1");
        assert_eq!(told("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
    }
}
