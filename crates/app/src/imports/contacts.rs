//! Contacts of a file: each placed by what is known of it, and the counts of a dry run.

use std::collections::HashSet;

use throughline_core::contact::Contact;
use throughline_core::identity::Key;
use throughline_core::import::{Import, ImportCounts, RejectedRow};
use throughline_core::time::Instant;
use throughline_store::{Conn, identities, organizations, profiles, tags};

use crate::customers::imported::{Bringer, Checked, Named, Plan, apply, plan};
use crate::error::ErrorKind;
use crate::phone::Place;
use crate::{App, AppError};

/// A contact with the place of its row, and the row as it stands in the file.
pub(super) type Placed = (Place, String, Contact);

/// The same once it is known that it says nothing that cannot be.
type Good = (Place, String, Checked);

/// Places contacts, in their order. Answers with the rows that are refused.
pub(super) fn place(
    app: &App,
    conn: &mut Conn,
    import: &Import,
    contacts: Vec<Placed>,
    counts: &mut ImportCounts,
    now: Instant,
) -> Result<Vec<RejectedRow>, AppError> {
    let (checked, mut rejected) = checked(conn, contacts)?;
    hold(conn, &checked)?;
    let by = Bringer { app, actor: &import.actor, now };
    for (place, raw, contact) in checked {
        let plan = match told(place, &raw, plan(conn, contact))? {
            Ok(plan) => plan,
            Err(row) => {
                rejected.push(row);
                continue;
            }
        };
        note(counts, &plan);
        counts.organizations_new += u64::from(matches!(plan.organization, Named::New(_)));
        apply(conn, &by, plan)?;
    }
    Ok(rejected)
}

/// The contacts that say nothing that cannot be, and the rows of the others.
fn checked(
    conn: &mut Conn,
    contacts: Vec<Placed>,
) -> Result<(Vec<Good>, Vec<RejectedRow>), AppError> {
    let (mut good, mut rejected) = (Vec::with_capacity(contacts.len()), Vec::new());
    let fields = profiles::fields(conn)?;
    for (place, raw, contact) in contacts {
        match told(place, &raw, Checked::of(&fields, contact))? {
            Ok(contact) => good.push((place, raw, contact)),
            Err(row) => rejected.push(row),
        }
    }
    Ok((good, rejected))
}

/// What is wrong with a row makes it one that is refused; other errors are those of the whole.
fn told<T>(
    (place, line): Place,
    raw: &str,
    result: Result<T, AppError>,
) -> Result<Result<T, RejectedRow>, AppError> {
    match result {
        Ok(good) => Ok(Ok(good)),
        Err(error) if error.kind == ErrorKind::Invalid => {
            let field = error.field.map(|field| format!("{field}: ")).unwrap_or_default();
            let reason = format!("{field}{}", error.message);
            Ok(Err(RejectedRow { place, line, reason, raw: raw.to_owned() }))
        }
        Err(error) => Err(error),
    }
}

/// Holds all that contacts name, in one order always, so that nobody else makes the same meanwhile.
fn hold(conn: &mut Conn, contacts: &[Good]) -> Result<(), AppError> {
    let all = || contacts.iter().map(|(_, _, contact)| contact);
    let keys: Vec<Key> = all().flat_map(Checked::keys).cloned().collect();
    identities::hold(conn, &keys)?;
    if all().any(Checked::has_organization) {
        organizations::hold(conn)?;
    }
    let mut names: Vec<&str> = all().flat_map(Checked::tags).collect();
    names.sort_unstable();
    names.dedup();
    Ok(tags::hold(conn, &names)?)
}

fn note(counts: &mut ImportCounts, plan: &Plan) {
    let counted = match (plan.known, plan.says_something()) {
        (None, _) => &mut counts.customers_new,
        (Some(_), true) => &mut counts.customers_changed,
        (Some(_), false) => &mut counts.customers_known,
    };
    *counted += 1;
}

/// A dry run over contacts.
#[derive(Debug, Default)]
pub(super) struct Counting {
    /// What was counted.
    pub counts: ImportCounts,
    seen: HashSet<blake3::Hash>,
}

impl Counting {
    /// Counts contacts. One whose address or number stood further up in the file is taken for the same.
    pub fn rows(&mut self, conn: &mut Conn, contacts: Vec<Placed>) -> Result<(), AppError> {
        let (checked, rejected) = checked(conn, contacts)?;
        self.counts.rejected += rejected.len() as u64;
        for (place, raw, contact) in checked {
            let keys: Vec<String> = contact
                .keys()
                .map(|key| format!("{} {} {}", key.kind, key.scope, key.value))
                .collect();
            let Ok(plan) = told(place, &raw, plan(conn, contact))? else {
                self.counts.rejected += 1;
                continue;
            };
            if let Named::New(name) = &plan.organization {
                let first = self.first(&format!("organization {name}"));
                self.counts.organizations_new += u64::from(first);
            }
            let mut met = false;
            for key in keys {
                met |= !self.first(&key);
            }
            match (plan.known, met) {
                (None, true) => self.counts.customers_known += 1,
                _ => note(&mut self.counts, &plan),
            }
        }
        Ok(())
    }

    /// Whether something comes for the first time.
    fn first(&mut self, what: &str) -> bool {
        self.seen.insert(blake3::hash(what.as_bytes()))
    }
}
