//! Postfix from the machine's packages in a temporary folder, with a certificate of its own. Nothing
//! can leave it: every mail that it takes is discarded or handed to one LMTP server of this machine, and
//! shows in its log. Needs root.

use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const SERVICES: &str = "\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
";

/// A running Postfix; stopped when dropped.
#[derive(Debug)]
pub struct Postfix {
    folder: TempDir,
    child: Child,
    /// Port with STARTTLS offered and not required.
    pub port: u16,
    /// Port with TLS from the first byte.
    pub tls_port: u16,
    /// The certificate to trust, for `localhost` and 127.0.0.1, in PEM form.
    pub root_pem: String,
}

/// Postfix gives up rights that only root has.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

impl Postfix {
    /// Starts it and waits until it answers; `None` when it is not installed or we are not root.
    /// Mail for `nobody@example.test` is refused with 550; all other mail is discarded.
    pub fn start() -> Option<Self> {
        Self::launch("discard")
    }

    /// The same, but mail is handed to this LMTP server; what is for `gone@example.test` is taken and
    /// comes back as a bounce.
    pub fn delivering_to(lmtp: SocketAddr) -> Option<Self> {
        Self::launch(&format!("lmtp:inet:{}:{}", lmtp.ip(), lmtp.port()))
    }

    fn launch(transport: &str) -> Option<Self> {
        if !is_root() || !Path::new("/usr/sbin/postfix").exists() {
            return None;
        }
        let folder = TempDir::new().expect("a folder");
        let root_pem = certificate(folder.path());
        let (port, tls_port) = (free_port(), free_port());
        configure(folder.path(), port, tls_port, transport);
        let child = postfix(folder.path(), "start-fg").spawn().expect("postfix starts");
        let running = Self { folder, child, port, tls_port, root_pem };
        running.wait_until_ready();
        Some(running)
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("maillog")).unwrap_or_default()
    }

    /// Waits until a line of the log holds all these words, and yields it.
    pub fn wait_for_log(&self, words: &[&str]) -> Option<String> {
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            let log = self.log();
            if let Some(line) = log.lines().find(|line| words.iter().all(|w| line.contains(w))) {
                return Some(line.to_string());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }

    fn wait_until_ready(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.tls_port)).is_err() {
            assert!(Instant::now() < end, "Postfix did not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let stopped = postfix(self.folder.path(), "stop").status();
        // Waiting for one that did not stop would never end.
        if !stopped.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

fn postfix(folder: &Path, what: &str) -> Command {
    let mut command = Command::new("/usr/sbin/postfix");
    command.arg("-c").arg(folder.join("etc")).arg(what);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn certificate(folder: &Path) -> String {
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-nodes", "-days", "30", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stderr(Stdio::null())
        .status();
    assert!(made.is_ok_and(|status| status.success()), "openssl makes a certificate");
    fs::read_to_string(certificate).expect("the certificate")
}

fn configure(folder: &Path, port: u16, tls_port: u16, transport: &str) {
    let root = folder.display();
    // Temporary folders are closed to others, and Postfix gives up root.
    fs::set_permissions(folder, Permissions::from_mode(0o755)).expect("open to postfix");
    for name in ["etc", "queue", "data"] {
        fs::create_dir(folder.join(name)).expect("a folder");
    }
    let owned = Command::new("chown").arg("postfix").arg(folder.join("data")).status();
    assert!(owned.is_ok_and(|status| status.success()), "the data folder belongs to postfix");
    let main = format!(
        "compatibility_level = 3.6\nqueue_directory = {root}/queue\ndata_directory = {root}/data\n\
         maillog_file = {root}/maillog\nmaillog_file_prefixes = {root}\n\
         myhostname = postfix.test\nmydestination =\nalias_maps =\nalias_database =\n\
         inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmynetworks = 127.0.0.0/8\n\
         smtpd_peername_lookup = no\nbiff = no\nmessage_size_limit = 30000000\n\
         default_transport = {transport}\nlocal_transport = discard\nrelay_transport = discard\n\
         smtpd_reject_unlisted_recipient = no\n\
         transport_maps = inline:{{ {{ gone@example.test = error:5.1.1 no such person }} }}\n\
         smtpd_relay_restrictions = permit_mynetworks, reject\n\
         smtpd_recipient_restrictions = check_recipient_access \
         inline:{{ {{ nobody@example.test = 550 5.1.1 no such user }} }}, permit_mynetworks, reject\n\
         smtpd_tls_cert_file = {root}/cert.pem\nsmtpd_tls_key_file = {root}/key.pem\n\
         smtpd_tls_security_level = may\n"
    );
    let master = format!(
        "127.0.0.1:{port} inet n - n - - smtpd\n127.0.0.1:{tls_port} inet n - n - - smtpd\n  \
         -o smtpd_tls_wrappermode=yes\n{SERVICES}"
    );
    fs::write(folder.join("etc/main.cf"), main).expect("main.cf");
    fs::write(folder.join("etc/master.cf"), master).expect("master.cf");
}
