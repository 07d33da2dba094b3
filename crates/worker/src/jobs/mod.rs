//! The jobs, one file for each kind.

mod process_delivery;
mod send_reply;

pub use process_delivery::ProcessDelivery;
pub(crate) use send_reply::chat_account;
pub use send_reply::{ChatAccess, SendReply, Timeouts};
