//! Telephones: how logs are read, what is done with calls, calls and their legs on the wire. Importing logs is
//! done in `imports`.

mod call_wire;
mod calls;
mod formats;
mod mappings;
mod ringing;

pub use call_wire::{CallLegOut, CallOut};
pub use mappings::{checked, settings_of};

use crate::mount::ServiceConfig;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .configure(formats::routes)
        .configure(mappings::routes)
        .configure(calls::routes)
        .configure(ringing::routes);
}
