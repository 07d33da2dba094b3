//! Listing the files below the given paths, in a stable order.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Each file once, in the order of the arguments and sorted within a folder.
    pub files: Vec<PathBuf>,
    /// How many bytes they hold together.
    pub bytes: u64,
}

/// Lists the files named by `paths`, folders walked through. A path that cannot be read fails the
/// whole listing: an import that silently leaves something out is worse than none.
pub fn list(paths: &[PathBuf]) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for path in paths {
        let meta = fs::metadata(path).map_err(|e| naming(path, &e))?;
        if meta.is_dir() {
            walk(path, &mut listing)?;
        } else {
            listing.add(path.clone(), meta.len());
        }
    }
    Ok(listing)
}

fn walk(start: &Path, listing: &mut Listing) -> io::Result<()> {
    // A stack of our own: folders may be nested deeper than the thread's stack allows.
    let mut waiting = vec![start.to_path_buf()];
    while let Some(path) = waiting.pop() {
        // Links to folders are not followed, which could lead round in circles.
        let link = fs::symlink_metadata(&path).map_err(|e| naming(&path, &e))?.is_symlink();
        let meta = fs::metadata(&path).map_err(|e| naming(&path, &e))?;
        if meta.is_file() {
            listing.add(path, meta.len());
        } else if meta.is_dir() && (!link || path == start) {
            let mut inside = entries(&path)?;
            inside.reverse();
            waiting.append(&mut inside);
        }
    }
    Ok(())
}

/// What is in a folder, sorted. The `tmp` of a Maildir holds mails half delivered.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let read = fs::read_dir(folder).map_err(|e| naming(folder, &e))?;
    let mut paths = Vec::new();
    for entry in read {
        paths.push(entry.map_err(|e| naming(folder, &e))?.path());
    }
    paths.sort();
    let holds = |name: &str| paths.iter().any(|p| p.file_name() == Some(OsStr::new(name)));
    if holds("cur") && holds("new") {
        paths.retain(|p| p.file_name() != Some(OsStr::new("tmp")));
    }
    Ok(paths)
}

impl Listing {
    fn add(&mut self, path: PathBuf, bytes: u64) {
        self.files.push(path);
        self.bytes += bytes;
    }
}

fn naming(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot read {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_order_and_unfinished_mails_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/2.eml", "b/1.eml", "a.eml", "box/cur/m:2,S", "box/new/n", "box/tmp/x"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "12345").unwrap();
        }
        let listing = list(&[folder.path().to_path_buf()]).unwrap();
        let relative = |p: &PathBuf| p.strip_prefix(folder.path()).unwrap().display().to_string();
        let names: Vec<String> = listing.files.iter().map(relative).collect();
        assert_eq!(names, ["a.eml", "b/1.eml", "b/2.eml", "box/cur/m:2,S", "box/new/n"]);
        assert_eq!(listing.bytes, 25);
    }

    #[test]
    fn a_missing_path_is_named() {
        let error = list(&["no/such/path".into()]).unwrap_err().to_string();
        assert!(error.contains("no/such/path"), "{error}");
    }
}
