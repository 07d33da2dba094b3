//! Files of Telegram: an id becomes a path by `getFile`, and the address of a path has the bot's token in
//! it. A redirect gets nothing of that.

use crate::fetch::{
    Fetch, Found, Lies, Reach, Trouble, get, is_file, json, retry_after, secret, segment, told,
};
use crate::hooks::Account;
use crate::lenient::{at, text};
use crate::poll::{Answer, Question};

/// Where the API is.
const API: &str = "https://api.telegram.org";
/// The largest file that bots get, in bytes.
const LARGEST: u64 = 20 * 1024 * 1024;
/// What is said of larger ones.
const TOO_LARGE: &str = "Telegram hands no bot a file of more than 20 MB: ask the customer to send it \
                         another way";

/// Files of Telegram.
pub(super) struct TelegramFiles;

impl Fetch for TelegramFiles {
    fn find(&self, account: &Account, reach: &Reach, id: &str) -> Result<Question, Trouble> {
        let token = segment(secret(account, "bot_token")?);
        let (base, id) = (reach.base(API), segment(id));
        Ok(get(&format!("{base}/bot{token}/getFile?file_id={id}")))
    }

    fn found(&self, account: &Account, reach: &Reach, answer: &Answer<'_>) -> Found {
        let said = json(answer);
        let Some(path) = text(&said, &["result", "file_path"]) else {
            return Err(refused(account, answer));
        };
        let token = segment(secret(account, "bot_token")?);
        let parts: Vec<String> = path.split('/').map(segment).collect();
        if parts.iter().any(|part| matches!(part.as_str(), "" | "." | "..")) {
            return Err(Trouble::Lost("Telegram named a path that is none".to_owned()));
        }
        let name = path.rsplit('/').next().map(str::to_owned);
        let url = format!("{}/file/bot{token}/{}", reach.base(API), parts.join("/"));
        let size = at(&said, &["result", "file_size"]).as_u64();
        Ok(Lies { url, name, media_type: None, size })
    }

    fn hands_out(&self, size: u64) -> Result<(), Trouble> {
        match size > LARGEST {
            true => Err(Trouble::TooLarge(TOO_LARGE.to_owned())),
            false => Ok(()),
        }
    }
}

fn refused(account: &Account, answer: &Answer<'_>) -> Trouble {
    let said = json(answer);
    let words = told(account, text(&said, &["description"]).unwrap_or_default());
    let wait = at(&said, &["parameters", "retry_after"]).as_u64();
    match answer.status {
        400 if words.contains("file is too big") => Trouble::TooLarge(TOO_LARGE.to_owned()),
        401 | 404 => Trouble::later(format!(
            "Telegram does not take the bot token ({words}): an admin enters it anew"
        )),
        // Wrong ids are answered as files that cannot be had at this moment.
        400 | 429 => Trouble::Later {
            why: format!("Telegram says: {words}"),
            after_seconds: wait.map_or_else(|| retry_after(answer), |wait| wait.try_into().ok()),
        },
        200 => Trouble::later("Telegram answered what cannot be read"),
        _ => is_file(answer).err().unwrap_or_else(|| Trouble::later(words)),
    }
}
