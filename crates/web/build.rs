//! Chooses the folder of web pages that the binary carries: what `THROUGHLINE_WEB_DIST` names, else
//! `dist/` as `make web` fills it, else a page that says how to get the desk. Runs no other program
//! and needs no network, so that a machine without Node builds a server.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-env-changed=THROUGHLINE_WEB_DIST");
    println!("cargo:rerun-if-changed=dist");
    println!("cargo:rerun-if-changed=placeholder");
    let home = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let (folder, built) = choose(&home)?;
    if !built {
        println!("cargo:warning=the web pages are not built: run `make web` first to have them");
    }
    println!("cargo:rustc-env=THROUGHLINE_WEB_FOLDER={}", folder.display());
    println!("cargo:rustc-env=THROUGHLINE_WEB_BUILT={built}");
    Ok(())
}

fn choose(home: &Path) -> Result<(PathBuf, bool), Box<dyn Error>> {
    if let Some(named) = env::var_os("THROUGHLINE_WEB_DIST") {
        let named = PathBuf::from(named);
        if !named.join("index.html").is_file() {
            return Err(
                format!("THROUGHLINE_WEB_DIST: {} has no index.html", named.display()).into()
            );
        }
        return Ok((named.canonicalize()?, true));
    }
    let dist = home.join("dist");
    if dist.join("index.html").is_file() {
        return Ok((dist, true));
    }
    Ok((home.join("placeholder"), false))
}
