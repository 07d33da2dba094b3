//! The program in a folder of its own, set up for one inbox as an admin would.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The inbox.
pub const DESK: &str = "desk@example.test";
/// The password of its account.
pub const PASSWORD: &str = "open sesame";

/// See the module.
pub struct Desk {
    program: PathBuf,
    folder: TempDir,
}

impl Desk {
    /// Makes the folder, the database and the inbox.
    pub fn new(program: &Path, imap: SocketAddr, smtp: u16) -> Self {
        let program = program.canonicalize().expect("a built server");
        let desk = Self { program, folder: tempfile::tempdir().expect("a folder") };
        fs::write(desk.folder.path().join("password"), PASSWORD).expect("a file");
        let (imap, smtp) = (imap.port().to_string(), smtp.to_string());
        desk.run(&["migrate"]);
        let mut args = vec!["inbox", "add", DESK, "--name", "Desk", "--password-file", "password"];
        args.extend(["--imap-host", "127.0.0.1", "--imap-port", &imap, "--imap-security", "plain"]);
        args.extend(["--smtp-host", "127.0.0.1", "--smtp-port", &smtp, "--smtp-security", "plain"]);
        args.extend(["--smtp-no-login", "--no-test"]);
        desk.run(&args);
        desk
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(self.folder.path());
        command.env("THROUGHLINE__SERVER__BIND", "127.0.0.1:0");
        command.env("THROUGHLINE__LOG__FILTER", "error");
        command
    }

    fn run(&self, args: &[&str]) {
        let status = self.command(args).stdout(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "{args:?} failed");
    }

    /// Starts the server; it is ready when this returns.
    pub fn serve(&self, more: &[&str]) -> Serving {
        let mut args = vec!["serve"];
        args.extend(more);
        let mut child = self.command(&args).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut printed = String::new();
        let mut lines = BufReader::new(child.stdout.take().expect("its output"));
        while !printed.contains("Docs") {
            assert!(lines.read_line(&mut printed).expect("a line") > 0, "it ended: {printed}");
        }
        Serving { child, printed }
    }

    /// Starts a worker alone.
    pub fn work(&self) -> Serving {
        let child = self.command(&["worker"]).stdout(Stdio::null()).spawn().expect("it starts");
        Serving { child, printed: String::new() }
    }

    /// Waits until a query for one number finds this one. Looks each millisecond, beside the program.
    pub fn wait_for(&self, sql: &str, wanted: i64) -> Instant {
        let file = self.folder.path().join("data/throughline.db");
        let database = rusqlite::Connection::open(file).expect("the database");
        database.busy_timeout(Duration::from_secs(10)).expect("a timeout");
        let mut query = database.prepare(sql).expect("a query");
        let end = Instant::now() + Duration::from_secs(600);
        loop {
            let found: i64 = query.query_row([], |row| row.get(0)).expect("a number");
            if found >= wanted {
                return Instant::now();
            }
            assert!(Instant::now() < end, "{found} of {wanted} after ten minutes: {sql}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A running process of the program; killed when dropped.
pub struct Serving {
    child: Child,
    printed: String,
}

impl Serving {
    /// Its address.
    pub fn address(&self) -> &str {
        let url = self.printed.lines().find_map(|line| line.strip_prefix("API   "));
        url.expect("an address")
    }

    /// The password of the first admin, which the first start prints.
    pub fn password(&self) -> &str {
        let line = self.printed.lines().find_map(|line| line.trim().strip_prefix("password:"));
        line.expect("a password").trim()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
