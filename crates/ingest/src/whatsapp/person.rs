//! Who is who in a change: messages name their senders by ids, and the people stand in a list beside.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;
use throughline_core::identity::{Hint, IdentityKind, Proof};
use throughline_core::inbound::{Audience, Conversation, Person, Role};

use crate::fields::{Fields, hint};

/// Meta gives the ids of people anew to each business portfolio, and no id twice.
const SCOPE: &str = "whatsapp";

/// The people of a change, by their ids and numbers.
pub(super) struct People {
    known: HashMap<String, Rc<Contact>>,
    only: Option<Rc<Contact>>,
}

/// Somebody, as far as a change tells.
#[derive(Debug, Clone, Default)]
pub(super) struct Contact {
    /// His id for this business. It stays when he changes his username, not when he changes his number.
    pub(super) user: Option<String>,
    /// His id for several businesses that belong together.
    pub(super) parent: Option<String>,
    /// His number, in digits.
    pub(super) number: Option<String>,
    name: Option<String>,
    username: Option<String>,
}

impl People {
    /// Takes the list of a change; what is not read of it stays there.
    pub(super) fn take(value: &mut Fields) -> Self {
        let (mut known, mut all, mut rest) = (HashMap::new(), Vec::new(), Vec::new());
        for mut fields in value.objects("contacts") {
            let contact = Rc::new(Contact::take(&mut fields));
            let ids = [&contact.user, &contact.number].into_iter().flatten();
            known.extend(ids.map(|id| (id.clone(), Rc::clone(&contact))));
            all.push(contact);
            if !fields.is_empty() {
                rest.push(Value::Object(fields.into_rest()));
            }
        }
        if !rest.is_empty() {
            value.put("contacts", rest);
        }
        let only = all.pop().filter(|_| all.is_empty());
        Self { known, only }
    }

    /// Takes whom a thing names in fields that begin so, with what the list says of him: for `from` the
    /// number stands in `from`, the ids in `from_user_id` and `from_parent_user_id`. Where the list holds
    /// one alone and the thing names nobody, or by a number in another form, it is he; that other form
    /// stays where it was, since it is not his for sure.
    pub(super) fn find(&self, fields: &mut Fields, number: &str, stem: &str) -> Contact {
        let named = Contact {
            user: fields.id(&format!("{stem}user_id")),
            parent: fields.id(&format!("{stem}parent_user_id")),
            number: fields.id(number),
            ..Contact::default()
        };
        let by = |id: &Option<String>| id.as_ref().and_then(|id| self.known.get(id));
        let only = self.only.as_ref().filter(|_| named.user.is_none());
        let Some(listed) = by(&named.user).or_else(|| by(&named.number)).or(only) else {
            return named;
        };
        if let Some(other) = named.number.clone().filter(|_| named.number != listed.number) {
            fields.put(number, other);
        }
        named.beside(listed)
    }
}

impl Contact {
    fn take(fields: &mut Fields) -> Self {
        let mut profile = fields.object("profile").unwrap_or_default();
        let contact = Self {
            user: fields.id("user_id"),
            parent: fields.id("parent_user_id"),
            number: fields.id("wa_id"),
            name: profile.text("name"),
            username: profile.text("username"),
        };
        fields.put_rest("profile", profile);
        contact
    }

    fn beside(self, listed: &Self) -> Self {
        let or = |own: Option<String>, other: &Option<String>| own.or_else(|| other.clone());
        Self {
            user: or(self.user, &listed.user),
            parent: or(self.parent, &listed.parent),
            number: or(listed.number.clone(), &self.number),
            name: or(self.name, &listed.name),
            username: or(self.username, &listed.username),
        }
    }

    /// The person. Meta vouches for his ids and for his number.
    pub(super) fn person(&self) -> Person {
        let name = |name: &String| hint(IdentityKind::Username, SCOPE, name, Proof::None);
        let hints = [
            self.user.as_deref().and_then(id),
            self.parent.as_deref().and_then(id),
            self.number.as_deref().and_then(number),
            self.username.as_ref().and_then(name),
        ];
        Person {
            role: Role::Customer,
            name: self.name.clone(),
            language: None,
            hints: hints.into_iter().flatten().collect(),
        }
    }

    /// The conversation of our number with him; with a group, where one is named.
    pub(super) fn conversation(&self, ours: &str, group: Option<String>) -> Option<Conversation> {
        let audience = if group.is_some() { Audience::Group } else { Audience::Private };
        let other = group.as_ref().or(self.user.as_ref()).or(self.number.as_ref())?;
        let key = format!("{ours}:{other}");
        Some(Conversation { key, audience, ..Conversation::default() })
    }
}

/// The hint at an id that Meta gives out.
pub(super) fn id(id: &str) -> Option<Hint> {
    hint(IdentityKind::Platform, SCOPE, id, Proof::Provider)
}

/// The hint at a number that WhatsApp writes without a plus before its country code.
pub(super) fn number(digits: &str) -> Option<Hint> {
    let digits = digits.trim_start_matches('+');
    hint(IdentityKind::Phone, "", &format!("+{digits}"), Proof::Provider)
}
