//! Templates: texts that a platform has approved, with places in which words are put. They go when the
//! customer may not be written to freely. Pure: what a template says filled in, and what does not fit.

use serde::{Deserialize, Serialize};

use super::ChatWay;

/// The most characters of a header, filled in.
const MOST_IN_HEADER: usize = 60;
/// The most characters of a body that stands beside other parts, and of one that stands alone.
const MOST_IN_BODY: usize = 1024;
const MOST_IN_LONE_BODY: usize = 32_768;
/// The most characters of the address of a button.
const MOST_IN_ADDRESS: usize = 2000;
/// The most spaces in a row that a value may have.
const MOST_SPACES: usize = 4;

/// A template as its platform tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// By what it is sent: a name, or an id.
    pub name: String,
    /// Its language, as the platform writes it.
    pub language: String,
    /// Its name for people, where it is sent by an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the platform takes it for, such as `UTILITY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// What stands above its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// What it says.
    pub body: String,
    /// What stands below its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// Its buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<TemplateButton>,
    /// What stands in its places as an example, in their order, as far as it is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
    /// The most characters of its body, filled in, where its platform takes less than WhatsApp does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_in_body: Option<usize>,
    /// Why it cannot be sent from here, when it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
}

/// A button of a template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateButton {
    /// What stands on it.
    pub label: String,
    /// Where it leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A part of a template that has places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplatePart {
    /// What stands above the body.
    Header,
    /// The body.
    Body,
    /// The address of the button of this number, counted from 0.
    Button(usize),
}

/// A place in which words are put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplatePlace {
    /// Where it is.
    pub part: TemplatePart,
    /// Its name there: a number or a word.
    pub name: String,
}

/// What was put into a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateValue {
    /// Where the place is.
    pub part: TemplatePart,
    /// Its name there.
    pub name: String,
    /// The words.
    pub value: String,
}

/// A template with the words that were put into its places, as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledTemplate {
    /// By what it is sent.
    pub name: String,
    /// Its language.
    pub language: String,
    /// What stands in its places, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<TemplateValue>,
}

/// Why words do not fit a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// It cannot be sent from here at all.
    #[error("this template cannot be sent from here: {0}")]
    Unusable(String),
    /// There are more or fewer values than places.
    #[error(
        "it has {places} places and was given {given} values: give one for each, in their order"
    )]
    Count {
        /// How many places it has.
        places: usize,
        /// How many values were given.
        given: usize,
    },
    /// A value says nothing.
    #[error("the value of place {0} is empty; the platform takes no empty ones")]
    Empty(usize),
    /// A value has characters that are not taken.
    #[error(
        "the value of place {0} has a line break, a tab or more than four spaces in a row, which the \
         platform does not take: write it in one line"
    )]
    Unruly(usize),
    /// A part becomes too long.
    #[error("its {part} would be {length} characters long, and {most} are the most")]
    TooLong {
        /// Which part.
        part: &'static str,
        /// How long it would be.
        length: usize,
        /// How long it may be.
        most: usize,
    },
}

impl Template {
    /// Its places, in the order in which they are filled: those of the header, of the body, of the buttons.
    /// Numbers are in their own order, words in that of the text, and each is filled once in its part.
    pub fn places(&self) -> Vec<TemplatePlace> {
        let header = self.header.iter().map(|text| (TemplatePart::Header, text.as_str()));
        let body = std::iter::once((TemplatePart::Body, self.body.as_str()));
        let addresses = self.buttons.iter().enumerate();
        let addresses = addresses
            .filter_map(|(at, button)| Some((TemplatePart::Button(at), button.url.as_deref()?)));
        header.chain(body).chain(addresses).flat_map(|(part, text)| places_in(part, text)).collect()
    }

    /// The template with these words in its places, and what the customer sees of it.
    ///
    /// # Errors
    /// When they do not fit, as far as can be known here.
    pub fn fill(&self, given: &[String]) -> Result<(FilledTemplate, String), Misfit> {
        if let Some(why) = &self.unusable {
            return Err(Misfit::Unusable(why.clone()));
        }
        let places = self.places();
        if places.len() != given.len() {
            return Err(Misfit::Count { places: places.len(), given: given.len() });
        }
        let values: Vec<TemplateValue> = places
            .into_iter()
            .zip(given)
            .map(|(TemplatePlace { part, name }, value)| TemplateValue {
                part,
                name,
                value: value.trim().to_owned(),
            })
            .collect();
        for (at, TemplateValue { value, .. }) in values.iter().enumerate() {
            if value.is_empty() {
                return Err(Misfit::Empty(at + 1));
            }
            if value.chars().any(char::is_control) || value.contains(&" ".repeat(MOST_SPACES + 1)) {
                return Err(Misfit::Unruly(at + 1));
            }
        }
        let text = self.shown(&values)?;
        let (name, language) = (self.name.clone(), self.language.clone());
        Ok((FilledTemplate { name, language, values }, text))
    }

