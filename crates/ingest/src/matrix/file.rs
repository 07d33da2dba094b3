//! Files of Matrix: our homeserver hands them out, also those of other homeservers, to whom it knows. The
//! token goes to the homeserver that the admin entered and to nobody else.

use crate::fetch::{Fetch, Reach, Trouble, get, get_bearer, secret, segment};
use crate::hooks::Account;
use crate::poll::Question;

/// The address of a file of a homeserver begins so.
const MEDIA: &str = "mxc://";

/// Files of Matrix.
pub(super) struct MatrixFiles;

impl Fetch for MatrixFiles {
    fn get(&self, account: &Account, _: &Reach, url: &str) -> Result<Question, Trouble> {
        let server = account.text("server").ok_or_else(|| Trouble::not_set_up("server"))?;
        let own = url.strip_prefix(server.trim_end_matches('/'));
        match own.is_some_and(|rest| rest.starts_with("/_matrix/")) {
            true => Ok(get_bearer(url, secret(account, "as_token")?)),
            false => Ok(get(url)),
        }
    }
}

/// Where our homeserver hands out the file of an address; none where it is no address of a file.
pub(super) fn address(server: &str, file: &str) -> Option<String> {
    let (host, id) = file.strip_prefix(MEDIA)?.split_once('/')?;
    let is_part = |part: &str| !part.is_empty() && !part.contains('/');
    (is_part(host) && is_part(id)).then(|| {
        let (host, id) = (segment(host), segment(id));
        format!("{server}/_matrix/client/v1/media/download/{host}/{id}")
    })
}
