//! Reading the part of a mapping that says where something stands that hints at a customer.

use serde_json::Value;
use throughline_core::identity::{IdentityKind, Key, Region};

use super::read::{Checked, MOST, Part, wrong};
use super::{HintAt, Verified};

const HINT_FIELDS: &[&str] = &["kind", "scope", "path", "verified", "region"];

/// Where in the mapping it says what hints at a customer.
pub(super) fn hints(part: &Part<'_>) -> Checked<Vec<HintAt>> {
    match part.get("hints") {
        None => Ok(Vec::new()),
        Some(Value::Array(list)) if list.len() <= MOST => list
            .iter()
            .enumerate()
            .map(|(at, given)| hint(&format!("hints[{at}]"), given))
            .collect(),
        Some(_) => {
            wrong("hints", "expected a list such as [{\"kind\": \"email\", \"path\": \"/email\"}]")
        }
    }
}

fn hint(place: &str, given: &Value) -> Checked<HintAt> {
    let part = Part::read(place, given, HINT_FIELDS)?;
    let kinds: Vec<&str> = IdentityKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let kind = part.text("kind")?.and_then(|kind| kind.parse::<IdentityKind>().ok());
    let Some(kind) = kind else {
        return wrong(part.place_of("kind"), format!("expected one of {}", kinds.join(", ")));
    };
    let scope = part.text("scope")?.unwrap_or_default().to_owned();
    let region = part.text("region")?.map(|code| {
        let region = Region::parse(code);
        region.map_or_else(|| wrong(part.place_of("region"), "expected a country such as DE"), Ok)
    });
    // Whether a scope belongs there is the rule of identities; a value that is good for every kind of
    // that rule shows it.
    if kind.needs_scope() || !scope.is_empty() {
        let tried = Key::read(kind, &scope, "a", None);
        let is_wrong = !kind.needs_scope() || tried.is_err();
        if is_wrong {
            return wrong(part.place_of("scope"), scope_expected(kind));
        }
    }
    let at = part.needed("path")?;
    Ok(HintAt { kind, scope, at, verified: verified(&part)?, region: region.transpose()? })
}

fn scope_expected(kind: IdentityKind) -> String {
    match kind.needs_scope() {
        true => format!("expected where this {kind} means something, such as crm or slack:T024"),
        false => format!("{kind} means the same everywhere and has no scope"),
    }
}

fn verified(part: &Part<'_>) -> Checked<Verified> {
    match part.get("verified") {
        None => Ok(Verified::Always(false)),
        Some(Value::Bool(always)) => Ok(Verified::Always(*always)),
        Some(Value::String(_)) => Ok(Verified::If(part.needed("verified")?)),
        Some(_) => wrong(
            part.place_of("verified"),
            "expected true, false, or the path of a value that is true where the sender vouches for it",
        ),
    }
}
