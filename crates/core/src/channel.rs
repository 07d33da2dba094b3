//! The kinds of channels.

use crate::wire::closed_set;

closed_set! {
    /// The kind of way by which something reached us or left us.
    Channel, "channel" {
        /// Electronic mail.
        Email = 1 "email",
        /// Tickets and messages that an integrator pushes through the API.
        Api = 2 "api",
        /// Chats: of a web page, or of a messenger.
        Chat = 3 "chat",
        /// Telephone calls.
        Phone = 4 "phone",
        /// Posts on social networks.
        Social = 5 "social",
        /// Reviews in shops and on portals.
        Review = 6 "review",
        /// Surveys.
        Survey = 7 "survey",
        /// What integrators push about a customer: orders, page views, events of their own.
        Event = 8 "event",
    }
}

impl Channel {
    /// Whether an answer goes back into a conversation of a platform, and to no address. A review with the
    /// answer to it is one too.
    pub fn has_conversations(self) -> bool {
        matches!(self, Self::Chat | Self::Social | Self::Review)
    }
}
