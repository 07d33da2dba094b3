//! An export as one JSON value, in the wire forms of the API.

use serde::Serialize;
use throughline_app::AppError;
use throughline_app::timeline::{Exported, ExportedItem, Part};

use super::Writer;
use crate::routes::consents::ConsentOut;
use crate::routes::customers::CustomerOut;
use crate::routes::facts::FactOut;
use crate::routes::items::ItemOut;
use crate::routes::merges::MergeOut;
use crate::routes::profiles::ProfileOut;
use crate::routes::promises::PromiseOut;
use crate::routes::tickets::TicketOut;
use crate::wire::Instant;

/// The name of the format.
const FORMAT: &str = "throughline-customer-1";

/// An item with the facts that it told and its files.
#[derive(Serialize)]
struct ExportedOut {
    item: ItemOut,
    facts: Vec<FactOut>,
    files: Vec<FileOut>,
}

/// A file: where it is fetched, and the hash of its bytes.
#[derive(Serialize)]
struct FileOut {
    href: String,
    blake3: String,
}

/// The lists behind the head, in their order.
const LISTS: [&str; 5] = ["tickets", "items", "promises", "consents", "merges"];

/// Writes one list after the other.
#[derive(Debug, Default)]
pub(super) struct Json {
    /// How many lists are begun; all but the last are closed.
    begun: usize,
    /// Whether the last one has something already.
    comma: bool,
}

/// What stands before the lists.
pub(super) fn head(begun: Exported) -> Result<String, AppError> {
    let Exported { customer, profile, complete, at } = begun;
    let (customer, at) = (json(&CustomerOut::of(customer))?, json(&Instant::from(at))?);
    let profile = json(&ProfileOut::of(profile))?;
    Ok(format!(
        "{{\"format\":\"{FORMAT}\",\"exported_at\":{at},\"complete\":{complete},\
         \"customer\":{customer},\"profile\":{profile}"
    ))
}

fn json<T: Serialize>(value: &T) -> Result<String, AppError> {
    serde_json::to_string(value).map_err(AppError::internal)
}

impl Json {
    /// More of a list, which is begun where it is not, and with it those before it.
    fn list<T: Serialize>(&mut self, list: usize, things: Vec<T>) -> Result<String, AppError> {
        let mut out = self.begin(list + 1);
        for thing in things {
            out.push_str(if self.comma { ",\n" } else { "\n" });
            out.push_str(&json(&thing)?);
            self.comma = true;
        }
        Ok(out)
    }

    fn begin(&mut self, lists: usize) -> String {
        let mut out = String::new();
        for (place, name) in LISTS.iter().enumerate().take(lists).skip(self.begun) {
            out.push_str(if place == 0 { "" } else { "]" });
            out.push_str(&format!(",\n\"{name}\":["));
            (self.begun, self.comma) = (place + 1, false);
        }
        out
    }
}

impl Writer for Json {
    fn part(&mut self, part: Part) -> Result<String, AppError> {
        match part {
            Part::Tickets(all) => self.list(0, all.into_iter().map(TicketOut::of).collect()),
            Part::Items(all) => self.list(1, all.into_iter().map(exported).collect()),
            Part::Promises(all) => self.list(2, all.into_iter().map(PromiseOut::of).collect()),
            Part::Consents(all) => self.list(3, all.into_iter().map(ConsentOut::of).collect()),
            Part::Merges(all) => self.list(4, all.into_iter().map(MergeOut::of).collect()),
        }
    }

    fn end(&mut self) -> String {
        format!("{}]}}\n", self.begin(LISTS.len()))
    }
}

fn exported(exported: ExportedItem) -> ExportedOut {
    let ExportedItem { item, facts, files } = exported;
    let file = |(id, blake3)| FileOut { href: format!("/api/v1/attachments/{id}"), blake3 };
    ExportedOut {
        item: ItemOut::of(item),
        facts: facts.into_iter().map(FactOut::of).collect(),
        files: files.into_iter().map(file).collect(),
    }
}
