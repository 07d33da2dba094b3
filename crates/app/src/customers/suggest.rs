//! Who may be the same person: what is noted of each record, and the suggestions that come of it.
//!
//! Every look-up is one range of an index and bounded, since mails pass here.

use throughline_core::actor::Actor;
use throughline_core::customer::Customer;
use throughline_core::id::CustomerId;
use throughline_core::identity::{EmailAddress, Found, Identity, IdentityKind, Key};
use throughline_core::merging::{
    self, Evidence, Likeness, Suggestion, SuggestionState, evidence_of, likeness_of,
    name_at_company, names_alike,
};
use throughline_core::time::Instant;
use throughline_store::{Conn, customers, identities, likenesses, suggestions};

use crate::{App, AppError};

/// How many others with one likeness are looked at. What more than that have in common tells nothing.
const MAX_ALIKE: usize = 5;

/// Notes by what a new record is like others, and suggests them.
pub(super) fn note_customer(
    app: &App,
    conn: &mut Conn,
    customer: &Customer,
    own: &[Identity],
    now: Instant,
) -> Result<(), AppError> {
    for identity in own {
        note_identity(app, conn, customer.id, identity, now)?;
    }
    let address = own.iter().filter(|i| i.kind == IdentityKind::Email && !i.shared);
    let address = address.filter_map(|i| EmailAddress::parse(&i.value).ok()).next();
    let name = customer.name.as_deref().zip(address);
    if let Some((likeness, value)) = name.and_then(|(name, at)| name_at_company(name, &at)) {
        note(app, conn, customer.id, likeness, &value, now)?;
    }
    Ok(())
}

/// Suggests those who were told to have an identity that is now this record's.
pub(super) fn note_identity(
    app: &App,
    conn: &mut Conn,
    record: CustomerId,
    identity: &Identity,
    now: Instant,
) -> Result<(), AppError> {
    if identity.shared {
        return Ok(());
    }
    let (likeness, value) = likeness_of(&identity.key());
    if likeness == Likeness::Username {
        return note(app, conn, record, likeness, &value, now);
    }
    let evidence = Evidence::ToldTogether { kind: identity.kind, value: identity.value.clone() };
    for other in alike(conn, record, likeness, &value)? {
        suggest(app, conn, record, other, evidence.clone(), now)?;
    }
    Ok(())
}

/// Notes what was told of a record without a proof, and suggests those of whom the same was told.
pub(super) fn note_told(
    app: &App,
    conn: &mut Conn,
    record: CustomerId,
    key: &Key,
    now: Instant,
) -> Result<(), AppError> {
    let (likeness, value) = likeness_of(key);
    note(app, conn, record, likeness, &value, now)
}

/// Suggests the customer who has an identity that was told beside one of this record.
pub(super) fn told_together(
    app: &App,
    conn: &mut Conn,
    record: CustomerId,
    other: &Found,
    key: &Key,
    now: Instant,
) -> Result<(), AppError> {
    let evidence = Evidence::ToldTogether { kind: key.kind, value: key.value.clone() };
    suggest(app, conn, record, other.identity.customer, evidence, now)
}

fn note(
    app: &App,
    conn: &mut Conn,
    record: CustomerId,
    likeness: Likeness,
    value: &str,
    now: Instant,
) -> Result<(), AppError> {
    if !likenesses::note(conn, record, likeness, value, now)? {
        return Ok(());
    }
    for other in alike(conn, record, likeness, value)? {
        suggest(app, conn, record, other, evidence_of(likeness, value), now)?;
    }
    Ok(())
}

/// The other records with a likeness; none when too many have it.
fn alike(
    conn: &mut Conn,
    record: CustomerId,
    likeness: Likeness,
    value: &str,
) -> Result<Vec<CustomerId>, AppError> {
    let mut found = likenesses::records_with(conn, likeness, value, MAX_ALIKE as i64 + 2)?;
    found.retain(|other| *other != record);
    if found.len() > MAX_ALIKE {
        found.clear();
    }
    Ok(found)
}

/// Suggests that two records are one person, or adds to what tells so. Not when they are one already,
/// nor when somebody said that they are not.
fn suggest(
    app: &App,
    conn: &mut Conn,
    record: CustomerId,
    other: CustomerId,
    evidence: Evidence,
    now: Instant,
) -> Result<(), AppError> {
    let Some((ones, others)) = customers::group(conn, record)?.zip(customers::group(conn, other)?)
    else {
        return Ok(());
    };
    if ones.root == others.root || cannot_be_one(conn, &ones.members, &others.members)? {
        return Ok(());
    }
    let known = suggestions::between(conn, &ones.members, &others.members)?;
    if known.iter().any(|s| s.state == SuggestionState::Dismissed) {
        return Ok(());
    }
    match known.into_iter().find(|s| s.state == SuggestionState::Open) {
        Some(open) => add_evidence(conn, open, evidence),
        None => make(app, conn, (ones.root, others.root), evidence, now),
    }
}

