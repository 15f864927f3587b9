//! The way of a request from its signature to an operation and back.

mod answer;
mod dispatch;
mod document;
mod fixed;
mod forms;
mod gate;
mod operations;
mod query;
mod region;
mod rewrite;

use std::sync::Arc;

use http::{Request, Response};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError, S3};

pub(crate) use answer::{complete_document, outside_xml};
pub(crate) use operations::{Needs, agree};
pub(crate) use query::Query;

use crate::Store;
use crate::keys::{auth::Auth, signed};
use crate::service::Service;
use dispatch::Operations;
use forms::Forms;
use gate::Gate;
use region::Regions;

/// What answers requests. `s3s` is used twice: the first stage verifies signatures and takes chunks off bodies, the
/// second carries operations out; the gate is between them. Forms have a way of their own to the second.
pub(crate) struct Stages {
    first: S3Service,
    forms: Forms,
    region: String,
}

impl Stages {
    pub(crate) fn new(store: &Store) -> Self {
        let inner = &store.inner;
        let operations = Operations::new(store);
        let regions = Arc::new(Regions {
            meta: inner.meta.clone(),
            own: inner.config.region.clone(),
        });
        let mut first = S3ServiceBuilder::new(Nothing);
        first.set_auth(Auth(inner.keys.clone()));
        first.set_route(Gate {
            keys: inner.keys.clone(),
            operations: operations.clone(),
            service: Service::new(store),
            regions: regions.clone(),
        });
        Self {
            first: first.build(),
            forms: Forms {
                keys: inner.keys.clone(),
                clock: inner.config.clock.clone(),
                regions,
                operations,
            },
            region: inner.config.region.clone(),
        }
    }

    pub(crate) async fn call(&self, mut request: Request<Body>) -> Result<Response<Body>, HttpError> {
        signed::take_off_browsers_directive(&mut request);
        if forms::is_form(&request) {
            return Ok(self.forms.upload(request).await);
        }
        rewrite::adopt_date(request.headers_mut());
        match region::refuse_unreadable(request.uri(), request.headers(), &self.region) {
            Some(refusal) => Ok(refusal),
            None => self.first.call(request).await,
        }
    }
}

/// The first stage has no operations: the gate takes every request.
struct Nothing;

impl S3 for Nothing {}
