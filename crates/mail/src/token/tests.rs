//! Signed addresses and ids: what is read back, and what is refused.

use super::*;

const OLD: Key<'_> = Key(b"an old key of the installation");
const NEW: Key<'_> = Key(b"the key of the installation now");
const FOREIGN: Key<'_> = Key(b"the key of somebody else's desk");
const INBOX: &str = "support@desk.example";

fn signed(ticket: i64) -> String {
    ReplyAddress::sign(NEW, INBOX, ticket).expect("an address")
}

fn id() -> String {
    SignedId::sign(NEW, "desk.example", Named { ticket: 42, item: 7 }).expect("an id")
}

#[test]
fn an_address_carries_its_ticket() {
    for ticket in [0, 1, 42, 1 << 31, (1 << 40) - 1] {
        let address = signed(ticket);
        assert!(address.starts_with("support+t") && address.ends_with("@desk.example"));
        assert_eq!(ReplyAddress::read(&[NEW], &address), Some(ticket));
    }
    assert_eq!(signed(42), signed(42));
    assert_eq!(signed(42).len(), INBOX.len() + 2 + PAYLOAD);
}

#[test]
fn the_tag_is_the_one_of_the_standard() {
    // RFC 4231, test case 2, through the same crates and cut as here.
    let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").expect("a key");
    mac.update(b"what do ya want for nothing?");
    let whole = mac.finalize().into_bytes();
    assert_eq!(whole[..TAG], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04]);
    assert_eq!(TAG * 8, 80);
}

#[test]
fn base32_is_the_one_of_the_standard() {
    assert_eq!(base32(b"fooba"), "mzxw6ytb");
    assert_eq!(unbase32("MZXW6YTB", 8).as_deref(), Some(b"fooba".as_slice()));
    assert_eq!(unbase32("mzxw6yt1", 8), None);
    assert_eq!(unbase32("mzxw6yt", 8), None);
}

#[test]
fn relays_may_fold_the_case() {
    assert_eq!(ReplyAddress::read(&[NEW], &signed(42).to_uppercase()), Some(42));
    let mixed = ReplyAddress::sign(NEW, "Support@Desk.Example", 42).expect("an address");
    assert_eq!(ReplyAddress::read(&[NEW], &mixed.to_lowercase()), Some(42));
    assert_eq!(SignedId::read(&[NEW], &id().to_uppercase()).map(|n| n.ticket), Some(42));
    assert_eq!(SignedId::read(&[NEW], &id().to_lowercase()).map(|n| n.item), Some(7));
}

#[test]
fn old_keys_are_read_and_other_desks_are_not() {
    let old = ReplyAddress::sign(OLD, INBOX, 9).expect("an address");
    assert_eq!(ReplyAddress::read(&[NEW, OLD], &old), Some(9));
    assert_eq!(ReplyAddress::read(&[NEW], &old), None);
    assert_eq!(ReplyAddress::read(&[], &old), None);
    let foreign = ReplyAddress::sign(FOREIGN, INBOX, 9).expect("an address");
    assert_eq!(ReplyAddress::read(&[NEW, OLD], &foreign), None);
    let foreign = SignedId::sign(FOREIGN, "desk.example", Named { ticket: 1, item: 2 });
    assert_eq!(SignedId::read(&[NEW, OLD], &foreign.expect("an id")), None);
}

#[test]
fn every_changed_letter_is_noticed() {
    for (text, is_address) in [(signed(42), true), (id(), false)] {
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'q' { b'r' } else { b'q' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            let read = if is_address {
                ReplyAddress::read(&[NEW], &changed)
            } else {
                SignedId::read(&[NEW], &changed).map(|named| named.ticket)
            };
            // The brackets of an id carry nothing.
            let bracket = !is_address && changed.starts_with(['q']);
            assert!(read.is_none() || bracket, "{changed}");
        }
    }
}

