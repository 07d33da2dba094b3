//! Addresses as an admin gives them. Which hosts may be reached is known when a name is looked up,
//! which is done where messages are sent.

use url::{Host, Url};

use super::Rules;
use crate::AppError;

/// The longest address, in bytes.
const MAX_URL: usize = 2_000;

/// An address as kept.
pub(super) fn checked(text: &str, rules: &Rules) -> Result<String, AppError> {
    let wrong = |why: &str| Err(AppError::invalid("url", why));
    if text.len() > MAX_URL {
        return wrong("must have at most 2000 bytes");
    }
    let Ok(url) = Url::parse(text) else { return wrong("must be a whole address with https://") };
    match url.scheme() {
        "https" => {}
        "http" if rules.allow_private => {}
        _ => return wrong("must begin with https://"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("must not hold a name or password: the signature proves who sends");
    }
    if url.fragment().is_some() {
        return wrong("must not have a part behind #: it would not be sent");
    }
    let local = match url.host() {
        None => return wrong("must have a host"),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unique_local(),
    };
    if local && !rules.allow_private {
        return wrong("must be public: webhooks.allow_private is not set on this server");
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_whole_https_and_public() {
        let rules = Rules::default();
        let kept = checked("https://Example.com/hook?a=1", &rules).unwrap();
        assert_eq!(kept, "https://example.com/hook?a=1");
        let long = format!("https://example.com/{}", "x".repeat(2_000));
        for bad in [
            "",
            "example.com",
            "http://example.com/",
            "https://",
            "ftp://example.com/",
            "https://a:b@example.com/",
            "https://example.com/#x",
            "https://localhost/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://[::1]/",
            &long,
        ] {
            assert_eq!(checked(bad, &rules).unwrap_err().field, Some("url"), "{bad}");
        }
        let open = Rules { allow_private: true, ..rules };
        assert!(checked("http://127.0.0.1:9000/hook", &open).is_ok());
        assert!(checked("file:///etc/passwd", &open).is_err());
    }
}
