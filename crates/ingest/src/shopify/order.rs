//! Orders of Shopify, and what becomes of them: placed, paid, on their way, refunded, cancelled.

use serde_json::{Map, Value, json};
use throughline_core::facts::FactKind;
use throughline_core::inbound::{InboundEvent, Person};
use throughline_core::time::Instant;
use throughline_core::timeline::PushedField;

use super::decode::{Shopify, rest};
use crate::fields::Fields;
use crate::lenient::scalar;
use crate::shop::{Line, Order, State, amount, day_of, field, lines, money};

/// What opens doors, or tells of a device and not of an order.
const LEFT: &[&str] = &[
    "token",
    "cart_token",
    "checkout_token",
    "order_status_url",
    "browser_ip",
    "client_details",
    "landing_site",
    "landing_site_ref",
    "referring_site",
    "admin_graphql_api_id",
];

/// All states that an order has reached.
pub(super) fn states(shop: &Shopify, mut fields: Fields) -> Vec<InboundEvent> {
    fields.leave(LEFT);
    let order = order_of(shop, &mut fields);
    let currency = fields.text("currency").unwrap_or_default();
    let parcels = fields.objects("fulfillments");
    let refunds = fields.objects("refunds");
    let paid = fields.text("financial_status");
    let mut all = vec![order.event(placed(&mut fields, &currency, paid.as_deref()))];
    if matches!(paid.as_deref(), Some("paid" | "partially_refunded" | "refunded")) {
        let at = fields.instant("updated_at");
        let title = " paid".to_owned();
        all.push(order.event(State { name: "paid", title, at, ..State::default() }));
    }
    all.extend(parcels.into_iter().map(|parcel| sent(&order, parcel)));
    all.extend(refunds.into_iter().map(|refund| refunded(&order, refund, &currency)));
    if let Some(at) = fields.instant("cancelled_at") {
        all.push(order.event(gone(at, fields.text("cancel_reason"))));
    }
    if let Some(InboundEvent::Channel(first)) = all.first_mut() {
        first.extra = rest(&Value::Object(fields.into_rest()));
    }
    all
}

fn order_of(shop: &Shopify, fields: &mut Fields) -> Order {
    let locale = fields.text("customer_locale");
    let customer = fields.object("customer").unwrap_or_default();
    let (who, left) = shop.person(customer, fields);
    fields.put_rest("customer", left);
    let number = fields.text("name").map(|name| name.trim_start_matches('#').to_owned());
    let number = number.or_else(|| fields.id("order_number"));
    Order {
        id: fields.id("id").unwrap_or_else(|| fields.name()),
        number: number.unwrap_or_default(),
        who: Person { language: locale, ..who },
        url: None,
        provider_kind: "order".to_owned(),
    }
}

fn placed(fields: &mut Fields, currency: &str, paid: Option<&str>) -> State {
    let at = fields.instant("created_at");
    let (mut shown, mut data) = (Vec::new(), Map::new());
    if let Some(total) = amount(fields, "total_price") {
        shown.push(field("Total", money(&total, currency)));
        data.insert("total".to_owned(), json!({ "amount": total, "currency": currency }));
    }
    if let Some(paid) = paid {
        shown.push(field("Payment", paid));
        data.insert("financial_status".to_owned(), json!(paid));
    }
    let sent = fields.text("fulfillment_status");
    data.insert("fulfillment_status".to_owned(), json!(sent));
    lines(&lines_of(fields), currency, &mut shown, &mut data);
    State {
        name: "placed",
        title: " placed".to_owned(),
        at,
        text: fields.text("note").unwrap_or_default(),
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
        let parts = [line.text("title").or_else(|| line.text("name")), line.text("variant_title")];
        let title = crate::fields::joined(&[parts[0].as_deref(), parts[1].as_deref()], ", ");
        let quantity = line.whole("quantity").map(|quantity| quantity.to_string());
        let (price, sku) = (amount(&mut line, "price"), line.text("sku"));
        line.leave(&["admin_graphql_api_id"]);
        all.push(Line { title, quantity, price, sku });
        left.push(Value::Object(line.into_rest()));
    }
    if !left.is_empty() {
        fields.put("line_items", Value::Array(left));
    }
    all
}

/// A parcel that was told by itself. Whose it is, its order says.
pub(super) fn parcel(mut fields: Fields) -> Vec<InboundEvent> {
    let order = bare(fields.id("order_id").unwrap_or_default());
    vec![sent(&order, fields)]
}

/// A refund that was told by itself. Whose it is, its order says.
pub(super) fn refund(mut fields: Fields) -> Vec<InboundEvent> {
    let order = bare(fields.id("order_id").unwrap_or_default());
    vec![refunded(&order, fields, "")]
}

