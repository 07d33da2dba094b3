//! Imports: files of calls, contacts or mails that somebody brings, tries dry, and has read in.
//!
//! How a file is read is not known here: whoever reads it (the worker) hands rows in, and `source`, which
//! says how, is JSON. What becomes of a row is decided by its kind: of calls in `phone`, of contacts in
//! `customers`, and mails go the way of all mails.

mod checking;
mod contacts;
mod files;
mod given_up;
mod looking;
mod mails;
mod steer;
mod work;

pub use checking::Checking;
pub use files::{MAX_FILE, NewFile, Upload, create, forget_uploads, upload};
pub use given_up::give_up;
pub use looking::{export_rejected, get, head, known_file, list, rejected};
pub use steer::{cancel, check, forget_files, pause, set_source, start};
pub use throughline_core::import::{
    Import, ImportCounts, ImportKind, ImportState, REJECTED_HEADER, RejectedRow,
};
pub use work::{
    Batch, FoundMail, Going, MAX_REJECTED, Row, Run, Told, fail, finish, in_hand, take,
};

use throughline_core::actor::{Actor, Scope, Sees};

use crate::{AppError, admin};

/// Who may look at imports.
fn may_read(actor: &Actor) -> Result<(), AppError> {
    admin::require_any(actor, &[Scope::DeliveriesWrite, Scope::Ledger])
}

/// Who may know of imports of a kind: contacts are customers, whoever brought them.
fn may_know(actor: &Actor, kind: ImportKind) -> Result<(), AppError> {
    match kind {
        ImportKind::Contacts => Ok(actor.require(Scope::CustomersRead)?),
        ImportKind::Calls | ImportKind::Mail => Ok(()),
    }
}

/// Who may bring in files of a kind. Contacts belong to no inbox, so they are for who sees all.
fn may_import(actor: &Actor, kind: ImportKind) -> Result<(), AppError> {
    actor.require(Scope::DeliveriesWrite)?;
    if kind == ImportKind::Contacts {
        actor.require(Scope::CustomersWrite)?;
        if actor.sees != Sees::Everything {
            let why = "contacts are imported by who may see all inboxes";
            return Err(AppError::forbidden("forbidden", why));
        }
    }
    Ok(())
}
