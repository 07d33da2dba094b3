//! The jobs, one file for each kind.

mod enter_conversation;
mod fetch_files;
mod process_delivery;
mod send_reply;

pub use enter_conversation::EnterConversation;
pub use fetch_files::{FetchFiles, FileAccess};
pub use process_delivery::ProcessDelivery;
pub use send_reply::{ChatAccess, SendReply, Timeouts};
