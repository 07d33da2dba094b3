//! Importing mail: what is taken and what is not, twice, and with the power cut in between.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::Desk;
use serde_json::Value;

/// A mail; those that share a `thread` belong together.
fn mail(thread: usize, at: usize) -> String {
    let mut mail = format!(
        "From: Writer {thread} <writer{thread}@c.example>\nTo: help@desk.example\n\
         Subject: Matter {thread}\nMessage-ID: <{thread}.{at}@c.example>\n\
         Date: Mon, 02 Nov 2026 09:{at:02}:00 +0000\n"
    );
    if at > 0 {
        let before = at - 1;
        writeln!(mail, "In-Reply-To: <{thread}.{before}@c.example>").unwrap();
    }
    mail + &format!("Content-Type: text/plain; charset=utf-8\n\nMail {at} of {thread}\n")
}

/// A folder of mails in all the ways in which they lie around, with some that are none.
fn collection(desk: &Desk, threads: usize) {
    for thread in 0..threads {
        for at in 0..4 {
            desk.write(&format!("old/{at}/{thread}.eml"), mail(thread, at).as_bytes());
        }
    }
    let mbox: String =
        (0..5).map(|at| format!("From x Mon Nov  2 09:30:00 2026\n{}\n", mail(9000, at))).collect();
    desk.write("old/archive.mbox", mbox.as_bytes());
    desk.write("old/Maildir/cur/1:2,S", mail(9001, 0).as_bytes());
    desk.write("old/Maildir/new/2", mail(9001, 1).as_bytes());
    desk.write("old/Maildir/tmp/3", mail(9001, 2).as_bytes());
    desk.write("old/copy-of-the-first.eml", mail(0, 0).as_bytes());
    desk.write("old/nobody.eml", b"Subject: from nobody\n\nhello\n");
    desk.write("old/notes.txt", b"Not a mail.\nFrom: me\nTo: you\n");
    desk.write("old/empty", b"");
}

fn import(desk: &Desk) -> Value {
    let report = desk.run(&["import", "mail", "old", "--json"]).good();
    serde_json::from_str(&report).unwrap()
}

/// Compares two states and shows only what differs.
#[track_caller]
fn same(left: &[String], right: &[String], what: &str) {
    let only = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|line| !b.contains(line)).take(5).cloned().collect()
    };
    assert!(left == right, "{what}: {:#?} against {:#?}", only(left, right), only(right, left));
}

#[track_caller]
fn adds_up(report: &Value) {
    let n = |key: &str| report[key].as_u64().unwrap_or_else(|| panic!("{key} in {report}"));
    assert_eq!(n("files"), n("mail_files") + n("skipped") + n("unreadable"), "{report}");
    assert_eq!(n("mails"), n("new") + n("already_recorded"), "{report}");
    let ends = n("stored") + n("duplicate") + n("quarantined") + n("waiting");
    assert_eq!(n("distinct"), ends, "{report}");
}

#[test]
fn everything_is_accounted_for_and_a_second_run_adds_nothing() {
    let desk = Desk::new();
    collection(&desk, 10);
    let first = import(&desk);
    adds_up(&first);
    assert_eq!(first["mails"], 49, "40 single, 5 in the mbox, 2 in the Maildir, a copy, one bad");
    assert_eq!((&first["new"], &first["already_recorded"]), (&48.into(), &1.into()));
    assert_eq!((&first["stored"], &first["quarantined"]), (&47.into(), &1.into()));
    assert_eq!((&first["skipped"], &first["waiting"]), (&2.into(), &0.into()));
    let state = desk.dump();
    assert_eq!(state.iter().filter(|line| line.starts_with("ticket ")).count(), 12);
    let second = import(&desk);
    adds_up(&second);
    assert_eq!((&second["new"], &second["stored"]), (&0.into(), &47.into()));
    same(&desk.dump(), &state, "a second run");
}

#[test]
fn the_list_says_what_became_of_each_and_why() {
    let desk = Desk::new();
    collection(&desk, 1);
    let text = desk.run(&["import", "mail", "old", "--list"]).good();
    let line = |part: &str| text.lines().find(|line| line.contains(part)).unwrap().to_owned();
    assert!(line("nobody.eml").starts_with("quarantined (new)"), "{text}");
    assert!(line("nobody.eml").contains("no sender"), "{text}");
    assert!(line("notes.txt").contains("does not begin with mail headers"), "{text}");
    assert!(line("archive.mbox (mail 5)").starts_with("stored"), "{text}");
    assert!(text.contains("12 new, 1 already recorded"), "{text}");
}

#[test]
fn a_path_that_is_not_there_is_named() {
    Desk::new().run(&["import", "mail", "nowhere"]).failed(1, "nowhere");
}

#[test]
fn killed_at_any_point_and_run_again_it_ends_in_the_same_state() {
    let clean = Desk::new();
    collection(&clean, 60);
    let started = Instant::now();
    import(&clean);
    let whole = started.elapsed();
    let wanted = clean.dump();
    for part in [2, 5, 8] {
        let desk = Desk::new();
        collection(&desk, 60);
        let mut command = desk.command(&["import", "mail", "old"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Somewhere on the way: recording, or processing. Where exactly does not matter.
        std::thread::sleep((whole * part / 10).max(Duration::from_millis(20)));
        child.kill().unwrap();
        child.wait().unwrap();
        let report = import(&desk);
        adds_up(&report);
        assert_eq!(report["waiting"], 0, "{report}");
        same(&desk.dump(), &wanted, &format!("killed after {part} tenths"));
    }
}

#[test]
fn two_imports_at_the_same_time_add_nothing_twice() {
    let desk = Desk::new();
    collection(&desk, 20);
    desk.run(&["migrate"]).good();
    let mut other = desk.command(&["import", "mail", "old"]);
    let mut other = other.stdout(Stdio::null()).spawn().unwrap();
    let report = import(&desk);
    assert!(other.wait().unwrap().success());
    adds_up(&report);
    assert_eq!((&report["waiting"], &report["quarantined"]), (&0.into(), &1.into()));
    let alone = Desk::new();
    collection(&alone, 20);
    import(&alone);
    let ledger = |desk: &Desk| -> Vec<String> {
        desk.dump().into_iter().filter(|line| !line.starts_with("ticket ")).collect()
    };
    // Which ticket a mail joins depends on the order of arrival, and here there is none.
    same(&ledger(&desk), &ledger(&alone), "two at a time");
}
