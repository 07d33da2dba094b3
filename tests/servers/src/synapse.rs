//! Synapse, the homeserver of Matrix that most people run, from its package on PyPI. Everything it writes
//! is in one temporary folder.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const READY_WITHIN: Duration = Duration::from_secs(90);
/// The token by which the homeserver speaks to the service.
pub const HS_TOKEN: &str = "the-token-of-the-homeserver";
/// The token by which the service speaks to the homeserver.
pub const AS_TOKEN: &str = "the-token-of-the-service";
/// The user of the service.
pub const USER: &str = "@support:matrix.test";

/// A running Synapse; stopped when dropped. Anybody may register, and an application service is known to it.
pub struct Synapse {
    folder: TempDir,
    client: SocketAddr,
    child: Option<Child>,
}

impl Synapse {
    /// Starts it from the packages in the folder that THROUGHLINE_TEST_SYNAPSE names, for a service at an
    /// address. `None`, with a line that says so, when there is none.
    ///
    /// # Panics
    /// When there is none although the variable CI is "true", or it does not get ready.
    pub fn start(service: &str) -> Option<Self> {
        let packages = std::env::var_os("THROUGHLINE_TEST_SYNAPSE").map(PathBuf::from);
        let Some(packages) = packages.filter(|folder| folder.join("synapse").is_dir()) else {
            let missing = "THROUGHLINE_TEST_SYNAPSE names no folder with Synapse";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{missing} and CI=true");
            println!("left out: {missing}");
            return None;
        };
        let folder = TempDir::with_prefix("throughline-synapse").expect("a temporary folder");
        let held = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let client = held.local_addr().expect("its address");
        drop(held);
        let mut server = Self { folder, client, child: None };
        server.lay_out(service);
        server.launch(&packages);
        Some(server)
    }

    /// Where clients speak to it.
    pub fn url(&self) -> String {
        format!("http://{}", self.client)
    }

    fn lay_out(&self, service: &str) {
        let root = self.folder.path();
        let fill = |text: &str| {
            text.replace("@root", &root.display().to_string())
                .replace("@port", &self.client.port().to_string())
                .replace("@service", service)
                .replace("@hs_token", HS_TOKEN)
                .replace("@as_token", AS_TOKEN)
        };
        fs::write(root.join("homeserver.yaml"), fill(SETTINGS)).expect("the settings");
        fs::write(root.join("service.yaml"), fill(SERVICE)).expect("the registration");
        fs::write(root.join("log.yaml"), fill(LOG)).expect("the settings of the log");
    }

    fn launch(&mut self, packages: &PathBuf) {
        let root = self.folder.path();
        let log = File::create(root.join("out")).expect("a file");
        let errors = log.try_clone().expect("a second handle");
        let mut command = Command::new("python3");
        command.env("PYTHONPATH", packages).process_group(0).current_dir(root);
        command.args(["-m", "synapse.app.homeserver", "-c", "homeserver.yaml"]);
        command.args(["--generate-keys"]).stdin(Stdio::null());
        let made = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(made.is_ok_and(|status| status.success()), "Synapse makes its key");
        let mut command = Command::new("python3");
        command.env("PYTHONPATH", packages).process_group(0).current_dir(root);
        command.args(["-m", "synapse.app.homeserver", "-c", "homeserver.yaml"]);
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        self.child = Some(command.spawn().expect("starting Synapse"));
        let started = Instant::now();
        while TcpStream::connect(self.client).is_err() {
            let said = || fs::read_to_string(root.join("out")).unwrap_or_default();
            assert!(started.elapsed() < READY_WITHIN, "Synapse is not ready: {}", said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Synapse {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-9", "--", &group]).status();
        let _ = child.wait();
    }
}

const SETTINGS: &str = r#"server_name: matrix.test
pid_file: @root/pid
listeners:
  - {port: @port, bind_addresses: ["127.0.0.1"], type: http, tls: false, resources: [{names: [client]}]}
database: {name: sqlite3, args: {database: "@root/homeserver.db"}}
log_config: @root/log.yaml
media_store_path: @root/media
signing_key_path: @root/signing.key
report_stats: false
macaroon_secret_key: only-for-tests
form_secret: only-for-tests
trusted_key_servers: []
enable_registration: true
enable_registration_without_verification: true
app_service_config_files: ["@root/service.yaml"]
rc_message: {per_second: 1000, burst_count: 1000}
rc_registration: {per_second: 1000, burst_count: 1000}
rc_joins: {local: {per_second: 1000, burst_count: 1000}}
"#;

const SERVICE: &str = r#"id: throughline
url: @service
as_token: @as_token
hs_token: @hs_token
sender_localpart: support
rate_limited: false
receive_ephemeral: true
namespaces: {users: [], aliases: [], rooms: []}
"#;

const LOG: &str = "version: 1
root: {level: WARNING}
disable_existing_loggers: false
";
