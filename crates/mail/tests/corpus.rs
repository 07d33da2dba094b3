//! The project's own mails and what must be read in each, with both line ends.
//! The mails lie in `tests/corpus/mail` of the workspace; `expected.jsonl`
//! beside them holds one object a line: `id`, `file`, `line_ends` (whether the
//! mail may be rewritten with other line ends) and `expect`, whose fields are
//! those of `inspect`, and `…_contains` lists for long texts.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use throughline_mail::inspect;

const FEWEST: usize = 25;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/mail")
}

fn items() -> Vec<Value> {
    let expected =
        fs::read_to_string(folder().join("expected.jsonl")).expect("the corpus is there");
    expected.lines().map(|line| serde_json::from_str(line).expect("a line is an object")).collect()
}

#[test]
fn every_mail_says_what_it_should() {
    let items = items();
    assert!(items.len() >= FEWEST, "only {} mails were found", items.len());
    let failures: Vec<String> = items.iter().flat_map(check_item).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_mail_has_its_facts() {
    let listed: Vec<String> = items().iter().map(|item| text(&item["file"])).collect();
    for entry in fs::read_dir(folder()).expect("the corpus is there") {
        let name = entry.expect("a name").file_name().into_string().expect("a name in UTF-8");
        assert!(name == "expected.jsonl" || listed.contains(&name), "{name} has no facts");
    }
}

fn check_item(item: &Value) -> Vec<String> {
    let bytes = fs::read(folder().join(text(&item["file"]))).expect("the mail is there");
    let mut variants = vec![("as it is", bytes.clone())];
    if item["line_ends"] == true {
        let lf = bytes.iter().copied().filter(|&byte| byte != b'\r').collect::<Vec<_>>();
        let crlf = lf.iter().flat_map(|&b| if b == b'\n' { vec![b'\r', b'\n'] } else { vec![b] });
        variants.push(("CRLF", crlf.collect()));
        variants.push(("LF", lf));
    }
    let id = text(&item["id"]);
    variants.iter().flat_map(|(ends, bytes)| check(&id, ends, bytes, &item["expect"])).collect()
}

fn check(id: &str, ends: &str, bytes: &[u8], expect: &Value) -> Vec<String> {
    let report = serde_json::to_value(inspect(id, bytes)).expect("a report is JSON");
    let fields = expect.as_object().expect("facts are an object");
    fields
        .iter()
        .filter(|(field, want)| !holds(&report, field, want))
        .map(|(field, want)| format!("{id} ({ends}) {field}: {want} expected in {report}"))
        .collect()
}

/// Whether one fact holds.
fn holds(report: &Value, field: &str, want: &Value) -> bool {
    let all = |field: &str, wanted: bool| {
        list(want).iter().all(|part| text(&report[field]).contains(&text(part)) == wanted)
    };
    match field {
        "text_contains" => all("text", true),
        "text_not_contains" => all("text", false),
        "reply_contains" => all("reply_text", true),
        "has_html" => report["html"].is_string() == (*want == true),
        "attachment_count" => {
            list(&report["attachments"]).len() as u64 == want.as_u64().unwrap_or(0)
        }
        "attachments" => list(want).iter().all(|want| has_attachment(report, want)),
        "in_reply_to" => report[field][0] == *want,
        _ => report[field] == *want,
    }
}

fn has_attachment(report: &Value, want: &Value) -> bool {
    let want = want.as_object().expect("an attachment is an object");
    list(&report["attachments"])
        .iter()
        .any(|got| want.iter().all(|(key, value)| got[key] == *value))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}
