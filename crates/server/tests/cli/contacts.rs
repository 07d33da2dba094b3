//! Importing contacts: looked at, tried dry, read in, and read in again.

use crate::support::Desk;
use serde_json::{Value, json};

/// A table as another system gives it out; what `Tier` and `#7` are, nobody can guess.
const TABLE: &str = "\u{feff}Full name;E-mail;Phone;Company;Language;Tier;Remark\r\n\
    Elif Kaya;elif@kaya.example, e.kaya@post.example;0532 111 22 33;Kaya Ltd;tr;vip;4711\r\n\
    Reza Karimi;reza@karimi.example;+98 912 345 6789;;fa;;4712\r\n\
    Nobody;;;;;;\r\n\
    =1+1;@@;;;;;\r\n";

const HOW: [&str; 8] = [
    "--region",
    "TR",
    "--column",
    "Tier=tags",
    "--column",
    "#7=external_id",
    "--external-scope",
    "crm",
];

fn args<'a>(more: &[&'a str]) -> Vec<&'a str> {
    ["import", "contacts", "people.csv"].iter().chain(&HOW).chain(more).copied().collect()
}

fn import(desk: &Desk, more: &[&str]) -> Value {
    let report = desk.run(&args(&[&["--json"], more].concat())).good();
    serde_json::from_str(report.trim()).unwrap()
}

fn with_people() -> Desk {
    let desk = Desk::new();
    desk.write("people.csv", TABLE.as_bytes());
    desk
}

/// Fails unless these counts are as given.
#[track_caller]
fn counted(counts: &Value, expected: &[(&str, u64)]) {
    for (what, n) in expected {
        assert_eq!(counts[*what], *n, "{what} in {counts}");
    }
}

#[test]
fn a_table_is_looked_at_tried_dry_and_read_in_twice_with_the_same_result() {
    let desk = with_people();
    let looked = desk.run(&args(&["--preview"])).good();
    let looked: Value = serde_json::from_str(&looked).unwrap();
    assert_eq!((&looked["separator"], &looked["has_header"]), (&json!(";"), &json!(true)));
    assert_eq!(looked["wrong"], json!([]));
    assert_eq!(looked["rows"].as_array().unwrap().len(), 4);
    assert!(looked["rows"][2]["error"].is_string(), "{looked}");
    assert!(!desk.path().join("data").exists(), "a preview needs no database");

    let found = [("rows", 4), ("rejected", 2), ("customers_new", 2), ("organizations_new", 1)];
    let dry = import(&desk, &["--dry-run"]);
    counted(&dry["checked"], &found);
    counted(&dry["counts"], &[("rows", 0), ("customers_new", 0)]);
    assert_eq!(desk.dump_customers().len(), 0);
    let text = desk.run(&args(&["--dry-run"])).good();
    assert!(text.contains("dry run: nothing was stored") && text.contains("2 new"), "{text}");

    let first = import(&desk, &[]);
    assert_eq!(first["state"], "done");
    counted(&first["counts"], &found);
    let there = desk.dump_customers();
    assert_eq!(there.len(), 2, "{there:?}");
    for told in ["Elif Kaya", "elif@kaya.example", "e.kaya@post.example", "+905321112233", "vip"] {
        assert!(there[0].contains(told), "{told} in {there:?}");
    }
    assert!(there[0].contains("4711") && there[1].contains("+989123456789"), "{there:?}");

    let second = import(&desk, &[]);
    assert_eq!(second["state"], "done");
    let same = [("rows", 4), ("rejected", 2), ("customers_new", 0), ("customers_known", 2)];
    counted(&second["counts"], &same);
    assert_eq!(desk.dump_customers(), there);
}

#[test]
fn rows_that_cannot_be_taken_are_kept_and_shown_with_their_reason() {
    let desk = with_people();
    let text = desk.run(&args(&["--rejected", "rejected.csv"])).good();
    assert!(text.contains("rows       4: 2 rejected"), "{text}");
    let rejected = std::fs::read_to_string(desk.path().join("rejected.csv")).unwrap();
    assert!(rejected.starts_with("row,line,reason,raw\r\n3,4,"), "{rejected}");
    assert!(rejected.contains("no address, number or external id"), "{rejected}");
    assert!(rejected.contains("E-mail: "), "{rejected}");
    assert_eq!(rejected.lines().count(), 3, "{rejected}");
    assert!(rejected.contains("'=1+1;@@"), "no spreadsheet runs it: {rejected}");
}

#[test]
fn what_is_wrong_with_a_mapping_is_said_with_what_to_do() {
    let desk = with_people();
    let with = |more: &[&str]| {
        desk.run(
            &["import", "contacts", "people.csv"].iter().chain(more).copied().collect::<Vec<_>>(),
        )
    };
    // What cannot be an argument is refused before anything is opened.
    with(&["--column", "Tier"]).failed(2, "COLUMN=FIELD");
    with(&["--column", "Tier=colour"]).failed(2, "colour");
    with(&["--region", "Turkey"]).failed(1, "region");
    with(&["--column", "#0=email"]).failed(1, "'#0' names no column");
    // Whether a file has a column is seen when it is read: then no row can be taken, and each says why.
    let none = args(&["--column", "Colour=tags", "--rejected", "rejected.csv"]);
    let none = desk.run(&none).good();
    assert!(none.contains("rows       4: 4 rejected"), "{none}");
    let rejected = std::fs::read_to_string(desk.path().join("rejected.csv")).unwrap();
    // The last row has no good address either, which is said of it first.
    assert_eq!(rejected.matches("Colour: the file has no such column").count(), 3, "{rejected}");
    desk.write("notes.csv", b"Colour;Size\nred;large\n");
    let nobody = desk.run(&["import", "contacts", "notes.csv"]).failed(1, "columns: ");
    assert!(nobody.contains("email, phone or external_id"), "{nobody}");
    assert!(nobody.contains("--preview"), "{nobody}");
    desk.run(&["import", "contacts", "nowhere.csv"]).failed(1, "nowhere.csv");
    with(&["--source", "nowhere.json"]).failed(1, "nowhere.json");
    desk.write("source.json", b"{ \"columns\": [], \"colour\": 1 }");
    with(&["--source", "source.json"]).failed(1, "colour");
    assert_eq!(desk.dump_customers().len(), 0);
}
