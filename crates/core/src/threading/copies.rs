//! Whether a mail is a second copy of one that is here.

/// What is compared to tell a second copy of a mail from another mail that reuses its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The sender's address, normalised.
    pub from: String,
    /// The subject as kept.
    pub subject: String,
    /// The body as kept.
    pub body: String,
}

/// Whether two mails with one Message-ID are copies of one. Careless senders reuse ids, and a mail
/// must never be lost for it: everything a person would read has to agree.
pub fn is_copy(a: &Fingerprint, b: &Fingerprint) -> bool {
    let words = |s: &str| s.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    a.from == b.from && a.subject == b.subject && words(&a.body) == words(&b.body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_agree_in_all_that_a_person_reads() {
        let a =
            Fingerprint { from: "a@x".into(), subject: "s".into(), body: "hi  there\r\n".into() };
        let same = Fingerprint { body: "hi there".into(), ..a.clone() };
        let other = Fingerprint { body: "hi you".into(), ..a.clone() };
        assert!(is_copy(&a, &same));
        assert!(!is_copy(&a, &other));
    }
}
