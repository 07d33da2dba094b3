//! Files of Matrix: the address of one (`mxc://`) is opened by our own homeserver, with the token of the
//! service, which goes nowhere else.

use crate::fetch::{Fetch, Found, Lies, Reach, Trouble, get, get_bearer, secret, segment};
use crate::hooks::Account;
use crate::poll::Question;

/// Where a homeserver hands out files (client API, since v1.11).
const DOWNLOAD: &str = "_matrix/client/v1/media/download";

/// Files of Matrix.
pub(super) struct MatrixFiles;

impl Fetch for MatrixFiles {
    fn known(&self, account: &Account, _: &Reach, id: &str) -> Option<Found> {
        let parts = id.strip_prefix("mxc://").and_then(|rest| rest.split_once('/'));
        let parts = parts.filter(|(of, name)| !of.is_empty() && !name.is_empty());
        let Some((of, name)) = parts else {
            return Some(Err(Trouble::Lost("it has no address of a file of Matrix".to_owned())));
        };
        let lies = |server: &str| Lies {
            url: format!("{server}/{DOWNLOAD}/{}/{}", segment(of), segment(name)),
            ..Lies::default()
        };
        Some(server(account).map(lies))
    }

    fn get(&self, account: &Account, _: &Reach, url: &str) -> Result<Question, Trouble> {
        match url.strip_prefix(server(account)?).is_some_and(|rest| rest.starts_with('/')) {
            true => Ok(get_bearer(url, secret(account, "as_token")?)),
            false => Ok(get(url)),
        }
    }
}

/// Where our homeserver is, as an admin entered it.
fn server(account: &Account) -> Result<&str, Trouble> {
    let server = account.text("server").map(|server| server.trim().trim_end_matches('/'));
    server.filter(|server| !server.is_empty()).ok_or_else(|| Trouble::not_set_up("server"))
}
