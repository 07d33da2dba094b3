//! Mail in and out on real servers: the running program against the barest client of the same server.

mod arriving;
mod desk;
mod replying;

use throughline_test_servers::dovecot::{Dovecot, Options as Mailboxes};

use crate::Options;
use crate::table::Table;
use desk::{DESK, PASSWORD};

/// Measures, where Dovecot is installed.
pub fn measure(options: &Options, table: &mut Table) {
    let users = vec![(DESK.to_owned(), PASSWORD.to_owned())];
    let Some(server) = Dovecot::start(Mailboxes { users, ..Mailboxes::default() }) else { return };
    arriving::measure(options, &server, table);
    replying::measure(options, &server, table);
}
