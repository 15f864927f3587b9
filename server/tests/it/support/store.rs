//! An embedded store of its own for one test, on a free port, so that presigned URLs lead somewhere.

use std::sync::Arc;

use aws_sdk_s3::{
    config::{BehaviorVersion, Credentials, Region},
    types::EncodingType,
};
use embedded::{Clock, Config, CorsDefault, Store, SystemClock};
use secrecy::ExposeSecret;
use server::platform::object_store::{S3Config, S3Credentials, S3Store};
use sqlx::{
    Connection,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    task::{AbortHandle, JoinHandle},
};

pub(crate) struct TestStore {
    pub(crate) endpoint: String,
    credentials: S3Credentials,
    serving: AbortHandle,
    folder: TempDir,
}

impl TestStore {
    /// `origins` are those whose pages may call it.
    pub(crate) async fn start(origins: Vec<String>) -> Self {
        Self::start_with(origins, Arc::new(SystemClock)).await
    }

    /// The same, with dates by this clock.
    pub(crate) async fn start_with(origins: Vec<String>, clock: Arc<dyn Clock>) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::serve(tempfile::tempdir().unwrap(), socket, origins, clock).await
    }

    /// Starts in a folder and at a port that the test chooses.
    pub(crate) async fn start_in(folder: TempDir, port: u16) -> Self {
        let socket = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        Self::serve(folder, socket, Vec::new(), Arc::new(SystemClock)).await
    }

    /// The key that a store in this folder will have.
    pub(crate) async fn keys_in(folder: &TempDir) -> (String, String) {
        let store = Store::open(Config::new(folder.path().join("objects")))
            .await
            .unwrap();
        let root = store.root_key();
        let keys = (root.access_key_id.clone(), root.secret.expose_secret().to_owned());
        store.close().await;
        keys
    }

    async fn serve(
        folder: TempDir,
        socket: TcpListener,
        origins: Vec<String>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let config = Config {
            clock,
            cors: CorsDefault {
                allowed_origins: origins,
                max_age_seconds: 60,
            },
            ..Config::new(folder.path().join("objects"))
        };
        let store = Store::open(config).await.unwrap();
        let endpoint = format!("http://{}", socket.local_addr().unwrap());
        let root = store.root_key();
        let credentials = S3Credentials {
            access_key_id: root.access_key_id.clone(),
            secret_access_key: root.secret.clone(),
        };
        let serving: JoinHandle<_> =
            tokio::spawn(async move { store.serve(socket, Store::limits(), std::future::pending()).await });
        Self {
            endpoint,
            credentials,
            serving: serving.abort_handle(),
            folder,
        }
    }

    /// As the first start of the program makes it.
    pub(crate) async fn make_bucket(&self) {
        let bucket = "forepeak".parse().unwrap();
        self.client().await.ensure_bucket(&bucket).await.unwrap();
    }

    pub(crate) fn port(&self) -> u16 {
        self.endpoint.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    /// The id and the secret of the store's own key.
    pub(crate) fn credentials(&self) -> (String, String) {
        let credentials = &self.credentials;
        (
            credentials.access_key_id.clone(),
            credentials.secret_access_key.expose_secret().to_owned(),
        )
    }

    /// Gives the bucket empty objects behind the store's back: putting many thousands takes too long for a test.
    pub(crate) async fn fill(&self, bucket: &str, keys: impl IntoIterator<Item = String>) {
        let file = self.folder.path().join("objects/meta.db");
        let mut db = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file))
            .await
            .unwrap();
        let keys: Vec<String> = keys.into_iter().collect();
        sqlx::query(
            "INSERT INTO versions (id, bucket, key, nonce, latest, marker, modified, size, etag, head)
             SELECT (SELECT max(10000000, max(id)) FROM (SELECT id FROM versions UNION ALL SELECT 0)) + 1 + k.key,
                 (SELECT id FROM buckets WHERE name = $1), k.value, 1, 1, 0, 0, 0,
                 'd41d8cd98f00b204e9800998ecf8427e', '{}' FROM json_each($2) k",
        )
        .bind(bucket)
        .bind(serde_json::to_string(&keys).unwrap())
        .execute(&mut db)
        .await
        .unwrap();
        db.close().await.unwrap();
    }

    /// The same with three versions of each key, of the last three days of 2023. The last of every tenth is a delete
    /// marker.
    pub(crate) async fn fill_history(&self, bucket: &str, prefix: &str, keys: usize) {
        let file = self.folder.path().join("objects/meta.db");
        let mut db = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file))
            .await
            .unwrap();
        sqlx::query(
            "WITH RECURSIVE keys (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM keys WHERE k + 1 < $3),
                 days (d) AS (VALUES (0), (1), (2))
             INSERT INTO versions (id, bucket, key, nonce, latest, marker, modified, size, etag, head)
             SELECT 10000000 + d * $3 + k, (SELECT id FROM buckets WHERE name = $1), $2 || printf('%08d', k), 1, d = 2,
                 d = 2 AND k % 10 = 0, (d - 3) * 86400000 + 1704067200000, 0, printf('%032x', d), '{}'
             FROM keys, days",
        )
        .bind(bucket)
        .bind(prefix)
        .bind(i64::try_from(keys).unwrap())
        .execute(&mut db)
        .await
        .unwrap();
        db.close().await.unwrap();
    }

    /// A client with the store's own key.
    pub(crate) async fn client(&self) -> S3Store {
        self.client_by(&self.endpoint).await
    }

    /// The same, by way of another address.
    pub(crate) async fn client_by(&self, endpoint: &str) -> S3Store {
        S3Store::new(S3Config {
            endpoint_url: Some(endpoint.to_owned()),
            public_endpoint_url: None,
            region: Some("us-east-1".to_owned()),
            force_path_style: true,
            credentials: Some(self.credentials.clone()),
            ca_bundle: None,
        })
        .await
    }

    /// Behind the application's back, with all rights.
    pub(crate) fn sdk(&self) -> aws_sdk_s3::Client {
        let Self {
            endpoint,
            credentials,
            ..
        } = self;
        sdk(
            endpoint,
            &credentials.access_key_id,
            credentials.secret_access_key.expose_secret(),
        )
    }

    /// All that is in the bucket: every version of every key, and every unfinished upload.
    pub(crate) async fn inventory(&self, bucket: &str) -> Vec<String> {
        let versions = self
            .sdk()
            .list_object_versions()
            .bucket(bucket)
            .encoding_type(EncodingType::Url)
            .send()
            .await
            .unwrap();
        assert_ne!(versions.is_truncated(), Some(true), "too much for one look");
        let uploads = self
            .sdk()
            .list_multipart_uploads()
            .bucket(bucket)
            .send()
            .await
            .unwrap();
        let mut found: Vec<String> = versions
            .versions()
            .iter()
            .map(|v| {
                format!(
                    "{} {} {}",
                    decoded(v.key()),
                    v.version_id().unwrap(),
                    v.e_tag().unwrap()
                )
            })
            .chain(
                versions
                    .delete_markers()
                    .iter()
                    .map(|m| format!("{} deleted", decoded(m.key()))),
            )
            .chain(
                uploads
                    .uploads()
                    .iter()
                    .map(|u| format!("{} unfinished", u.key().unwrap())),
            )
            .collect();
        found.sort();
        found
    }

    /// Takes storage away.
    pub(crate) fn stop(&self) {
        self.serving.abort();
    }
}

/// A key as it is, out of a listing in URL encoding.
fn decoded(key: Option<&str>) -> String {
    let spaced = key.unwrap().replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8();
    decoded.unwrap().into_owned()
}

/// A plain client of any S3 server.
pub(crate) fn sdk(endpoint: &str, id: &str, secret: &str) -> aws_sdk_s3::Client {
    let http = aws_smithy_http_client::Builder::new().build_http();
    aws_sdk_s3::Client::from_conf(
        aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .endpoint_url(endpoint)
            .force_path_style(true)
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new(id, secret, None, None, "tests"))
            .build(),
    )
}

impl Drop for TestStore {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
