//! An authority of one test's own, and what it certifies.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::postgres::run;

pub(crate) struct Authority(TempDir);

/// A certificate and its key, in PEM.
pub(crate) struct Certified {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    pub(crate) fn make() -> Self {
        let own = Self(tempfile::tempdir().unwrap());
        run(openssl(&[
            "req",
            "-x509",
            "-subj",
            "/CN=an authority of the tests",
            "-days",
            "2",
        ])
        .args(["-addext", "basicConstraints=critical,CA:TRUE"])
        .args(NEW_KEY)
        .arg("-keyout")
        .arg(own.path("ca.key"))
        .arg("-out")
        .arg(own.certificate()));
        own
    }

    /// The certificate that clients must trust.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// For these names, as OpenSSL writes them: `DNS:localhost,IP:127.0.0.1`.
    pub(crate) fn certify(&self, names: &str) -> Certified {
        let file = names.replace([':', ',', '.'], "-");
        let made = Certified {
            certificate: self.path(&format!("{file}.pem")),
            key: self.path(&format!("{file}.key")),
        };
        run(
            openssl(&["req", "-x509", "-subj", "/CN=a server of the tests", "-days", "2"])
                .args(["-addext", "basicConstraints=critical,CA:FALSE", "-addext"])
                .arg(format!("subjectAltName={names}"))
                .args(NEW_KEY)
                .arg("-CA")
                .arg(self.certificate())
                .arg("-CAkey")
                .arg(self.path("ca.key"))
                .arg("-keyout")
                .arg(&made.key)
                .arg("-out")
                .arg(&made.certificate),
        );
        made
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

const NEW_KEY: [&str; 5] = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
];

fn openssl(arguments: &[&str]) -> Command {
    let mut command = Command::new("openssl");
    command.args(arguments).current_dir(Path::new("/"));
    command
}