/// Whether one system gave them two ids.
fn cannot_be_one(
    conn: &mut Conn,
    ones: &[CustomerId],
    others: &[CustomerId],
) -> Result<bool, AppError> {
    let ones = super::owner::externals_of(conn, ones)?;
    if ones.is_empty() {
        return Ok(false);
    }
    let others = super::owner::externals_of(conn, others)?;
    Ok(throughline_core::identity::differ(&ones, &others))
}

fn add_evidence(conn: &mut Conn, mut open: Suggestion, evidence: Evidence) -> Result<(), AppError> {
    if open.evidence.contains(&evidence) || open.evidence.len() >= MAX_ALIKE {
        return Ok(());
    }
    open.evidence.push(evidence);
    open.score = merging::score(&open.evidence);
    Ok(suggestions::update(conn, &open)?)
}

fn make(
    app: &App,
    conn: &mut Conn,
    pair: (CustomerId, CustomerId),
    evidence: Evidence,
    now: Instant,
) -> Result<(), AppError> {
    let (first, second) = (pair.0.min(pair.1), pair.0.max(pair.1));
    let by_name = matches!(evidence, Evidence::SameNameAtCompany { .. });
    let mut evidence = vec![evidence];
    if !by_name {
        evidence.extend(names(conn, first, second)?);
    }
    let suggestion = Suggestion {
        id: app.ids().make(now),
        first,
        second,
        score: merging::score(&evidence),
        evidence,
        state: SuggestionState::Open,
        made_at: now,
        decided_by: None,
        decided_at: None,
    };
    if !suggestions::insert_if_new(conn, &suggestion)? {
        reopen_merged(conn, &suggestion)?;
    }
    Ok(())
}

/// A pair that was one customer and is no more, though nobody said that they are not.
fn reopen_merged(conn: &mut Conn, fresh: &Suggestion) -> Result<(), AppError> {
    let stored = suggestions::between(conn, &[fresh.first], &[fresh.second])?;
    for old in stored.into_iter().filter(|s| s.state == SuggestionState::Merged) {
        suggestions::update(conn, &Suggestion { id: old.id, ..fresh.clone() })?;
    }
    Ok(())
}

/// Whether the names of two records are alike.
fn names(
    conn: &mut Conn,
    first: CustomerId,
    second: CustomerId,
) -> Result<Option<Evidence>, AppError> {
    let mut name_of = |id: CustomerId| -> Result<Option<String>, AppError> {
        let own = customers::record(conn, id)?.and_then(|record| record.name);
        if own.is_some() {
            return Ok(own);
        }
        let known = identities::of_customers(conn, &[id])?.remove(&id).unwrap_or_default();
        Ok(known.into_iter().find_map(|identity| identity.name))
    };
    let names = name_of(first)?.zip(name_of(second)?);
    let alike = names.filter(|(first, second)| names_alike(first, second));
    Ok(alike.map(|(first, second)| Evidence::NamesAlike { first, second }))
}

/// Writes what became of a suggestion.
pub(super) fn decide(
    conn: &mut Conn,
    mut suggestion: Suggestion,
    state: SuggestionState,
    actor: &Actor,
    now: Instant,
) -> Result<Suggestion, AppError> {
    suggestion.state = state;
    let open = state == SuggestionState::Open;
    suggestion.decided_by = (!open).then(|| actor.name());
    suggestion.decided_at = (!open).then_some(now);
    suggestions::update(conn, &suggestion)?;
    Ok(suggestion)
}

/// Remembers that the customers of two records are not the same person.
pub(super) fn remember_two(
    app: &App,
    conn: &mut Conn,
    pair: (CustomerId, CustomerId),
    actor: &Actor,
    now: Instant,
) -> Result<(), AppError> {
    let mut members = |id: CustomerId| -> Result<Vec<CustomerId>, AppError> {
        Ok(customers::group(conn, id)?.map(|group| group.members).unwrap_or_default())
    };
    let (ones, others) = (members(pair.0)?, members(pair.1)?);
    let known = suggestions::between(conn, &ones, &others)?;
    let dismissed = Suggestion {
        id: app.ids().make(now),
        first: pair.0.min(pair.1),
        second: pair.0.max(pair.1),
        score: 0,
        evidence: Vec::new(),
        state: SuggestionState::Dismissed,
        made_at: now,
        decided_by: Some(actor.name()),
        decided_at: Some(now),
    };
    suggestions::insert_if_new(conn, &dismissed)?;
    for suggestion in known {
        decide(conn, suggestion, SuggestionState::Dismissed, actor, now)?;
    }
    Ok(())
}
