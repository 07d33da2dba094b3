//! Recordings and messages on a machine that lie in a folder, attached to the calls whose log names them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use throughline_app::App;
use throughline_app::attachments::NewFile;
use throughline_app::imports::Import;
use throughline_app::phone::{self, Wanting};

use crate::error::Failure;

/// Folders within folders that are looked into.
const DEPTH: usize = 12;

/// Attaches what can be found; answers how many files.
pub async fn attach(app: &App, import: &Import, folder: &Path) -> Result<usize, Failure> {
    let mut known = HashMap::new();
    list(folder, DEPTH, &mut known)
        .map_err(|error| Failure::new(format!("cannot look into {}: {error}", folder.display())))?;
    let (mut attached, mut after) = (0, None);
    loop {
        let calls = phone::wanting_files(app, import.id, after).await?;
        let Some(last) = calls.last() else { return Ok(attached) };
        after = Some(last.call);
        for Wanting { item, names, .. } in calls {
            for name in names {
                let Some(path) = name_in(&name).and_then(|name| known.get(name)) else { continue };
                attached += usize::from(attach_one(app, item, path).await?);
            }
        }
    }
}

/// The file name in what a log says, which may be a path or an address.
fn name_in(said: &str) -> Option<&str> {
    let path = said.split(['?', '#']).next()?;
    path.rsplit(['/', '\\']).next().filter(|name| !name.is_empty())
}

fn list(folder: &Path, depth: usize, known: &mut HashMap<String, PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && depth > 0 {
            list(&entry.path(), depth - 1, known)?;
        } else if kind.is_file() {
            known.insert(entry.file_name().to_string_lossy().into_owned(), entry.path());
        }
    }
    Ok(())
}

async fn attach_one(
    app: &App,
    item: throughline_core::id::ItemId,
    path: &Path,
) -> Result<bool, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let media_type = media_type(path).to_owned();
    Ok(phone::keep_file(app, item, NewFile { name, media_type, bytes }).await?)
}

fn media_type(path: &Path) -> &'static str {
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("wav") => "audio/wav",
        Some("mp3") => "audio/mpeg",
        Some("ogg" | "opus") => "audio/ogg",
        Some("m4a" | "mp4") => "audio/mp4",
        Some("gsm") => "audio/gsm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_names_a_file_by_its_path_or_its_address() {
        for said in
            ["a.wav", "/var/spool/x/a.wav", "C:\\rec\\a.wav", "https://x.example/r/a.wav?t=1"]
        {
            assert_eq!(name_in(said), Some("a.wav"), "{said}");
        }
        assert_eq!(name_in("https://x.example/"), None);
    }
}
