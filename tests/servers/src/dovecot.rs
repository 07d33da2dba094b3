//! Dovecot from the machine's packages: IMAP (plain, STARTTLS, TLS) and LMTP, everything in one
//! temporary folder. It runs as root and as an ordinary user.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use config::make_certificates;

mod config;

const READY_WITHIN: Duration = Duration::from_secs(20);

/// What a server is to be like.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name and password of each account.
    pub users: Vec<(String, String)>,
    /// Capabilities that it does not announce, as in `["IDLE", "CONDSTORE"]`.
    pub without: Vec<&'static str>,
}

impl Default for Options {
    fn default() -> Self {
        let users = vec![("anna@example.test".to_owned(), "open sesame".to_owned())];
        Self { users, without: Vec::new() }
    }
}

/// A running Dovecot. It is stopped and its mail is removed when this is dropped.
pub struct Dovecot {
    folder: TempDir,
    plain: SocketAddr,
    tls: SocketAddr,
    lmtp: SocketAddr,
    /// Owner of the mail: `nobody` when we are root.
    owner: Option<(u32, u32)>,
    child: Option<Child>,
    delivered: AtomicU64,
}

impl Dovecot {
    /// Starts a server; `None`, with a line that says so, when Dovecot is not installed.
    ///
    /// # Panics
    /// When it is not installed although the variable CI is "true", or does not get ready.
    pub fn start(options: Options) -> Option<Self> {
        if find("dovecot").is_none() || find("doveadm").is_none() {
            let missing = "Dovecot is not installed (packages dovecot-imapd, dovecot-lmtpd)";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{missing} and CI=true");
            println!("left out: {missing}");
            return None;
        }
        let folder = TempDir::with_prefix("throughline-dovecot").expect("a temporary folder");
        let [plain, tls, lmtp] = free_addresses();
        let owner = (output("id", &["-u"]) == "0").then(nobody);
        let (child, delivered) = (None, AtomicU64::new(0));
        let mut server = Self { folder, plain, tls, lmtp, owner, child, delivered };
        server.lay_out(&options);
        server.launch();
        Some(server)
    }

    /// Where IMAP is spoken unprotected; STARTTLS is offered.
    pub fn plain(&self) -> SocketAddr {
        self.plain
    }

    /// Where IMAP is spoken under TLS from the first byte.
    pub fn tls(&self) -> SocketAddr {
        self.tls
    }

    /// Where LMTP is spoken.
    pub fn lmtp(&self) -> SocketAddr {
        self.lmtp
    }

    /// The certificate (PEM) of the authority that signed the server's. The server's is made out to
    /// `localhost` and 127.0.0.1.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Puts a message into a user's INBOX.
    pub fn deliver(&self, user: &str, message: &[u8]) {
        let maildir = self.maildir(user);
        for part in ["cur", "new", "tmp"] {
            self.make_folder(&maildir.join(part));
        }
        let count = self.delivered.fetch_add(1, Ordering::Relaxed);
        let name = format!("1700000000.M{count:08}P{}.test", std::process::id());
        let unfinished = maildir.join("tmp").join(&name);
        fs::write(&unfinished, message).expect("writing a message");
        self.hand_over(&unfinished, 0o644);
        // Only a whole message is ever seen in `new`.
        fs::rename(&unfinished, maildir.join("new").join(&name)).expect("delivering a message");
    }

    /// Creates a folder beside INBOX; the name is in UTF-8.
    pub fn make_mailbox(&self, user: &str, name: &str) {
        self.doveadm(&["mailbox", "create", "-u", user, name]);
    }

    /// Puts a message into a folder; the name is in UTF-8.
    pub fn save(&self, user: &str, mailbox: &str, message: &[u8]) {
        let count = self.delivered.fetch_add(1, Ordering::Relaxed);
        let file = self.folder.path().join(format!("saved{count}"));
        fs::write(&file, message).expect("writing a message");
        let file = file.to_string_lossy();
        self.doveadm(&["save", "-u", user, "-m", mailbox, &file]);
    }

    /// How many connections a user has that have signed in.
    pub fn sessions(&self, user: &str) -> usize {
        let listed = self.doveadm(&["-f", "tab", "who", "-1", user]);
        listed.lines().skip(1).filter(|line| line.contains("imap")).count()
    }

    /// The flags of all messages of a folder, a line each: UID, then flags.
    pub fn flags(&self, user: &str, mailbox: &str) -> Vec<String> {
        let listed =
            self.doveadm(&["-f", "tab", "fetch", "-u", user, "uid flags", "mailbox", mailbox]);
        listed.lines().skip(1).map(|line| line.trim_end().to_owned()).collect()
    }

