//! The running program in a folder of its own, spoken to over HTTP.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::database::Database;
use crate::office::{DESK, Office, PASSWORD};

/// A folder with all that an installation keeps.
pub struct Installation {
    folder: TempDir,
    pub database: Database,
}

impl Installation {
    /// One on SQLite.
    pub fn new() -> Self {
        Self::on(Database::Sqlite)
    }

    /// One on this database.
    pub fn on(database: Database) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A command of the program, free of the settings of whoever runs the tests. What a dead process
    /// held is free after three seconds.
    pub fn command(&self, args: &[&str]) -> Command {
        self.command_by(&[], args)
    }

    /// The same, started by other programs, which become it.
    fn command_by(&self, by: &[&str], args: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_throughline");
        let mut command = Command::new(by.first().unwrap_or(&program));
        command.args(by.iter().chain(&[program]).skip(1));
        command.args(args).current_dir(self.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("THROUGHLINE_") {
                command.env_remove(name);
            }
        }
        command.env("THROUGHLINE__WORKER__LEASE_SECONDS", "3");
        command.env("THROUGHLINE__SERVER__BIND", "127.0.0.1:0");
        command.envs(self.database.settings());
        command
    }

    /// Runs a command to its end; its standard output.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> String {
        let ran = self.command(args).output().unwrap();
        let error = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{args:?}: {error}");
        String::from_utf8(ran.stdout).unwrap()
    }

    /// What a query finds in the database: rows of columns.
    pub fn query(&self, sql: &str) -> Vec<Value> {
        self.database.query(self.path(), sql)
    }

    /// The one number that a query finds.
    pub fn number(&self, sql: &str) -> i64 {
        self.query(sql)[0][0].as_i64().unwrap()
    }
}

/// A running server.
pub struct Server {
    child: Child,
    address: String,
    printed: String,
}

impl Server {
    /// Starts one and waits until it is ready.
    pub fn start(at: &Installation) -> Self {
        Self::start_by(at, &[])
    }

    /// The same, started by other programs, which become it.
    pub fn start_by(at: &Installation, by: &[&str]) -> Self {
        let mut command = at.command_by(by, &["serve", "--admin-email", "boss@example.test"]);
        let log = fs::File::options().create(true).append(true).open(at.path().join("log"));
        let mut child = command.stdout(Stdio::piped()).stderr(log.unwrap()).spawn().unwrap();
        let mut printed = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !printed.contains("Docs") {
            let read = lines.read_line(&mut printed).unwrap();
            let log = || fs::read_to_string(at.path().join("log")).unwrap_or_default();
            assert!(read > 0, "it ended early: {printed}\n{}", log());
        }
        let url = printed.lines().find_map(|line| line.strip_prefix("API   http://")).unwrap();
        let address = url.split('/').next().unwrap().to_owned();
        Self { child, address, printed }
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The number of its process.
    pub fn process(&self) -> String {
        self.child.id().to_string()
    }

    /// The password of the first admin, which the first start prints.
    pub fn first_password(&self) -> String {
        let line = self.printed.lines().find_map(|line| line.trim().strip_prefix("password:"));
        line.unwrap().trim().to_owned()
    }

    /// A signed-in client.
    pub fn sign_in(&self, password: &str) -> Client {
        let mut client = Client { address: self.address.clone(), token: String::new() };
        let who = json!({ "email": "boss@example.test", "password": password });
        let session = client.post("/auth/sign-in", &who);
        client.token = session["access_token"].as_str().unwrap().to_owned();
        client
    }

    /// The same client at this server, if it moved to another port.
    pub fn client(&self, token: &str) -> Client {
        Client { address: self.address.clone(), token: token.to_owned() }
    }

    /// Ends it as a power failure would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop; whether it ended well.
    pub fn stop(mut self) -> bool {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that failed leaves no server behind.
        let _ = self.child.kill();
    }
}

/// Speaks to a server.
pub struct Client {
    address: String,
    pub token: String,
}

impl Client {
    #[track_caller]
    pub fn get(&self, path: &str) -> Value {
        good(self.ask("GET", path, None).unwrap())
    }

    /// Sets up the desk's inbox, with replies that go at once; `more` is added to its settings.
    /// Answers its id.
    pub fn set_up_inbox(&self, office: &Office, more: &Value) -> String {
        let new = json!({ "channel": "email", "address": DESK, "name": "Desk" });
        let inbox = self.post("/inboxes", &new);
        let mut settings = json!({
            "incoming": {
                "host": "127.0.0.1", "port": office.dovecot.plain().port(), "security": "plain",
                "sign_in": "password", "user": DESK, "password": PASSWORD,
            },
            "outgoing": {
                "host": "127.0.0.1", "port": office.smtp_port(), "security": "plain",
                "sign_in": "none", "per_hour": 1_000_000, "burst": 10_000,
            },
            "undo_seconds": 0,
        });
        let fields = settings.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        let id = inbox["id"].as_str().unwrap();
        good(self.ask("PUT", &format!("/inboxes/{id}/email"), Some(&settings)).unwrap());
        let tested = self.post(&format!("/inboxes/{id}/email/test"), &Value::Null);
        assert_eq!(tested["ok"], true, "{tested}");
        id.to_owned()
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Value {
        good(self.ask("POST", path, Some(body)).unwrap())
    }

    /// Status and body, or why there is none.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> std::io::Result<(u16, Value)> {
        let mut stream = TcpStream::connect(&self.address)?;
        let body = body.filter(|body| !body.is_null()).map(Value::to_string).unwrap_or_default();
        let head = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Authorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            self.token,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let lost = || std::io::Error::other("the answer is not whole");
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(lost)?;
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(lost)?;
        Ok((status, serde_json::from_str(body).unwrap_or(Value::Null)))
    }
}

#[track_caller]
fn good((status, body): (u16, Value)) -> Value {
    assert!((200..300).contains(&status), "{status}: {body}");
    body
}
