//! The templates that a platform has approved: asking for them, page by page, and what it says of each.

mod meta;
mod twilio;

use throughline_core::outgoing::Template;

use super::client::{Chats, Lost};
use super::outcome::{Outcome, Reading, Refusal};
use super::request::{Answer, Request};
use super::{Account, Endpoints};
use crate::http;

/// The most pages that are asked for, and the most templates that are taken.
const MOST_PAGES: usize = 20;
const MOST: usize = 1000;
/// How much of a page is read, in bytes.
const READ: usize = 2 * 1024 * 1024;

/// Why nobody knows which templates there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untold {
    /// Asking again is useless until somebody does something.
    Refused(Refusal),
    /// The platform was not reached, or asks to wait.
    Later(String),
}

/// A page of templates, and where the next one is.
struct Pageful {
    templates: Vec<Template>,
    next: Option<String>,
}

/// How the templates of a platform are asked for.
struct Shelf {
    /// The request for the page that `next` of the one before named.
    request: fn(&Account, &Endpoints, Option<&str>) -> Result<Request, Refusal>,
    /// What the answer says.
    read: fn(&Answer, &Endpoints) -> Option<Pageful>,
    /// What an answer means that is no page.
    failed: fn(&Answer, i64) -> Reading,
}

fn shelf(kind: &str) -> Option<&'static Shelf> {
    match kind {
        "whatsapp" => Some(&meta::SHELF),
        "twilio" => Some(&twilio::SHELF),
        _ => None,
    }
}

impl Chats {
    /// The approved templates of an inbox, sorted by name and language. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// When the platform does not tell.
    pub async fn templates(
        &self,
        kind: &str,
        account: &Account,
        now: i64,
    ) -> Result<Vec<Template>, Untold> {
        let shelf = shelf(kind).ok_or_else(|| Untold::Refused(Refusal::no_templates()))?;
        let (mut all, mut next) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let page = self.page(shelf, account, next.as_deref(), now).await;
            let Pageful { templates, next: more } =
                page.map_err(|untold| hidden(untold, account))?;
            all.extend(templates);
            next = more;
            if next.is_none() || all.len() >= MOST {
                break;
            }
        }
        all.truncate(MOST);
        all.sort_by(|a, b| (&a.name, &a.language).cmp(&(&b.name, &b.language)));
        all.dedup_by(|a, b| (&a.name, &a.language) == (&b.name, &b.language));
        Ok(all)
    }

    async fn page(
        &self,
        shelf: &Shelf,
        account: &Account,
        next: Option<&str>,
        now: i64,
    ) -> Result<Pageful, Untold> {
        let request = (shelf.request)(account, self.endpoints(), next).map_err(Untold::Refused)?;
        http::usable(&request.url, self.options().allow_private).map_err(Untold::Later)?;
        let answer = match self.exchange_up_to(request, READ).await {
            Ok(answer) => answer,
            Err(Lost::KeptIn(why) | Lost::Unsent(why) | Lost::Unanswered(why)) => {
                return Err(Untold::Later(format!("the platform could not be reached: {why}")));
            }
        };
        let read = answer.is_success().then(|| (shelf.read)(&answer, self.endpoints())).flatten();
        read.ok_or_else(|| match (shelf.failed)(&answer, now) {
            Reading::Over(Outcome::Refused(refusal)) => Untold::Refused(refusal),
            Reading::Over(Outcome::Later { why, .. } | Outcome::Unknown { why }) => {
                Untold::Later(why)
            }
            _ => Untold::Later(format!(
                "the platform's answer is in no known form ({})",
                answer.status
            )),
        })
    }
}

/// Without our secrets, should the platform repeat them.
fn hidden(untold: Untold, account: &Account) -> Untold {
    match untold {
        Untold::Refused(refusal) => {
            let why = account.hide(&refusal.why);
            Untold::Refused(Refusal { why, ..refusal })
        }
        Untold::Later(why) => Untold::Later(account.hide(&why)),
    }
}
