//! The jobs, one file for each kind.

mod enter_conversation;
mod fetch_files;
mod import_files;
mod process_delivery;
mod send_reply;

pub use enter_conversation::EnterConversation;
pub use fetch_files::{FetchFiles, FileAccess};
pub use import_files::ImportFiles;
pub use process_delivery::ProcessDelivery;
pub(crate) use send_reply::chat_account;
pub use send_reply::{ChatAccess, SendReply, Timeouts};
