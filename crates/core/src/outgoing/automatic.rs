//! When a machine may answer (RFC 3834): never another machine, never a list, never ourselves, and
//! nobody too often. Two programs that answer each other do not stop by themselves.

use crate::identity::EmailAddress;
use crate::inbound::{Nature, Trust};

/// Automatic answers to one address within an hour, over all inboxes.
pub const MAX_AN_HOUR: i64 = 1;
/// Automatic answers to one address within a day, over all inboxes.
pub const MAX_A_DAY: i64 = 5;

/// Older mails are not acknowledged: their writers have long stopped waiting for a sign.
const OLDEST_SECONDS: i64 = 24 * 60 * 60;

/// Local parts behind which no person reads (RFC 3834 section 2, and what programs use).
const MACHINES: &[&str] = &[
    "mailer-daemon",
    "postmaster",
    "root",
    "daemon",
    "bounce",
    "bounces",
    "noreply",
    "no-reply",
    "no_reply",
    "donotreply",
    "do-not-reply",
    "do_not_reply",
    "listserv",
    "majordomo",
    "nobody",
];

/// What is known of a mail that opened a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Acknowledging<'a> {
    /// What kind of mail it is.
    pub nature: Nature,
    /// Whether it came by a mailing list.
    pub by_list: bool,
    /// Whether a helpdesk of this product sent it, ours or another.
    pub by_helpdesk: bool,
    /// Whether its author's address is one of our inboxes.
    pub from_us: bool,
    /// Whether its author's domain is proved, where that is known.
    pub trust: Option<&'a Trust>,
    /// How long ago it was written, in seconds.
    pub age_seconds: i64,
    /// Who would be answered.
    pub to: &'a EmailAddress,
    /// Automatic answers to that address within the last hour.
    pub last_hour: i64,
    /// The same within the last day.
    pub last_day: i64,
}

/// Why nothing is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// A machine wrote: a bounce, an automatic answer, a notification.
    Machine,
    /// It came by a mailing list.
    List,
    /// A helpdesk wrote; both answering would not end.
    Helpdesk,
    /// It came from one of our own inboxes.
    Ourselves,
    /// Its author is not proved: the answer might go to somebody who never wrote.
    Unproved,
    /// Behind the address there is no person.
    NoPerson,
    /// It is of another day: an old mailbox is being read in.
    Old,
    /// The address had its share of automatic answers.
    TooOften,
}

impl Silence {
    /// The reason as a word for logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::List => "list",
            Self::Helpdesk => "helpdesk",
            Self::Ourselves => "ourselves",
            Self::Unproved => "unproved",
            Self::NoPerson => "no_person",
            Self::Old => "old",
            Self::TooOften => "too_often",
        }
    }
}

/// Whether a mail may be acknowledged by itself, and why not.
pub fn may_acknowledge(mail: &Acknowledging<'_>) -> Result<(), Silence> {
    let rules = [
        (mail.nature != Nature::Personal, Silence::Machine),
        (mail.by_list, Silence::List),
        (mail.from_us, Silence::Ourselves),
        (mail.by_helpdesk, Silence::Helpdesk),
        (matches!(mail.trust, Some(Trust::Unaligned { .. })), Silence::Unproved),
        (is_machine(mail.to), Silence::NoPerson),
        (mail.age_seconds > OLDEST_SECONDS, Silence::Old),
        (mail.last_hour >= MAX_AN_HOUR || mail.last_day >= MAX_A_DAY, Silence::TooOften),
    ];
    match rules.into_iter().find(|(applies, _)| *applies) {
        Some((_, silence)) => Err(silence),
        None => Ok(()),
    }
}

fn is_machine(address: &EmailAddress) -> bool {
    let local = address.as_str().rsplit_once('@').map_or("", |(local, _)| local);
    let base = local.split('+').next().unwrap_or_default();
    MACHINES.contains(&base)
        || local.ends_with("-request")
        || local.starts_with("owner-")
        || local.starts_with("bounce-")
        || local.starts_with("bounces-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(change: impl FnOnce(&mut Acknowledging<'_>), to: &str) -> Result<(), Silence> {
        let to = EmailAddress::parse(to).unwrap();
        let mut mail = Acknowledging {
            nature: Nature::Personal,
            by_list: false,
            by_helpdesk: false,
            from_us: false,
            trust: None,
            age_seconds: 60,
            to: &to,
            last_hour: 0,
            last_day: 0,
        };
        change(&mut mail);
        may_acknowledge(&mail)
    }

    const ADA: &str = "ada@x.com";

    #[test]
    fn a_person_is_answered_once_an_hour_and_five_times_a_day() {
        assert_eq!(decide(|_| (), ADA), Ok(()));
        assert_eq!(decide(|m| m.last_day = 4, ADA), Ok(()));
        assert_eq!(decide(|m| m.last_day = 5, ADA), Err(Silence::TooOften));
        assert_eq!(decide(|m| m.last_hour = 1, ADA), Err(Silence::TooOften));
        assert_eq!(decide(|m| m.age_seconds = 90_000, ADA), Err(Silence::Old));
    }

    #[test]
    fn no_machine_is_answered() {
        for nature in
            [Nature::Bounce, Nature::AutoReply, Nature::AutoGenerated, Nature::FeedbackReport]
        {
            assert_eq!(decide(|m| m.nature = nature, ADA), Err(Silence::Machine));
        }
        assert_eq!(decide(|m| m.by_list = true, ADA), Err(Silence::List));
        assert_eq!(decide(|m| m.by_helpdesk = true, ADA), Err(Silence::Helpdesk));
        assert_eq!(decide(|m| m.from_us = true, ADA), Err(Silence::Ourselves));
        for address in
            ["MAILER-DAEMON@x.com", "no-reply@x.com", "list-request@x.com", "bounces+1=2@x.com"]
        {
            assert_eq!(decide(|_| (), address), Err(Silence::NoPerson), "{address}");
        }
    }

    #[test]
    fn whoever_may_be_somebody_else_is_not_answered() {
        let unproved = Trust::Unaligned { why: "dmarc=fail".into() };
        let to = EmailAddress::parse(ADA).unwrap();
        let mail = |trust| Acknowledging {
            nature: Nature::Personal,
            by_list: false,
            by_helpdesk: false,
            from_us: false,
            trust,
            age_seconds: 60,
            to: &to,
            last_hour: 0,
            last_day: 0,
        };
        assert_eq!(may_acknowledge(&mail(Some(&unproved))), Err(Silence::Unproved));
        let proved = Trust::Aligned { by: "dkim".into() };
        assert_eq!(may_acknowledge(&mail(Some(&proved))), Ok(()));
    }
}
