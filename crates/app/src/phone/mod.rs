//! Telephone calls: what becomes of the legs that phone logs tell of, what is done with a call, and telephones
//! that ring. How files come in is the business of `imports`.
//!
//! What was pushed as an event of the type `call.*` is the business of `pushed`.

mod calls;
mod counting;
mod files;
mod keep;
mod mappings;
mod place;
mod ringing;
mod watching;

pub use calls::{CallTicket, NamelessCall, attach, change_tags, nameless, tags_of, to_ticket};
pub use files::{Wanting, keep_file, wanting_files};
pub use mappings::{
    delete_mapping, mapping, mappings, put_mapping, put_settings, settings, source_of,
};
pub use ringing::{Caller, Ringing, RingingCall, ringing};
pub use throughline_core::phone_settings::{PhoneMapping, PhoneSettings, WatchedFolder};
pub use watching::{Watched, is_wanted, watched};

pub(crate) use counting::Counting;
pub(crate) use place::{Place, legs};

use throughline_core::actor::{Actor, Scope};

use crate::{AppError, admin};

/// Who may look at how logs are read.
fn may_read(actor: &Actor) -> Result<(), AppError> {
    admin::require_any(actor, &[Scope::DeliveriesWrite, Scope::Ledger])
}
