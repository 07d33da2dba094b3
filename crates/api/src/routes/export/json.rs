//! An export as one JSON value, in the wire forms of the API.

use serde::Serialize;
use throughline_app::AppError;
use throughline_app::timeline::{Exported, ExportedItem, Part};

use super::Writer;
use crate::routes::customers::CustomerOut;
use crate::routes::items::ItemOut;
use crate::routes::tickets::TicketOut;
use crate::wire::Instant;

/// The name of the format.
const FORMAT: &str = "throughline-customer-1";

/// An item with its files.
#[derive(Serialize)]
struct ExportedOut {
    item: ItemOut,
    files: Vec<FileOut>,
}

/// A file: where it is fetched, and the hash of its bytes.
#[derive(Serialize)]
struct FileOut {
    href: String,
    blake3: String,
}

/// Writes tickets, then items.
#[derive(Debug, Default)]
pub(super) struct Json {
    /// Whether the list has something already.
    comma: bool,
    /// Whether the list of tickets is closed.
    items: bool,
}

/// What stands before the tickets.
pub(super) fn head(begun: Exported) -> Result<String, AppError> {
    let Exported { customer, complete, at } = begun;
    let (customer, at) = (json(&CustomerOut::of(customer))?, json(&Instant::from(at))?);
    Ok(format!(
        "{{\"format\":\"{FORMAT}\",\"exported_at\":{at},\"complete\":{complete},\
         \"customer\":{customer},\"tickets\":["
    ))
}

fn json<T: Serialize>(value: &T) -> Result<String, AppError> {
    serde_json::to_string(value).map_err(AppError::internal)
}

impl Json {
    fn list<T: Serialize>(&mut self, things: Vec<T>) -> Result<String, AppError> {
        let mut out = String::new();
        for thing in things {
            out.push_str(if self.comma { ",\n" } else { "\n" });
            out.push_str(&json(&thing)?);
            self.comma = true;
        }
        Ok(out)
    }

    fn begin_items(&mut self) -> &'static str {
        if std::mem::replace(&mut self.items, true) {
            return "";
        }
        self.comma = false;
        "],\n\"items\":["
    }
}

impl Writer for Json {
    fn part(&mut self, part: Part) -> Result<String, AppError> {
        match part {
            Part::Tickets(tickets) => self.list(tickets.into_iter().map(TicketOut::of).collect()),
            Part::Items(items) => {
                let begun = self.begin_items();
                Ok(format!("{begun}{}", self.list(items.into_iter().map(exported).collect())?))
            }
        }
    }

    fn end(&mut self) -> String {
        format!("{}]}}\n", self.begin_items())
    }
}

fn exported(exported: ExportedItem) -> ExportedOut {
    let ExportedItem { item, files } = exported;
    let file = |(id, blake3)| FileOut { href: format!("/api/v1/attachments/{id}"), blake3 };
    ExportedOut { item: ItemOut::of(item), files: files.into_iter().map(file).collect() }
}