    /// Kills all its processes at once, as a power failure would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let group = format!("-{}", child.id());
            run(Command::new("kill").args(["-9", "--", &group]));
            child.wait().expect("the end of Dovecot");
        }
    }

    /// Kills it if it runs, and starts it on the same ports with the same mail.
    pub fn restart(&mut self) {
        self.kill();
        drop(fs::remove_file(self.folder.path().join("run/master.pid")));
        self.launch();
    }

    /// Gives INBOX another UIDVALIDITY.
    pub fn set_uid_validity(&self, user: &str, value: u32) {
        let value = value.to_string();
        self.doveadm(&["mailbox", "update", "-u", user, "--uid-validity", &value, "INBOX"]);
    }

    /// Ends a user's connections with BYE.
    pub fn kick(&self, user: &str) {
        self.doveadm(&["kick", user]);
    }

    fn maildir(&self, user: &str) -> PathBuf {
        self.folder.path().join("mail").join(user)
    }

    fn doveadm(&self, arguments: &[&str]) -> String {
        let config = self.folder.path().join("dovecot.conf");
        let mut command = Command::new(find("doveadm").expect("doveadm"));
        let done = run(command.arg("-c").arg(config).args(arguments));
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    fn lay_out(&self, options: &Options) {
        let root = self.folder.path();
        fs::set_permissions(root, fs::Permissions::from_mode(0o755)).expect("permissions");
        for part in ["mail", "home", "run", "state"] {
            self.make_folder(&root.join(part));
        }
        let users: Vec<String> =
            options.users.iter().map(|(name, word)| format!("{name}:{{PLAIN}}{word}\n")).collect();
        fs::write(root.join("users"), users.concat()).expect("the file of users");
        make_certificates(root);
        fs::write(root.join("dovecot.conf"), self.config(options)).expect("the configuration");
    }

    /// Makes a folder with all above it, from `mail` on, for the owner of the mail.
    fn make_folder(&self, path: &Path) {
        let above: Vec<&Path> = path.ancestors().take_while(|p| *p != self.folder.path()).collect();
        for folder in above.into_iter().rev().filter(|folder| !folder.exists()) {
            fs::create_dir(folder).expect("a folder");
            let name = folder.file_name().unwrap_or_default();
            // Dovecot looks after its own run-time folders.
            if name != "run" && name != "state" {
                self.hand_over(folder, 0o755);
            }
        }
    }

    fn hand_over(&self, path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
        if let Some((user, group)) = self.owner {
            chown(path, Some(user), Some(group)).expect("changing the owner");
        }
    }

    fn launch(&mut self) {
        let config = self.folder.path().join("dovecot.conf");
        let mut command = Command::new(find("dovecot").expect("dovecot"));
        command.arg("-F").arg("-c").arg(config).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().expect("starting Dovecot"));
        let started = Instant::now();
        while !greets(self.plain) {
            if started.elapsed() > READY_WITHIN {
                let log = fs::read_to_string(self.folder.path().join("dovecot.log"));
                panic!("Dovecot is not ready in {READY_WITHIN:?}: {}", log.unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a command to its end.
fn run(command: &mut Command) -> Output {
    let done = command.output().expect("starting a command");
    let words = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?} failed: {words}");
    done
}

fn output(program: &str, arguments: &[&str]) -> String {
    let done = run(Command::new(program).args(arguments));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

fn nobody() -> (u32, u32) {
    let number = |flag| output("id", &[flag, "nobody"]).parse().expect("a number");
    (number("-u"), number("-g"))
}

/// A program on the path or where the system keeps its servers.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path);
    let more = ["/usr/sbin", "/usr/bin"].into_iter().map(PathBuf::from);
    places.chain(more).map(|place| place.join(program)).find(|file| file.is_file())
}

/// Free ports, found by holding all of them for a moment at once.
fn free_addresses<const N: usize>() -> [SocketAddr; N] {
    let held = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    held.map(|listener| listener.local_addr().expect("its address"))
}

/// Whether a server at `address` says `* OK`.
fn greets(address: SocketAddr) -> bool {
    let Ok(stream) = TcpStream::connect(address) else { return false };
    let waiting = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut line = String::new();
    waiting.is_ok()
        && BufReader::new(stream).read_line(&mut line).is_ok()
        && line.starts_with("* OK")
}
