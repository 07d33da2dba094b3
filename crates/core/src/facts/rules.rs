//! Rules that an admin makes: a regular expression for a kind of facts. The engine is linear in the
//! text, whatever the pattern, and patterns have a limit of size.

use regex::{Regex, RegexBuilder};

use super::{FactKind, Found, MAX_FACTS, Rank};
use crate::id::FactRuleId;
use crate::inbound::TextSpan;
use crate::time::Instant;

/// The longest pattern, in bytes.
pub const MAX_PATTERN: usize = 500;
/// The most rules there may be.
pub const MAX_RULES: i64 = 200;
/// The most memory of one compiled pattern, in bytes.
const COMPILED: usize = 256 * 1024;

/// A rule of an admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactRule {
    /// Its id.
    pub id: FactRuleId,
    /// What it is for, in a few words.
    pub name: String,
    /// The kind of what it finds.
    pub kind: FactKind,
    /// The regular expression. The group `value`, else the first group, else all of it is the fact.
    pub pattern: String,
    /// Whether it is used.
    pub active: bool,
    /// When it was made.
    pub created_at: Instant,
    /// Rises with every change of any rule.
    pub version: i64,
}

/// A pattern that cannot be used; the text says why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadPattern(String);

/// Compiles a pattern within the limits.
pub fn compile(pattern: &str) -> Result<Regex, BadPattern> {
    if pattern.is_empty() || pattern.len() > MAX_PATTERN {
        return Err(BadPattern(format!("a pattern has 1 to {MAX_PATTERN} bytes")));
    }
    let mut builder = RegexBuilder::new(pattern);
    let built =
        builder.case_insensitive(true).size_limit(COMPILED).dfa_size_limit(COMPILED).build();
    let regex = built.map_err(|e| BadPattern(format!("the pattern is not good: {e}")))?;
    if regex.is_match("") {
        return Err(BadPattern(
            "the pattern also fits nothing at all; ask for at least one character".to_owned(),
        ));
    }
    Ok(regex)
}

/// Compiled rules.
#[derive(Debug, Default)]
pub struct RuleSet(Vec<(FactRule, Regex)>);

impl RuleSet {
    /// Compiles the rules that are used; one that cannot be compiled any more is passed over.
    pub fn of(rules: Vec<FactRule>) -> Self {
        let used = rules.into_iter().filter(|rule| rule.active);
        Self(
            used.filter_map(|rule| compile(&rule.pattern).ok().map(|regex| (rule, regex)))
                .collect(),
        )
    }

    /// What the rules find outside of the stretches to skip.
    pub(super) fn find(&self, text: &str, skip: &[TextSpan]) -> Vec<Found> {
        self.0.iter().flat_map(|(rule, regex)| of_rule(rule, regex, text, skip)).collect()
    }
}

fn of_rule(rule: &FactRule, regex: &Regex, text: &str, skip: &[TextSpan]) -> Vec<Found> {
    let told = |start: usize, end: usize| {
        let line = text.get(..start).map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
        let quoted = text.get(line..).is_some_and(|line| line.trim_start().starts_with('>'));
        !quoted && !skip.iter().any(|span| start < span.end && span.start < end)
    };
    let found = regex.captures_iter(text).take(MAX_FACTS).filter_map(|groups| {
        let value = groups.name("value").or_else(|| groups.get(1)).or_else(|| groups.get(0))?;
        let (start, end) = (value.start(), value.end());
        let spelled: String = value.as_str().chars().filter_map(super::words::fold).collect();
        let spelled = spelled.trim().to_uppercase();
        let name = format!("rule:{}", rule.id);
        let found =
            Found::new(text, rule.kind.clone(), (start, end), spelled, &name, 95, Rank::Admin);
        (told(start, end) && !found.value.is_empty()).then_some(found)
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(pattern: &str) -> FactRule {
        FactRule {
            id: FactRuleId::from(1),
            name: "Membership".to_owned(),
            kind: "membership".parse().unwrap(),
            pattern: pattern.to_owned(),
            active: true,
            created_at: Instant::from_micros(0),
            version: 1,
        }
    }

    #[test]
    fn a_rule_gives_its_group_and_skips_quotes() {
        let rules = RuleSet::of(vec![rule(r"\bMB-(?P<value>\d{4})\b")]);
        let found = rules.find("I am mb-1234\n> MB-9999", &[]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].value.as_str(), found[0].display.as_str()), ("1234", "1234"));
    }

    #[test]
    fn bad_patterns_are_refused() {
        for bad in ["(", "", "a*", r"(?:\w{1,1000}){1000}", &"a".repeat(501)] {
            assert!(compile(bad).is_err(), "{bad}");
        }
        assert!(compile(r"(a+)+$").is_ok(), "linear, so harmless");
    }
}
