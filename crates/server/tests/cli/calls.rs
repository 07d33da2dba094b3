//! Importing phone logs: from the command line, twice, dry, watched, and with the power cut in between.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::Desk;
use serde_json::Value;

/// A log of so many calls, two legs each, of a tenth as many customers.
fn log(calls: usize) -> String {
    let mut text = String::new();
    for call in 0..calls {
        let (number, id) =
            (format!("+90532{:07}", call % (calls / 10).max(1)), 1_770_100_000 + call);
        let start =
            format!("2026-02-03 {:02}:{:02}:{:02}", 8 + call / 3600, call / 60 % 60, call % 60);
        for (leg, word, talk) in [(1, "NO ANSWER", 0), (2, "ANSWERED", 42)] {
            let (sequence, phone) = (call * 2 + leg, 200 + leg);
            let answer = if talk > 0 { format!("\"{start}\"") } else { String::new() };
            writeln!(
                text,
                "\"\",\"{number}\",\"{phone}\",\"from-trunk\",\"<{number}>\",\"PJSIP/trunk-{id}\",\
                 \"PJSIP/{phone}-{sequence}\",\"Dial\",\"PJSIP/{phone}\",\"{start}\",{answer},\"{start}\",\
                 {talk},{talk},\"{word}\",\"DOCUMENTATION\",\"{id}.{leg}\",\"audio:in-{call}.wav\",\"\",\
                 \"{id}.1\",{sequence}"
            )
            .unwrap();
        }
    }
    text
}

const HOW: [&str; 6] = ["--time-zone", "Europe/Istanbul", "--region", "TR", "--inbox", "switch"];

fn args<'a>(first: &[&'a str]) -> Vec<&'a str> {
    ["import", "calls"].iter().chain(first).chain(&HOW).copied().collect()
}

fn import(desk: &Desk, more: &[&str]) -> Value {
    let first: Vec<&str> = ["Master.csv", "--json"].iter().chain(more).copied().collect();
    let report = desk.run(&args(&first)).good();
    serde_json::from_str(report.trim()).unwrap()
}

#[test]
fn a_log_is_looked_at_tried_dry_and_read_in_twice_with_the_same_result() {
    let desk = Desk::new();
    desk.write("Master.csv", log(40).as_bytes());
    let looked = desk.run(&args(&["Master.csv", "--preview"])).good();
    let looked: Value = serde_json::from_str(&looked).unwrap();
    assert_eq!(looked["looks"]["format"], "asterisk_csv");
    assert_eq!(looked["rows"].as_array().unwrap().len(), 20);
    assert!(!desk.path().join("data").exists(), "a preview needs no database");
    let dry = import(&desk, &["--dry-run"]);
    assert_eq!((&dry["checked"]["calls_new"], &dry["counts"]["rows"]), (&40.into(), &0.into()));
    assert_eq!(desk.dump_calls().len(), 0);
    let first = import(&desk, &[]);
    assert_eq!(first["state"], "done");
    assert_eq!(first["counts"]["calls_new"], dry["checked"]["calls_new"]);
    assert_eq!(first["counts"]["customers_new"], 4);
    let state = desk.dump_calls();
    let second = import(&desk, &[]);
    assert_eq!(
        (&second["counts"]["calls_new"], &second["counts"]["legs_known"]),
        (&0.into(), &80.into())
    );
    assert_eq!(desk.dump_calls(), state);
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let desk = Desk::new();
    desk.write("Master.csv", log(1).as_bytes());
    desk.run(&["import", "calls", "Master.csv"]).failed(1, "time zone");
    desk.run(&args(&["nowhere.csv"])).failed(1, "nowhere.csv");
    desk.run(&args(&["Master.csv", "--mapping", "none"])).failed(1, "mapping");
    desk.write("bad.csv", (log(1) + "=no row\n").as_bytes());
    desk.run(&args(&["bad.csv", "--rejected", "rejected.csv"])).good();
    let rejected = std::fs::read_to_string(desk.path().join("rejected.csv")).unwrap();
    assert!(rejected.starts_with("row,line,reason,raw\r\n3,3,"), "{rejected}");
    assert!(rejected.contains("\"'=no row\""), "{rejected}");
}

#[test]
fn recordings_in_a_folder_are_attached_by_the_names_in_the_log() {
    let desk = Desk::new();
    desk.write("Master.csv", log(3).as_bytes());
    desk.write("rec/2026/02/in-1.wav", b"RIFF");
    desk.write("rec/other.wav", b"RIFF");
    import(&desk, &["--recordings", "rec"]);
    let lines = desk.dump_calls();
    let with = lines.iter().filter(|line| line.contains("in-1.wav audio/wav")).count();
    assert_eq!(with, 1, "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("other.wav")), "{lines:?}");
}

#[test]
fn killed_at_any_point_and_run_again_every_call_is_there_once() {
    let clean = Desk::new();
    clean.write("Master.csv", log(600).as_bytes());
    let started = Instant::now();
    import(&clean, &[]);
    let whole = started.elapsed();
    let wanted = clean.dump_calls();
    assert_eq!(wanted.len(), 600);
    for part in [3, 6, 9] {
        let desk = Desk::new();
        desk.write("Master.csv", log(600).as_bytes());
        let mut command = desk.command(&args(&["Master.csv"]));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep((whole * part / 10).max(Duration::from_millis(20)));
        child.kill().unwrap();
        child.wait().unwrap();
        let report = import(&desk, &[]);
        assert_eq!((&report["state"], &report["counts"]["rows"]), (&"done".into(), &1_200.into()));
        assert!(desk.dump_calls() == wanted, "killed after {part} tenths");
    }
}

#[test]
fn a_watched_folder_takes_each_file_once() {
    let desk = Desk::new();
    desk.run(&["migrate"]).good();
    desk.write("in/a.csv", log(10).as_bytes());
    let mut command = desk.command(&args(&["--watch", "in"]));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let wait_for = |calls: usize| {
        let began = Instant::now();
        loop {
            if desk.dump_calls().len() == calls {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{calls} calls do not come");
            std::thread::sleep(Duration::from_millis(300));
        }
    };
    wait_for(10);
    // The same bytes under another name, a longer log, and a hidden file that is being written.
    desk.write("in/copy.csv", log(10).as_bytes());
    desk.write("in/.partial.csv", log(30).as_bytes());
    desk.write("in/b.csv", log(20).replace("17701", "17801").as_bytes());
    wait_for(30);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(desk.dump_imports(), ["a.csv done", "b.csv done"]);
}
