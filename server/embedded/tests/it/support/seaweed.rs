//! SeaweedFS, the second opinion: one process on loopback, ended with the test.

use std::process::Stdio;
use std::time::Duration;

use aws_sdk_s3::Client;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::{ports::free_ports, tools::tool};

pub(crate) const ID: &str = "conformance";
pub(crate) const SECRET: &str = "conformance-secret";

/// A running SeaweedFS; killed when dropped.
pub(crate) struct Seaweed {
    pub(crate) endpoint: String,
    _child: Child,
    _dir: TempDir,
}

impl Seaweed {
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let [
            s3,
            master,
            volume,
            filer,
            s3_grpc,
            master_grpc,
            volume_grpc,
            filer_grpc,
        ] = free_ports();
        let iam = dir.path().join("iam.json");
        std::fs::write(
            &iam,
            format!(
                r#"{{"identities":[{{"name":"admin","credentials":[{{"accessKey":"{ID}","secretKey":"{SECRET}"}}],"actions":["Admin","Read","Write","List","Tagging"]}}]}}"#
            ),
        )
        .unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let log = std::fs::File::create(dir.path().join("weed.log")).unwrap();
        let child = Command::new(tool("weed"))
            .arg(format!("-logdir={}", dir.path().display()))
            .arg("mini")
            .arg(format!("-dir={}", data.display()))
            .args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"])
            .args(["-s3.iam.readOnly=false", "-admin.ui=false", "-webdav=false"])
            .args(["-s3.port.iceberg=0", "-s3.port.lance=0", "-bucket=forepeak"])
            // Every bucket takes seven volumes, and left to itself it has as many as the disk has room for full ones.
            .args(["-volume.max=2000", "-master.volumeSizeLimitMB=64"])
            .args([
                format!("-s3.port={s3}"),
                format!("-master.port={master}"),
                format!("-volume.port={volume}"),
                format!("-filer.port={filer}"),
                format!("-s3.port.grpc={s3_grpc}"),
                format!("-master.port.grpc={master_grpc}"),
                format!("-volume.port.grpc={volume_grpc}"),
                format!("-filer.port.grpc={filer_grpc}"),
            ])
            .env("AWS_ACCESS_KEY_ID", ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("GOMEMLIMIT", "256MiB")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let seaweed = Self {
            endpoint: format!("http://127.0.0.1:{s3}"),
            _child: child,
            _dir: dir,
        };
        seaweed.ready().await;
        seaweed
    }

    pub(crate) fn client(&self) -> Client {
        super::client(&self.endpoint, ID, SECRET, None)
    }

    /// Waits until a bucket can be made and written to: the S3 port answers before the volumes do.
    async fn ready(&self) {
        let client = self.client();
        let attempt = async {
            loop {
                let made = client.create_bucket().bucket("ready").send().await;
                if made.is_ok() || super::code(&made).starts_with("BucketAlready") {
                    let put = client
                        .put_object()
                        .bucket("ready")
                        .key("k")
                        .body(aws_sdk_s3::primitives::ByteStream::from_static(b"x"));
                    if put.send().await.is_ok() {
                        return;
                    }
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(40), attempt)
            .await
            .expect("SeaweedFS did not start");
    }
}