    /// What the customer sees, when no part is too long.
    fn shown(&self, values: &[TemplateValue]) -> Result<String, Misfit> {
        let header = self.header.as_deref().map(|text| written(text, TemplatePart::Header, values));
        let body = written(&self.body, TemplatePart::Body, values);
        let is_alone = self.header.is_none() && self.footer.is_none() && self.buttons.is_empty();
        fits("header", header.as_deref().unwrap_or_default(), MOST_IN_HEADER)?;
        let most = if is_alone { MOST_IN_LONE_BODY } else { MOST_IN_BODY };
        fits("body", &body, self.most_in_body.map_or(most, |own| own.min(most)))?;
        let mut buttons = Vec::new();
        for (at, TemplateButton { label, url }) in self.buttons.iter().enumerate() {
            let url = url.as_deref().map(|url| written(url, TemplatePart::Button(at), values));
            fits("button", url.as_deref().unwrap_or_default(), MOST_IN_ADDRESS)?;
            buttons
                .push(url.map_or_else(|| format!("[{label}]"), |url| format!("[{label}] {url}")));
        }
        let buttons = (!buttons.is_empty()).then(|| buttons.join("\n"));
        let parts = [header, Some(body), self.footer.clone(), buttons];
        Ok(parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n"))
    }
}

/// Refuses a part that is too long.
fn fits(part: &'static str, text: &str, most: usize) -> Result<(), Misfit> {
    let length = text.chars().count();
    if length <= most { Ok(()) } else { Err(Misfit::TooLong { part, length, most }) }
}

/// The places of a text, each once.
fn places_in(part: TemplatePart, text: &str) -> Vec<TemplatePlace> {
    let mut names: Vec<&str> = Vec::new();
    for (_, name) in pieces(text) {
        if let Some(name) = name.filter(|name| !names.contains(name)) {
            names.push(name);
        }
    }
    if names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_digit())) {
        names.sort_by_key(|name| name.parse::<u32>().unwrap_or(u32::MAX));
    }
    names.into_iter().map(|name| TemplatePlace { part, name: name.to_owned() }).collect()
}

/// A text with words in its places. Words that look like a place stay as they are.
fn written(text: &str, part: TemplatePart, values: &[TemplateValue]) -> String {
    let mut out = String::with_capacity(text.len());
    for (before, name) in pieces(text) {
        out.push_str(before);
        let of_place = |value: &&TemplateValue| value.part == part && Some(&*value.name) == name;
        out.push_str(values.iter().find(of_place).map_or("", |value| &value.value));
    }
    out
}

/// A text in pieces: what stands before each place, with the name of the place; and the rest.
fn pieces(text: &str) -> Vec<(&str, Option<&str>)> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some((before, place, after)) = next_place(rest) {
        found.push((before, Some(place)));
        rest = after;
    }
    found.push((rest, None));
    found
}

/// What stands before the first place of a text, its name, and what stands behind it. A place is written
/// `{{1}}` or `{{name}}`; other braces are words.
fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    for (at, _) in text.match_indices("{{") {
        let inner = text.get(at + 2..)?;
        let (name, after) = inner.split_once("}}")?;
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let trimmed = name.trim();
        if !trimmed.is_empty() && trimmed.chars().all(is_name) {
            return Some((text.get(..at)?, trimmed, after));
        }
    }
    None
}

/// Whose templates an inbox may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateAccount {
    /// Its platform has none, or none for this inbox.
    None,
    /// Nobody knows, since this setting is missing.
    Missing(&'static str),
    /// Those of this account at the platform.
    Of(String),
}

