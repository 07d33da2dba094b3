//! The set-up of an inbox as sending needs it: texts, and secrets that are never shown.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use super::outcome::{Refusal, Scope};

/// What stands where a secret stood.
const HIDDEN: &str = "[secret]";
/// Shorter ones would be found in words that have nothing to do with them.
const SHORTEST: usize = 6;

/// What an inbox of a channel is set to.
#[derive(Clone, Default)]
pub struct Account {
    /// Its fields by name, secrets apart.
    pub settings: Map<String, Value>,
    /// Its secrets by name. Of several of one name the first is in use.
    pub secrets: BTreeMap<String, Vec<String>>,
}

/// Secrets are not shown.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.secrets.keys().collect();
        let mut shown = f.debug_struct("Account");
        shown.field("settings", &self.settings).field("secrets", &names).finish()
    }
}

impl Account {
    /// A setting that is a text and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A setting without which nothing can be sent.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| missing(name))
    }

    /// The secret of a name that is in use.
    pub(super) fn secret(&self, name: &str) -> Result<&str, Refusal> {
        let all = self.secrets(name).iter().map(|secret| secret.trim());
        all.into_iter().find(|secret| !secret.is_empty()).ok_or_else(|| missing(name))
    }

    /// All good secrets of a name.
    pub fn secrets(&self, name: &str) -> &[String] {
        self.secrets.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Words of others without our secrets, should they repeat them, and not too many of them.
    pub(super) fn hide(&self, words: &str) -> String {
        let mut words = words.to_owned();
        for secret in self.secrets.values().flatten().filter(|secret| secret.len() >= SHORTEST) {
            words = words.replace(secret.as_str(), HIDDEN);
            // In an address a secret may be written in another way.
            let written: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            words = words.replace(&written, HIDDEN);
        }
        words.replace('\0', "\u{fffd}").chars().take(500).collect()
    }
}

fn missing(name: &str) -> Refusal {
    Refusal {
        code: "not_set_up",
        why: format!("the inbox has no `{name}`"),
        hint: format!("An admin sets `{name}` in the set-up of the inbox."),
        scope: Scope::Account,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_neither_shown_nor_repeated() {
        let secrets = BTreeMap::from([("bot_token".to_owned(), vec!["70044:AA/bb-cc".to_owned()])]);
        let account = Account { settings: Map::new(), secrets };
        assert!(!format!("{account:?}").contains("70044"));
        let told = "error for url (https://a.example/bot70044:AA/bb-cc/x) and 70044%3AAA%2Fbb-cc";
        let hidden = account.hide(told);
        assert_eq!(hidden, "error for url (https://a.example/bot[secret]/x) and [secret]");
        assert_eq!(account.hide(&"x".repeat(900)).len(), 500);
    }

    #[test]
    fn what_is_missing_is_named() {
        let refusal = Account::default().needed("number").unwrap_err();
        assert_eq!((refusal.code, refusal.scope), ("not_set_up", Scope::Account));
        assert!(refusal.why.contains("`number`") && refusal.hint.contains("`number`"));
        let blank = BTreeMap::from([("t".to_owned(), vec![" ".to_owned(), " good ".to_owned()])]);
        let account = Account { secrets: blank, ..Account::default() };
        assert_eq!(account.secret("t").unwrap(), "good");
    }
}
