//! Names for requests: the caller's, when it is sane, or ours.

/// The header that carries it, both ways.
pub const HEADER: &str = "x-request-id";

/// The longest name taken from a caller.
const LONGEST: usize = 64;

/// The caller's name for the request if it may stand in a log line, else a fresh one.
pub fn choose(offered: Option<&str>) -> String {
    match offered {
        Some(name) if is_sane(name) => name.to_owned(),
        _ => format!("req_{:016x}", rand::random::<u64>()),
    }
}

fn is_sane(name: &str) -> bool {
    let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_name_is_kept_and_others_are_replaced() {
        assert_eq!(choose(Some("edge-1:42")), "edge-1:42");
        for bad in ["", "a b", "x\r\ny", "ş", &"x".repeat(65)] {
            assert!(choose(Some(bad)).starts_with("req_"), "{bad}");
        }
        assert_ne!(choose(None), choose(None));
    }
}
