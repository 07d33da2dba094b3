//! Templates that stand in the Content API of Twilio, with what WhatsApp said of them.

use serde_json::Value;
use throughline_core::outgoing::{Template, TemplateButton};

use super::{Pageful, Shelf};
use crate::chat::outcome::{Reading, Refusal};
use crate::chat::request::{Answer, Request, word};
use crate::chat::twilio::{failed, signed_in};
use crate::chat::{Account, Endpoints};

/// How many are asked for at once.
const PAGE: usize = 100;
/// The most characters of a text that stands alone.
const MOST_IN_TEXT: usize = 1_600;

pub(super) const SHELF: Shelf = Shelf { request, read, failed: said_no };

fn request(
    account: &Account,
    endpoints: &Endpoints,
    next: Option<&str>,
) -> Result<Request, Refusal> {
    let (sid, token) = (account.needed("account_sid")?, account.secret("auth_token")?);
    let base = &endpoints.twilio_content;
    let first = || format!("{base}/ContentAndApprovals?PageSize={PAGE}");
    let url = next.map_or_else(first, str::to_owned);
    Ok(signed_in(Request::get("ContentAndApprovals", url), sid, token))
}

fn read(answer: &Answer, endpoints: &Endpoints) -> Option<Pageful> {
    let said = answer.json();
    let all = said.get("contents")?.as_array()?;
    let templates = all.iter().filter(is_approved).filter_map(template).collect();
    // The credentials go with the next request, so it goes to where this one went and nowhere else.
    let own = format!("{}/", endpoints.twilio_content);
    let next = word(&said, "/meta/next_page_url").filter(|url| url.starts_with(&own));
    Some(Pageful { templates, next })
}

fn said_no(answer: &Answer, now: i64) -> Reading {
    failed(answer, now)
}

fn is_approved(one: &&Value) -> bool {
    one.pointer("/approval_requests/status").is_some_and(|status| status == "approved")
}

fn template(one: &Value) -> Option<Template> {
    let mut template = Template {
        name: word(one, "/sid")?,
        language: word(one, "/language").unwrap_or_default(),
        title: word(one, "/friendly_name"),
        category: word(one, "/approval_requests/category"),
        ..Template::default()
    };
    let types = one.get("types")?.as_object()?;
    let (kind, content) = types.iter().next()?;
    template.body = word(content, "/body").unwrap_or_default();
    template.most_in_body = (kind == "twilio/text").then_some(MOST_IN_TEXT);
    for action in content.get("actions").and_then(Value::as_array).into_iter().flatten() {
        let (label, url) = (word(action, "/title").unwrap_or_default(), word(action, "/url"));
        template.buttons.push(TemplateButton { label, url });
    }
    let is_known = matches!(
        kind.as_str(),
        "twilio/text" | "twilio/quick-reply" | "twilio/call-to-action" | "whatsapp/card"
    );
    let has_more = ["header_text", "footer", "media", "title", "subtitle"];
    let has_more = has_more.iter().any(|name| content.get(name).is_some_and(|it| !it.is_null()));
    // One value goes to all places of its name, and what is given for none is filled with what stands there
    // as an example: so no place may be anywhere but in the body.
    let mut beside = content.clone();
    beside.as_object_mut()?.remove("body");
    if types.len() > 1 {
        let kinds = types.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        template.unusable =
            Some(format!("it is of several kinds ({kinds}), of which Twilio chooses by itself"));
    } else if !is_known || has_more || has_places(&beside) {
        template.unusable =
            Some(format!("it is of the kind {kind}, with more places than its body"));
    }
    let example = |name: String| word(one, &format!("/variables/{name}")).unwrap_or_default();
    template.examples = template.places().into_iter().map(|place| example(place.name)).collect();
    Some(template)
}

/// Whether a place is in any text of a value, however deep.
fn has_places(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{{"),
        Value::Array(all) => all.iter().any(has_places),
        Value::Object(all) => all.values().any(has_places),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn contents_are_read_and_the_next_page_stays_at_twilio() {
        let content = |sid: &str, status: &str, types: Value| {
            json!({ "sid": sid, "friendly_name": "late", "language": "tr", "types": types,
                "variables": { "1": "Elif" }, "approval_requests": { "status": status,
                    "category": "UTILITY" } })
        };
        let text = json!({ "twilio/text": { "body": "Dear {{1}}" } });
        let media = json!({ "twilio/media": { "body": "x", "media": ["https://…"] } });
        let said = |next: &str| {
            let body = json!({ "contents": [content("HX1", "approved", text.clone()),
                content("HX2", "rejected", text.clone()), content("HX3", "approved", media.clone())],
                "meta": { "next_page_url": next } });
            let body = body.to_string().into_bytes();
            let answer = Answer { status: 200, body, is_whole: true, ..Answer::default() };
            read(&answer, &Endpoints::default()).unwrap()
        };
        let own = "https://content.twilio.com/v1/ContentAndApprovals?Page=1";
        let found = said(own);
        assert_eq!(found.next.as_deref(), Some(own));
        let names: Vec<_> = found.templates.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["HX1", "HX3"]);
        assert_eq!(found.templates[0].examples, ["Elif"]);
        assert_eq!(found.templates[0].most_in_body, Some(1_600));
        assert!(found.templates[0].unusable.is_none() && found.templates[1].unusable.is_some());
        assert_eq!(said("https://content.twilio.com.evil.example/v1/x").next, None);
    }

    /// Why a content with these types cannot be sent, if it cannot.
    fn unusable(types: &Value) -> Option<String> {
        let one = json!({ "sid": "HX1", "language": "en", "types": types });
        template(&one).expect("a template").unusable
    }

    #[test]
    fn a_content_with_places_elsewhere_or_of_several_kinds_cannot_be_sent() {
        let action = |action: Value| {
            unusable(
                &json!({ "twilio/call-to-action": { "body": "Hi {{1}}", "actions": [action] } }),
            )
        };
        let plain = json!({ "type": "URL", "title": "Track", "url": "https://x.example" });
        assert_eq!(action(plain), None);
        for name in ["title", "id", "phone", "code", "url"] {
            let mut place = json!({ "type": "URL", "title": "Track" });
            place[name] = json!("{{2}}");
            assert!(action(place).is_some(), "{name}");
        }
        let several = json!({ "twilio/call-to-action": { "body": "Hi" },
            "twilio/text": { "body": "Hi {{1}}" } });
        let why = unusable(&several).expect("it is told");
        assert!(why.contains("twilio/call-to-action, twilio/text"), "{why}");
    }
}
