//! The routes: one file per resource, each with its handlers, wire types and mapping.

mod agents;
mod api_keys;
mod attachments;
mod audit;
mod auth;
mod briefs;
mod changes;
mod channel_health;
mod channel_templates;
mod channels;
mod consents;
mod custom_fields;
mod customers;
mod deliveries;
mod demo;
mod desk;
pub mod docs;
mod erasures;
mod event_stream;
mod event_types;
mod events;
mod export;
mod fact_rules;
mod facts;
mod file_links;
mod guard;
mod health;
mod hooks;
mod html;
mod identities;
mod imports;
mod inboxes;
mod item_actions;
mod item_details;
mod items;
mod jobs;
mod ledger;
mod mail_settings;
mod mapping_trial;
mod me;
mod merges;
mod messages;
mod metrics;
mod moves;
mod organizations;
mod phone;
mod platform_wire;
mod profiles;
mod promises;
mod pushed;
mod root;
mod search;
mod sending;
mod statuses;
mod suggestions;
mod tags;
mod teams;
mod ticket_filter;
mod ticket_messages;
mod ticket_row;
mod ticket_writes;
mod tickets;
mod timeline;
mod trust;
mod waiting_events;
mod webhook_wire;
mod webhooks;

pub use audit::AuditedThing;
pub use changes::WireShape;
pub use events::EventKind;
pub use export::ExportFormat;
pub use html::Images;
pub use ticket_filter::Sort;
pub use timeline::Direction;

use crate::mount::ServiceConfig;

/// Everything under `/api/v1`.
pub fn v1(config: &mut ServiceConfig<'_>) {
    config
        .configure(auth::routes)
        .configure(me::routes)
        .configure(ticket_writes::routes)
        .configure(ticket_messages::routes)
        .configure(tickets::routes)
        .configure(desk::routes)
        .configure(customers::routes)
        .configure(identities::routes)
        .configure(merges::routes)
        .configure(suggestions::routes)
        .configure(profiles::routes)
        .configure(consents::routes)
        .configure(custom_fields::routes)
        .configure(organizations::routes)
        .configure(timeline::routes)
        .configure(items::routes)
        .configure(item_actions::routes)
        .configure(erasures::routes)
        .configure(export::routes)
        .configure(sending::routes)
        .configure(facts::routes)
        .configure(fact_rules::routes)
        .configure(guard::routes)
        .configure(promises::routes)
        .configure(briefs::routes)
        .configure(html::routes)
        .configure(moves::routes)
        .configure(attachments::routes)
        .configure(file_links::routes)
        .configure(search::routes)
        .configure(tags::routes)
        .configure(statuses::routes)
        .configure(teams::routes)
        .configure(agents::routes)
        .configure(inboxes::routes)
        .configure(mail_settings::routes)
        .configure(mapping_trial::routes)
        .configure(channels::routes)
        .configure(channel_health::routes)
        .configure(channel_templates::routes)
        .configure(api_keys::routes)
        .configure(audit::routes)
        .configure(demo::routes)
        .configure(imports::routes)
        .configure(phone::routes)
        .configure(deliveries::routes)
        .configure(ledger::routes)
        .configure(pushed::routes)
        .configure(waiting_events::routes)
        .configure(events::routes)
        .configure(event_stream::routes)
        .configure(changes::routes)
        .configure(webhooks::routes)
        .configure(event_types::routes)
        .configure(jobs::routes)
        .service(docs::get_openapi);
}

/// What stands outside the version: health, metrics, the first page.
pub fn open(config: &mut ServiceConfig<'_>) {
    config
        .configure(hooks::routes)
        .configure(file_links::open)
        .configure(health::routes)
        .configure(metrics::routes)
        .configure(root::routes);
}
