//! Which storage holds the files, and how servers and browsers reach it.

use std::{net::SocketAddr, path::Path};

use app::{contract::BucketName, features::files::storage_address::StorageAddress};
use url::Url;

use super::{ConfigError, Site, Vars, vars::certificates};

#[derive(Clone, Debug)]
pub struct Storage {
    pub kind: StorageKind,
    /// `S3_BUCKET`: holds everyone's prefix; created when missing.
    pub bucket: BucketName,
    /// `VERSIONS_KEEP_DAYS`: how long versions are kept that are not current; for ever unless set.
    pub versions_keep_days: Option<u32>,
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
    /// `AWS_CA_BUNDLE`: the authorities, in PEM, whose certificates storage may have, instead of the machine's.
    pub ca_bundle: Option<String>,
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
        let public = endpoint(vars, PUBLIC_ENDPOINT)?;
        let kind = if embedded {
            let addr: SocketAddr = vars
                .parse(
                    "EMBEDDED_S3_ADDR",
                    "an address with a port, such as 127.0.0.1:9000",
                )?
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 9000)));
            site.keep_to_this_machine("EMBEDDED_S3_ADDR", addr.ip().is_loopback())?;
            let public_endpoint = match public {
                Some(url) => url,
                // The store itself speaks no TLS.
                None if site.is_https() => {
                    return Err(ConfigError::new(
                        PUBLIC_ENDPOINT,
                        "must be set beside STORAGE=embedded when PUBLIC_URL is https://: the https:// address at which \
                         a proxy leads to EMBEDDED_S3_ADDR",
                    ));
                }
                None => beside(&site.public_url, addr.port())?,
            };
            over_tls_as_pages(site, PUBLIC_ENDPOINT, &public_endpoint)?;
            without_path(&public_endpoint, None)?;
            StorageKind::Embedded {
                addr,
                public_endpoint,
            }
        } else {
            let endpoint = endpoint(vars, "S3_ENDPOINT_URL")?;
            match (&public, &endpoint) {
                (Some(public), endpoint) => {
                    over_tls_as_pages(site, PUBLIC_ENDPOINT, public)?;
                    without_path(public, endpoint.as_ref())?;
                }
                (None, Some(endpoint)) => over_tls_as_pages(site, PUBLIC_ENDPOINT, endpoint)?,
                (None, None) => {}
            }
            StorageKind::S3(S3Endpoint {
                ca_bundle: ca_bundle(vars)?,
                path_style: vars.flag("S3_FORCE_PATH_STYLE", endpoint.is_some())?,
                endpoint,
                public_endpoint: public,
                region: vars.get("AWS_REGION").map(str::to_owned),
            })
        };
        Ok(Self {
            kind,
            bucket,
            versions_keep_days: versions_keep_days(vars)?,
        })
    }
}

impl Storage {
    /// The origins that presigned URLs into the home bucket lead to: what its pages must be allowed to talk to.
    #[must_use]
    pub fn browser_origins(&self) -> Vec<String> {
        self.browser_origins_of(&self.bucket, None)
    }

    /// The same of another bucket; in the server's own region unless given.
    #[must_use]
    pub fn browser_origins_of(&self, bucket: &BucketName, region: Option<&str>) -> Vec<String> {
        let endpoint = match &self.kind {
            StorageKind::Embedded { public_endpoint, .. } => return vec![origin(public_endpoint)],
            StorageKind::S3(s3) => s3,
        };
        match endpoint.public_endpoint.as_ref().or(endpoint.endpoint.as_ref()) {
            Some(url) if endpoint.path_style => vec![origin(url)],
            Some(url) => {
                let mut by_bucket = url.clone();
                let host = format!("{bucket}.{}", url.host_str().unwrap_or_default());
                match by_bucket.set_host(Some(&host)) {
                    Ok(()) => vec![origin(&by_bucket), origin(url)],
                    Err(_) => vec![origin(url)],
                }
            }
            // AWS answers for a bucket at its regional name, and elsewhere only to redirect there.
            None => {
                let region = region.or(endpoint.region.as_deref()).unwrap_or("us-east-1");
                let mut origins = vec![
                    format!("https://{bucket}.s3.{region}.amazonaws.com"),
                    format!("https://{bucket}.s3.amazonaws.com"),
                ];
                // No certificate covers a name with dots before AWS' own, so the SDK puts such a bucket into the path.
                if bucket.as_str().contains('.') {
                    origins.push(format!("https://s3.{region}.amazonaws.com"));
                }
                origins
            }
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

const PUBLIC_ENDPOINT: &str = "S3_PUBLIC_ENDPOINT_URL";

/// What a job did can be undone for a day after its end, by the versions that it replaced: none goes sooner.
fn versions_keep_days(vars: &Vars) -> Result<Option<u32>, ConfigError> {
    const NAME: &str = "VERSIONS_KEEP_DAYS";
    match vars.parse::<u32>(NAME, "a number of days")? {
        days @ (None | Some(2..=36_500)) => Ok(days),
        Some(_) => Err(ConfigError::new(
            NAME,
            "must be between 2 and 36500 days: what was done can be undone for a day",
        )),
    }
}

/// Browsers refuse to load `http://` from pages that came over TLS.
fn over_tls_as_pages(site: &Site, name: &'static str, url: &Url) -> Result<(), ConfigError> {
    if site.is_https() && url.scheme() != "https" {
        return Err(ConfigError::new(
            name,
            format!("must be https://, because PUBLIC_URL is: browsers would refuse every transfer to {url}"),
        ));
    }
    Ok(())
}

/// A signature covers the path as the client sends it, so a proxy that removes a part of the path breaks the signature.
/// A path is allowed only where storage's own address has it, too.
fn without_path(public: &Url, endpoint: Option<&Url>) -> Result<(), ConfigError> {
    let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
    if path(public) == endpoint.map(path).unwrap_or_default() {
        return Ok(());
    }
    Err(ConfigError::new(
        PUBLIC_ENDPOINT,
        "must have no path: signed URLs are good for the path that storage sees, so give storage a host of its own",
    ))
}

fn ca_bundle(vars: &Vars) -> Result<Option<String>, ConfigError> {
    const NAME: &str = "AWS_CA_BUNDLE";
    vars.get(NAME)
        .map(|file| certificates(NAME, Path::new(file)))
        .transpose()
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The host of the pages with the store's port.
fn beside(site: &Url, port: u16) -> Result<Url, ConfigError> {
    let mut url = site.clone();
    url.set_port(Some(port))
        .map_err(|()| ConfigError::new(PUBLIC_ENDPOINT, "must be set: PUBLIC_URL takes no port"))?;
    Ok(url)
}

fn endpoint(vars: &Vars, name: &'static str) -> Result<Option<Url>, ConfigError> {
    let url: Option<Url> = vars.parse(name, "a URL such as https://s3.example.org")?;
    match &url {
        Some(u) if !matches!(u.scheme(), "http" | "https") || u.host().is_none() => Err(ConfigError::new(
            name,
            "must begin with http:// or https:// and name a host",
        )),
        Some(u) if u.query().is_some() || u.fragment().is_some() || !u.username().is_empty() => {
            Err(ConfigError::new(name, "must be scheme, host and port alone"))
        }
        _ => Ok(url),
    }
}
