//! The settings as types. Their meaning and their defaults stand in `config/default.toml`.

use std::path::PathBuf;

use serde::Deserialize;
use throughline_api::Network;
use throughline_core::guard::GuardMode;
use throughline_core::identity::Region;
use throughline_store::{BlobOptions, DatabaseUrl, S3Options, StoreOptions};

use super::secret::Secret;
use crate::error::Failure;

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Settings {
    pub server: Server,
    pub database: Database,
    pub blobs: Blobs,
    pub auth: Auth,
    pub secrets: Secrets,
    pub mail: Mail,
    pub customers: Customers,
    pub webhooks: Webhooks,
    pub channels: Channels,
    pub phone: Phone,
    pub log: Log,
    pub telemetry: Telemetry,
    pub worker: Worker,
    pub guard: Guard,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Server {
    pub bind: String,
    pub public_url: String,
    pub trusted_proxies: String,
    pub workers: usize,
    pub body_limit: usize,
    pub raw_limit: usize,
    pub shutdown_seconds: u64,
    pub docs: bool,
    pub metrics: bool,
    pub streams: usize,
    pub streams_per_actor: usize,
}

/// `[database]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Database {
    pub url: Secret,
    pub connections: u32,
    pub migrate_on_start: bool,
}

/// `[blobs]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Blobs {
    pub store: BlobStore,
    pub folder: String,
    pub s3: S3,
}

/// Where blobs are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BlobStore {
    /// In a local folder.
    Folder,
    /// In a bucket.
    S3,
}

/// `[blobs.s3]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct S3 {
    pub bucket: String,
    pub region: String,
    pub endpoint: String,
    pub access_key: String,
    pub secret_key: Secret,
    pub prefix: String,
}

/// `[auth]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Auth {
    pub access_token_minutes: i64,
}

/// `[secrets]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Secrets {
    pub key: Secret,
    #[serde(deserialize_with = "super::secret::several")]
    pub old_keys: Vec<Secret>,
}

/// `[mail]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Mail {
    pub extra_roots: String,
    pub hello: String,
}

/// `[webhooks]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Webhooks {
    pub allow_private: bool,
    pub extra_roots: String,
    pub timeout_seconds: u64,
    pub at_once: usize,
    pub pause_after_days: i64,
    pub keep_attempts_days: i64,
}

/// `[channels]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Channels {
    pub max_file_mib: u64,
}

/// `[phone]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Phone {
    pub watch_root: String,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Log {
    pub format: LogFormat,
    pub filter: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For log collectors.
    Json,
}

/// `[telemetry]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Telemetry {
    pub otlp_endpoint: String,
    pub service_name: String,
}

/// `[customers]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Customers {
    pub default_region: String,
}

/// `[worker]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Worker {
    pub batch: usize,
    pub batch_mib: i64,
    pub poll_ms: u64,
    pub lease_seconds: u64,
    pub decode_seconds: u64,
}

/// `[guard]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is described in config/default.toml")]
pub struct Guard {
    #[serde(deserialize_with = "guard_mode")]
    pub mode: GuardMode,
    pub brief_on_hand_over: bool,
}

fn guard_mode<'de, D: serde::Deserializer<'de>>(d: D) -> Result<GuardMode, D::Error> {
    String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
}

impl Settings {
    /// The country in which telephone numbers without a country code are read.
    pub fn default_region(&self) -> Option<Region> {
        Region::parse(&self.customers.default_region)
    }

