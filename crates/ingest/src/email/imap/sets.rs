//! Sets of UIDs as IMAP writes them (RFC 3501, section 9, `sequence-set`).

/// `1:3,7` for 1, 2, 3, 7. The UIDs must be ascending.
pub(super) fn set_of(uids: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &uid in uids {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            _ => runs.push((uid, uid)),
        }
    }
    let words: Vec<String> = runs.into_iter().map(run).collect();
    words.join(",")
}

fn run((first, last): (u32, u32)) -> String {
    if first == last { first.to_string() } else { format!("{first}:{last}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_joined() {
        assert_eq!(set_of(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
        assert_eq!(set_of(&[u32::MAX - 1, u32::MAX]), "4294967294:4294967295");
        assert_eq!(set_of(&[]), "");
    }
}
