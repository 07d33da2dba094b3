//! What WooCommerce's bodies say: an order as it stands, whatever happened to it. Times without a zone are
//! the shop's; those whose names end in `_gmt` are in UTC, though they do not say so, and are the ones read.

use serde_json::{Map, Value, json};
use throughline_core::facts::FactKind;
use throughline_core::identity::{IdentityKind, Proof};
use throughline_core::inbound::{
    ChannelEvent, Content, Conversation, Happened, InboundEvent, Person,
};
use throughline_core::time::Instant;
use throughline_core::timeline::Direction;

use crate::fields::{Fields, hint};
use crate::lenient::{MOST_EXTRA, bounded};
use crate::shop::{Line, Order, State, address, amount, day_of, field, full_name, lines, money};
use crate::{Decode, Undecodable};

/// What opens doors, what tells of a device, and what is said by another field in UTC.
const LEFT: &[&str] = &[
    "order_key",
    "cart_hash",
    "payment_url",
    "customer_ip_address",
    "customer_user_agent",
    "is_editable",
    "needs_payment",
    "needs_processing",
    "date_created",
    "date_modified",
    "date_paid",
    "date_completed",
    "_links",
];

/// Under what the usual plug-ins for tracking write parcels.
const PARCELS: &str = "_wc_shipment_tracking_items";

/// The decoder of one shop.
pub(super) struct Woo {
    /// Its host.
    pub shop: String,
}

impl Decode for Woo {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| Undecodable(format!("it is no JSON: {error}")))?;
        let name = crate::fields::name_of(&value);
        let fields = Fields::read(value);
        let mut fields = fields.map_err(|_| Undecodable("it is no JSON object".to_owned()))?;
        if fields.has("line_items") && fields.has("status") {
            return Ok(self.states(fields));
        }
        if fields.names().eq(["id"])
            && let Some(id) = fields.id("id")
        {
            return Ok(vec![removed(id)]);
        }
        Ok(vec![self.unknown(fields, name)])
    }
}

impl Woo {
    /// All states that an order has reached.
    fn states(&self, mut fields: Fields) -> Vec<InboundEvent> {
        fields.leave(LEFT);
        let status = fields.text("status").unwrap_or_default();
        let currency = fields.text("currency").unwrap_or_default();
        let order = self.order_of(&mut fields);
        let changed = gmt(&mut fields, "date_modified_gmt");
        let (refunds, parcels) = (fields.objects("refunds"), parcels(&mut fields));
        let mut all = vec![order.event(placed(&mut fields, &status, &currency, changed))];
        let is_told = !refunds.is_empty();
        for (name, at) in reached(&mut fields, &status, changed, is_told) {
            let title = format!(" {name}");
            all.push(order.event(State { name, title, at, ..State::default() }));
        }
        all.extend(parcels.into_iter().map(|parcel| sent(&order, parcel, changed)));
        all.extend(refunds.into_iter().map(|refund| refunded(&order, refund, &currency, changed)));
        if let Some(InboundEvent::Channel(first)) = all.first_mut() {
            first.extra = rest(fields);
        }
        all
    }

    fn order_of(&self, fields: &mut Fields) -> Order {
        let mut billing = fields.object("billing").unwrap_or_default();
        let who = self.person(fields.id("customer_id"), &mut billing);
        fields.put_rest("billing", billing);
        let id = fields.id("id").unwrap_or_else(|| fields.name());
        Order {
            number: fields.id("number").unwrap_or_else(|| id.clone()),
            id,
            who,
            url: None,
            provider_kind: "order".to_owned(),
        }
    }

