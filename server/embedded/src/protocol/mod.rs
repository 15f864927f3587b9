//! The way of a request from its signature to an operation and back.

mod answer;
mod document;
mod fixed;
mod gate;
mod operations;
mod query;
mod region;
mod rewrite;

use std::sync::Arc;

use http::{Request, Response};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError, S3};

pub(crate) use answer::complete_document;
pub(crate) use gate::agree;
pub(crate) use operations::Needs;
pub(crate) use query::Query;

use crate::Store;
use crate::keys::access::Access;
use crate::keys::auth::Auth;
use crate::service::Service;
use gate::{Gate, NoSecrets};
use region::Regions;

/// What answers requests: a service that verifies signatures, before one that carries operations out.
pub(crate) struct Stages {
    first: S3Service,
    region: String,
}

impl Stages {
    pub(crate) fn new(store: &Store) -> Self {
        Self {
            first: first_stage(store),
            region: store.inner.config.region.clone(),
        }
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        match region::refuse_unreadable(request.uri(), request.headers(), &self.region) {
            Some(refusal) => Ok(refusal),
            None => self.first.call(request).await,
        }
    }
}

fn first_stage(store: &Store) -> S3Service {
    let mut operations = S3ServiceBuilder::new(Service::new(store));
    // Its access control runs only where there is authentication.
    operations.set_auth(NoSecrets);
    operations.set_access(Access);

    let mut signatures = S3ServiceBuilder::new(Nothing);
    signatures.set_auth(Auth(store.inner.keys.clone()));
    signatures.set_route(Gate {
        keys: store.inner.keys.clone(),
        operations: operations.build(),
        service: Service::new(store),
        regions: Regions {
            meta: store.inner.meta.clone(),
            own: store.inner.config.region.clone(),
        },
    });
    let mut limits = S3Config::default();
    // Forms are turned away before s3s would gather them in memory.
    limits.post_object_max_file_size = 0;
    signatures.set_config(Arc::new(StaticConfigProvider::new(Arc::new(limits))));
    signatures.build()
}

/// The first stage has no operations: the gate takes every request.
struct Nothing;

impl S3 for Nothing {}
