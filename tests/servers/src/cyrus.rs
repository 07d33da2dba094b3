//! Cyrus IMAP, a second server that shares no code with Dovecot, run from a folder into which its
//! packages were unpacked: installing it would remove Dovecot. Everything it writes is in one temporary
//! folder.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const READY_WITHIN: Duration = Duration::from_secs(20);

/// A running Cyrus; stopped when dropped. It takes any name and any password.
pub struct Cyrus {
    folder: TempDir,
    unpacked: PathBuf,
    imap: SocketAddr,
    lmtp: SocketAddr,
    child: Option<Child>,
}

impl Cyrus {
    /// Starts it from the folder that THROUGHLINE_TEST_CYRUS names; `None`, with a line that says so,
    /// when there is none.
    ///
    /// # Panics
    /// When there is none although the variable CI is "true", or it does not get ready.
    pub fn start() -> Option<Self> {
        let unpacked = std::env::var_os("THROUGHLINE_TEST_CYRUS").map(PathBuf::from);
        let Some(unpacked) = unpacked.filter(|folder| folder.join("usr/lib/cyrus/bin").is_dir())
        else {
            let missing = "THROUGHLINE_TEST_CYRUS names no folder with Cyrus IMAP";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{missing} and CI=true");
            println!("left out: {missing}");
            return None;
        };
        let folder = TempDir::with_prefix("throughline-cyrus").expect("a temporary folder");
        let held = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
        let [imap, lmtp] = held.map(|listener| listener.local_addr().expect("its address"));
        let mut server = Self { folder, unpacked, imap, lmtp, child: None };
        server.lay_out();
        server.launch();
        Some(server)
    }

    /// Where IMAP is spoken unprotected.
    pub fn imap(&self) -> SocketAddr {
        self.imap
    }

    /// Delivers a message by LMTP, which makes the mailbox when it is missing.
    pub fn deliver(&self, user: &str, message: &[u8]) {
        let mut stream = TcpStream::connect(self.lmtp).expect("LMTP answers");
        let mut answers = BufReader::new(stream.try_clone().expect("a second handle"));
        let body = [message, b"\r\n.\r\n"].concat();
        let recipient = format!("RCPT TO:<{user}>\r\n");
        let steps: [(&str, &[u8]); 6] = [
            ("220", b"LHLO test\r\n"),
            ("250", b"MAIL FROM:<sender@example.test>\r\n"),
            ("250", recipient.as_bytes()),
            ("250", b"DATA\r\n"),
            ("354", &body),
            ("250", b"QUIT\r\n"),
        ];
        for (expected, next) in steps {
            let answer = answer(&mut answers);
            assert!(answer.starts_with(expected), "{answer} instead of {expected}");
            stream.write_all(next).expect("LMTP listens");
        }
    }

    fn lay_out(&self) {
        let root = self.folder.path();
        fs::set_permissions(root, fs::Permissions::from_mode(0o755)).expect("permissions");
        // Without the folder of sockets the daemon behind IDLE does not start, and nobody says so.
        for part in ["conf/socket", "conf/db", "conf/proc", "conf/log", "conf/lock", "mail"] {
            fs::create_dir_all(root.join(part)).expect("a folder");
        }
        let bin = self.unpacked.join("usr/lib/cyrus/bin");
        let fill = |text: &str| {
            text.replace("@bin", &bin.display().to_string())
                .replace("@root", &root.display().to_string())
                .replace("@imap", &self.imap.to_string())
                .replace("@lmtp", &self.lmtp.to_string())
        };
        fs::write(root.join("imapd.conf"), fill(SETTINGS)).expect("the settings");
        fs::write(root.join("cyrus.conf"), fill(SERVICES)).expect("the services");
        if super::smtp::is_root() {
            let owned = Command::new("chown").args(["-R", "nobody:nogroup"]).arg(root).status();
            assert!(owned.is_ok_and(|status| status.success()), "the folder belongs to nobody");
        }
    }

    fn launch(&mut self) {
        let root = self.folder.path();
        let libraries = ["usr/lib", "lib"].map(|part| self.unpacked.join(part));
        let path: Vec<String> = libraries.iter().flat_map(|folder| with_machine(folder)).collect();
        let mut command = Command::new(self.unpacked.join("usr/lib/cyrus/bin/master"));
        command.env("LD_LIBRARY_PATH", path.join(":")).process_group(0);
        command.arg("-C").arg(root.join("imapd.conf")).arg("-M").arg(root.join("cyrus.conf"));
        command.arg("-p").arg(root.join("master.pid")).arg("-D");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().expect("starting Cyrus"));
        let started = Instant::now();
        while !greets(self.imap) {
            assert!(started.elapsed() < READY_WITHIN, "Cyrus is not ready in {READY_WITHIN:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Cyrus {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-9", "--", &group]).status();
        let _ = child.wait();
    }
}

/// A folder of libraries and those within it that are named after a kind of machine.
fn with_machine(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).map(|all| all.flatten().collect::<Vec<_>>());
    let within = entries.unwrap_or_default().into_iter().map(|entry| entry.path());
    let machines = within.filter(|path| path.to_string_lossy().ends_with("-linux-gnu"));
    machines.chain([folder.to_owned()]).map(|path| path.display().to_string()).collect()
}

fn answer(answers: &mut impl BufRead) -> String {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(answers.read_line(&mut line).expect("an answer") > 0, "the server closed");
        if line.as_bytes().get(3) != Some(&b'-') {
            return line;
        }
    }
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

const SETTINGS: &str = "configdirectory: @root/conf
partition-default: @root/mail
virtdomains: userid
unixhierarchysep: yes
altnamespace: yes
allowplaintext: yes
sasl_mech_list: PLAIN LOGIN
sasl_pwcheck_method: alwaystrue
autocreate_quota: 0
autocreate_post: 1
cyrus_user: nobody
cyrus_group: nogroup
lmtpsocket: @root/conf/socket/lmtp
idlesocket: @root/conf/socket/idle
";

const SERVICES: &str = "START {
}
SERVICES {
  imap cmd=\"@bin/imapd -C @root/imapd.conf\" listen=\"@imap\" prefork=0
  lmtp cmd=\"@bin/lmtpd -C @root/imapd.conf -a\" listen=\"@lmtp\" prefork=0
}
DAEMON {
  idled cmd=\"@bin/idled -C @root/imapd.conf\"
}
";
