//! What is done to a message that is there: so far, moving it to another ticket.

mod moving;

pub use moving::{MoveTo, move_message};
