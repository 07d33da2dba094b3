//! What Shopify's bodies say. A body stands bare, without a name around it, so what it is is seen by what it
//! holds: an order, a refund, a parcel, or what the law has shops ask for.

use serde_json::{Map, Value, json};
use throughline_core::identity::{Hint, IdentityKind, Proof};
use throughline_core::inbound::{
    ChannelEvent, Content, Conversation, Event, Happened, InboundEvent, Person,
};
use throughline_core::timeline::{Direction, PushedField};

use super::order;
use crate::fields::{Fields, hint};
use crate::lenient::{MOST_EXTRA, bounded};
use crate::shop::{address, field, full_name};
use crate::{Decode, Undecodable};

/// The decoder of one shop.
pub(super) struct Shopify {
    /// Its domain.
    pub shop: String,
}

impl Decode for Shopify {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| Undecodable(format!("it is no JSON: {error}")))?;
        let name = crate::fields::name_of(&value);
        let fields = Fields::read(value);
        let fields = fields.map_err(|_| Undecodable("it is no JSON object".to_owned()))?;
        let is = |names: &[&str]| names.iter().any(|name| fields.has(name));
        if is(&["refund_line_items", "order_adjustments"]) && is(&["order_id"]) {
            return Ok(order::refund(fields));
        }
        if is(&["tracking_number", "tracking_numbers", "shipment_status"]) && is(&["order_id"]) {
            return Ok(order::parcel(fields));
        }
        if is(&["line_items"]) && is(&["order_number", "financial_status", "total_price"]) {
            return Ok(order::states(self, fields));
        }
        if is(&["shop_id"]) && is(&["shop_domain"]) {
            return Ok(vec![self.request(fields, &name)]);
        }
        Ok(vec![self.unknown(fields, name)])
    }
}

impl Shopify {
    /// Who somebody is. His address binds him to who is known by it only where the shop has verified it;
    /// else it is all that is said of him, so that nobody takes another's name by typing his address.
    pub fn person(&self, mut customer: Fields, order: &mut Fields) -> (Person, Fields) {
        let verified = customer.peek("verified_email").and_then(Value::as_bool).unwrap_or_default();
        let name = full_name(&mut customer);
        let proof = if verified { Proof::Provider } else { Proof::None };
        let email = address(&mut customer, "email", proof)
            .or_else(|| address(order, "email", Proof::None))
            .or_else(|| address(order, "contact_email", Proof::None));
        let hints: Vec<Hint> = match (email, verified) {
            (Some(email), false) => vec![email],
            (email, _) => self.account(&mut customer).into_iter().chain(email).collect(),
        };
        (Person { name, hints, ..Person::default() }, customer)
    }

    /// What the shop itself knows somebody by.
    fn account(&self, customer: &mut Fields) -> Vec<Hint> {
        let scope = format!("shopify:{}", self.shop);
        let id = customer.id("id");
        let id = id.and_then(|id| hint(IdentityKind::Platform, &scope, &id, Proof::Provider));
        let phone = customer.peek_text("phone");
        let phone = phone.and_then(|phone| hint(IdentityKind::Phone, "", phone, Proof::None));
        id.into_iter().chain(phone).collect()
    }

    /// What the law has shops ask for: to hand out or to erase what is known of a customer or by the shop.
    fn request(&self, mut fields: Fields, name: &str) -> InboundEvent {
        let asked = fields.object("data_request");
        let orders = fields.list("orders_to_redact").or_else(|| fields.list("orders_requested"));
        let customer = fields.object("customer");
        let (event_type, title) = match (&asked, &customer) {
            (Some(_), _) => ("privacy.data_request", "The customer asks for his data"),
            (None, Some(_)) => ("privacy.erasure_request", "The customer's data is to be erased"),
            (None, None) => {
                ("privacy.shop_erasure_request", "All data of the shop is to be erased")
            }
        };
        let (who, rest) = match customer {
            Some(customer) => self.person(customer, &mut Fields::default()),
            None => (Person::default(), Fields::default()),
        };
        fields.put_rest("customer", rest);
        let orders: Vec<String> =
            orders.unwrap_or_default().iter().filter_map(crate::lenient::scalar).collect();
        let mut shown: Vec<PushedField> = Vec::new();
        if !orders.is_empty() {
            shown.push(field("Orders", orders.join(", ")));
        }
        let asked = asked.map(|mut asked| {
            let id = asked.id("id");
            fields.put_rest("data_request", asked);
            id
        });
        let data = json!({ "orders": orders, "request": asked.flatten() });
        let event = Event {
            object: format!("{event_type}:{name}"),
            event_type: event_type.to_owned(),
            title: title.to_owned(),
            text: String::new(),
            fields: shown,
            facts: Vec::new(),
            rating: None,
            data: data.as_object().cloned().unwrap_or_default(),
        };
        let key = event.object.clone();
        self.event(key, event_type, who, Happened::Event(Box::new(event)), fields.into_rest())
    }

    fn unknown(&self, fields: Fields, name: String) -> InboundEvent {
        let extra = rest(&Value::Object(fields.into_rest()));
        let what = Happened::Unknown { object: None, content: Content::default() };
        self.event(format!("unknown:{name}"), "unknown", Person::default(), what, extra)
    }

    fn event(
        &self,
        key: String,
        kind: &str,
        who: Person,
        what: Happened,
        extra: Map<String, Value>,
    ) -> InboundEvent {
        InboundEvent::Channel(Box::new(ChannelEvent {
            conversation: Some(Conversation { key: key.clone(), ..Conversation::default() }),
            key,
            provider_kind: kind.to_owned(),
            occurred_at: None,
            direction: Direction::Inbound,
            who,
            what,
            extra,
        }))
    }
}

/// What is left, within bounds.
pub(super) fn rest(left: &Value) -> Map<String, Value> {
    let kept = bounded(left, &mut MOST_EXTRA.clone());
    kept.and_then(|kept| kept.as_object().cloned()).unwrap_or_default()
}
