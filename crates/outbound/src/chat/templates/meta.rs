//! Templates of a business account at Meta.

use serde_json::Value;
use throughline_core::outgoing::{Template, TemplateButton};

use super::{Pageful, Shelf};
use crate::chat::outcome::{Reading, Refusal};
use crate::chat::request::{Answer, Request, segment, word};
use crate::chat::whatsapp;
use crate::chat::{Account, Endpoints};

/// What is asked of each.
const FIELDS: &str = "name,language,status,category,components";
/// How many are asked for at once.
const PAGE: usize = 100;

pub(super) const SHELF: Shelf = Shelf { request, read, failed };

fn request(
    account: &Account,
    endpoints: &Endpoints,
    next: Option<&str>,
) -> Result<Request, Refusal> {
    let token = account.secret("access_token")?;
    let business = segment(account.needed("business_account_id")?.trim());
    let base = &endpoints.whatsapp;
    let after = next.map(|after| format!("&after={}", segment(after))).unwrap_or_default();
    let query = format!("fields={FIELDS}&status=APPROVED&limit={PAGE}{after}");
    let url = format!("{base}/{business}/message_templates?{query}");
    Ok(Request::get("message_templates", url).bearer(token))
}

fn read(answer: &Answer, _: &Endpoints) -> Option<Pageful> {
    let said = answer.json();
    let all = said.get("data")?.as_array()?;
    // The filter of the request may be one that Meta does not know any more.
    let is_approved = |one: &&Value| one.get("status").is_none_or(|status| status == "APPROVED");
    let templates = all.iter().filter(is_approved).filter_map(template).collect();
    // On the last page there is a cursor and no `next`.
    let more = said.pointer("/paging/next").is_some();
    let next = more.then(|| word(&said, "/paging/cursors/after")).flatten();
    Some(Pageful { templates, next })
}

fn failed(answer: &Answer, now: i64) -> Reading {
    let said = answer.json();
    match said.get("error") {
        Some(_) => whatsapp::failed(answer, &said, now),
        None => Reading::of_status(answer, now, "").unwrap_or_else(|| Reading::unreadable(answer)),
    }
}

fn template(one: &Value) -> Option<Template> {
    let mut template = Template {
        name: word(one, "/name")?,
        language: word(one, "/language")?,
        category: word(one, "/category"),
        ..Template::default()
    };
    for component in one.get("components").and_then(Value::as_array).into_iter().flatten() {
        let text = word(component, "/text");
        match upper(component, "/type").as_str() {
            "HEADER" => header(&mut template, component, text),
            "BODY" => {
                template.body = text.unwrap_or_default();
                template.examples.extend(examples(component, "body"));
            }
            "FOOTER" => template.footer = text,
            "BUTTONS" => buttons(&mut template, component),
            other => cannot(&mut template, format!("it has a part of the kind {other}")),
        }
    }
    if template.body.is_empty() && template.unusable.is_none() {
        cannot(&mut template, "its words are not told".to_owned());
    }
    Some(template)
}

fn header(template: &mut Template, component: &Value, text: Option<String>) {
    match upper(component, "/format").as_str() {
        "TEXT" | "" => {
            template.header = text;
            // Those of the header come first.
            let mut all = examples(component, "header");
            all.append(&mut template.examples);
            template.examples = all;
        }
        other => cannot(template, format!("its header is no text but {other}")),
    }
}

fn buttons(template: &mut Template, component: &Value) {
    for button in component.get("buttons").and_then(Value::as_array).into_iter().flatten() {
        let kind = upper(button, "/type");
        if !matches!(kind.as_str(), "QUICK_REPLY" | "URL" | "PHONE_NUMBER" | "VOICE_CALL") {
            cannot(template, format!("it has a button of the kind {kind}"));
        }
        let url = word(button, "/url");
        if url.as_deref().is_some_and(|url| url.contains("{{")) {
            template.examples.extend(word(button, "/example/0"));
        }
        template
            .buttons
            .push(TemplateButton { label: word(button, "/text").unwrap_or_default(), url });
    }
}

