//! How a file is read: what is said on the command line, over what was saved, over what the file looks
//! like.

use std::path::PathBuf;

use serde_json::Value;
use throughline_core::call::DstPolicy;
use throughline_ingest::phone::{Settings, Source};
use throughline_ingest::phone_preview::Preview;

use crate::error::Failure;

/// What can be said on the command line of how files are read.
#[derive(Debug, Default, clap::Args)]
pub struct How {
    /// The format of the files; found out when absent.
    #[arg(long, value_name = "NAME")]
    pub format: Option<String>,
    /// The time zone of the phone system's clock.
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// What to do with times that come twice, or never, when clocks are changed: reject, earlier, later.
    #[arg(long, value_name = "POLICY")]
    pub ambiguous: Option<DstPolicy>,
    /// The country in which numbers without a country code are read, such as TR.
    #[arg(long, value_name = "COUNTRY")]
    pub region: Option<String>,
    /// A number of our own; may be given several times.
    #[arg(long, value_name = "NUMBER")]
    pub own_number: Vec<String>,
    /// Read the files by this mapping, which was saved over the API.
    #[arg(long, value_name = "NAME", conflicts_with = "source")]
    pub mapping: Option<String>,
    /// Read the files by the settings in this JSON file.
    #[arg(long, value_name = "FILE")]
    pub source: Option<PathBuf>,
}

impl How {
    /// The settings for a file.
    pub fn settings(&self, saved: Option<Value>, looks: &Preview) -> Result<Settings, Failure> {
        let mut settings = match (&self.source, saved) {
            (Some(path), _) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    Failure::new(format!("cannot read {}: {error}", path.display()))
                })?;
                read(serde_json::from_str(&text), "the file of --source")?
            }
            (None, Some(saved)) => read(serde_json::from_value(saved), "the mapping")?,
            (None, None) => match looks.looks.format.or(self.format.as_deref()) {
                Some(format) => Settings::of(format),
                None => {
                    return Err(Failure::new("the format of the file is not known")
                        .advise("name it with --format, or describe it with --source"));
                }
            },
        };
        if let Some(format) = &self.format {
            settings.format.clone_from(format);
        }
        if let Some(zone) = &self.time_zone {
            settings.time_zone.clone_from(zone);
        }
        if let Some(region) = &self.region {
            settings.region.clone_from(region);
        }
        settings.dst = self.ambiguous.unwrap_or(settings.dst);
        settings.own_numbers.extend(self.own_number.iter().cloned());
        Ok(settings)
    }
}

fn read(parsed: serde_json::Result<Settings>, what: &str) -> Result<Settings, Failure> {
    parsed.map_err(|error| {
        Failure::new(format!("{what} does not say how files are read: {error}"))
            .advise("docs/channels/phone.md has all settings")
    })
}

/// Settings as they are stored, once nothing is wrong with them.
pub fn checked(settings: Settings) -> Result<Value, Failure> {
    let source = Source::new(settings).map_err(|wrong| {
        let all: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        Failure::new(all.join("; ")).advise("`--preview` shows what the file is read as")
    })?;
    serde_json::to_value(source.settings()).map_err(|error| Failure::new(error.to_string()))
}