impl ChatWay {
    /// Whose templates an inbox of this platform may send; `setting` reads its set-up.
    pub fn template_account<'a>(
        &self,
        setting: impl Fn(&'static str) -> Option<&'a str>,
    ) -> TemplateAccount {
        let named = |name: &'static str| match setting(name).map(str::trim) {
            Some(account) if !account.is_empty() => TemplateAccount::Of(account.to_owned()),
            _ => TemplateAccount::Missing(name),
        };
        let is_whatsapp = || setting("number").is_some_and(|own| own.starts_with("whatsapp:"));
        match self.kind {
            "whatsapp" => named("business_account_id"),
            "twilio" if is_whatsapp() => named("account_sid"),
            _ => TemplateAccount::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outgoing::chat_way;

    fn template() -> Template {
        Template {
            name: "order_late".into(),
            language: "en".into(),
            header: Some("Order {{1}}".into()),
            body: "Dear {{2}}, your {{1}} comes on {{ 3 }}. {{2}}!".into(),
            footer: Some("The shop".into()),
            buttons: vec![
                TemplateButton { label: "Stop".into(), url: None },
                TemplateButton {
                    label: "Track".into(),
                    url: Some("https://x.example/{{1}}".into()),
                },
            ],
            ..Template::default()
        }
    }

    fn texts<const N: usize>(all: [&str; N]) -> Vec<String> {
        all.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_template_is_shown_as_the_customer_sees_it() {
        let values = texts(["4417", "lamp", " Elif ", "Friday", "t-9"]);
        let (filled, shown) = template().fill(&values).unwrap();
        assert_eq!(
            shown,
            "Order 4417\n\nDear Elif, your lamp comes on Friday. Elif!\n\nThe shop\n\n[Stop]\n[Track] \
             https://x.example/t-9"
        );
        let at: Vec<_> = filled.values.iter().map(|one| (one.part, one.name.as_str())).collect();
        use TemplatePart::{Body, Button, Header};
        assert_eq!(at, [(Header, "1"), (Body, "1"), (Body, "2"), (Body, "3"), (Button(1), "1")]);
    }

    #[test]
    fn words_that_look_like_a_place_stay_words() {
        let named = Template { body: "Hi {{name}}, {{ no }} {{}} {{a b}} {{".into(), ..template() };
        let plain = Template { header: None, buttons: Vec::new(), footer: None, ..named };
        let (filled, shown) = plain.fill(&texts(["{{no}}", "x"])).unwrap();
        assert_eq!(shown, "Hi {{no}}, x {{}} {{a b}} {{");
        assert_eq!(filled.values.len(), 2);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_reason() {
        let fill = |values: Vec<String>| template().fill(&values).unwrap_err();
        assert_eq!(fill(texts(["1"])), Misfit::Count { places: 5, given: 1 });
        assert_eq!(fill(texts(["1", "2", " ", "4", "5"])), Misfit::Empty(3));
        for unruly in ["a\nb", "a\tb", "a     b"] {
            assert_eq!(fill(texts(["1", unruly, "3", "4", "5"])), Misfit::Unruly(2), "{unruly:?}");
        }
        let long = |count| "ü".repeat(count);
        let header = fill(texts([&long(55), "2", "3", "4", "5"]));
        assert_eq!(header, Misfit::TooLong { part: "header", length: 61, most: 60 });
        let body = fill(texts(["1", &long(1024), "3", "4", "5"]));
        assert!(matches!(body, Misfit::TooLong { part: "body", most: 1024, .. }), "{body}");
        let alone = Template {
            header: None,
            footer: None,
            buttons: Vec::new(),
            body: "{{1}}".into(),
            ..template()
        };
        assert!(alone.fill(&[long(2_000)]).is_ok());
        assert!(alone.fill(&[long(32_769)]).is_err());
        let shorter = Template { most_in_body: Some(1_600), ..alone };
        assert!(shorter.fill(&[long(1_600)]).is_ok());
        let misfit = shorter.fill(&[long(1_601)]).unwrap_err();
        assert!(matches!(misfit, Misfit::TooLong { most: 1_600, .. }), "{misfit}");
        let picture = Template { unusable: Some("its header is a picture".into()), ..template() };
        assert!(matches!(picture.fill(&[]), Err(Misfit::Unusable(_))));
    }

    #[test]
    fn whose_templates_they_are_is_known_from_the_set_up() {
        let of = |kind: &str, name: &'static str, value: &'static str| {
            let way = chat_way(kind).unwrap();
            way.template_account(|asked| match asked {
                asked if asked == name => Some(value),
                "account_sid" => Some("AC1"),
                _ => None,
            })
        };
        assert_eq!(of("whatsapp", "x", ""), TemplateAccount::Missing("business_account_id"));
        assert_eq!(of("whatsapp", "business_account_id", " 77 "), TemplateAccount::Of("77".into()));
        assert_eq!(of("twilio", "number", "+1415"), TemplateAccount::None);
        assert_eq!(of("twilio", "number", "whatsapp:+1"), TemplateAccount::Of("AC1".into()));
        assert_eq!(of("telegram", "x", ""), TemplateAccount::None);
    }
}
