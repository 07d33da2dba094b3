//! Running the binary on a folder of its own, and reading back what it left there.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use tempfile::TempDir;
use throughline_app::{App, SystemClock, customers, deliveries, imports, tickets, timeline};
use throughline_core::actor::Actor;
use throughline_core::id::IdMaker;
use throughline_core::page::{MAX_LIMIT, PageRequest};
use throughline_core::query::{CustomerQuery, DeliveryQuery, TicketQuery, TimelineFilter};
use throughline_core::timeline::Detail;
use throughline_core::walk::WalkRequest;
use throughline_store::{BlobOptions, DatabaseUrl, Store, StoreOptions};

/// How a run of the binary ended.
pub struct Ran(pub Output);

impl Ran {
    pub fn with_input(mut command: Command, input: &[u8]) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Self(child.wait_with_output().unwrap())
    }

    /// It succeeded; its standard output.
    #[track_caller]
    pub fn good(self) -> String {
        let error = String::from_utf8_lossy(&self.0.stderr).into_owned();
        assert!(self.0.status.success(), "{}: {error}", self.0.status);
        String::from_utf8(self.0.stdout).unwrap()
    }

    /// It failed with this exit code and said this; its standard error.
    #[track_caller]
    pub fn failed(self, code: i32, said: &str) -> String {
        let error = String::from_utf8_lossy(&self.0.stderr).trim().to_owned();
        assert_eq!(self.0.status.code(), Some(code), "{error}");
        assert!(error.starts_with("error: ") && error.contains(said), "{error}");
        error
    }
}

/// Spares tests a builder of their own.
pub trait CommandExt {
    fn ran(&mut self) -> Ran;
}

impl CommandExt for Command {
    fn ran(&mut self) -> Ran {
        Ran(self.output().unwrap())
    }
}

/// Runs the binary without a folder.
pub fn run_bare(args: &[&str]) -> Ran {
    Command::new(env!("CARGO_BIN_EXE_throughline")).args(args).ran()
}

/// A folder with everything of one installation.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// A command in the folder, free of the settings of whoever runs the tests.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_throughline"));
        command.args(args).current_dir(self.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("THROUGHLINE_") {
                command.env_remove(name);
            }
        }
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        self.command(args).ran()
    }

    /// What is in the database, in lines that do not depend on ids, numbers or the order of work.
    pub fn dump(&self) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let mut lines = runtime.block_on(async { dump(&self.app()).await });
        lines.sort();
        lines
    }

    /// All calls on timelines, each as its customer's number, its time, its legs and its files.
    pub fn dump_calls(&self) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let mut lines = runtime.block_on(async { calls_of(&self.app()).await });
        lines.sort();
        lines
    }

    /// The customers, each by name, with the values by which it is known and its tags.
    pub fn dump_customers(&self) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let mut lines = runtime.block_on(async { customers_of(&self.app()).await });
        lines.sort();
        lines
    }

    /// The imports, by name and state.
    pub fn dump_imports(&self) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let request = PageRequest { limit: MAX_LIMIT, after: None };
        let app = self.app();
        let all =
            runtime.block_on(imports::list(&app, &Actor::system(), None, None, &request)).unwrap();
        let mut lines: Vec<String> =
            all.items.iter().map(|import| format!("{} {}", import.name, import.state)).collect();
        lines.sort();
        lines
    }

    fn app(&self) -> App {
        let data = self.path().join("data");
        let options = StoreOptions {
            url: DatabaseUrl::Sqlite(data.join("throughline.db")),
            blobs: BlobOptions::Folder(data.join("blobs")),
            connections: None,
        };
        let store = Store::open(&options).unwrap();
        // Nothing is made by reading, so the node's number does not matter.
        App::new(store, Arc::new(SystemClock), Arc::new(IdMaker::new(1000)))
    }
}