    /// Who ordered. Somebody with an account is who the shop says; a guest is whose address he typed, if
    /// anybody is, and 0 is the number of all of them.
    fn person(&self, account: Option<String>, billing: &mut Fields) -> Person {
        let account = account.filter(|id| id != "0");
        let proof = if account.is_some() { Proof::Provider } else { Proof::None };
        let scope = format!("woocommerce:{}", self.shop);
        let account =
            account.and_then(|id| hint(IdentityKind::Platform, &scope, &id, Proof::Provider));
        let email = address(billing, "email", proof);
        let hints: Vec<_> = account.into_iter().chain(email).collect();
        let phone = billing.peek_text("phone").filter(|_| hints.is_empty());
        let phone = phone.and_then(|phone| hint(IdentityKind::Phone, "", phone, Proof::None));
        let hints = hints.into_iter().chain(phone).collect();
        Person { name: full_name(billing), hints, ..Person::default() }
    }

    fn unknown(&self, mut fields: Fields, name: String) -> InboundEvent {
        let kind = if fields.has("billing") { "customer" } else { "unknown" };
        let mut billing = fields.object("billing").unwrap_or_default();
        let own = fields.peek_text("email").map(str::to_owned);
        if let Some(own) = own {
            billing.put("email", own);
        }
        let account = fields.id("id").filter(|_| kind == "customer");
        let who = self.person(account, &mut billing);
        fields.put_rest("billing", billing);
        let what = Happened::Unknown { object: None, content: Content::default() };
        alone(format!("{kind}:{name}"), kind, who, what, rest(fields))
    }
}

/// The states that an order has reached beside being placed, and when. That money went back is told by each
/// refund, where there are any.
fn reached(
    fields: &mut Fields,
    status: &str,
    changed: Option<Instant>,
    is_told: bool,
) -> Vec<(&'static str, Option<Instant>)> {
    let (paid, completed) = (gmt(fields, "date_paid_gmt"), gmt(fields, "date_completed_gmt"));
    let mut all = Vec::new();
    if paid.is_some() {
        all.push(("paid", paid));
    }
    if completed.is_some() || status == "completed" {
        all.push(("completed", completed.or(changed)));
    }
    match status {
        "cancelled" => all.push(("cancelled", changed)),
        "failed" => all.push(("failed", changed)),
        "refunded" if !is_told => all.push(("refunded", changed)),
        _ => {}
    }
    all
}

/// The shop says of what was removed its number alone; of an order that is here, its owner is known.
fn removed(id: String) -> InboundEvent {
    let (number, who) = (String::new(), Person::default());
    let order = Order { id, number, who, url: None, provider_kind: "deleted".to_owned() };
    let title = " removed from the shop".to_owned();
    order.event(State { name: "removed", title, ..State::default() })
}

fn placed(fields: &mut Fields, status: &str, currency: &str, changed: Option<Instant>) -> State {
    let at = gmt(fields, "date_created_gmt").or(changed);
    let (mut shown, mut data) = (Vec::new(), Map::new());
    if let Some(total) = amount(fields, "total") {
        shown.push(field("Total", money(&total, currency)));
        data.insert("total".to_owned(), json!({ "amount": total, "currency": currency }));
    }
    shown.push(field("Status", status));
    data.insert("status".to_owned(), json!(status));
    data.insert("changed_at".to_owned(), json!(changed.map(|at| at.to_string())));
    shown.extend(fields.text("payment_method_title").map(|way| field("Payment", way)));
    lines(&lines_of(fields), currency, &mut shown, &mut data);
    State {
        name: "placed",
        title: " placed".to_owned(),
        at,
        text: fields.text("customer_note").unwrap_or_default(),
        fields: shown,
        facts: at.map(|at| (FactKind::PURCHASE_DATE, day_of(at))).into_iter().collect(),
        data,
        ..State::default()
    }
}

/// The lines; what else stands in them stays.
fn lines_of(fields: &mut Fields) -> Vec<Line> {
    let (mut all, mut left) = (Vec::new(), Vec::new());
    for mut line in fields.objects("line_items") {
        let title = line.text("name").unwrap_or_default();
        let quantity = line.whole("quantity").map(|quantity| quantity.to_string());
        let (price, sku) = (amount(&mut line, "total"), line.text("sku"));
        // A number with a fraction that was counted from the others.
        line.leave(&["price"]);
        all.push(Line { title, quantity, price, sku });
        left.push(Value::Object(line.into_rest()));
    }
    if !left.is_empty() {
        fields.put("line_items", Value::Array(left));
    }
    all
}

