//! An agent's desk: what he has read, begun to write and keeps, and who else is there.

mod drafts;
mod macros;
mod presence;
mod reads;
mod views;

use crate::mount::ServiceConfig;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .configure(reads::routes)
        .configure(drafts::routes)
        .configure(presence::routes)
        .configure(views::routes)
        .configure(macros::routes);
}
