//! Whose something is, case by case.

use super::*;
use crate::identity::Proof;
use crate::time::Instant;

/// A hint as `kind:value`, with `!` before it when it is proved. External ids are of `crm`.
fn hint(text: &str) -> Hint {
    let (proved, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
    let (kind, value) = text.split_once(':').unwrap();
    let kind: IdentityKind = kind.parse().unwrap();
    let scope = if kind.needs_scope() { "crm" } else { "" };
    let proof = if proved { Proof::Provider } else { Proof::None };
    Hint { proof, ..Hint::read(kind, scope, value, None).unwrap() }
}

/// What is stored: `hint = customer`, with `~` before it when it is shared.
fn stored(all: &[&str], hints: &[Hint]) -> Vec<Option<Found>> {
    let rows: Vec<(Key, i64, bool)> = all
        .iter()
        .map(|row| {
            let (shared, row) = row.strip_prefix('~').map_or((false, *row), |rest| (true, rest));
            let (text, customer) = row.split_once(" = ").unwrap();
            (hint(text).key, customer.parse().unwrap(), shared)
        })
        .collect();
    let found = |wanted: &Hint| {
        let (key, customer, shared) = rows.iter().find(|(key, _, _)| *key == wanted.key)?.clone();
        let his =
            rows.iter().filter(|(key, c, _)| *c == customer && key.kind == IdentityKind::External);
        Some(Found {
            externals: his.map(|(key, _, _)| key.clone()).collect(),
            root: CustomerId::from(customer),
            identity: Identity {
                id: IdentityId::from(customer * 10),
                customer: CustomerId::from(customer),
                kind: key.kind,
                scope: key.scope,
                display: key.value.clone(),
                value: key.value,
                name: None,
                proof: Proof::None,
                source: "test".into(),
                first_seen_at: Instant::from_micros(0),
                proved_at: None,
                shared,
            },
        })
    };
    hints.iter().map(found).collect()
}

/// The answer in a few words: whose, and what becomes of each other hint.
fn answer(hints: &[&str], rows: &[&str]) -> String {
    let parsed: Vec<Hint> = hints.iter().map(|text| hint(text)).collect();
    let answer = resolve(&parsed, &stored(rows, &parsed));
    let owner = match answer.owner {
        Owner::Known { customer, .. } => format!("{}", customer.get()),
        Owner::New => "new".to_owned(),
    };
    let mut words = vec![format!("{owner} by {}", answer.lead)];
    words.extend(answer.add.iter().map(|at| format!("add {at}")));
    words.extend(answer.claim.iter().map(|at| format!("note {at}")));
    for Meeting { other, hint, binds } in answer.meets {
        let what = if binds { "merge" } else { "suggest" };
        words.push(format!("{what} {} by {hint}", other.get()));
    }
    words.join(", ")
}

#[test]
fn whose_it_is_and_what_becomes_of_the_other_hints() {
    let cases: &[(&[&str], &[&str], &str)] = &[
        // One hint finds its own, and makes its own.
        (&["email:a@x.example"], &["email:a@x.example = 1"], "1 by 0"),
        (&["email:a@x.example"], &[], "new by 0"),
        (&["phone:+905321234567"], &["phone:+905321234567 = 2"], "2 by 0"),
        (&["username:elif"], &["username:elif = 2"], "2 by 0"),
        // A number or a name beside an address never binds.
        (
            &["email:a@x.example", "phone:+905321234567"],
            &["phone:+905321234567 = 2"],
            "new by 0, suggest 2 by 1",
        ),
        (
            &["phone:+905321234567", "email:a@x.example"],
            &["email:a@x.example = 1", "phone:+905321234567 = 2"],
            "1 by 1, suggest 2 by 0",
        ),
        (&["email:a@x.example", "username:elif"], &["email:a@x.example = 1"], "1 by 0, note 1"),
        (
            &["email:a@x.example", "phone:+905321234567"],
            &["email:a@x.example = 1", "phone:+905321234567 = 1"],
            "1 by 0",
        ),
        // What is not proved does not bind, not even an address.
        (
            &["!external:7", "email:a@x.example"],
            &["email:a@x.example = 1"],
            "new by 0, suggest 1 by 1",
        ),
        (&["!external:7", "email:a@x.example"], &["external:7 = 3"], "3 by 0, note 1"),
        (
            &["external:7", "email:a@x.example"],
            &["email:a@x.example = 1"],
            "new by 0, suggest 1 by 1",
        ),
        // What is proved binds.
        (&["!external:7", "!email:a@x.example"], &["email:a@x.example = 1"], "1 by 1, add 0"),
        (&["!external:7", "!email:a@x.example"], &["external:7 = 3"], "3 by 0, add 1"),
        (
            &["!external:7", "!email:a@x.example"],
            &["external:7 = 3", "email:a@x.example = 1"],
            "3 by 0, merge 1 by 1",
        ),
        (&["!external:7", "!phone:+905321234567"], &["phone:+905321234567 = 2"], "2 by 1, add 0"),
        (&["!external:7", "!username:elif"], &["username:elif = 2"], "new by 0, suggest 2 by 1"),
        // Two ids of one system are two people, whatever else they share.
        (
            &["!external:7", "!email:a@x.example"],
            &["external:7 = 3", "external:8 = 1", "email:a@x.example = 1"],
            "3 by 0",
        ),
        (
            &["!external:7", "!email:a@x.example"],
            &["external:8 = 1", "email:a@x.example = 1"],
            "new by 0",
        ),
        // Shared ones bind nobody: what comes by them stays with them.
        (
            &["email:info@x.example", "phone:+905321234567"],
            &["~email:info@x.example = 4", "phone:+905321234567 = 2"],
            "4 by 0",
        ),
        (&["!external:7", "!email:info@x.example"], &["~email:info@x.example = 4"], "new by 0"),
        (
            &["!external:7", "!email:info@x.example"],
            &["external:7 = 3", "~email:info@x.example = 4"],
            "3 by 0",
        ),
    ];
    for (hints, rows, expected) in cases {
        assert_eq!(answer(hints, rows), *expected, "{hints:?} with {rows:?}");
    }
}

#[test]
fn a_proof_is_noted_where_there_was_none_and_the_reason_names_the_leading_hint() {
    let hints = [hint("!email:a@x.example"), hint("phone:+905321234567")];
    let found = stored(&["email:a@x.example = 1", "phone:+905321234567 = 1"], &hints);
    let decided = resolve(&hints, &found);
    assert_eq!(decided.prove, [0]);
    assert_eq!(decided.reason, Reason::SameAddress { address: "a@x.example".into() });
    let hints = [hint("!external:7")];
    let (kind, scope, value) = (IdentityKind::External, "crm".to_owned(), "7".to_owned());
    let expected = Reason::FirstSeen { kind, scope, value, proof: Proof::Provider };
    assert_eq!(resolve(&hints, &[None]).reason, expected);
}
