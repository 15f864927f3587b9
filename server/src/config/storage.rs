//! Which storage holds the files, and how servers and browsers reach it.

use std::net::SocketAddr;

use app::{contract::BucketName, features::files::storage_address::StorageAddress};
use url::Url;

use super::{ConfigError, Site, Vars};

#[derive(Clone, Debug)]
pub struct Storage {
    pub kind: StorageKind,
    /// `S3_BUCKET`: holds everyone's prefix; created when missing.
    pub bucket: BucketName,
}

#[derive(Clone, Debug)]
pub enum StorageKind {
    /// The store inside this program, under `DATA_DIR`.
    Embedded {
        addr: SocketAddr,
        /// As browsers see it.
        public_endpoint: Url,
    },
    /// AWS S3 or a server that speaks like it. Credentials come from the usual `AWS_*` chain.
    S3(S3Endpoint),
}

#[derive(Clone, Debug, Default)]
pub struct S3Endpoint {
    /// `S3_ENDPOINT_URL`; AWS itself when unset.
    pub endpoint: Option<Url>,
    /// `S3_PUBLIC_ENDPOINT_URL`: the same storage as browsers see it, where that differs.
    pub public_endpoint: Option<Url>,
    /// `S3_FORCE_PATH_STYLE`: `endpoint/bucket/key`. Unless set, whenever an endpoint is.
    pub path_style: bool,
    /// `AWS_REGION`; what the SDK's chain finds unless set.
    pub region: Option<String>,
}

impl Storage {
    pub(super) fn from_vars(vars: &Vars, site: &Site) -> Result<Self, ConfigError> {
        let bucket = match vars.get("S3_BUCKET").unwrap_or("forepeak").parse() {
            Ok(bucket) => bucket,
            Err(why) => return Err(ConfigError::new("S3_BUCKET", format!("{why}"))),
        };
        let embedded = vars.one_of(
            "STORAGE",
            site.env.is_development(),
            &[("embedded", true), ("s3", false)],
        )?;
        let public = endpoint(vars, "S3_PUBLIC_ENDPOINT_URL")?;
        let kind = if embedded {
            let addr: SocketAddr = vars
                .parse(
                    "EMBEDDED_S3_ADDR",
                    "an address with a port, such as 127.0.0.1:9000",
                )?
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 9000)));
            let public_endpoint = match public {
                Some(url) => url,
                None => beside(&site.public_url, addr.port())?,
            };
            StorageKind::Embedded {
                addr,
                public_endpoint,
            }
        } else {
            let endpoint = endpoint(vars, "S3_ENDPOINT_URL")?;
            StorageKind::S3(S3Endpoint {
                path_style: vars.flag("S3_FORCE_PATH_STYLE", endpoint.is_some())?,
                endpoint,
                public_endpoint: public,
                region: vars.get("AWS_REGION").map(str::to_owned),
            })
        };
        Ok(Self { kind, bucket })
    }
}

impl Storage {
    /// The origins that presigned URLs lead to: what the pages must be allowed to talk to.
    #[must_use]
    pub fn browser_origins(&self) -> Vec<String> {
        let endpoint = match &self.kind {
            StorageKind::Embedded { public_endpoint, .. } => return vec![origin(public_endpoint)],
            StorageKind::S3(s3) => s3,
        };
        match endpoint.public_endpoint.as_ref().or(endpoint.endpoint.as_ref()) {
            Some(url) if endpoint.path_style => vec![origin(url)],
            Some(url) => {
                let mut by_bucket = url.clone();
                let host = format!("{}.{}", self.bucket, url.host_str().unwrap_or_default());
                match by_bucket.set_host(Some(&host)) {
                    Ok(()) => vec![origin(&by_bucket), origin(url)],
                    Err(_) => vec![origin(url)],
                }
            }
            // AWS answers for a bucket at its regional name, and elsewhere only to redirect there.
            None => vec![
                format!(
                    "https://{}.s3.{}.amazonaws.com",
                    self.bucket,
                    endpoint.region.as_deref().unwrap_or("us-east-1")
                ),
                format!("https://{}.s3.amazonaws.com", self.bucket),
            ],
        }
    }
}

impl Storage {
    /// Where tools of the caller's own reach the files.
    #[must_use]
    pub fn address(&self) -> StorageAddress {
        let written = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
        let (endpoint, region) = match &self.kind {
            StorageKind::Embedded { public_endpoint, .. } => (Some(written(public_endpoint)), None),
            StorageKind::S3(s3) => (
                s3.public_endpoint.as_ref().or(s3.endpoint.as_ref()).map(written),
                s3.region.clone(),
            ),
        };
        StorageAddress {
            bucket: self.bucket.clone(),
            endpoint,
            region,
        }
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The host of the pages with the store's port.
fn beside(site: &Url, port: u16) -> Result<Url, ConfigError> {
    let mut url = site.clone();
    url.set_port(Some(port))
        .map_err(|()| ConfigError::new("S3_PUBLIC_ENDPOINT_URL", "must be set: PUBLIC_URL takes no port"))?;
    Ok(url)
}

fn endpoint(vars: &Vars, name: &'static str) -> Result<Option<Url>, ConfigError> {
    let url: Option<Url> = vars.parse(name, "a URL such as https://s3.example.org")?;
    match &url {
        Some(u) if !matches!(u.scheme(), "http" | "https") || u.host().is_none() => Err(ConfigError::new(
            name,
            "must begin with http:// or https:// and name a host",
        )),
        _ => Ok(url),
    }
}
