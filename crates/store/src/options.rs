//! What the store must be told: where the database is, where blobs go, how many connections.

use std::path::PathBuf;

use crate::error::StoreError;

/// Where the database is, by the scheme of its URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite://path`, relative to the working folder unless it starts with a slash.
    Sqlite(PathBuf),
    /// `postgres://…` or `postgresql://…`, as libpq reads it.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads a URL; the error says which schemes exist.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            if path.is_empty() || path == ":memory:" {
                let why = "SQLite needs a file: write sqlite://./data/throughline.db";
                return Err(StoreError::Configuration(why.to_owned()));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        // The URL itself may hold a password and is not repeated.
        let why = "database.url must start with sqlite:// or postgres://";
        Err(StoreError::Configuration(why.to_owned()))
    }
}

/// Where blobs go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobOptions {
    /// A local folder, made when it is missing.
    Folder(PathBuf),
    /// A bucket of an S3-compatible store.
    S3(S3Options),
}

/// A bucket and how to reach it.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Options {
    /// The bucket.
    pub bucket: String,
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The endpoint of a store that is not Amazon's, such as `https://s3.example.com`.
    pub endpoint: Option<String>,
    /// The access key.
    pub access_key: String,
    /// The secret key.
    pub secret_key: String,
    /// What every object's name starts with.
    pub prefix: String,
}

impl std::fmt::Debug for S3Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3Options")
            .field("bucket", &self.bucket)
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// All that the store must be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOptions {
    /// Where the database is.
    pub url: DatabaseUrl,
    /// Where blobs go.
    pub blobs: BlobOptions,
    /// Connections: readers on SQLite, all on PostgreSQL. `None` picks 4 and 8.
    pub connections: Option<u32>,
}

impl StoreOptions {
    /// How many pooled connections to open.
    pub fn pool_size(&self) -> u32 {
        let usual = match self.url {
            DatabaseUrl::Sqlite(_) => 4,
            DatabaseUrl::Postgres(_) => 8,
        };
        self.connections.unwrap_or(usual).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses_the_database() {
        let sqlite = DatabaseUrl::parse("sqlite://./data/t.db").unwrap();
        assert_eq!(sqlite, DatabaseUrl::Sqlite("./data/t.db".into()));
        assert!(matches!(DatabaseUrl::parse("postgres://h/d"), Ok(DatabaseUrl::Postgres(_))));
        let error = DatabaseUrl::parse("mysql://root:secret@h").unwrap_err().to_string();
        assert!(error.contains("sqlite://") && !error.contains("secret"));
    }
}
