//! Trying out a shop of WooCommerce: whether there is one. What it sends wants nothing but the secret, so
//! nothing else can be asked.

use serde_json::Value;

use super::{Check, Found, Tried};
use crate::chat::request::{Answer, Reach, Request};
use crate::chat::{Endpoints, Refusal};

/// What is asked.
pub(super) const CHECKS: &[Check] = &[Check { step: "shop", request: index, judge }];

/// What everybody may know of a site of WordPress.
fn index(tried: &Tried<'_>, endpoints: &Endpoints) -> Result<Option<Request>, Refusal> {
    let shop = endpoints.entered(tried.account.needed("shop")?)?;
    let request = Request::get("wp-json", format!("{shop}/wp-json/?_fields=name,namespaces"));
    Ok(Some(Request { reach: Reach::Entered, ..request }))
}

fn judge(tried: &Tried<'_>, answer: &Answer) -> Found {
    let said = answer.json();
    let spaces = said.pointer("/namespaces").and_then(Value::as_array);
    let mut spaces = spaces.into_iter().flatten().filter_map(Value::as_str);
    let is_shop = spaces.any(|space| space.starts_with("wc/"));
    let last = format!(
        "whether it sends to {} with this secret is told by the webhook's own list of deliveries",
        tried.hook
    );
    match (answer.status, is_shop) {
        (200, true) => Ok(format!("there is a shop of WooCommerce; {last}")),
        // Some sites show this to nobody.
        (401 | 403, _) => Ok(format!("the site tells nobody what it is; {last}")),
        (200, false) if said.is_object() => {
            Err("there is a site of WordPress without WooCommerce: compare `shop`".to_owned())
        }
        (status, _) => Err(format!(
            "at `shop` there is no site of WordPress (it answered {status}): enter the host of the shop"
        )),
    }
}
