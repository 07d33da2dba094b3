//! `throughline import contacts`: people in tables, by the same way as over the API.

use std::path::{Path, PathBuf};

use serde_json::Value;
use throughline_app::imports::ImportKind;
use throughline_core::contact::ContactField;
use throughline_core::identity::Region;
use throughline_ingest::contacts::{ContactColumn, Settings as Reading, Source, preview};

use super::bringing::{Desk, head_of, report};
use crate::config::Settings;
use crate::error::Failure;
use crate::node::Node;
use crate::{out, signals};

/// Bring in the people of address books and of other systems.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Look first, try it dry, then read it in:

  throughline import contacts people.csv --preview
  throughline import contacts people.csv --column 'Plan=custom.plan' --region TR --dry-run
  throughline import contacts people.csv --column 'Plan=custom.plan' --region TR

Columns with the names that address books give them are known; --column says what others are: name, email,
phone, organization, language, time_zone, tags, external_id, or custom. with the key of a custom field. The
same file again adds nothing; who is known by an address, a number or an id is the same customer, and what
an agent wrote stays. Rows that cannot be taken are kept with their reason; --rejected writes them to a file.")]
pub struct Args {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What a column is, such as 'Plan=custom.plan' or '#3=email'; may be given several times.
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = column)]
    column: Vec<ContactColumn>,
    /// The country in which numbers without a country code are read, such as TR.
    #[arg(long, value_name = "COUNTRY")]
    region: Option<String>,
    /// The system whose ids the external ids are.
    #[arg(long, value_name = "NAME")]
    external_scope: Option<String>,
    /// Read the files by the settings in this JSON file.
    #[arg(long, value_name = "FILE")]
    source: Option<PathBuf>,
    /// Show what the files will be read as, as JSON; store nothing.
    #[arg(long)]
    preview: bool,
    /// Count what would become of the rows; store nobody.
    #[arg(long)]
    dry_run: bool,
    /// Write the rows that could not be taken to this file, as CSV.
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
    /// Print the report as JSON, one object for each file.
    #[arg(long)]
    json: bool,
}

fn column(text: &str) -> Result<ContactColumn, String> {
    let (column, field) = text.rsplit_once('=').ok_or("expected COLUMN=FIELD")?;
    let field: ContactField = field.trim().parse().map_err(|e| format!("{e}"))?;
    Ok(ContactColumn { column: column.trim().to_owned(), field })
}

/// Imports, and prints a report for each file.
pub async fn run(settings: &Settings, args: Args) -> Result<(), Failure> {
    let stop = signals::stop_on_request()?;
    let region = settings.default_region();
    if args.preview {
        return args.files.iter().try_for_each(|file| show(file, &args, region));
    }
    let node = Node::start(settings).await?;
    let desk = Desk::open(settings, &node, ImportKind::Contacts, None, stop).await;
    let result = match desk {
        Ok(desk) => all(&desk, &args, region).await,
        Err(failure) => Err(failure),
    };
    node.close().await;
    result
}

fn show(file: &Path, args: &Args, region: Option<Region>) -> Result<(), Failure> {
    let (head, whole) = head_of(file)?;
    let reading = reading(file, args, region)?;
    out::line(report::contacts_preview(&preview(&head, whole, Some(reading), region, 20)))
}

async fn all(desk: &Desk, args: &Args, region: Option<Region>) -> Result<(), Failure> {
    let mut failed = 0;
    for file in &args.files {
        let source = checked(reading(file, args, region)?, region)?;
        let import = desk.bring(file, source, args.dry_run).await?;
        if let Some(path) = &args.rejected {
            report::rejected(&desk.app, &import, path).await?;
        }
        failed += usize::from(import.reason.is_some());
        out::line(if args.json { report::json(&import) } else { report::text(&import) })?;
    }
    match failed {
        0 => Ok(()),
        n => Err(Failure::new(format!("{n} file(s) could not be read in"))),
    }
}

/// How a file is read: by what is said, over a file of settings, over what the file looks like.
fn reading(file: &Path, args: &Args, region: Option<Region>) -> Result<Reading, Failure> {
    let mut reading = match &args.source {
        Some(path) => {
            let trouble = |error: String| Failure::new(format!("{}: {error}", path.display()));
            let text = std::fs::read_to_string(path).map_err(|error| trouble(error.to_string()))?;
            serde_json::from_str(&text).map_err(|error| trouble(error.to_string()))?
        }
        None => {
            let (head, whole) = head_of(file)?;
            preview(&head, whole, None, region, 1).settings
        }
    };
    for told in &args.column {
        reading.columns.retain(|known| known.column != told.column);
        reading.columns.push(told.clone());
    }
    if let Some(region) = &args.region {
        reading.region.clone_from(region);
    }
    if let Some(scope) = &args.external_scope {
        reading.external_scope.clone_from(scope);
    }
    Ok(reading)
}

/// Settings as they are stored, once nothing is wrong with them.
fn checked(reading: Reading, region: Option<Region>) -> Result<Value, Failure> {
    let source = Source::new(reading, region).map_err(|wrong| {
        let all: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        Failure::new(all.join("; ")).advise("`--preview` shows what the file is read as")
    })?;
    serde_json::to_value(source.settings()).map_err(|error| Failure::new(error.to_string()))
}
