//! What Dovecot is told: its configuration, and certificates made with `openssl`.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Dovecot, Options, output, run};

const CAPABILITIES: &str = "IMAP4rev1 SASL-IR LITERAL+ ENABLE IDLE NAMESPACE UIDPLUS MOVE UNSELECT \
     CONDSTORE QRESYNC ESEARCH SPECIAL-USE";

impl Dovecot {
    pub(super) fn config(&self, options: &Options) -> String {
        let left: Vec<&str> = CAPABILITIES
            .split_whitespace()
            .filter(|name| !options.without.contains(name))
            .collect();
        let values = [
            ("@root", self.folder.path().display().to_string()),
            ("@plain", self.plain.port().to_string()),
            ("@tls", self.tls.port().to_string()),
            ("@lmtp", self.lmtp.port().to_string()),
            ("@capability", left.join(" ")),
        ];
        let (accounts, userdb) = match self.owner {
            Some(_) => (ROOT_ACCOUNTS.to_owned(), "uid=nobody gid=nogroup "),
            None => (own_accounts(), ""),
        };
        let all = accounts + &CONFIG.replace("@owner", userdb);
        values.iter().fold(all, |text, (name, value)| text.replace(name, value))
    }
}

const ROOT_ACCOUNTS: &str = "default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
";

/// Without root nothing can be changed: neither the user nor the root folder.
fn own_accounts() -> String {
    let (user, group) = (output("id", &["-un"]), output("id", &["-gn"]));
    format!(
        "default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
}}
"
    )
}

const CONFIG: &str = "base_dir = @root/run
state_dir = @root/state
log_path = @root/dovecot.log
info_log_path = @root/dovecot-info.log
protocols = imap lmtp
listen = 127.0.0.1
first_valid_uid = 1
mail_location = maildir:@root/mail/%u
ssl = yes
ssl_cert = <@root/server.pem
ssl_key = <@root/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_max_userip_connections = 200
imap_capability = @capability
namespace inbox {
  inbox = yes
}
service imap-login {
  inet_listener imap {
    port = @plain
  }
  inet_listener imaps {
    port = @tls
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = @lmtp
  }
}
passdb {
  driver = passwd-file
  args = scheme=PLAIN @root/users
}
userdb {
  driver = static
  args = @ownerhome=@root/home/%u allow_all_users=yes
}
protocol lmtp {
  postmaster_address = postmaster@example.test
}
";

/// An authority of its own, and a certificate that it signed for localhost.
pub(super) fn make_certificates(root: &Path) {
    const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    let names = "subjectAltName=DNS:localhost,IP:127.0.0.1\n";
    fs::write(root.join("alternative"), names).expect("a file");
    for arguments in [
        format!("req -x509 -days 2 -subj /CN=Authority {KEY} -keyout ca.key -out ca.pem"),
        format!("req -subj /CN=localhost {KEY} -keyout server.key -out server.csr"),
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
         -extfile alternative -out server.pem"
            .to_owned(),
    ] {
        run(Command::new("openssl").current_dir(root).args(arguments.split_whitespace()));
    }
}
