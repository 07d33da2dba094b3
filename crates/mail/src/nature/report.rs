//! Delivery status fields (RFC 3464, RFC 6533), in a part of their own or
//! within the text.

use crate::nature::status;

/// What the fields say of one recipient.
#[derive(Debug, Clone, Default)]
pub struct Recipient {
    /// Where the mail was going.
    pub address: Option<String>,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`.
    pub action: Option<String>,
    /// The enhanced status.
    pub status: Option<String>,
}

impl Recipient {
    /// Whether the mail did not arrive, or not yet.
    pub fn missed(&self) -> bool {
        match self.action.as_deref() {
            Some("delivered" | "relayed" | "expanded" | "deliverable") => false,
            Some(_) => true,
            None => self.status.as_deref().is_some_and(status::is_enhanced),
        }
    }
}

/// Reads groups of fields; groups that name no recipient are skipped.
pub fn recipients(text: &str) -> Vec<Recipient> {
    let mut groups = vec![Group::default()];
    for line in text.lines() {
        let line = line.trim_end();
        if line.trim().is_empty() {
            groups.push(Group::default());
        } else if let Some(group) = groups.last_mut() {
            let repeated = group.take(line);
            if let Some(next) = repeated {
                groups.push(next);
            }
        }
    }
    groups.into_iter().filter_map(Group::finish).collect()
}

/// Fields that belong together.
#[derive(Default)]
struct Group {
    fields: Vec<(String, String)>,
}

impl Group {
    /// Adds a line. Some servers forget the empty line between two recipients:
    /// the next one starts a group, which is returned.
    fn take(&mut self, line: &str) -> Option<Self> {
        if line.starts_with([' ', '\t'])
            && let Some((_, value)) = self.fields.last_mut()
            && !line.contains("-Recipient:")
        {
            value.push(' ');
            value.push_str(line.trim());
            return None;
        }
        let (name, value) = line.trim().split_once(':')?;
        let field = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
        if field.0 == "final-recipient" && self.get("final-recipient").is_some() {
            return Some(Self { fields: vec![field] });
        }
        self.fields.push(field);
        None
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn finish(self) -> Option<Recipient> {
        let address = self
            .get("final-recipient")
            .or_else(|| self.get("original-recipient"))
            .or_else(|| self.get("x-actual-recipient"))
            .and_then(typed_address);
        let action = self.get("action").map(|action| first_word(action).to_ascii_lowercase());
        let status = self.status();
        if action.is_none() && (address.is_none() || status.is_none()) {
            return None;
        }
        Some(Recipient { address, action, status })
    }

    /// The status as the refusing server gave it: the reporting one often puts a
    /// vaguer one of its own into the field.
    fn status(&self) -> Option<String> {
        let declared = self.get("status").map(first_word).filter(|code| status::is_enhanced(code));
        let diagnosed = self.get("diagnostic-code").and_then(status::enhanced);
        match (declared, diagnosed) {
            (Some(code), Some(better)) if same_class(code, &better) => Some(better),
            (Some(code), _) => Some(code.to_owned()),
            (None, diagnosed) => diagnosed,
        }
    }
}

fn same_class(one: &str, other: &str) -> bool {
    one.chars().next() == other.chars().next()
}

fn first_word(text: &str) -> &str {
    text.split([' ', '\t', '(', ';']).find(|word| !word.is_empty()).unwrap_or_default()
}

/// `rfc822; <user@example.com>`.
fn typed_address(value: &str) -> Option<String> {
    let address = value.split_once(';').map_or(value, |(_, address)| address).trim();
    let address = match address.split_once('<').and_then(|(_, tail)| tail.split_once('>')) {
        Some((inner, _)) => inner,
        None => address.split_whitespace().next().unwrap_or_default(),
    };
    Some(address.trim().to_owned()).filter(|address| !address.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_by_recipient() {
        let text = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: RFC822; <a@b.c>\n\
            Action: Failed (nobody)\nStatus: 5.0.0 (reason)\nDiagnostic-Code: smtp;\n 550 5.1.1 no\n\
            Final-Recipient: rfc822; d@e.f\nAction: delivered\nStatus: 2.0.0\n";
        let found = recipients(text);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].address.as_deref(), Some("a@b.c"));
        assert_eq!(found[0].status.as_deref(), Some("5.1.1"));
        assert!(found[0].missed() && !found[1].missed());
    }
}