#[test]
fn a_payload_is_worth_nothing_at_another_inbox() {
    let moved = signed(42).replace("support+", "billing+");
    assert_eq!(ReplyAddress::read(&[NEW], &moved), None);
    let moved = signed(42).replace("desk.example", "desk.example.evil.example");
    assert_eq!(ReplyAddress::read(&[NEW], &moved), None);
    let moved = id().replace("desk.example", "evil.example");
    assert_eq!(SignedId::read(&[NEW], &moved), None);
    let tag = id().rsplit_once('.').map(|_| ()).and(id().split('.').nth(3).map(str::to_owned));
    let tag = tag.expect("a tag").replace("@desk", "");
    let other_ticket = format!("<t.43.7.{tag}@desk.example>");
    assert_eq!(SignedId::read(&[NEW], &other_ticket), None);
    assert!(SignedId::read(&[NEW], &format!("<t.42.7.{tag}@desk.example>")).is_some());
}

#[test]
fn look_alikes_never_match() {
    for address in [
        "",
        "@",
        "support@desk.example",
        "support+t@desk.example",
        "support+42@desk.example",
        "support+taaaaaaaaaaaaaaaaaaaaaaaa@desk.example",
        "+t@",
        "support+tağış@desk.example",
        "support+conv-0b5ad2d1-3c58-4bb1-8f06-6e2a5d1d1f0a@desk.example",
        "reply+a1b2@x.example",
    ] {
        assert_eq!(ReplyAddress::read(&[NEW], address), None, "{address}");
        assert_eq!(SignedId::read(&[NEW], address), None, "{address}");
    }
    for id in [
        "<t.42.7.aaaaaaaaaaaaaaaa@desk.example>",
        "<t.42.7@desk.example>",
        "t.42..x@desk.example",
        "<t.-1.7.aaaaaaaaaaaaaaaa@desk.example>",
        "<reply-42-7-0123456789abcdef@desk.example>",
    ] {
        assert_eq!(SignedId::read(&[NEW], id), None, "{id}");
    }
    let zero = id().replace("t.42.", "t.042.");
    assert_eq!(SignedId::read(&[NEW], &zero), None);
    let longer = id().replace("<t.", "<x.t.");
    assert_eq!(SignedId::read(&[NEW], &longer), None);
    assert_eq!(ReplyAddress::read(&[NEW], &format!("{}{}", "a".repeat(1 << 20), signed(1))), None);
}

#[test]
fn an_address_stays_within_its_length() {
    let longest = MAX_LOCAL - PAYLOAD - 2;
    let fits = format!("{}@desk.example", "a".repeat(longest));
    let address = ReplyAddress::sign(NEW, &fits, 1).expect("an address");
    assert_eq!(address.split('@').next().map(str::len), Some(MAX_LOCAL));
    let long = format!("a{fits}");
    assert_eq!(ReplyAddress::sign(NEW, &long, 1), Err(SignError::Address));
    assert_eq!(ReplyAddress::sign(NEW, "nobody", 1), Err(SignError::Address));
    assert_eq!(ReplyAddress::sign(NEW, INBOX, -1), Err(SignError::Number));
    assert_eq!(ReplyAddress::sign(NEW, INBOX, i64::MAX), Err(SignError::Number));
    assert!(SignedId::sign(NEW, "de sk>", Named { ticket: 1, item: 1 }).is_err());
    let plus = ReplyAddress::sign(NEW, "help+tr@desk.example", 5).expect("an address");
    assert_eq!(ReplyAddress::read(&[NEW], &plus), Some(5));
}

#[test]
fn large_ids_are_named_in_message_ids() {
    let named = Named { ticket: i64::MAX, item: i64::MAX };
    let id = SignedId::sign(NEW, "desk.example", named).expect("an id");
    assert_eq!(SignedId::read(&[NEW], &id), Some(named));
    assert!(id.starts_with("<t.9223372036854775807.") && id.ends_with("@desk.example>"));
}

#[test]
fn keys_are_long_and_never_printed() {
    assert_eq!(Key::new(b"short").err(), Some(SignError::Key));
    assert!(Key::new(b"0123456789abcdef").is_ok());
    assert_eq!(format!("{NEW:?}"), "Key(…)");
}
