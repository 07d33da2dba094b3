//! The profile of a customer: fields of which each knows who said so, and the rule that says which
//! of several answers counts.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::id::{ConsentId, CustomFieldId, CustomerId};
use crate::text::fold;
use crate::time::Instant;
use crate::wire::closed_set;

/// The most custom fields there are.
pub const MAX_CUSTOM_FIELDS: usize = 100;
/// The most options of a choice.
pub const MAX_OPTIONS: usize = 100;
/// The longest text of a custom field, in characters.
const MAX_TEXT: usize = 1000;
/// The longest address on the web, in characters.
const MAX_URL: usize = 2000;
/// How much of a value lists are filtered by, in characters.
const MAX_KEY: usize = 200;
/// The field that says whether a customer is specially important.
pub const VIP: &str = "vip";
/// What stands before the key of a custom field.
pub const CUSTOM: &str = "custom.";

closed_set! {
    /// Who says what a field holds; the later ones count more.
    Source, "source" {
        /// A rule of ours guessed it.
        Rule = 1 "rule",
        /// A channel told it, such as the name beside an address.
        Channel = 2 "channel",
        /// An import, or the product itself.
        Import = 3 "import",
        /// An integrator's key.
        Integrator = 4 "integrator",
        /// An agent.
        Agent = 5 "agent",
    }
}

closed_set! {
    /// What a custom field holds.
    CustomKind, "kind of custom field" {
        /// A text of at most 1,000 characters.
        Text = 1 "text",
        /// A number.
        Number = 2 "number",
        /// Yes or no.
        Boolean = 3 "boolean",
        /// A day, such as `2026-11-22`.
        Date = 4 "date",
        /// One of the options.
        Choice = 5 "choice",
        /// Some of the options.
        MultiChoice = 6 "multi_choice",
        /// An address on the web.
        Url = 7 "url",
    }
}

closed_set! {
    /// Whether a customer agrees to a purpose.
    ConsentState, "consent state" {
        /// He agreed.
        Granted = 1 "granted",
        /// He was asked and did not agree.
        Denied = 2 "denied",
        /// He had agreed, and no longer does.
        Withdrawn = 3 "withdrawn",
    }
}

/// A field that the admin added.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomField {
    /// Its id.
    pub id: CustomFieldId,
    /// The key by which programs know it.
    pub key: String,
    /// The name that people read.
    pub name: String,
    /// What it holds.
    pub kind: CustomKind,
    /// The options of a choice.
    pub options: Vec<String>,
    /// Whether it can be left empty only by who never filled it in: it cannot be cleared.
    pub required: bool,
    /// When it was made.
    pub created_at: Instant,
    /// Rises with every change; the base of its ETag.
    pub version: i64,
}

impl CustomField {
    /// The name under which its values stand.
    pub fn field(&self) -> String {
        format!("{CUSTOM}{}", self.key)
    }

    /// Checks a value; the text says what would fit.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let text = |most: usize| {
            let text = value.as_str().filter(|t| !t.trim().is_empty() && !t.contains('\0'));
            text.filter(|t| t.chars().count() <= most)
        };
        let known =
            |value: &Value| value.as_str().is_some_and(|t| self.options.iter().any(|o| o == t));
        let (fits, wanted) = match self.kind {
            CustomKind::Text => (text(MAX_TEXT).is_some(), "a text of 1 to 1,000 characters"),
            CustomKind::Number => (value.is_number(), "a number"),
            CustomKind::Boolean => (value.is_boolean(), "true or false"),
            CustomKind::Date => (text(10).is_some_and(is_date), "a day such as 2026-11-22"),
            CustomKind::Choice => (known(value), "one of its options"),
            CustomKind::MultiChoice => {
                let all = value.as_array().filter(|all| all.len() <= self.options.len());
                (all.is_some_and(|all| all.iter().all(known)), "a list of its options")
            }
            CustomKind::Url => (
                text(MAX_URL).is_some_and(is_url),
                "an address that begins with https:// or http://",
            ),
        };
        if fits { Ok(()) } else { Err(format!("{} expects {wanted}", self.key)) }
    }
}

