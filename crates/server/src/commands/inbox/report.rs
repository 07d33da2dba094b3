//! What the commands for inboxes print, for people and for scripts.

use serde_json::{Value, json};
use throughline_app::mail_settings::{MailSetUp, ProbeStep};
use throughline_app::mailboxes::FolderStatus;
use throughline_core::inbox::Inbox;
use throughline_core::mail_settings::MailServer;
use throughline_core::time::Instant;

use crate::error::Failure;
use crate::out;

/// Prints a value as JSON.
pub fn json(value: &Value) -> Result<(), Failure> {
    out::line(format!("{value:#}"))
}

/// Prints all inboxes.
pub fn inboxes(rows: &[(Inbox, Option<MailSetUp>)], as_json: bool) -> Result<(), Failure> {
    if as_json {
        return json(
            &rows.iter().map(|(inbox, set_up)| inbox_json(inbox, set_up.as_ref())).collect(),
        );
    }
    let row = |(inbox, set_up): &(Inbox, Option<MailSetUp>)| {
        let (fetches, sends) = servers(set_up.as_ref());
        let state = state(inbox, set_up.as_ref()).to_owned();
        vec![inbox.address.clone(), inbox.name.clone(), state, fetches, sends, inbox.id.to_string()]
    };
    let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
    out::table(&["address", "name", "state", "fetches from", "sends by", "id"], &rows)
}

fn inbox_json(inbox: &Inbox, set_up: Option<&MailSetUp>) -> Value {
    let (fetches, sends) = servers(set_up);
    json!({
        "id": inbox.id,
        "channel": inbox.channel.as_str(),
        "address": inbox.address,
        "name": inbox.name,
        "state": state(inbox, set_up),
        "fetches_from": fetches,
        "sends_by": sends,
    })
}

fn state(inbox: &Inbox, set_up: Option<&MailSetUp>) -> &'static str {
    match set_up {
        _ if !inbox.active => "inactive",
        None => "not set up",
        Some(set_up) if set_up.settings.paused => "paused",
        Some(set_up) if set_up.trouble.is_some() => "secrets unreadable",
        Some(_) => "on",
    }
}

fn servers(set_up: Option<&MailSetUp>) -> (String, String) {
    let place = |server: &MailServer| format!("{}:{}", server.host, server.port);
    let settings = set_up.map(|set_up| &set_up.settings);
    let incoming = settings.and_then(|s| s.incoming.as_ref()).map(|i| place(&i.server));
    let outgoing = settings.and_then(|s| s.outgoing.as_ref()).map(|o| place(&o.server));
    (incoming.unwrap_or_default(), outgoing.unwrap_or_default())
}

/// Prints the steps of a test.
pub fn steps(steps: &[ProbeStep], as_json: bool) -> Result<(), Failure> {
    if as_json {
        return json(&steps_json(steps));
    }
    steps.iter().try_for_each(|step| {
        let ProbeStep { protocol, step, ok, words } = step;
        let mark = if *ok { "ok    " } else { "FAILED" };
        out::line(format!("{protocol}  {step:<8}  {mark}  {words}"))
    })
}

/// The steps of a test, for scripts.
pub fn steps_json(steps: &[ProbeStep]) -> Value {
    let step = |step: &ProbeStep| {
        let ProbeStep { protocol, step, ok, words } = step;
        json!({ "protocol": protocol, "step": step, "ok": ok, "words": words })
    };
    steps.iter().map(step).collect()
}

/// Fails with the first step that failed.
pub fn verdict(steps: &[ProbeStep]) -> Result<(), Failure> {
    match steps.iter().find(|step| !step.ok) {
        Some(ProbeStep { protocol, step, words, .. }) => {
            Err(Failure::new(format!("the connection does not work: {protocol}, {step}: {words}")))
        }
        None if steps.is_empty() => Err(Failure::new("no server is set: there is nothing to test")),
        None => Ok(()),
    }
}

/// Prints how the folders of an inbox fare.
pub fn status(
    inbox: &Inbox,
    set_up: Option<&MailSetUp>,
    folders: &[FolderStatus],
    as_json: bool,
) -> Result<(), Failure> {
    if as_json {
        let folders: Value = folders.iter().map(folder_json).collect();
        let state = state(inbox, set_up);
        return json(&json!({ "inbox": inbox.id, "state": state, "folders": folders }));
    }
    out::line(format!("{}: {}", inbox.address, state(inbox, set_up)))?;
    if let Some(trouble) = set_up.and_then(|set_up| set_up.trouble.as_ref()) {
        out::line(format!("its secrets cannot be read: {trouble}"))?;
    }
    let row = |status: &FolderStatus| {
        let checked = status.checked_at.map_or_else(|| "never".to_owned(), shown);
        let fails = status.failing_since.map(|since| format!("since {}", shown(since)));
        let recorded = status.counts.recorded.to_string();
        let words = status.last_error.clone().unwrap_or_default();
        vec![status.folder.clone(), recorded, checked, fails.unwrap_or_default(), words]
    };
    let rows: Vec<Vec<String>> = folders.iter().map(row).collect();
    out::table(&["folder", "recorded", "last read", "failing", "last error"], &rows)
}

fn folder_json(status: &FolderStatus) -> Value {
    json!({
        "folder": status.folder,
        "followed": status.followed,
        "uid_validity": status.cursor.map(|cursor| cursor.uid_validity),
        "last_uid": status.cursor.map(|cursor| cursor.last_uid),
        "recorded": status.counts.recorded,
        "pending": status.counts.pending,
        "checked_at": status.checked_at.map(shown),
        "failures": status.failures,
        "failing_since": status.failing_since.map(shown),
        "last_error": status.last_error,
    })
}

/// An instant for people and scripts alike (RFC 3339).
pub fn shown(at: Instant) -> String {
    at.to_string()
}
