//! Imports: files of calls, contacts and mails that are sent here, looked at, tried dry and read in.

mod preview;
mod rejected;
mod source;
mod steer;
mod wire;

use crate::mount::ServiceConfig;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.configure(steer::routes).configure(preview::routes).configure(rejected::routes);
}
