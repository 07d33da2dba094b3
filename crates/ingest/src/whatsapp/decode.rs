//! One request of Meta to what happened: it brings several accounts, each with several changes.

use serde_json::Value;
use throughline_core::inbound::{ChannelEvent, Content, InboundEvent};

use super::change::{self, Change};
use crate::fields::Fields;
use crate::{Decode, Undecodable};

/// Reads what concerns one number of a business.
pub(super) struct WhatsApp {
    /// The id of the number.
    pub(super) number: String,
}

impl Decode for WhatsApp {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|why| Undecodable(format!("it is no JSON: {why}")))?;
        let mut batch = Fields::read(value)
            .map_err(|_| Undecodable("it is no object, as a request of Meta is".to_owned()))?;
        let object = batch.text("object").unwrap_or_default();
        let entries = batch.list("entry").ok_or_else(|| {
            Undecodable("it has no `entry`: it is no request of the Cloud API".to_owned())
        })?;
        let events = entries.into_iter().flat_map(|entry| self.entry(&object, entry));
        Ok(events.map(|event| InboundEvent::Channel(Box::new(event))).collect())
    }
}

impl WhatsApp {
    fn entry(&self, object: &str, entry: Value) -> Vec<ChannelEvent> {
        let mut entry = match Fields::read(entry) {
            Ok(entry) => entry,
            Err(odd) => return vec![change::odd("entry", odd)],
        };
        let (account, at) = (entry.id("id").unwrap_or_default(), entry.seconds("time"));
        let changes = entry.list("changes").unwrap_or_default();
        let mut events = Vec::new();
        for value in changes {
            match Fields::read(value) {
                Err(odd) => events.push(change::odd("change", odd)),
                Ok(mut fields) => {
                    let field = fields.text("field").unwrap_or_default();
                    let (object, account) = (object.to_owned(), account.clone());
                    let change = Change { object, account, at, field };
                    events.extend(change::events(&self.number, change, fields));
                }
            }
        }
        let rest = entry.into_rest();
        if !rest.is_empty() {
            events.push(change::odd("entry", Value::Object(rest)));
        }
        events
    }
}

/// A text without anything else.
pub(super) fn plain(text: impl Into<String>) -> Content {
    Content { text: text.into(), ..Content::default() }
}