/// What Meta was given as examples for a part: those of words by name, or those of numbers in their order.
fn examples(component: &Value, part: &str) -> Vec<String> {
    let named = component.pointer(&format!("/example/{part}_text_named_params"));
    if let Some(named) = named.and_then(Value::as_array) {
        return named.iter().filter_map(|one| word(one, "/example")).collect();
    }
    // Those of a body stand in a list of lists.
    let numbered = component.pointer(&format!("/example/{part}_text"));
    let inner = numbered.and_then(|all| all.get(0)).filter(|first| first.is_array());
    let all = inner.or(numbered).and_then(Value::as_array);
    all.into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

fn upper(value: &Value, path: &str) -> String {
    word(value, path).unwrap_or_default().to_ascii_uppercase()
}

fn cannot(template: &mut Template, why: String) {
    template.unusable.get_or_insert(why);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(body: &Value) -> Pageful {
        let answer = Answer {
            status: 200,
            body: body.to_string().into_bytes(),
            is_whole: true,
            ..Answer::default()
        };
        read(&answer, &Endpoints::default()).unwrap()
    }

    #[test]
    fn templates_are_read_with_their_places_and_examples() {
        let found = page(&json!({
            "data": [{
                "name": "order_late", "language": "en_US", "status": "APPROVED",
                "category": "UTILITY", "id": "1",
                "components": [
                    { "type": "BODY", "text": "Dear {{1}}, {{2}}",
                      "example": { "body_text": [["Elif", "soon"]] } },
                    { "type": "HEADER", "format": "TEXT", "text": "Order {{1}}",
                      "example": { "header_text": ["4417"] } },
                    { "type": "FOOTER", "text": "The shop" },
                    { "type": "BUTTONS", "buttons": [
                        { "type": "QUICK_REPLY", "text": "Stop" },
                        { "type": "URL", "text": "Track", "url": "https://x.example/{{1}}",
                          "example": ["https://x.example/t-9"] },
                    ] },
                ],
            }],
            "paging": { "cursors": { "before": "b", "after": "a" }, "next": "https://…" }
        }));
        assert_eq!(found.next.as_deref(), Some("a"));
        let [one] = found.templates.as_slice() else { panic!("one") };
        assert_eq!((one.unusable.as_deref(), one.places().len()), (None, 4));
        assert_eq!(one.examples, ["4417", "Elif", "soon", "https://x.example/t-9"]);
        assert_eq!(one.buttons.len(), 2);
    }

    #[test]
    fn what_cannot_be_filled_in_here_says_so() {
        let with = |component: Value| {
            let body = json!({ "type": "BODY", "text": "Hello" });
            let one = json!({ "name": "x", "language": "tr", "components": [body, component] });
            page(&json!({ "data": [one] })).templates.remove(0).unusable.unwrap_or_default()
        };
        assert!(with(json!({ "type": "HEADER", "format": "IMAGE" })).contains("IMAGE"));
        assert!(with(json!({ "type": "CAROUSEL", "cards": [] })).contains("CAROUSEL"));
        let code =
            json!({ "type": "BUTTONS", "buttons": [{ "type": "COPY_CODE", "text": "Copy" }] });
        assert!(with(code).contains("COPY_CODE"));
        let rejected = json!({ "data": [{ "name": "x", "language": "tr", "status": "REJECTED" }] });
        assert!(page(&rejected).templates.is_empty());
        let named = json!({ "data": [{ "name": "x", "language": "tr", "components": [{
            "type": "BODY", "text": "Hi {{who}}", "example": { "body_text_named_params": [
                { "param_name": "who", "example": "Elif" }
            ] }
        }] }] });
        assert_eq!(page(&named).templates[0].examples, ["Elif"]);
        assert_eq!(page(&named).next, None);
    }
}
