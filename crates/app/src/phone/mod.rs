//! Telephone calls: importing phone logs, the calls that they tell of, and telephones that ring.
//!
//! How a file is read is not known here: whoever reads it (the worker) hands rows in, and `source`, which
//! says how, is JSON. What was pushed as an event of the type `call.*` is the business of `pushed`.

mod calls;
mod counting;
mod files;
mod imports;
mod keep;
mod looking;
mod mappings;
mod place;
mod ringing;
mod watching;
mod work;

pub use calls::{CallTicket, NamelessCall, attach, change_tags, nameless, tags_of, to_ticket};
pub use files::{Wanting, keep_file, wanting_files};
pub use imports::{
    MAX_FILE, NewFile, Upload, cancel, check, create, forget_files, pause, set_source, start,
    upload,
};
pub use looking::{get, head, known_file, list, rejected};
pub use mappings::{
    delete_mapping, mapping, mappings, put_mapping, put_settings, settings, source_of,
};
pub use ringing::{Caller, Ringing, RingingCall, ringing};
pub use throughline_core::phone_import::{
    ImportCounts, ImportState, PhoneImport, PhoneMapping, PhoneSettings, RejectedRow, WatchedFolder,
};
pub use watching::{Watched, is_wanted, watched};
pub use work::{Batch, Checking, Going, Row, fail, finish, in_hand, take};

use throughline_core::actor::{Actor, Scope};

use crate::{AppError, admin};

/// Who may look at imports.
fn may_read(actor: &Actor) -> Result<(), AppError> {
    admin::require_any(actor, &[Scope::DeliveriesWrite, Scope::Ledger])
}

/// Who may bring in logs.
fn may_import(actor: &Actor) -> Result<(), AppError> {
    Ok(actor.require(Scope::DeliveriesWrite)?)
}