/// The parcels that the usual plug-ins for tracking write into an order; what other plug-ins write stays.
fn parcels(fields: &mut Fields) -> Vec<Fields> {
    let (mut parcels, mut left) = (Vec::new(), Vec::new());
    for mut meta in fields.objects("meta_data") {
        if meta.peek_text("key") == Some(PARCELS) {
            parcels.extend(meta.objects("value"));
        }
        left.push(Value::Object(meta.into_rest()));
    }
    if !left.is_empty() {
        fields.put("meta_data", Value::Array(left));
    }
    parcels
}

/// A parcel. A later word on the same one takes the place of an earlier one.
fn sent(order: &Order, mut parcel: Fields, changed: Option<Instant>) -> InboundEvent {
    let number = parcel.id("tracking_number");
    let id = parcel.id("tracking_id").or_else(|| number.clone());
    let id = id.unwrap_or_else(|| parcel.name());
    let own = parcel.text("tracking_provider");
    let carrier = own.or_else(|| parcel.text("custom_tracking_provider"));
    let url = parcel.text("custom_tracking_link");
    let at = parcel.seconds("date_shipped").or(changed);
    let mut shown = Vec::new();
    shown.extend(carrier.iter().map(|carrier| field("Carrier", carrier)));
    shown.extend(number.iter().map(|number| field("Tracking number", number)));
    shown.extend(url.iter().map(|url| field("Tracking", url)));
    let data = json!({ "parcel": id, "carrier": carrier, "tracking_numbers": [number] });
    let revision = crate::fields::name_of(&data);
    order.event(State {
        name: "fulfilled",
        which: Some(id),
        revision: Some(revision),
        title: " is on its way".to_owned(),
        at,
        fields: shown,
        facts: number.into_iter().map(|number| (FactKind::TRACKING_NUMBER, number)).collect(),
        data: data.as_object().cloned().unwrap_or_default(),
        extra: rest(parcel),
        ..State::default()
    })
}

/// A refund. Its amount is written below zero, and shown above.
fn refunded(
    order: &Order,
    mut refund: Fields,
    currency: &str,
    changed: Option<Instant>,
) -> InboundEvent {
    let id = refund.id("id").unwrap_or_else(|| refund.name());
    let (total, reason) = (amount(&mut refund, "total"), refund.text("reason"));
    let mut shown = Vec::new();
    if let Some(total) = &total {
        shown.push(field("Refunded", money(total.trim_start_matches('-'), currency)));
    }
    shown.extend(reason.iter().map(|reason| field("Reason", reason)));
    let data = json!({
        "refund": id, "amount": { "amount": total, "currency": currency }, "reason": reason,
    });
    order.event(State {
        name: "refunded",
        which: Some(id),
        title: " refunded".to_owned(),
        at: changed,
        fields: shown,
        data: data.as_object().cloned().unwrap_or_default(),
        extra: rest(refund),
        ..State::default()
    })
}

fn alone(
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

/// An instant in UTC that does not say so; what is none stays where it is.
fn gmt(fields: &mut Fields, name: &str) -> Option<Instant> {
    let text = fields.peek_text(name)?;
    let at = text.parse().or_else(|_| format!("{text}Z").parse()).ok()?;
    fields.leave(&[name]);
    Some(at)
}

/// What is left, within bounds.
fn rest(left: Fields) -> Map<String, Value> {
    let kept = bounded(&Value::Object(left.into_rest()), &mut MOST_EXTRA.clone());
    kept.and_then(|kept| kept.as_object().cloned()).unwrap_or_default()
}
