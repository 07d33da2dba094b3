//! Ids and instants on the wire.

use throughline_core::{id, time};
use utoipa::openapi::Schema;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

use super::{Wire, WireText};

macro_rules! wire_ids {
    ($($(#[$meta:meta])* $name:ident $digits:literal;)+) => { $(
        $(#[$meta])*
        pub type $name = Wire<id::$name>;

        impl WireText for id::$name {
            const NAME: &'static str = stringify!($name);

            fn schema() -> Schema {
                let prefix = id::$name::PREFIX;
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    // Thirteen digits hold 65 bits; the first one keeps the value within 63.
                    .pattern(Some(format!("^{prefix}_[0-7][0-9abcdefghjkmnpqrstvwxyz]{{12}}$")))
                    .examples([format!("{prefix}_{}", $digits)])
                    .description(Some("An id: time-ordered, opaque."))
                    .build()
                    .into()
            }
        }
    )+ };
}

wire_ids! {
    /// A customer.
    CustomerId "1h2p9x8gk0001";
    /// An identity of a customer.
    IdentityId "1h2p9x8gk0002";
    /// An organization.
    OrganizationId "1h2p9x8gk0003";
    /// A ticket.
    TicketId "1h2p9x8gk0004";
    /// An item on a timeline.
    ItemId "1h2p9x8gk0005";
    /// An attachment.
    AttachmentId "1h2p9x8gk0006";
    /// A tag.
    TagId "1h2p9x8gk0007";
    /// A team.
    TeamId "1h2p9x8gk0008";
    /// An agent.
    AgentId "1h2p9x8gk0009";
    /// An inbox.
    InboxId "1h2p9x8gk000a";
    /// A delivery.
    DeliveryId "1h2p9x8gk000b";
    /// A job.
    JobId "1h2p9x8gk000c";
    /// A domain event.
    EventId "1h2p9x8gk000d";
    /// An API key.
    ApiKeyId "1h2p9x8gk000e";
    /// A merge of two customers.
    MergeId "1h2p9x8gk000f";
    /// A suggestion.
    SuggestionId "1h2p9x8gk000g";
    /// A fact.
    FactId "1h2p9x8gk000h";
    /// A rule that finds facts.
    FactRuleId "1h2p9x8gk000j";
    /// A rule that finds questions.
    QuestionRuleId "1h2p9x8gk000k";
    /// A promise.
    PromiseId "1h2p9x8gk000m";
    /// A webhook.
    WebhookId "1h2p9x8gk000n";
    /// A type of pushed events.
    EventTypeId "1h2p9x8gk000p";
    /// A pushed event.
    PushedEventId "1h2p9x8gk000q";
    /// A custom field.
    CustomFieldId "1h2p9x8gk000r";
    /// A consent.
    ConsentId "1h2p9x8gk000t";
    /// An erasure.
    ErasureId "1h2p9x8gk000s";
    /// An import.
    ImportId "1h2p9x8gk000v";
    /// A telephone call.
    PhoneCallId "1h2p9x8gk000w";
    /// A view.
    ViewId "1h2p9x8gk000x";
    /// A macro.
    MacroId "1h2p9x8gk000y";
}

/// A point in time.
pub type Instant = Wire<time::Instant>;

impl WireText for time::Instant {
    const NAME: &'static str = "Instant";

    fn schema() -> Schema {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2026-11-22T09:30:00.000000Z"])
            .description(Some("A point in time: RFC 3339 with a zone; answers are in UTC."))
            .build()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_in_the_document_are_ids() {
        assert!("tkt_1h2p9x8gk0004".parse::<TicketId>().is_ok());
        assert!("tkt_7zzzzzzzzzzzz".parse::<TicketId>().is_ok(), "the largest by the pattern");
        assert!("tkt_8000000000000".parse::<TicketId>().is_err());
    }
}
