//! Phone logs and telephones that ring: imports, how files are read, calls and their legs on the wire.

mod call_wire;
mod calls;
mod import_wire;
mod imports;
mod mappings;
mod preview;
mod rejected;
mod ringing;

pub use call_wire::CallOut;

use crate::mount::ServiceConfig;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .configure(imports::routes)
        .configure(preview::routes)
        .configure(rejected::routes)
        .configure(mappings::routes)
        .configure(calls::routes)
        .configure(ringing::routes);
}
