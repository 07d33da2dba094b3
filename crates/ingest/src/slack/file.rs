//! Files of Slack: private addresses that want the bot's token, which goes to Slack's own hosts alone. Where
//! only an id was told, `files.info` tells the rest.

use throughline_core::inbound::RemoteFile;

use crate::fetch::{
    Fetch, Found, Lies, Reach, Trouble, get, get_bearer, is_file, json, retry_after, secret,
    segment, told,
};
use crate::hooks::Account;
use crate::lenient::{at, first, text};
use crate::poll::{Answer, Question};

use super::message::SLACK_HOSTS;

/// Where the API is.
const API: &str = "https://slack.com/api";

/// Files of Slack.
pub(super) struct SlackFiles;

impl Fetch for SlackFiles {
    fn find(&self, account: &Account, reach: &Reach, id: &str) -> Result<Question, Trouble> {
        let url = format!("{}/files.info?file={}", reach.base(API), segment(id));
        Ok(get_bearer(&url, secret(account, "bot_token")?))
    }

    fn found(&self, account: &Account, _: &Reach, answer: &Answer<'_>) -> Found {
        let said = json(answer);
        let file = at(&said, &["file"]);
        let Some(url) = first(file, &["url_private_download", "url_private"]) else {
            return Err(refused(account, answer));
        };
        Ok(Lies {
            url: url.to_owned(),
            name: first(file, &["name", "title"]).map(str::to_owned),
            media_type: text(file, &["mimetype"]).map(str::to_owned),
            size: at(file, &["size"]).as_u64(),
        })
    }

    fn get(&self, account: &Account, reach: &Reach, url: &str) -> Result<Question, Trouble> {
        match reach.is_own(url, SLACK_HOSTS) {
            true => Ok(get_bearer(url, secret(account, "bot_token")?)),
            false => Ok(get(url)),
        }
    }

    /// Who may not read a file gets Slack's sign-in page, as if that were the file.
    fn look(&self, file: &RemoteFile, answer: &Answer<'_>) -> Result<(), Trouble> {
        is_file(answer)?;
        let is_page = |kind: &str| kind.trim_start().to_ascii_lowercase().starts_with("text/html");
        let named = file.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        let is_meant = file.media_type.as_deref().is_some_and(is_page)
            || named.ends_with(".html")
            || named.ends_with(".htm");
        match answer.header("content-type").is_some_and(is_page) && !is_meant {
            true => Err(Trouble::later(
                "Slack shows its sign-in page instead of the file: an admin gives the app the right \
                 files:read, and enters the bot token",
            )),
            false => Ok(()),
        }
    }
}

fn refused(account: &Account, answer: &Answer<'_>) -> Trouble {
    let said = json(answer);
    let code = told(account, text(&said, &["error"]).unwrap_or_default());
    match code.as_str() {
        "" if answer.status == 200 => Trouble::later("Slack answered what cannot be read"),
        "" => is_file(answer).err().unwrap_or_else(|| Trouble::later("Slack said nothing")),
        "file_not_found" | "file_deleted" => {
            Trouble::Lost(format!("Slack does not have it any more ({code})"))
        }
        "ratelimited" | "internal_error" | "fatal_error" | "service_unavailable" => {
            let why = format!("Slack says: {code}");
            Trouble::Later { why, after_seconds: retry_after(answer) }
        }
        _ => Trouble::later(format!(
            "Slack refuses it ({code}): an admin looks at the bot token and the right files:read"
        )),
    }
}
