//! Folders that inboxes of telephones name: each file in them is read in once nobody writes to it any more,
//! and is then known by its content. A file that grows is read again as a whole, which adds only what is
//! new. Nothing outside of the folder that the server's configuration names is looked at.

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use throughline_app::imports::{self, ImportKind, NewFile};
use throughline_app::phone::{self, Watched};
use throughline_app::{App, AppError, ErrorKind};
use throughline_core::actor::Actor;
use throughline_core::id::InboxId;
use tokio::sync::Mutex;

use crate::schedule::Reconciler;

/// How often folders are looked at; nobody has written to a file if it is the same for so long.
const EVERY: Duration = Duration::from_secs(10);
/// What is read of a file at once.
const PART: u64 = 1024 * 1024;

/// By what it is seen that a file was written to.
type State = (u64, Option<SystemTime>);

/// How a file was at the last look, and whether it was dealt with as it is.
#[derive(Debug, Clone, Copy)]
struct Seen {
    state: State,
    done: bool,
}

/// See the module.
#[derive(Debug)]
pub struct WatchPhoneFolders {
    root: PathBuf,
    seen: Mutex<HashMap<(InboxId, PathBuf), Seen>>,
}

impl WatchPhoneFolders {
    /// Looks at folders below this one, and at no others.
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), seen: Mutex::default() }
    }
}

#[async_trait]
impl Reconciler for WatchPhoneFolders {
    fn name(&self) -> &'static str {
        "watch_phone_folders"
    }

    fn every(&self) -> Duration {
        EVERY
    }

    async fn run(&self, app: &App) -> Result<(), AppError> {
        let mut seen = self.seen.lock().await;
        // What is not there any more is forgotten with the old map.
        let before = std::mem::take(&mut *seen);
        for watched in phone::watched(app).await? {
            let (root, folder) = (self.root.clone(), watched.folder.clone());
            let listing = blocking(move || files_in(&root, folder.as_str())).await?;
            let files = match listing {
                Ok(files) => files,
                Err(error) => {
                    let folder = watched.folder.as_str();
                    tracing::warn!(folder, %error, "the folder of an inbox cannot be looked into");
                    continue;
                }
            };
            for (path, state) in files {
                let key = (watched.inbox, path);
                let same = before.get(&key).filter(|last| last.state == state);
                let done = match same {
                    Some(Seen { done: true, .. }) => true,
                    Some(_) => dealt_with(app, &watched, &key.1).await,
                    None => false,
                };
                seen.insert(key, Seen { state, done });
            }
        }
        Ok(())
    }
}

/// Brings a file in, unless one of the same bytes was. One that cannot be had is told in the log: if it is
/// itself at fault it is then left alone until it changes, else it is tried again at the next look.
async fn dealt_with(app: &App, watched: &Watched, path: &Path) -> bool {
    let Err(trouble) = take(app, watched, path).await else { return true };
    let path = path.display().to_string();
    match trouble {
        Trouble::App(error) if error.kind != ErrorKind::Invalid => {
            let cause = error.cause.as_deref().map(ToString::to_string);
            tracing::warn!(path, %error, cause, "a phone log cannot be taken now; it is tried again");
            false
        }
        error => {
            tracing::warn!(path, %error, "a phone log cannot be read; it is left alone until it changes");
            true
        }
    }
}

/// Why a file was not brought in.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// The file is at fault.
    #[error("{0}")]
    File(#[from] io::Error),
    /// Something else is.
    #[error("{0}")]
    App(#[from] AppError),
}

async fn take(app: &App, watched: &Watched, path: &Path) -> Result<(), Trouble> {
    let (system, file) = (Actor::system(), path.to_owned());
    let size = path.metadata()?.len();
    if size > imports::MAX_FILE {
        let why = format!("it has {size} bytes, and at most {} are read", imports::MAX_FILE);
        return Err(io::Error::other(why).into());
    }
    let hash = blocking(move || hash_of(&file)).await??;
    if !phone::is_wanted(app, watched.inbox, hash).await? {
        return Ok(());
    }
    let mut upload = imports::upload(app, &system, ImportKind::Calls, Some(watched.inbox)).await?;
    let mut opened = std::fs::File::open(path)?;
    loop {
        let (next, part) = blocking(move || part_of(opened)).await??;
        if part.is_empty() {
            break;
        }
        upload.write(&part).await?;
        opened = next;
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let (name, source) = (name.unwrap_or_default(), Some(watched.source.clone()));
    let (kind, inbox) = (ImportKind::Calls, Some(watched.inbox));
    let new = NewFile { kind, inbox, name, source };
    let import = imports::create(app, &system, new, upload).await?;
    let (name, import) = (&import.name, imports::start(app, &system, import.id).await?.id);
    tracing::info!(name, import = %import, "a phone log was found");
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppError> {
    tokio::task::spawn_blocking(work).await.map_err(AppError::internal)
}

fn hash_of(path: &Path) -> io::Result<String> {
    let mut hash = blake3::Hasher::new();
    hash.update_reader(std::fs::File::open(path)?)?;
    Ok(hash.finalize().to_hex().to_string())
}

fn part_of(mut file: std::fs::File) -> io::Result<(std::fs::File, Vec<u8>)> {
    let mut part = Vec::new();
    (&mut file).take(PART).read_to_end(&mut part)?;
    Ok((file, part))
}

/// The files in a folder, by name. Hidden ones, links, and what lies elsewhere by way of a link are left
/// alone.
fn files_in(root: &Path, folder: &str) -> io::Result<Vec<(PathBuf, State)>> {
    let root = root.canonicalize()?;
    let folder = root.join(folder).canonicalize()?;
    if !folder.starts_with(&root) {
        return Err(io::Error::other("it lies outside of phone.watch_root"));
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        // Of the entry itself: a link is no file.
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_file() && !hidden && meta.len() > 0 {
            files.push((entry.path(), (meta.len(), meta.modified().ok())));
        }
    }
    files.sort();
    Ok(files)
}
