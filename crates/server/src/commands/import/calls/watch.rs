//! A folder that is watched: each file in it is read in once nobody writes to it any more, and is then
//! known by its content. A file that grows is read again as a whole, which adds only what is new.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use throughline_app::imports::{self, ImportKind};
use throughline_core::actor::Actor;

use super::super::bringing::hash_of;
use super::{Args, Desk};
use crate::error::Failure;

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// By what it is seen that a file was written to.
type State = (u64, Option<SystemTime>);

/// Watches until asked to stop.
pub async fn run(desk: &Desk, folder: &Path, args: &Args) -> Result<(), Failure> {
    let mut seen: HashMap<PathBuf, State> = HashMap::new();
    let mut read: HashMap<PathBuf, State> = HashMap::new();
    eprintln!("watching {}; stop it with Ctrl-C", folder.display());
    loop {
        for (path, state) in files_in(folder)? {
            // As it was at the last look: nobody writes to it at the moment.
            let still = seen.insert(path.clone(), state) == Some(state);
            if !still || read.get(&path) == Some(&state) {
                continue;
            }
            read_one(desk, &path, args).await?;
            read.insert(path, state);
        }
        tokio::select! {
            () = desk.bringing.stop.cancelled() => return Ok(()),
            () = desk.bringing.lost.cancelled() => {
                return Err(Failure::new("this process lost its place among the nodes")
                    .advise("run the command again"));
            }
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Reads a file in, unless one of the same bytes was. One that cannot be read does not stop the watch.
async fn read_one(desk: &Desk, path: &Path, args: &Args) -> Result<(), Failure> {
    let blob = match hash_of(path) {
        Ok(blob) => blob,
        Err(failure) => {
            eprintln!("{failure}");
            return Ok(());
        }
    };
    let (app, kind, inbox) = (&desk.bringing.app, ImportKind::Calls, Some(desk.inbox));
    let known = imports::known_file(app, &Actor::system(), kind, inbox, blob).await?;
    if known.is_some_and(|known| known.state.is_over()) {
        return Ok(());
    }
    if let Err(failure) = desk.one(path, args).await {
        super::super::refuse_to_go_on(&desk.bringing.stop, &desk.bringing.lost)?;
        eprintln!("{}: {failure}", path.display());
    }
    Ok(())
}

/// The files in a folder, hidden ones apart, by name.
fn files_in(folder: &Path) -> Result<Vec<(PathBuf, State)>, Failure> {
    let trouble = |error: std::io::Error| {
        Failure::new(format!("cannot look into {}: {error}", folder.display()))
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(trouble)? {
        let entry = entry.map_err(trouble)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_file() && !hidden && meta.len() > 0 {
            files.push((entry.path(), (meta.len(), meta.modified().ok())));
        }
    }
    files.sort();
    Ok(files)
}
