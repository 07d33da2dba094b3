//! Files of WhatsApp: an id becomes an address that lives for minutes, at which the access token is wanted
//! as well. The token goes to Meta's own hosts alone.

use crate::fetch::{
    Fetch, Found, Lies, Reach, Trouble, get, get_bearer, is_file, json, retry_after, secret,
    segment, told,
};
use crate::hooks::Account;
use crate::lenient::{at, text};
use crate::poll::{Answer, Question};

/// Where the API is.
const API: &str = "https://graph.facebook.com/v24.0";
/// Hosts of Meta's.
const HOSTS: &[&str] = &["facebook.com", "fbsbx.com", "whatsapp.net"];

/// Files of WhatsApp.
pub(super) struct WhatsAppFiles;

impl Fetch for WhatsAppFiles {
    fn find(&self, account: &Account, reach: &Reach, id: &str) -> Result<Question, Trouble> {
        let number = account.text("phone_number_id");
        let number = number.ok_or_else(|| Trouble::not_set_up("phone_number_id"))?;
        let (base, id, number) = (reach.base(API), segment(id), segment(number));
        let url = format!("{base}/{id}?phone_number_id={number}");
        Ok(get_bearer(&url, secret(account, "access_token")?))
    }

    fn found(&self, account: &Account, _: &Reach, answer: &Answer<'_>) -> Found {
        let said = json(answer);
        let Some(url) = text(&said, &["url"]) else { return Err(refused(account, answer)) };
        let size = at(&said, &["file_size"]);
        Ok(Lies {
            url: url.to_owned(),
            name: None,
            media_type: text(&said, &["mime_type"]).map(str::to_owned),
            // In some versions it is a text.
            size: size.as_u64().or_else(|| size.as_str()?.parse().ok()),
        })
    }

    fn get(&self, account: &Account, reach: &Reach, url: &str) -> Result<Question, Trouble> {
        match reach.is_own(url, HOSTS) {
            true => Ok(get_bearer(url, secret(account, "access_token")?)),
            false => Ok(get(url)),
        }
    }
}

/// By its code: Meta says that neither the status nor the words are to be relied on.
fn refused(account: &Account, answer: &Answer<'_>) -> Trouble {
    let said = json(answer);
    let words = told(account, text(&said, &["error", "message"]).unwrap_or_default());
    match at(&said, &["error", "code"]).as_i64() {
        Some(100 | 33) => Trouble::Lost(format!(
            "Meta does not have it any more, which is so after seven days ({words})"
        )),
        Some(0 | 190) => Trouble::later(format!(
            "Meta does not take the access token ({words}): an admin enters it anew"
        )),
        Some(code) => {
            let why = format!("Meta says: {code} {words}");
            Trouble::Later { why, after_seconds: retry_after(answer) }
        }
        None if answer.status == 200 => Trouble::later("Meta answered what cannot be read"),
        None => is_file(answer).err().unwrap_or_else(|| Trouble::later(words)),
    }
}
