//! The closed sets of the domain on the wire.

use throughline_core::{
    actor, agent, call, channel, delivery, desk, facts, guard, identity, import, mail_settings,
    merging, profile, promises, pushed, rating, ticket, timeline, webhook,
};
use utoipa::openapi::Schema;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::{Wire, WireText};

macro_rules! wire_sets {
    ($($(#[$meta:meta])* $name:ident = $core:path, $description:literal;)+) => { $(
        $(#[$meta])*
        pub type $name = Wire<$core>;

        impl WireText for $core {
            const NAME: &'static str = stringify!($name);

            fn schema() -> Schema {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(<$core>::ALL.iter().map(|v| v.as_str())))
                    .description(Some($description))
                    .build()
                    .into()
            }
        }
    )+ };
}

wire_sets! {
    /// A right.
    Scope = actor::Scope, "One right. Roles are sets of rights; API keys name theirs.";
    /// A role.
    Role = agent::Role, "What an agent may do: a lead may all that an agent may, an admin all that a lead may.";
    /// A kind of channel.
    Channel = channel::Channel, "The kind of way by which something reached us or left us.";
    /// An outcome.
    Outcome = delivery::Outcome, "What became of a delivery.";
    /// A kind of identity.
    IdentityKind = identity::IdentityKind, "What kind of thing identifies a customer.";
    /// A proof.
    Proof = identity::Proof, "How it was proved that an identity is its customer's.";
    /// What became of a suggestion.
    SuggestionState = merging::SuggestionState, "What became of a suggestion.";
    /// A status category.
    StatusCategory = ticket::StatusCategory, "What a status means: we act, somebody else acts, done.";
    /// A priority.
    Priority = ticket::Priority, "How pressing a ticket is.";
    /// What happens to a fetched message on its server.
    AfterRecording = mail_settings::AfterRecording, "What happens to a message on its server once it is recorded here.";
    /// How a connection to a mail server is protected.
    MailSecurity = mail_settings::Security, "How a connection is protected; `plain` only to the same machine.";
    /// How to sign in to a mail server.
    SignIn = mail_settings::SignIn, "How to sign in; `none` only for sending.";
    /// What becomes of mails of third parties.
    ThirdParty = mail_settings::ThirdParty, "What becomes of a mail to a ticket in which its sender takes no part.";
    /// A kind of timeline item.
    ItemKind = timeline::ItemKind, "What a timeline item is.";
    /// Which way a call went.
    CallDirection = call::CallDirection, "Which way a call went.";
    /// What became of a call.
    Disposition = call::Disposition, "What became of a call.";
    /// How sure times are.
    TimeQuality = call::TimeQuality, "How sure the times of a call are.";
    /// A kind of number.
    NumberKind = call::NumberKind, "Of what kind a number in a phone log is.";
    /// What a file holds.
    ImportKind = import::ImportKind, "What a file that is imported holds.";
    /// How far an import has come.
    ImportState = import::ImportState, "How far an import has come.";
    /// What a rating measures.
    Metric = rating::Metric, "What a rating measures: stars as in reviews, the Net Promoter Score, satisfaction, effort.";
    /// A kind of author.
    AuthorKind = timeline::AuthorKind, "Who brought an item about.";
    /// A state of a fact.
    FactState = facts::FactState, "What is held of a fact: stated by the customer, confirmed, no longer so, or never so.";
    /// A source of a fact.
    FactSource = facts::FactSource, "Who found a fact.";
    /// A state of a promise.
    PromiseState = promises::PromiseState, "What became of a promise.";
    /// A mode of the repeat guard.
    GuardMode = guard::GuardMode, "What happens when a reply asks for what is known.";
    /// By what numbers are grouped.
    GroupBy = guard::GroupBy, "By what the numbers are grouped.";
    /// A language in which agents are told something.
    Tongue = guard::telling::Tongue, "A language in which you are told something.";
    /// A state of a webhook.
    WebhookState = webhook::WebhookState, "Whether events are sent: they are, they wait, or the receiver wants no more.";
    /// Who says what a field of a profile holds.
    FieldSource = profile::Source, "Who says what a field holds, the later ones counting more: a rule of ours, a channel, an import, an integrator, an agent.";
    /// What a custom field holds.
    CustomKind = profile::CustomKind, "What a custom field holds.";
    /// Whether a customer agrees to a purpose.
    ConsentState = profile::ConsentState, "Whether a customer agrees to a purpose.";
    /// A picture beside an event.
    Icon = pushed::Icon, "A picture beside an event.";
    /// How a field of an event is shown.
    FieldFormat = pushed::template::FieldFormat, "As it is, an amount of money (a number with `currency` beside it, or an object of `amount` and `currency`), a point in time, or an address on the web.";
    /// Who wrote something.
    Writer = desk::Writer, "Who wrote something.";
    /// A kind of draft.
    DraftKind = desk::DraftKind, "What a draft is to become.";
    /// What somebody does who has a ticket open.
    PresenceState = desk::PresenceState, "What somebody does who has a ticket open.";
    /// Who has a view beside whoever made it.
    Sharing = desk::Sharing, "Who has it beside whoever made it.";
    /// A visibility.
    Visibility = timeline::Visibility, "Who may read an item: the customer knows it, or it is ours alone.";
}

/// A kind of facts.
pub type FactKind = Wire<facts::FactKind>;

impl WireText for facts::FactKind {
    const NAME: &'static str = "FactKind";

    fn schema() -> Schema {
        let known = facts::FactKind::BUILT_IN.join("`, `");
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[a-z][a-z0-9_]{0,39}$"))
            .examples(["order_number"])
            .description(Some(format!("What a fact is: `{known}`, or a kind of your own.")))
            .build()
            .into()
    }
}
