//! Where the programs are that tests run, as `make setup` installed them.

use std::path::{Path, PathBuf};

/// `FOREPEAK_TOOLS`, else `.tools` at the workspace root.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration to read it from"
)]
pub(crate) fn tools() -> PathBuf {
    std::env::var_os("FOREPEAK_TOOLS").map_or_else(
        || {
            // The server's tests use this file too.
            let package = Path::new(env!("CARGO_MANIFEST_DIR"));
            let workspace = package
                .ancestors()
                .find(|folder| folder.join("Cargo.lock").exists());
            workspace.unwrap_or(package).join(".tools")
        },
        PathBuf::from,
    )
}

/// One of them, else what the search path has under that name.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration to read it from"
)]
pub(crate) fn tool(name: &str) -> PathBuf {
    let own = tools().join("venv/bin").join(name);
    if own.exists() {
        return own;
    }
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join(name))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{name} is not installed: run `make setup`"))
}
