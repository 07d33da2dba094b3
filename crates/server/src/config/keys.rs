//! The keys that encrypt secrets in the database: read from the configuration, or from a file beside
//! an SQLite database. Where neither is, there are none.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use throughline_store::DatabaseUrl;

use super::Settings;
use super::secret::Secret;
use crate::error::Failure;

/// The file's name, beside the database.
const FILE: &str = "secrets.key";
/// Bytes of a key.
const LENGTH: usize = 32;
/// Tells the unfinished files of one process apart.
static UNFINISHED: AtomicU32 = AtomicU32::new(0);

impl Settings {
    /// The keys that are set, the one that encrypts first; none when none is set.
    pub fn secret_keys(&self) -> Result<Vec<[u8; LENGTH]>, Failure> {
        let wrong = |key: &str| {
            let why = "must be 64 hexadecimal digits or 32 bytes in base64";
            Failure::configuration(format!("{key} {why}")).advise("try `openssl rand -hex 32`")
        };
        let mut keys = Vec::new();
        if !self.secrets.key.reveal().is_empty() {
            keys.push(read(&self.secrets.key).ok_or_else(|| wrong("secrets.key"))?);
        }
        for old in &self.secrets.old_keys {
            keys.push(read(old).ok_or_else(|| wrong("each of secrets.old_keys"))?);
        }
        Ok(keys)
    }

    /// All keys of this installation. With SQLite and no key set, the one in the file beside the
    /// database, which is made when it is not there.
    pub fn keyring(&self) -> Result<Vec<[u8; LENGTH]>, Failure> {
        let mut keys = self.secret_keys()?;
        if !self.secrets.key.reveal().is_empty() {
            return Ok(keys);
        }
        match DatabaseUrl::parse(self.database.url.reveal())? {
            DatabaseUrl::Sqlite(database) => {
                keys.insert(0, of_file(&database.with_file_name(FILE))?);
                Ok(keys)
            }
            // Old keys alone still read what they encrypted, and must not encrypt anything new.
            DatabaseUrl::Postgres(_) if keys.is_empty() => Ok(keys),
            DatabaseUrl::Postgres(_) => {
                Err(Failure::configuration("secrets.old_keys is set and secrets.key is not"))
            }
        }
    }
}

fn read(key: &Secret) -> Option<[u8; LENGTH]> {
    let text = key.reveal().trim();
    let bytes = if text.len() == 2 * LENGTH { of_hex(text)? } else { of_base64(text)? };
    bytes.try_into().ok()
}

fn of_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| char::from(c).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

/// Base64, with or without padding.
fn of_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// The key in a file, made when the file is not there.
fn of_file(path: &Path) -> Result<[u8; LENGTH], Failure> {
    let shown = path.display();
    let unusable = |why: String| {
        Failure::new(format!("the file of the secret key, {shown}, cannot be used: {why}"))
            .advise("mend it, or set secrets.key")
    };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(path).map_err(|error| unusable(error.to_string()))?;
            // Another process may have been quicker: what stands there counts.
            fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?
        }
        Err(error) => return Err(unusable(error.to_string())),
    };
    let key = of_hex(text.trim()).and_then(|bytes| bytes.try_into().ok());
    key.ok_or_else(|| unusable("it does not hold 64 hexadecimal digits".to_owned()))
}

/// Makes the file, whole or not at all, for its owner alone, and safe on the disk.
fn make(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut key = [0u8; LENGTH];
    rand::fill(&mut key);
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let number = UNFINISHED.fetch_add(1, Ordering::Relaxed);
    let unfinished = folder.join(format!(".{FILE}.{}.{number}", std::process::id()));
    write_alone(&unfinished, &text)?;
    // A link fails when the name is taken: two processes never replace each other's key.
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    File::open(folder)?.sync_all()
}

fn write_alone(path: &Path, text: &str) -> io::Result<()> {
    // What a process that died left behind under this number.
    drop(fs::remove_file(path));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keys_are_read_in_hex_and_base64() {
        let hex = "00".repeat(31) + "fF";
        let key = read(&Secret::for_test(&hex)).unwrap();
        assert_eq!((key[0], key[31]), (0, 255));
        let base64 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8=";
        assert_eq!(read(&Secret::for_test(base64)).unwrap(), key);
        assert_eq!(read(&Secret::for_test(base64.trim_end_matches('='))).unwrap(), key);
        for bad in ["", "00", &"zz".repeat(32), &"A".repeat(42), &"A".repeat(44)] {
            assert_eq!(read(&Secret::for_test(bad)), None, "{bad}");
        }
    }

    #[test]
    fn the_file_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data").join(FILE);
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || of_file(&path))
            })
            .collect();
        let keys: Vec<_> = threads.into_iter().filter_map(|t| t.join().unwrap().ok()).collect();
        let key = of_file(&path).unwrap();
        assert!(keys.iter().all(|k| *k == key), "one key for all");
        assert_ne!(key, [0; 32]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "nonsense").unwrap();
        assert!(of_file(&path).unwrap_err().to_string().contains("secrets.key"));
    }
}
