//! The kinds of channels.

use crate::wire::closed_set;

closed_set! {
    /// The kind of way by which something reached us or left us.
    Channel, "channel" {
        /// Electronic mail.
        Email = 1 "email",
        /// Tickets and messages that an integrator pushes through the API.
        Api = 2 "api",
    }
}
