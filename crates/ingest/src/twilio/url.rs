//! The addresses that Twilio may have signed: it is not consistent about whether a port is written.

/// The address as called, without its port, and with the usual one.
pub(super) fn forms(url: &str) -> Vec<String> {
    let mut forms = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return forms };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|c| c.is_ascii_digit()) => host,
        _ => authority,
    };
    forms.push(format!("{scheme}://{host}{path}"));
    let usual = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    forms.push(format!("{scheme}://{host}:{usual}{path}"));
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_three_forms() {
        let three = ["https://a.example:8443/x?y=1:2", "https://a.example/x?y=1:2"];
        assert_eq!(forms(three[0])[..2], three);
        assert_eq!(forms(three[0])[2], "https://a.example:443/x?y=1:2");
        assert_eq!(forms("http://[::1]?a")[1..], ["http://[::1]?a", "http://[::1]:80?a"]);
        assert_eq!(forms("nonsense"), ["nonsense"]);
    }
}
