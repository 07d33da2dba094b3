//! `throughline ledger`: all that ever arrived, what became of it and why, and another try.

use clap::Subcommand;
use serde_json::{Value, json};
use throughline_app::App;
use throughline_app::deliveries::{self, DeliveryQuery, Explanation};
use throughline_app::mail_settings::{self, FolderCount};
use throughline_core::actor::Actor;
use throughline_core::delivery::{Delivery, Outcome};
use throughline_core::id::DeliveryId;
use throughline_core::page::{MAX_LIMIT, PageRequest};
use throughline_core::reason::Reason;
use throughline_core::timeline::{Detail, TimelineItem};
use throughline_worker::probe::MailProbe;

use super::inbox::find;
use crate::config::Settings;
use crate::error::Failure;
use crate::mail_access::mail_access;
use crate::node::Node;
use crate::out;

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List deliveries, newest first.
    #[command(after_long_help = "\
  throughline ledger list --outcome quarantined
  throughline ledger list --inbox support@example.com --limit 500 --json
  throughline ledger list --message-id abc123@mail.example.com

Outcomes: recorded (waits to be read), stored (on a timeline), duplicate (the same message had come
before), quarantined (could not be read; kept until it is replayed).")]
    List(List),
    /// Explain a delivery: where it was seen, what became of it, and why.
    Explain(Explain),
    /// Read quarantined deliveries once more: one, or all.
    Replay(Replay),
    /// Compare the mailbox of an inbox with the ledger, and record what is missing.
    #[command(after_long_help = "\
  throughline ledger reconcile support@example.com
  throughline ledger reconcile support@example.com --fetch

Counts the messages in each folder that is read and those that are in the ledger, and names the UIDs
of those that are not. Exits with 1 when some are missing and were not fetched.")]
    Reconcile(Reconcile),
}

/// Which deliveries.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Only those of this inbox: its address or its id.
    #[arg(long)]
    inbox: Option<String>,
    /// Only those with this outcome; give the option once for each.
    #[arg(long = "outcome")]
    outcomes: Vec<Outcome>,
    /// Only those with this Message-ID.
    #[arg(long, value_name = "ID")]
    message_id: Option<String>,
    /// How many at most.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Which delivery.