async fn dump(app: &App) -> Vec<String> {
    let actor = Actor::system();
    let mut lines = Vec::new();
    let mut request = PageRequest { limit: MAX_LIMIT, after: None };
    loop {
        let page = tickets::list(app, &actor, &TicketQuery::default(), &request).await.unwrap();
        for view in &page.items {
            lines.push(ticket_line(app, view).await);
        }
        match page.next {
            Some(next) => request.after = Some(next),
            None => break,
        }
    }
    request.after = None;
    loop {
        let query = DeliveryQuery::default();
        let page = deliveries::list(app, &actor, &query, &request).await.unwrap();
        for row in &page.items {
            let reason = row.reason.as_deref().unwrap_or_default();
            let reason = reason.split("itm_").next().unwrap_or_default();
            lines.push(format!("delivery {} {} {reason}", row.external_id, row.outcome));
        }
        match page.next {
            Some(next) => request.after = Some(next),
            None => break,
        }
    }
    for count in throughline_app::jobs::counts(app).await.unwrap() {
        lines.push(format!("jobs {} {} {}", count.kind, count.queued, count.dead));
    }
    lines
}

async fn customers_of(app: &App) -> Vec<String> {
    let actor = Actor::system();
    let mut lines = Vec::new();
    let mut request = PageRequest { limit: MAX_LIMIT, after: None };
    loop {
        let query = CustomerQuery::default();
        let page = customers::list(app, &actor, &query, &request).await.unwrap();
        for view in &page.items {
            let mut known: Vec<&str> = view.identities.iter().map(|it| it.value.as_str()).collect();
            known.sort_unstable();
            let tags: Vec<&str> = view.tags.iter().map(|tag| tag.name.as_str()).collect();
            lines.push(format!(
                "{} {known:?} {tags:?}",
                view.customer.name.as_deref().unwrap_or("?")
            ));
        }
        match page.next {
            Some(next) => request.after = Some(next),
            None => return lines,
        }
    }
}

async fn calls_of(app: &App) -> Vec<String> {
    let actor = Actor::system();
    let mut lines = Vec::new();
    let mut request = PageRequest { limit: MAX_LIMIT, after: None };
    loop {
        let query = CustomerQuery::default();
        let page = customers::list(app, &actor, &query, &request).await.unwrap();
        for view in &page.items {
            let walk = WalkRequest { limit: MAX_LIMIT, ..WalkRequest::default() };
            let (id, filter) = (view.customer.id, TimelineFilter::default());
            let found = timeline::of_customer(app, &actor, id, &filter, &walk).await.unwrap();
            lines.extend(found.items.iter().map(call_line));
        }
        match page.next {
            Some(next) => request.after = Some(next),
            None => return lines,
        }
    }
}

fn call_line(item: &throughline_core::timeline::TimelineItem) -> String {
    let Detail::Call(detail) = &item.detail else { return format!("{} {}", item.kind, item.body) };
    let party = detail.call.customer.as_ref().and_then(|party| party.number.as_ref());
    let number = party.and_then(|number| number.e164.as_deref()).unwrap_or_default();
    let legs: Vec<&str> = detail.call.legs.iter().map(|leg| leg.key.as_str()).collect();
    let files: Vec<String> = detail
        .attachments
        .iter()
        .map(|file| format!("{} {}", file.name.as_deref().unwrap_or_default(), file.media_type))
        .collect();
    format!("{number} {} {legs:?} {files:?}", item.occurred_at.as_micros())
}

/// A ticket as the set of what is in it.
async fn ticket_line(app: &App, view: &throughline_core::ticket::TicketView) -> String {
    let (filter, request) = (TimelineFilter::default(), PageRequest { limit: 200, after: None });
    let actor = Actor::system();
    let page = timeline::of_ticket(app, &actor, view.ticket.id, &filter, &request).await.unwrap();
    let mut items: Vec<String> = page
        .items
        .iter()
        .map(|item| match &item.detail {
            Detail::Message(m) => {
                let from = m.from.as_ref().map(|f| f.address.as_str()).unwrap_or_default();
                let files = m.attachments.len();
                format!("message {from} {:?} {:?} {files}", m.message_id, item.body)
            }
            Detail::Note(_) => format!("note {:?}", item.body),
            Detail::Change { changes } => format!("change {}", changes.len()),
            other => format!("{other:?}"),
        })
        .collect();
    items.sort();
    let tags: Vec<&str> = view.tags.iter().map(|tag| tag.name.as_str()).collect();
    format!("ticket {} {} {tags:?} {items:?}", view.ticket.status, view.ticket.priority)
}