fn bare(id: String) -> Order {
    let (number, who) = (String::new(), Person::default());
    Order { id, number, who, url: None, provider_kind: "order".to_owned() }
}

/// How far a parcel is, by the shop's word for it.
fn way(status: Option<&str>) -> (&'static str, &'static str) {
    match status {
        Some("pending" | "open") => ("packing", " is being packed"),
        Some("cancelled" | "error" | "failure") => ("not_sent", " was not sent"),
        _ => ("fulfilled", " is on its way"),
    }
}

/// The values of a list and of a field of its own, each once.
fn several(fields: &mut Fields, list: &str, own: &str) -> Vec<String> {
    let mut all: Vec<String> =
        fields.list(list).unwrap_or_default().iter().filter_map(scalar).collect();
    let own = fields.id(own).filter(|own| !all.contains(own));
    all.extend(own);
    all
}

/// A parcel. A later word on the same one takes the place of an earlier one.
fn sent(order: &Order, mut parcel: Fields) -> InboundEvent {
    parcel.leave(&["admin_graphql_api_id", "order_id"]);
    let status = parcel.text("status");
    let (name, title) = way(status.as_deref());
    let (made, updated) = (parcel.instant("created_at"), parcel.instant("updated_at"));
    let id = parcel.id("id").unwrap_or_else(|| parcel.name());
    let (company, ship) = (parcel.text("tracking_company"), parcel.text("shipment_status"));
    let numbers = several(&mut parcel, "tracking_numbers", "tracking_number");
    let urls = several(&mut parcel, "tracking_urls", "tracking_url");
    let mut shown = Vec::new();
    shown.extend(company.iter().map(|company| field("Carrier", company)));
    shown.extend(ship.iter().map(|ship| field("Status", ship)));
    shown.extend(numbers.iter().map(|number| field("Tracking number", number)));
    shown.extend(urls.iter().map(|url| field("Tracking", url)));
    let data = json!({
        "parcel": id, "status": status, "shipment_status": ship, "carrier": company,
        "tracking_numbers": numbers, "tracking_urls": urls,
    });
    let facts = numbers.iter().map(|number| (FactKind::TRACKING_NUMBER, number.clone())).collect();
    let revision = crate::fields::name_of(&data);
    order.event(State {
        name,
        which: Some(id),
        revision: Some(revision),
        title: title.to_owned(),
        at: updated.or(made),
        fields: shown,
        facts,
        data: data.as_object().cloned().unwrap_or_default(),
        extra: rest(&Value::Object(parcel.into_rest())),
        ..State::default()
    })
}

fn refunded(order: &Order, mut refund: Fields, currency: &str) -> InboundEvent {
    refund.leave(&["admin_graphql_api_id", "order_id"]);
    let at = refund.instant("processed_at").or_else(|| refund.instant("created_at"));
    let id = refund.id("id").unwrap_or_else(|| refund.name());
    let (mut shown, mut amounts, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for mut part in refund.objects("transactions") {
        amounts.push(transaction(&mut part, currency, &mut shown));
        part.leave(&["admin_graphql_api_id", "order_id", "receipt", "authorization"]);
        left.push(Value::Object(part.into_rest()));
    }
    refund.put("transactions", Value::Array(left));
    let note = refund.text("note");
    shown.extend(note.iter().map(|note| field("Reason", note)));
    let data = json!({ "refund": id, "amounts": amounts, "reason": note });
    order.event(State {
        name: "refunded",
        which: Some(id),
        title: " refunded".to_owned(),
        at,
        fields: shown,
        data: data.as_object().cloned().unwrap_or_default(),
        extra: rest(&Value::Object(refund.into_rest())),
        ..State::default()
    })
}

/// A part of a refund: money that went back is shown, what was tried in vain is kept.
fn transaction(part: &mut Fields, currency: &str, shown: &mut Vec<PushedField>) -> Value {
    let currency = part.text("currency").unwrap_or_else(|| currency.to_owned());
    let (kind, status) = (part.text("kind"), part.text("status"));
    let paid = amount(part, "amount");
    let went = matches!(status.as_deref(), None | Some("success"))
        && matches!(kind.as_deref(), None | Some("refund"));
    if let Some(paid) = paid.as_deref().filter(|_| went) {
        shown.push(field("Refunded", money(paid, &currency)));
    }
    json!({ "amount": paid, "currency": currency, "kind": kind, "status": status })
}

fn gone(at: Instant, reason: Option<String>) -> State {
    let shown = reason.iter().map(|reason| field("Reason", reason)).collect();
    let data = json!({ "reason": reason });
    State {
        name: "cancelled",
        title: " cancelled".to_owned(),
        at: Some(at),
        fields: shown,
        data: data.as_object().cloned().unwrap_or_default(),
        ..State::default()
    }
}