/// What means yes and no in tables, folded.
const YES: [&str; 9] = ["true", "yes", "y", "1", "x", "evet", "بله", "ja", "on"];
const NO: [&str; 8] = ["false", "no", "n", "0", "hayir", "خیر", "nein", "off"];

impl CustomField {
    /// The value that a text in a table stands for; the error says what would fit.
    pub fn read(&self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        let folded = fold(text);
        let option = |text: &str| {
            let same = |option: &&String| fold(option) == fold(text);
            let known = self.options.iter().find(same);
            Value::from(known.map_or_else(|| text.to_owned(), String::clone))
        };
        let is = |words: &[&str]| words.iter().any(|word| fold(word) == folded);
        let value = match self.kind {
            CustomKind::Text | CustomKind::Date | CustomKind::Url => Value::from(text),
            CustomKind::Number => {
                serde_json::from_str(text).ok().filter(Value::is_number).unwrap_or_default()
            }
            CustomKind::Boolean if is(&YES) => Value::from(true),
            CustomKind::Boolean if is(&NO) => Value::from(false),
            CustomKind::Boolean => Value::Null,
            CustomKind::Choice => option(text),
            CustomKind::MultiChoice => {
                let parts = text.split([';', ',', '|']).map(str::trim);
                parts.filter(|part| !part.is_empty()).map(option).collect()
            }
        };
        self.check(&value)?;
        Ok(value)
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty())
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// What one source says of one field of one record. Null says that there is nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The record.
    pub record: CustomerId,
    /// The field.
    pub field: String,
    /// Who says so.
    pub source: Source,
    /// The value.
    pub value: Value,
    /// Who it was exactly: as events name an actor, or the name of a channel or rule.
    pub by: String,
    /// When it was said.
    pub set_at: Instant,
}

/// A field as it counts, with what else was said.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileField {
    /// What counts.
    pub said: Said,
    /// What else was said, the most telling first.
    pub alternatives: Vec<Said>,
}

/// Which of several answers counts: that of the strongest source, and within one source the newest.
pub fn winner<'a>(said: impl IntoIterator<Item = &'a Said>) -> Option<&'a Said> {
    said.into_iter().max_by_key(|said| (said.source, said.set_at))
}

/// The profile of records that are one customer: what counts for the surviving record, which comes
/// first among the members, and for what it says nothing of the next ones.
pub fn profile(members: &[CustomerId], said: Vec<Said>) -> Vec<ProfileField> {
    let mut fields: BTreeMap<String, Vec<Said>> = BTreeMap::new();
    for one in said {
        fields.entry(one.field.clone()).or_default().push(one);
    }
    let place = |said: &Said| members.iter().position(|member| *member == said.record);
    let field = |mut all: Vec<Said>| {
        all.sort_by_key(|said| {
            let newest = std::cmp::Reverse((said.source, said.set_at));
            (place(said).unwrap_or(usize::MAX), newest)
        });
        let mut all = all.into_iter();
        all.next().map(|said| ProfileField { said, alternatives: all.collect() })
    };
    fields.into_values().filter_map(field).collect()
}

/// The form of a value by which lists are filtered.
pub fn value_key(value: &Value) -> String {
    let text = match value {
        Value::String(text) => fold(text),
        other => other.to_string(),
    };
    text.chars().filter(|c| *c != '\0').take(MAX_KEY).collect()
}

