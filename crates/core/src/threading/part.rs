//! Who takes part in a ticket besides its customer.

use crate::identity::EmailAddress;
use crate::inbound::{Nature, Party, Trust};
use crate::timeline::MessageDetail;

/// Whether an address takes part in the ticket of these messages: it wrote in it, or something in it
/// was sent to it. What a third party or a forged sender wrote makes nobody a part, himself included;
/// an answer of ours to him does.
pub fn takes_part(address: &EmailAddress, messages: &[MessageDetail]) -> bool {
    let is_his = |party: &Party| {
        let known = EmailAddress::parse(&party.address);
        known.is_ok_and(|known| known == *address)
    };
    let named = |m: &MessageDetail| m.from.iter().chain(&m.to).chain(&m.cc).any(is_his);
    messages.iter().filter(|m| counts(m)).any(named)
}

fn counts(message: &MessageDetail) -> bool {
    let forged = matches!(message.trust, Some(Trust::Unaligned { .. }));
    !message.third_party && !forged && message.nature != Some(Nature::Bounce)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Direction;

    fn message(from: &str, cc: &str) -> MessageDetail {
        let party = |address: &str| Party { address: address.into(), name: None };
        MessageDetail {
            from: Some(party(from)),
            cc: vec![party(cc)],
            ..MessageDetail::new(Direction::Inbound)
        }
    }

    #[test]
    fn who_wrote_or_was_written_to_takes_part_but_no_guest_of_guests() {
        let ali = EmailAddress::parse("ali@x.example").unwrap();
        assert!(takes_part(&ali, &[message("Ali@X.example", "b@x.example")]));
        assert!(takes_part(&ali, &[message("b@x.example", "ALI@x.example")]));
        assert!(!takes_part(&ali, &[message("b@x.example", "c@x.example")]));
        let guest = MessageDetail { third_party: true, ..message("ali@x.example", "b@x") };
        let why = "dmarc=fail".to_owned();
        let forged = Some(Trust::Unaligned { why });
        let forged = MessageDetail { trust: forged, ..message("b@x.example", "ali@x.example") };
        assert!(!takes_part(&ali, &[guest, forged]));
    }
}
