//! The walls of the house, as tests: who may know whom, and what may stand where. Each failure says
//! what to do instead.

use std::fs;
use std::path::{Path, PathBuf};

/// A crate and the workspace crates it may depend on.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("mail", &["core"]),
    ("store", &["core"]),
    ("ingest", &["core", "mail"]),
    ("outbound", &["core", "mail"]),
    ("web", &[]),
    ("app", &["core", "mail", "store"]),
    ("worker", &["app", "core", "ingest", "mail", "outbound", "store"]),
    ("api", &["app", "core", "ingest", "web"]),
    ("server", &["api", "app", "core", "ingest", "mail", "outbound", "store", "web", "worker"]),
];

/// A word that product code may hold only in these crates, and what to do elsewhere.
const ONLY_IN: &[(&str, &[&str], &str)] = &[
    ("diesel::", &["store"], "write a function in store and call it"),
    ("actix_web", &["api", "server"], "keep HTTP at the border"),
    ("utoipa", &["api"], "wire types stand beside their handler in api"),
    ("jsonwebtoken", &["api"], "tokens are read at the border"),
    ("mail_parser", &["mail"], "use throughline_mail::parse"),
    ("async_imap", &["ingest"], "fetch in ingest"),
    ("lettre", &["outbound"], "send in outbound"),
    ("reqwest", &["ingest", "outbound", "server"], "call out in ingest or outbound"),
    ("clap::", &["server"], "arguments are read by the binary"),
    ("config::Config", &["server"], "settings are handed in as values"),
    ("std::env", &["server"], "the environment is read by the binary and handed in as values"),
    ("process::exit", &["server"], "return an error; main turns it into an exit code"),
    ("block_in_place", &[], "it panics on actix workers; use the store's pool"),
    ("SystemTime::now", &["app"], "take `now` as an argument; only app's clock reads it"),
    (".offset(", &[], "page by a key; an offset reads all that it skips"),
];

/// What the pure crates never name.
const IMPURE: &[&str] = &[
    "tokio",
    "diesel",
    "actix",
    "reqwest",
    "std::env",
    "std::fs",
    "std::net",
    "Instant::now()",
    "SystemTime",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn crates() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join("crates"))
        .expect("crates")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.len() >= 8, "the crates were not found: {names:?}");
    names
}

/// The code of a file without comments and without its tests.
fn product_code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a readable file");
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

fn product_files(name: &str) -> Vec<PathBuf> {
    let files = rust_files(&root().join("crates").join(name).join("src"));
    let is_test = |path: &PathBuf| path.file_name().is_some_and(|f| f == "tests.rs");
    files.into_iter().filter(|path| !is_test(path)).collect()
}

#[test]
fn crates_depend_only_downwards() {
    for name in crates() {
        let (_, allowed) = MAY_KNOW.iter().find(|(known, _)| *known == name).unwrap_or_else(|| {
            panic!("crate {name} has no place in the house: add it to MAY_KNOW and architecture.md")
        });
        let manifest = root().join("crates").join(&name).join("Cargo.toml");
        let manifest = fs::read_to_string(manifest).expect("a manifest");
        let normal = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for other in crates() {
            let named = normal.contains(&format!("\nthroughline-{other}"));
            assert!(!named || allowed.contains(&other.as_str()), "{name} must not know {other}");
        }
    }
}

#[test]
fn words_stand_only_where_they_may() {
    let mut wrong = Vec::new();
    for name in crates() {
        for path in product_files(&name) {
            let code = product_code(&path);
            for (word, allowed, instead) in ONLY_IN {
                if code.contains(word) && !allowed.contains(&name.as_str()) {
                    wrong.push(format!("{}: '{word}'; {instead}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The document keeps one schema for a name: of two types with one name it would show one for both.
#[test]
fn wire_types_have_names_of_their_own() {
    let mut known = std::collections::BTreeMap::new();
    for path in product_files("api") {
        let code = product_code(&path);
        let names =
            code.lines().filter_map(|line| line.split_once("struct ").map(|(_, rest)| rest));
        let names = names.filter_map(|rest| rest.split([' ', '<', '(']).next());
        for name in names.filter(|it| it.ends_with("In") || it.ends_with("Out")) {
            if let Some(other) = known.insert(name.to_owned(), path.clone()) {
                panic!("{name} stands in {} and in {}", other.display(), path.display());
            }
        }
    }
    assert!(known.len() > 100, "only {} wire types were found", known.len());
}

#[test]
fn core_and_mail_are_pure() {
    let mut wrong = Vec::new();
    for name in ["core", "mail"] {
        for path in product_files(name) {
            let code = product_code(&path);
            let found = IMPURE.iter().filter(|word| code.contains(**word));
            wrong.extend(found.map(|word| format!("{}: '{word}'", path.display())));
        }
    }
    assert!(wrong.is_empty(), "pure crates take values and give values:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_lives_there() {
    let files = crates().into_iter().flat_map(|name| rust_files(&root().join("crates").join(name)));
    let tests = rust_files(&root().join("tests").join("src"));
    for path in files.chain(tests).chain(rust_files(&root().join("tests").join("tests"))) {
        let text = fs::read_to_string(&path).expect("a readable file");
        assert!(text.starts_with("//!"), "{} does not open with //!", path.display());
    }
}

#[test]
fn files_and_functions_stay_small() {
    let mut long = 0;
    let mut all = 0;
    for name in crates() {
        for path in product_files(&name) {
            let text = fs::read_to_string(&path).expect("a readable file");
            let lines = text.lines().count();
            all += 1;
            long += usize::from(lines > 350);
            assert!(lines <= 600, "{} has {lines} lines: split it by meaning", path.display());
            for (function, lines) in functions(&text) {
                assert!(lines <= 100, "{}: {function} has {lines} lines", path.display());
            }
        }
    }
    assert!(long * 10 <= all, "{long} of {all} files have more than 350 lines");
}

/// The functions of a formatted file with their lengths: from `fn` to the brace in its column.
fn functions(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, usize, String)> = None;
    for (at, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let column = line.len() - trimmed.len();
        let starts = ["fn ", "pub fn ", "async fn ", "pub async fn ", "pub(crate) fn "];
        let has_body = !trimmed.ends_with(';');
        if open.is_none() && has_body && starts.iter().any(|start| trimmed.starts_with(start)) {
            open = Some((at, column, trimmed.to_owned()));
        } else if let Some((from, its_column, name)) = &open
            && *its_column == column
            && trimmed == "}"
        {
            found.push((name.clone(), at - from + 1));
            open = None;
        }
    }
    found
}

#[test]
fn nothing_is_left_unfinished() {
    for name in crates() {
        for path in rust_files(&root().join("crates").join(&name)) {
            let text = fs::read_to_string(&path).expect("a readable file");
            for word in ["todo!(", "unimplemented!(", "#[ignore", "allow(dead_code"] {
                assert!(!text.contains(word), "{} holds {word}", path.display());
            }
        }
    }
}
