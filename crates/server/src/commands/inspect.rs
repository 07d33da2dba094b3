//! `throughline inspect`: what is read from mails. Stores nothing and needs no database.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use throughline_mail::{inspect, inspect_html, inspect_text};

use crate::error::Failure;
use crate::out;

/// Show what is read from mails, one JSON object a line.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
  throughline inspect letter.eml | jq .reply_text
  throughline inspect cur/* | jq -r 'select(.is_bounce) | .id'
  throughline inspect --reply-text body.txt --reply-html body.html | jq .reply_text

To measure the reader against mails whose facts are known, name them in a manifest: one JSON object
a line, with `id`, `file` (relative to the manifest) and `kind` (message, or reply_text and
reply_html for bodies without headers):

  throughline inspect --manifest corpus/manifest.jsonl > results.jsonl

A mail that cannot be read, or takes longer than a second, gives a line with `error`.")]
pub struct Args {
    /// Files that hold one mail each.
    #[arg(required_unless_present_any = ["manifest", "reply_text", "reply_html"])]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A file that holds the plain text of a reply, without a header; may be repeated.
    #[arg(long, value_name = "FILE")]
    reply_text: Vec<PathBuf>,
    /// A file that holds the HTML of a reply, without a header; may be repeated.
    #[arg(long, value_name = "FILE")]
    reply_html: Vec<PathBuf>,
    /// Read ids, files and kinds from this file instead.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "reply_text", "reply_html"])]
    manifest: Option<PathBuf>,
}

/// How long reading one mail may take.
const LIMIT: Duration = Duration::from_secs(1);

/// One thing to read.
#[derive(Debug, Clone, Deserialize)]
struct Item {
    id: String,
    file: PathBuf,
    #[serde(default)]
    kind: Kind,
}

impl Item {
    fn of(path: &Path, kind: Kind) -> Self {
        Self { id: path.display().to_string(), file: path.to_owned(), kind }
    }
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Message,
    ReplyText,
    ReplyHtml,
}

/// Prints a line for each.
pub fn run(args: &Args) -> Result<(), Failure> {
    for item in items(args)? {
        out::line(report(item).to_string())?;
    }
    Ok(())
}

fn items(args: &Args) -> Result<Vec<Item>, Failure> {
    let Some(manifest) = &args.manifest else {
        let mails = args.files.iter().map(|path| Item::of(path, Kind::Message));
        let texts = args.reply_text.iter().map(|path| Item::of(path, Kind::ReplyText));
        let pages = args.reply_html.iter().map(|path| Item::of(path, Kind::ReplyHtml));
        return Ok(mails.chain(texts).chain(pages).collect());
    };
    let unreadable = |e| Failure::new(format!("cannot read {}: {e}", manifest.display()));
    let folder = manifest.parent().unwrap_or(Path::new("."));
    let lines = fs::read_to_string(manifest).map_err(unreadable)?;
    let lines = lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(at, line)| item(folder, line, at + 1)).collect()
}

fn item(folder: &Path, line: &str, number: usize) -> Result<Item, Failure> {
    let item: Item = serde_json::from_str(line)
        .map_err(|e| Failure::new(format!("line {number} of the manifest: {e}")))?;
    Ok(Item { file: folder.join(&item.file), ..item })
}

/// Reads one mail on a thread of its own, so that one which never ends does not stop the others.
fn report(item: Item) -> Value {
    let (sender, receiver) = sync_channel(1);
    let id = item.id.clone();
    let start = Instant::now();
    let spawned = std::thread::Builder::new().spawn(move || {
        // The receiver is gone when this took too long.
        let _ = sender.send(read(&item));
    });
    let error = match (spawned, receiver.recv_timeout(LIMIT)) {
        (_, Ok(mut report)) => {
            if let Some(fields) = report.as_object_mut() {
                fields.insert("seconds".to_owned(), start.elapsed().as_secs_f64().into());
            }
            return report;
        }
        (Err(error), _) => format!("cannot start a thread: {error}"),
        (Ok(_), Err(RecvTimeoutError::Timeout)) => "reading it took longer than 1 s".to_owned(),
        (Ok(_), Err(RecvTimeoutError::Disconnected)) => "the reader panicked".to_owned(),
    };
    json!({ "id": id, "error": error })
}

fn read(item: &Item) -> Value {
    let bytes = match fs::read(&item.file) {
        Ok(bytes) => bytes,
        Err(error) => return json!({ "id": item.id, "error": error.to_string() }),
    };
    let report = match item.kind {
        Kind::Message => inspect(&item.id, &bytes),
        Kind::ReplyText => inspect_text(&item.id, &String::from_utf8_lossy(&bytes)),
        Kind::ReplyHtml => inspect_html(&item.id, &String::from_utf8_lossy(&bytes)),
    };
    let failed = |e: serde_json::Error| json!({ "id": item.id, "error": e.to_string() });
    serde_json::to_value(report).unwrap_or_else(failed)
}
