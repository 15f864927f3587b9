//! What must be there before anything listens: the pages' files, and a data folder that can be written to.

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use server::config::{Config, Site};

use super::fault::Fault;

pub(super) fn check(config: &Config) -> Result<(), Fault> {
    pages(&config.site)?;
    data_dir(&config.site.data_dir)
}

/// Without them every page is text that does nothing.
fn pages(site: &Site) -> Result<(), Fault> {
    let folder = site.root.join("pkg");
    let names: Vec<String> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    // A release may have hashes in the names.
    let missing = [".js", ".wasm", ".css"].into_iter().find(|kind| {
        !names
            .iter()
            .any(|name| name.starts_with("forepeak") && name.ends_with(kind))
    });
    match missing {
        None => Ok(()),
        Some(kind) => Err(Fault::new(
            "LEPTOS_SITE_ROOT",
            format!("{} has no forepeak{kind}", absolute(&folder).display()),
            "Copy the folder `site`, which `make build` makes beside the program, along with it, or name where it is.",
        )),
    }
}

fn data_dir(folder: &Path) -> Result<(), Fault> {
    writable(folder).map_err(|error| {
        Fault::new(
            "DATA_DIR",
            format!("{} cannot be written to: {error}", absolute(folder).display()),
            "Let the user that runs Forepeak write there, or name another folder.",
        )
    })
}

fn writable(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    match tempfile::tempfile_in(folder) {
        Ok(_) => Ok(()),
        // A full disk does not stop the start: `/ready` reports it, and people must be able to delete files.
        Err(error) if error.kind() == io::ErrorKind::StorageFull => Ok(()),
        Err(error) => Err(error),
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