#[derive(Debug, clap::Args)]
pub struct Explain {
    /// Its id.
    #[arg(value_name = "DELIVERY")]
    delivery: DeliveryId,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What to read once more.
#[derive(Debug, clap::Args)]
pub struct Replay {
    /// A delivery.
    #[arg(value_name = "DELIVERY", required_unless_present = "all", conflicts_with = "all")]
    delivery: Option<DeliveryId>,
    /// All that are quarantined, up to 10,000.
    #[arg(long)]
    all: bool,
    /// Only those of this inbox: its address or its id.
    #[arg(long, requires = "all")]
    inbox: Option<String>,
}

/// Which mailbox.
#[derive(Debug, clap::Args)]
pub struct Reconcile {
    /// The address or the id of the inbox.
    #[arg(value_name = "INBOX")]
    inbox: String,
    /// Fetch and record what is missing.
    #[arg(long)]
    fetch: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Does it.
pub async fn run(settings: &Settings, command: Command) -> Result<(), Failure> {
    let node = Node::start(settings).await?;
    let result = match command {
        Command::List(args) => list(&node.app, args).await,
        Command::Explain(args) => explain(&node.app, args).await,
        Command::Replay(args) => replay(&node.app, args).await,
        Command::Reconcile(args) => reconcile(settings, &node.app, args).await,
    };
    node.close().await;
    result
}

async fn list(app: &App, args: List) -> Result<(), Failure> {
    let inbox = match &args.inbox {
        Some(named) => Some(find(app, named).await?.id),
        None => None,
    };
    let id = |text: String| text.trim_matches(['<', '>']).to_owned();
    let message_id = args.message_id.map(id);
    let query =
        DeliveryQuery { outcome: args.outcomes, inbox, message_id, ..DeliveryQuery::default() };
    let rows = rows(app, &query, args.limit).await?;
    if args.json {
        return out::line(format!("{:#}", rows.iter().map(delivery_json).collect::<Value>()));
    }
    let row = |d: &Delivery| {
        let reason = d.reason.clone().unwrap_or_default();
        vec![d.id.to_string(), d.received_at.to_string(), d.outcome.to_string(), reason]
    };
    let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
    out::table(&["delivery", "received", "outcome", "reason"], &rows)
}

/// The first `limit` rows, page by page.
async fn rows(app: &App, query: &DeliveryQuery, limit: u32) -> Result<Vec<Delivery>, Failure> {
    let mut found: Vec<Delivery> = Vec::new();
    let mut after = None;
    loop {
        let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
        if left == 0 {
            return Ok(found);
        }
        let request = PageRequest { limit: left.min(MAX_LIMIT), after };
        let page = deliveries::list(app, &Actor::system(), query, &request).await?;
        found.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}

fn delivery_json(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id,
        "inbox": delivery.inbox,
        "external_id": delivery.external_id,
        "size": delivery.size,
        "received_at": delivery.received_at.to_string(),
        "outcome": delivery.outcome.as_str(),
        "reason": delivery.reason,
        "item": delivery.item,
        "processed_at": delivery.processed_at.map(|at| at.to_string()),
    })
}

async fn explain(app: &App, args: Explain) -> Result<(), Failure> {
    let found = deliveries::explain(app, &Actor::system(), args.delivery).await?;
    if args.json {
        return out::line(format!("{:#}", explanation_json(&found)));
    }
    let Explanation { delivery, message_id, seen, item } = &found;
    out::line(format!("{}  {}", delivery.id, delivery.outcome))?;
    let told = [
        ("reason", delivery.reason.clone()),
        ("received", Some(delivery.received_at.to_string())),
        ("processed", delivery.processed_at.map(|at| at.to_string())),
        ("inbox", Some(delivery.inbox.to_string())),
        ("name", Some(delivery.external_id.clone())),
        ("size", Some(format!("{} bytes", delivery.size))),
        ("message-id", message_id.clone()),
    ];
    for (what, words) in told {
        if let Some(words) = words {
            out::line(format!("{what:<11} {words}"))?;
        }
    }
    for place in seen {
        let (folder, uid, validity) = (&place.folder, place.uid, place.uid_validity);
        let at = place.seen_at;
        out::line(format!("seen        {folder}, UID {uid} (UIDVALIDITY {validity}), {at}"))?;
    }
    item.as_ref().map_or(Ok(()), explain_item)
}

fn explain_item(item: &TimelineItem) -> Result<(), Failure> {
    let ticket = item.ticket.map_or_else(|| "no ticket".to_owned(), |ticket| ticket.to_string());
    out::line(format!("item        {} in {ticket} of {}", item.id, item.customer))?;
    let (owner, thread) = reasons(item);
    for (what, reason) in [("customer", owner), ("ticket", thread)] {
        if let Some(reason) = reason {
            out::line(format!("{what:<11} because {}", words(reason)))?;
        }
    }
    Ok(())
}

fn reasons(item: &TimelineItem) -> (Option<&Reason>, Option<&Reason>) {
    match &item.detail {
        Detail::Message(detail) => (detail.owner_reason.as_ref(), detail.thread_reason.as_ref()),
        _ => (None, None),
    }
}

/// A reason as its rule and what it is about: `header_match (header: in_reply_to, mail_id: a@b)`.
/// Written from its stored form, so that no rule can be forgotten.
fn words(reason: &Reason) -> String {
    match serde_json::to_value(reason) {
        Ok(Value::Object(rule)) => {
            let one = |(name, about): (&String, &Value)| match about.as_object() {
                Some(about) => {
                    let pairs = about.iter().filter(|(_, value)| !value.is_null());
                    let pairs: Vec<String> =
                        pairs.map(|(k, v)| format!("{k}: {}", plain(v))).collect();
                    format!("{name} ({})", pairs.join(", "))
                }
                None => name.clone(),
            };
            rule.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        Ok(other) => plain(&other),
        Err(error) => error.to_string(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn explanation_json(found: &Explanation) -> Value {
    let Explanation { delivery, message_id, seen, item } = found;
    let place = |place: &deliveries::Seen| {
        json!({
            "folder": place.folder,
            "uid_validity": place.uid_validity,
            "uid": place.uid,
            "seen_at": place.seen_at.to_string(),
        })
    };
    let item = item.as_ref().map(|item| {
        let (owner, thread) = reasons(item);
        json!({
            "id": item.id,
            "ticket": item.ticket,
            "customer": item.customer,
            "owner_reason": owner,
            "thread_reason": thread,
        })
    });
    json!({
        "delivery": delivery_json(delivery),
        "message_id": message_id,
        "seen": seen.iter().map(place).collect::<Value>(),
        "item": item,
    })
}

async fn replay(app: &App, args: Replay) -> Result<(), Failure> {
    let actor = Actor::system();
    if let Some(delivery) = args.delivery {
        deliveries::replay(app, &actor, delivery).await?;
        return out::line(format!("{delivery} will be read once more by the next worker"));
    }
    let inbox = match &args.inbox {
        Some(named) => Some(find(app, named).await?.id),
        None => None,
    };
    let replayed = deliveries::replay_all(app, &actor, inbox).await?;
    out::line(format!("{replayed} deliveries will be read once more by the next worker"))
}

async fn reconcile(settings: &Settings, app: &App, args: Reconcile) -> Result<(), Failure> {
    let inbox = find(app, &args.inbox).await?;
    let probe = MailProbe::new(mail_access(settings, app)?);
    let actor = Actor::system();
    let found = mail_settings::reconcile(app, &actor, &probe, inbox.id, args.fetch).await?;
    if args.json {
        out::line(format!("{:#}", found.iter().map(folder_json).collect::<Value>()))?;
    } else {
        report(&found)?;
    }
    if let Some((folder, trouble)) =
        found.iter().find_map(|f| Some((&f.folder, f.trouble.as_ref()?)))
    {
        return Err(Failure::new(format!("{folder} could not be compared to its end: {trouble}")));
    }
    match found.iter().map(|folder| folder.missing.saturating_sub(folder.fetched)).sum::<u64>() {
        0 => Ok(()),
        n => Err(Failure::new(format!("{n} messages are on the server and not in the ledger"))
            .advise("fetch them with --fetch")),
    }
}

fn report(found: &[FolderCount]) -> Result<(), Failure> {
    let row = |folder: &FolderCount| {
        let uids = folder.missing_uids.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
        let FolderCount { on_server, known, missing, fetched, .. } = folder;
        let mut row = vec![folder.folder.clone()];
        row.extend([on_server, known, missing, fetched].map(u64::to_string));
        row.push(uids);
        row
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    out::table(&["folder", "on server", "in ledger", "missing", "recorded now", "uids"], &rows)
}

fn folder_json(folder: &FolderCount) -> Value {
    json!({
        "folder": folder.folder,
        "uid_validity": folder.uid_validity,
        "on_server": folder.on_server,
        "known": folder.known,
        "missing": folder.missing,
        "missing_uids": folder.missing_uids,
        "fetched": folder.fetched,
        "trouble": folder.trouble,
    })
}