    /// Fails with the first value that makes no sense, naming its key.
    pub fn check(&self) -> Result<(), Failure> {
        let rules = [
            (
                self.customers.default_region.is_empty() || self.default_region().is_some(),
                "customers.default_region must be a country such as TR, or empty",
            ),
            (self.server.bind.contains(':'), "server.bind must be address:port"),
            (self.server.body_limit >= 1024, "server.body_limit must be at least 1024"),
            (self.server.raw_limit >= 1024, "server.raw_limit must be at least 1024"),
            (self.auth.access_token_minutes >= 1, "auth.access_token_minutes must be at least 1"),
            (self.server.streams_per_actor >= 1, "server.streams_per_actor must be at least 1"),
            (
                (1..=60).contains(&self.webhooks.timeout_seconds),
                "webhooks.timeout_seconds must be 1 to 60",
            ),
            (self.webhooks.at_once >= 4, "webhooks.at_once must be at least 4"),
            (self.webhooks.pause_after_days >= 1, "webhooks.pause_after_days must be at least 1"),
            (
                self.webhooks.keep_attempts_days >= 1,
                "webhooks.keep_attempts_days must be at least 1",
            ),
            (
                (1..=1024).contains(&self.channels.max_file_mib),
                "channels.max_file_mib must be 1 to 1024",
            ),
            (self.worker.batch >= 1, "worker.batch must be at least 1"),
            (self.worker.batch_mib >= 1, "worker.batch_mib must be at least 1"),
            (self.worker.poll_ms >= 10, "worker.poll_ms must be at least 10"),
            (self.worker.lease_seconds >= 3, "worker.lease_seconds must be at least 3"),
            (self.worker.decode_seconds >= 1, "worker.decode_seconds must be at least 1"),
            (crate::logging::is_filter(&self.log.filter), "log.filter is no log filter"),
            (
                self.blobs.store == BlobStore::Folder || !self.blobs.s3.bucket.is_empty(),
                "blobs.s3.bucket must be set when blobs.store is s3",
            ),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, broken)) => Err(Failure::configuration(broken)),
            None => {
                self.trusted_proxies()?;
                self.secret_keys().and_then(|_| self.store_options()).map(drop)
            }
        }
    }

    /// The proxies that are believed.
    pub fn trusted_proxies(&self) -> Result<Vec<Network>, Failure> {
        let named = self.server.trusted_proxies.split(',').map(str::trim);
        let read = named.filter(|name| !name.is_empty()).map(str::parse::<Network>);
        let wrong = |why| Failure::configuration(format!("server.trusted_proxies: {why}"));
        read.collect::<Result<_, _>>().map_err(wrong)
    }

    /// What the store must be told.
    pub fn store_options(&self) -> Result<StoreOptions, Failure> {
        let url = DatabaseUrl::parse(self.database.url.reveal())?;
        let blobs = match self.blobs.store {
            BlobStore::Folder => BlobOptions::Folder(self.blobs.folder(&url)),
            BlobStore::S3 => BlobOptions::S3(self.blobs.s3.options()),
        };
        let connections = Some(self.database.connections).filter(|n| *n > 0);
        Ok(StoreOptions { url, blobs, connections })
    }

    /// The file in which senders remember what servers took: beside an SQLite database, or beside the
    /// folder of blobs. None where blobs are in a bucket and nothing is kept on this machine.
    pub fn sending_journal(&self) -> Result<Option<PathBuf>, Failure> {
        let url = DatabaseUrl::parse(self.database.url.reveal())?;
        let beside = match (&url, self.blobs.store) {
            (DatabaseUrl::Sqlite(file), _) => file.clone(),
            (DatabaseUrl::Postgres(_), BlobStore::Folder) => self.blobs.folder(&url),
            (DatabaseUrl::Postgres(_), BlobStore::S3) => return Ok(None),
        };
        Ok(Some(beside.with_file_name("sending.journal")))
    }

    /// How the outside reaches the server.
    pub fn public_url(&self) -> String {
        match self.server.public_url.trim_end_matches('/') {
            "" => format!("http://{}", self.server.bind.replace("0.0.0.0", "localhost")),
            url => url.to_owned(),
        }
    }
}

impl Blobs {
    fn folder(&self, url: &DatabaseUrl) -> PathBuf {
        match (self.folder.as_str(), url) {
            ("", DatabaseUrl::Sqlite(file)) => file.with_file_name("blobs"),
            ("", DatabaseUrl::Postgres(_)) => PathBuf::from("./data/blobs"),
            (folder, _) => PathBuf::from(folder),
        }
    }
}

impl S3 {
    fn options(&self) -> S3Options {
        S3Options {
            bucket: self.bucket.clone(),
            region: self.region.clone(),
            endpoint: Some(self.endpoint.clone()).filter(|endpoint| !endpoint.is_empty()),
            access_key: self.access_key.clone(),
            secret_key: self.secret_key.reveal().to_owned(),
            prefix: self.prefix.clone(),
        }
    }
}
