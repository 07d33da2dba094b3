//! Cold start and idle memory of the real binary on an empty SQLite database.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Options;
use crate::table::Table;

/// Ready within this, in seconds.
const READY: f64 = 0.5;
/// Idle memory, in MiB.
const MEMORY: f64 = 60.0;
/// How many starts are measured; the middle one counts.
const STARTS: usize = 5;

/// A running server, ended when dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the server on a database in `folder` and waits until it is ready.
pub fn start(server: &Path, folder: &Path) -> (Server, Duration) {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it").port();
    let address = format!("127.0.0.1:{port}");
    let began = Instant::now();
    let child = Command::new(server)
        .arg("serve")
        .current_dir(folder)
        .env("THROUGHLINE__SERVER__BIND", &address)
        .env("THROUGHLINE__DATABASE__URL", format!("sqlite://{}/bench.db", folder.display()))
        .env("THROUGHLINE__LOG__FILTER", "error")
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the server starts: build it with `make release` and give its whole path");
    let server = Server { child, address };
    while !is_ready(&server.address) {
        assert!(began.elapsed() < Duration::from_secs(30), "the server does not become ready");
        std::thread::sleep(Duration::from_millis(2));
    }
    (server, began.elapsed())
}

fn is_ready(address: &str) -> bool {
    use std::io::Write;
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let ask = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.write_all(ask.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// The resident memory of a process in MiB.
pub fn resident(id: u32) -> f64 {
    kib(id, "VmRSS").expect("Linux, and a process that runs") / 1024.0
}

/// The most memory that was resident of a process so far, in megabytes; `None` once it has ended.
pub fn peak(id: u32) -> Option<f64> {
    Some(kib(id, "VmHWM")? * 1024.0 / 1e6)
}

fn kib(id: u32, name: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Measures.
pub fn measure(options: &Options, table: &mut Table) {
    let folder = tempfile::tempdir().expect("a folder");
    // The first start migrates; the ones that count find a database.
    drop(start(&options.server, folder.path()));
    let mut starts = Vec::new();
    let mut memory = 0.0;
    for _ in 0..STARTS {
        let (server, ready) = start(&options.server, folder.path());
        starts.push(ready.as_secs_f64());
        std::thread::sleep(Duration::from_secs(2));
        memory = resident(server.child.id());
    }
    starts.sort_by(f64::total_cmp);
    let ready = starts[STARTS / 2];
    let against = format!("{READY} s");
    table.add("cold start to ready", format!("{ready:.3} s"), against, ready / READY, Some(1.0));
    let against = format!("{MEMORY} MiB");
    table.add("idle memory", format!("{memory:.1} MiB"), against, memory / MEMORY, Some(1.0));
}
