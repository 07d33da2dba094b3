//! Which ticket a mail belongs to, and whether it has come before. Pure: the caller looks up what a
//! mail names and hands in what it found.
//!
//! In this order: an address that we signed, a Message-ID that we signed, an id that a stored
//! message carries, an id that was ever named, a ticket's number in the subject. The weaker ways
//! need a sender who takes part in that ticket; nothing else joins a mail to a ticket.

mod copies;
mod decide;
mod ids;
mod part;
mod pointers;
mod subject;

pub use copies::{Fingerprint, is_copy};
pub use decide::{Arriving, Decision, Thread, decide, is_over};
pub use ids::{Candidate, Header, MAX_CANDIDATES, MAX_MAIL_ID, candidates, normalise_id};
pub use part::takes_part;
pub use pointers::{Carrier, Clue, NamedTicket, Pointer, Pointers, Sighting, Signed, pointers};
pub use subject::{numbers, same_matter};
