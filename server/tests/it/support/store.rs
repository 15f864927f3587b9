//! An embedded store of its own for one test, on a free port, so that presigned URLs lead somewhere.

use embedded::{Config, CorsDefault, Store};
use server::platform::object_store::{S3Config, S3Credentials, S3Store};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    task::{AbortHandle, JoinHandle},
};

pub(crate) struct TestStore {
    pub(crate) endpoint: String,
    credentials: S3Credentials,
    serving: AbortHandle,
    _folder: TempDir,
}

impl TestStore {
    /// `origins` are those whose pages may call it.
    pub(crate) async fn start(origins: Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            cors: CorsDefault {
                allowed_origins: origins,
                max_age_seconds: 60,
            },
            ..Config::new(folder.path().join("objects"))
        };
        let store = Store::open(config).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let root = store.root_key();
        let credentials = S3Credentials {
            access_key_id: root.access_key_id.clone(),
            secret_access_key: root.secret.clone(),
        };
        let serving: JoinHandle<_> =
            tokio::spawn(async move { store.serve(listener, std::future::pending()).await });
        Self {
            endpoint,
            credentials,
            serving: serving.abort_handle(),
            _folder: folder,
        }
    }

    /// A client with the store's own key.
    pub(crate) async fn client(&self) -> S3Store {
        S3Store::new(S3Config {
            endpoint_url: Some(self.endpoint.clone()),
            public_endpoint_url: None,
            region: Some("us-east-1".to_owned()),
            force_path_style: true,
            credentials: Some(self.credentials.clone()),
        })
        .await
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
