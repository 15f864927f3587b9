//! The folder of page files that the program checks for when it starts.

use std::path::{Path, PathBuf};

/// A folder with empty files in place of the pages' own, which only browsers need and only `make site` builds.
pub(crate) fn empty_site(data: &Path) -> PathBuf {
    let site = data.join("site");
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    for name in ["forepeak.js", "forepeak.wasm", "forepeak.css"] {
        std::fs::write(site.join("pkg").join(name), "").unwrap();
    }
    site
}
