//! Files of Twilio: an address of its API, which wants the account's credentials and sends on to where the
//! file lies. They go to the API alone, not to where it sends on.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::fetch::{Fetch, Reach, Trouble, get, secret};
use crate::hooks::Account;
use crate::poll::Question;

/// The one host that gets credentials.
const API: &[&str] = &["api.twilio.com"];

/// Files of Twilio.
pub(super) struct TwilioFiles;

impl Fetch for TwilioFiles {
    fn get(&self, account: &Account, reach: &Reach, url: &str) -> Result<Question, Trouble> {
        if !reach.is_own(url, API) {
            return Ok(get(url));
        }
        let sid = account.text("account_sid").ok_or_else(|| Trouble::not_set_up("account_sid"))?;
        let login = STANDARD.encode(format!("{sid}:{}", secret(account, "auth_token")?));
        Ok(Question { headers: vec![("authorization", format!("Basic {login}"))], ..get(url) })
    }
}
