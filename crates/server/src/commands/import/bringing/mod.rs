//! What imports of calls and of contacts share: a file is brought, tried dry or read in with progress, and
//! reported on. A file is named by its content, so a run that was interrupted, even by force, goes on where it
//! was when the same command is run again.

pub mod report;

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use throughline_app::App;
use throughline_app::imports::{self, Import, ImportKind, ImportState, NewFile};
use throughline_core::actor::Actor;
use throughline_core::id::{ImportId, InboxId};
use throughline_worker::jobs::ImportFiles;
use throughline_worker::{Runner, Settings as RunnerSettings};
use tokio_util::sync::CancellationToken;

use super::progress::Progress;
use crate::commands::worker;
use crate::config::Settings;
use crate::error::Failure;
use crate::node::Node;

/// Jobs are held for a short time only, so that a run after a killed one need not wait for long.
const LEASE: Duration = Duration::from_secs(6);
/// How often to look how far it is.
const LOOK: Duration = Duration::from_millis(200);
/// What is read of a file at once.
const PART: usize = 1024 * 1024;
/// The most bytes from the start of a file that are wanted for a preview.
pub const PREVIEW_BYTES: u64 = throughline_ingest::phone_preview::PREVIEW_BYTES;

/// All that bringing files of one kind needs.
pub struct Desk {
    /// The use cases.
    pub app: App,
    /// What the files hold.
    pub kind: ImportKind,
    /// The inbox, where they belong to one.
    pub inbox: Option<InboxId>,
    /// Whether somebody asked to stop.
    pub stop: CancellationToken,
    /// Whether this process lost its place among the nodes.
    pub lost: CancellationToken,
    runner: Runner,
}

impl Desk {
    /// Gets ready.
    pub async fn open(
        settings: &Settings,
        node: &Node,
        kind: ImportKind,
        inbox: Option<InboxId>,
        stop: CancellationToken,
    ) -> Result<Self, Failure> {
        let app = node.app.clone();
        app.store().unmap_writer().await?;
        let usual = worker::runner_settings(settings);
        let how = RunnerSettings { lease: LEASE.min(usual.lease), ..usual };
        let runner = Runner::new(app.clone(), how).with(ImportFiles::of(kind));
        Ok(Self { app, kind, inbox, runner, stop, lost: node.lost.clone() })
    }

    /// Brings a file, and tries it dry or reads it in.
    pub async fn bring(
        &self,
        file: &Path,
        source: Value,
        dry_run: bool,
    ) -> Result<Import, Failure> {
        let import = self.import_of(file, &hash_of(file)?, Some(source)).await?;
        if dry_run { self.check(import).await } else { self.read(import).await }
    }

    /// The import of these bytes that was begun before and is not over, or a new one.
    async fn import_of(
        &self,
        file: &Path,
        blob: &str,
        source: Option<Value>,
    ) -> Result<Import, Failure> {
        let system = Actor::system();
        let blob = blob.to_owned();
        let known = imports::known_file(&self.app, &system, self.kind, self.inbox, blob).await?;
        let same = known.filter(|known| known.source == source);
        if let Some(begun) = same.filter(|known| !known.state.is_over()) {
            return Ok(begun);
        }
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_else(|| "file".to_owned());
        let mut upload = imports::upload(&self.app, &system, self.kind, self.inbox).await?;
        let mut opened = std::fs::File::open(file).map_err(|error| unreadable(file, &error))?;
        let mut part = vec![0; PART];
        loop {
            let read = opened.read(&mut part).map_err(|error| unreadable(file, &error))?;
            if read == 0 {
                break;
            }
            upload.write(part.get(..read).unwrap_or_default()).await?;
        }
        let new = NewFile { kind: self.kind, inbox: self.inbox, name, source };
        Ok(imports::create(&self.app, &system, new, upload).await?)
    }

    async fn check(&self, import: Import) -> Result<Import, Failure> {
        let system = Actor::system();
        let import = match import.state {
            ImportState::Uploaded => imports::check(&self.app, &system, import.id).await?,
            _ => import,
        };
        self.work(import).await
    }

    async fn read(&self, import: Import) -> Result<Import, Failure> {
        let system = Actor::system();
        let import = match import.state {
            ImportState::Running | ImportState::Checking => import,
            _ => imports::start(&self.app, &system, import.id).await?,
        };
        self.work(import).await
    }

    /// Works on an import until it is over, showing how far it is.
    async fn work(&self, import: Import) -> Result<Import, Failure> {
        let (id, size) = (import.id, u64::try_from(import.size).unwrap_or_default());
        let progress = Progress::reading(size);
        loop {
            let step = self.runner.step(&self.stop);
            tokio::pin!(step);
            let ran = loop {
                tokio::select! {
                    ran = &mut step => break ran?,
                    () = tokio::time::sleep(LOOK) => self.show(id, &progress).await?,
                }
            };
            self.show(id, &progress).await?;
            let import = imports::get(&self.app, &Actor::system(), id).await?;
            if !import.state.is_working() {
                progress.finish();
                return Ok(import);
            }
            super::refuse_to_go_on(&self.stop, &self.lost)?;
            if ran == 0 {
                imports::give_up(&self.app).await?;
                progress.say("waiting for the worker that holds it");
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    async fn show(&self, id: ImportId, progress: &Progress) -> Result<(), Failure> {
        let import = imports::get(&self.app, &Actor::system(), id).await?;
        let counts = match import.state {
            ImportState::Checking => import.checked.unwrap_or_default(),
            _ => import.counts,
        };
        progress.at(counts.bytes, report::short(import.kind, &counts));
        Ok(())
    }
}

/// The first bytes of a file, and whether they are all of it.
pub fn head_of(file: &Path) -> Result<(Vec<u8>, bool), Failure> {
    let unreadable = |error: std::io::Error| unreadable(file, &error);
    let mut head = Vec::new();
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    let size = opened.metadata().map_err(unreadable)?.len();
    opened.take(PREVIEW_BYTES).read_to_end(&mut head).map_err(unreadable)?;
    let whole = head.len() as u64 >= size;
    Ok((head, whole))
}

pub fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot read {}: {error}", file.display()))
}

/// The name that a file will have among the blobs.
pub fn hash_of(file: &Path) -> Result<String, Failure> {
    let mut hash = blake3::Hasher::new();
    let opened = std::fs::File::open(file).map_err(|error| unreadable(file, &error))?;
    hash.update_reader(opened).map_err(|error| unreadable(file, &error))?;
    Ok(hash.finalize().to_hex().to_string())
}