/// What a customer said about one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// The record it was noted on.
    pub record: CustomerId,
    /// What for, such as `newsletter`.
    pub purpose: String,
    /// What he said.
    pub state: ConsentState,
    /// When he said it.
    pub given_at: Instant,
    /// Where he said it, such as `web form`.
    pub source: String,
    /// What proves it.
    pub proof: Option<String>,
    /// Who noted it, as events name an actor.
    pub by: String,
    /// When it was noted.
    pub created_at: Instant,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(record: i64, field: &str, source: Source, value: &str, at: i64) -> Said {
        Said {
            record: CustomerId::from(record),
            field: field.into(),
            source,
            value: json!(value),
            by: "x".into(),
            set_at: Instant::from_micros(at),
        }
    }

    #[test]
    fn an_agent_beats_an_integrator_who_beats_a_guess() {
        let all = [
            said(1, "name", Source::Channel, "elif", 9),
            said(1, "name", Source::Agent, "Elif Kaya", 1),
            said(1, "name", Source::Integrator, "E. Kaya", 5),
        ];
        assert_eq!(winner(&all).unwrap().value, "Elif Kaya");
        assert_eq!(winner([&all[0], &all[2]]).unwrap().value, "E. Kaya");
        let newer = [all[0].clone(), said(1, "name", Source::Channel, "new", 10)];
        assert_eq!(winner(&newer).unwrap().value, "new");
    }

    #[test]
    fn the_surviving_record_speaks_and_gaps_are_filled() {
        let members = [CustomerId::from(7), CustomerId::from(3)];
        let all = vec![
            said(3, "name", Source::Agent, "Other", 9),
            said(7, "name", Source::Channel, "Mine", 1),
            said(3, "language", Source::Rule, "tr", 1),
        ];
        let found = profile(&members, all);
        assert_eq!(found.len(), 2);
        assert_eq!((&found[0].said.field[..], &found[0].said.value), ("language", &json!("tr")));
        assert_eq!(found[1].said.value, "Mine");
        assert_eq!(found[1].alternatives[0].value, "Other");
    }

    #[test]
    fn texts_of_tables_become_values() {
        let field = |kind, options: &[&str]| CustomField {
            id: CustomFieldId::from(1),
            key: "k".into(),
            name: "K".into(),
            kind,
            options: options.iter().map(|o| (*o).to_owned()).collect(),
            required: false,
            created_at: Instant::from_micros(0),
            version: 1,
        };
        use CustomKind::*;
        for (kind, good, value, bad) in [
            (Text, " x ", json!("x"), " "),
            (Number, "1.5", json!(1.5), "1,5"),
            (Boolean, "Evet", json!(true), "maybe"),
            (Boolean, "HAYIR", json!(false), ""),
            (Date, "2026-02-28", json!("2026-02-28"), "28.02.2026"),
            (Choice, "GOLD", json!("Gold"), "silver"),
            (MultiChoice, "free; gold", json!(["Free", "Gold"]), "gold;silver"),
        ] {
            let field = field(kind, &["Gold", "Free"]);
            assert_eq!(field.read(good), Ok(value), "{kind}");
            assert!(field.read(bad).is_err(), "{kind}");
        }
    }

    #[test]
    fn custom_values_fit_their_kind() {
        let field = |kind, options: &[&str]| CustomField {
            id: CustomFieldId::from(1),
            key: "k".into(),
            name: "K".into(),
            kind,
            options: options.iter().map(|o| (*o).to_owned()).collect(),
            required: false,
            created_at: Instant::from_micros(0),
            version: 1,
        };
        use CustomKind::*;
        let plans = ["gold", "free"];
        for (kind, good, bad) in [
            (Text, json!("x"), json!(" ")),
            (Number, json!(1.5), json!("1")),
            (Boolean, json!(false), json!(0)),
            (Date, json!("2026-02-28"), json!("2026-02-30")),
            (Choice, json!("gold"), json!("silver")),
            (MultiChoice, json!(["gold", "free"]), json!(["gold", "silver"])),
            (Url, json!("https://a.example/x"), json!("javascript:alert(1)")),
        ] {
            assert_eq!(field(kind, &plans).check(&good), Ok(()), "{kind}");
            assert!(field(kind, &plans).check(&bad).is_err(), "{kind}");
        }
    }
}
