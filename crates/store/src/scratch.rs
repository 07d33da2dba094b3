//! Databases that are made for one test and dropped after it. Nothing else uses this.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use crate::error::StoreError;

/// A PostgreSQL database of a test's own; dropped, with whoever is still connected, when this is.
#[derive(Debug)]
pub struct ScratchDatabase {
    server: String,
    name: String,
}

impl ScratchDatabase {
    /// Makes a database of this name (lower-case letters, digits and `_`) on the server of a URL
    /// under which databases may be made.
    pub fn create(server: &str, name: &str) -> Result<Self, StoreError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !name.bytes().all(plain) {
            return Err(StoreError::Configuration(format!("'{name}' is no name for a database")));
        }
        run(server, &format!("CREATE DATABASE {name}"))?;
        Ok(Self { server: server.to_owned(), name: name.to_owned() })
    }

    /// The URL of the database itself.
    pub fn url(&self) -> String {
        let (base, query) = match self.server.split_once('?') {
            Some((base, query)) => (base, format!("?{query}")),
            None => (self.server.as_str(), String::new()),
        };
        // What follows the host, if anything does, is the name of the database to connect to.
        let host = base.find("://").map_or(0, |at| at + 3);
        let end =
            base.get(host..).and_then(|rest| rest.find('/')).map_or(base.len(), |at| host + at);
        format!("{}/{}{query}", base.get(..end).unwrap_or(base), self.name)
    }
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Err(error) = run(&self.server, &statement) {
            tracing::warn!(%error, database = self.name, "a scratch database stays behind");
        }
    }
}

fn run(server: &str, statement: &str) -> Result<(), StoreError> {
    let mut conn = PgConnection::establish(server).map_err(StoreError::connect)?;
    Ok(conn.batch_execute(statement)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_names_the_database_and_keeps_the_rest() {
        let url = |server: &str| {
            let made = ScratchDatabase { server: server.to_owned(), name: "t1".to_owned() };
            let url = made.url();
            // Not really there: nothing to drop.
            std::mem::forget(made);
            url
        };
        assert_eq!(url("postgres://a:b@h:1/postgres?x=y"), "postgres://a:b@h:1/t1?x=y");
        assert_eq!(url("postgresql://h"), "postgresql://h/t1");
        assert_eq!(url("postgres://h/"), "postgres://h/t1");
        assert!(ScratchDatabase::create("postgres://h", "a; DROP").is_err());
    }
}
