//! Events that came by a platform and that nobody pushed: how one looks of which no type is described, and
//! how a newer state of the same thing takes the place of an older one.

use serde::{Deserialize, Serialize};

use super::Icon;
use crate::id::{DeliveryId, InboxId};
use crate::inbound::Content;
use crate::time::Instant;
use crate::timeline::PushedDetail;

/// By what an event came that nobody pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameBy {
    /// The inbox.
    pub inbox: InboxId,
    /// The delivery, whose bytes say the same.
    pub delivery: DeliveryId,
    /// Whether the customer brought it about.
    pub by_customer: bool,
}

/// The picture beside an event of a type that nobody described, by its name.
pub fn icon_of(event_type: &str) -> Icon {
    let (first, state) = event_type.split_once('.').unwrap_or((event_type, ""));
    match (first, state) {
        ("order", "fulfilled") => Icon::Truck,
        ("order", "paid" | "refunded") => Icon::Card,
        ("order", "completed") => Icon::Check,
        ("order", "cancelled" | "failed") => Icon::Cross,
        ("order", _) => Icon::Cart,
        ("call", _) => Icon::Phone,
        ("review", _) => Icon::Star,
        ("survey", _) => Icon::Check,
        ("social" | "mention", _) => Icon::Chat,
        ("privacy", _) => Icon::Warning,
        _ => Icon::Bell,
    }
}

impl PushedDetail {
    /// Lets a newer state of the same thing take the place of this one; the text that it had stays among
    /// the earlier ones. Says whether it was newer, and was not taken back meanwhile.
    pub fn renew(
        &mut self,
        body: &mut String,
        newer: Self,
        text: &str,
        since: Instant,
        at: Instant,
    ) -> bool {
        let Some(platform) = &mut self.platform else { return false };
        let content = Content { text: text.to_owned(), ..Content::default() };
        if at < since || !platform.edit(body, &content, at.as_micros()) {
            return false;
        }
        let Self { event_type, title, icon, fields, rating, data, platform: said, .. } = newer;
        if let Some(said) = said {
            (platform.url, platform.extra) = (said.url.or(platform.url.take()), said.extra);
        }
        (self.event_type, self.title, self.icon) = (event_type, title, icon);
        (self.fields, self.rating, self.data) = (fields, rating, data);
        true
    }

    /// Takes out all that it says but what kind of thing it is: who takes something back wants it gone.
    pub fn empty(&mut self) {
        self.title.clone_from(&self.event_type);
        self.fields.clear();
        self.rating = None;
        self.data = serde_json::Value::Object(serde_json::Map::new());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::id::PushedEventId;
    use crate::platform::Platform;
    use crate::rating::{Metric, Rating};

    fn review(title: &str, stars: i32) -> PushedDetail {
        PushedDetail {
            event: PushedEventId::from(1),
            event_type: "review.shop".into(),
            title: title.into(),
            icon: None,
            fields: Vec::new(),
            rating: Rating::read(Metric::Stars, stars, 1, 5),
            data: json!({ "stars": stars }),
            platform: Some(Box::default()),
            owner_reason: None,
        }
    }

    fn at(second: i64) -> Instant {
        Instant::from_micros(second * 1_000_000)
    }

    #[test]
    fn the_newest_state_counts_in_whatever_order_they_come() {
        let (mut shown, mut body) = (review("Fine", 4), "ok".to_owned());
        assert!(!shown.renew(&mut body, review("Older", 1), "bad", at(5), at(4)), "older");
        assert!(shown.renew(&mut body, review("Great", 5), "good", at(5), at(9)));
        assert!(!shown.renew(&mut body, review("Meanwhile", 2), "so", at(5), at(8)), "older");
        assert_eq!((shown.title.as_str(), body.as_str()), ("Great", "good"));
        assert_eq!(shown.rating.map(|rating| rating.value), Some(5));
        let platform = shown.platform.clone().unwrap_or_default();
        assert_eq!((platform.edits.len(), platform.edits[0].text.as_str()), (1, "ok"));
    }

    #[test]
    fn what_was_taken_back_stays_so_and_says_nothing() {
        let (mut shown, mut body) = (review("Fine", 4), String::new());
        shown.empty();
        let gone = Platform { deleted_at: Some(1), ..Platform::default() };
        shown.platform = Some(Box::new(gone));
        assert!(!shown.renew(&mut body, review("Again", 5), "again", at(0), at(9)));
        assert_eq!((shown.title.as_str(), shown.rating, body.as_str()), ("review.shop", None, ""));
        assert_eq!(shown.data, json!({}));
    }

    #[test]
    fn the_name_says_the_picture() {
        assert_eq!(icon_of("order.fulfilled"), Icon::Truck);
        assert_eq!(icon_of("order.placed"), Icon::Cart);
        assert_eq!(icon_of("review.app_store"), Icon::Star);
        assert_eq!(icon_of("x"), Icon::Bell);
    }
}
