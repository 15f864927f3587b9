//! Where a request came from.

use std::{convert::Infallible, net::IpAddr};

use axum::extract::FromRequestParts;
use http::{header, request::Parts};

use super::Trail;
use crate::http::{client::ClientAddress, observe::RequestId};

/// What an action's row and a sign-in's row say of the client. An extractor.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The client's own, as far as trusted proxies tell it. `None` where there is no connection: in jobs.
    pub address: Option<IpAddr>,
    pub request_id: Option<String>,
    /// What the client calls itself, on one line and cut short.
    pub user_agent: String,
    /// What has come out about the request.
    pub trail: Trail,
}

const MAX_USER_AGENT_CHARS: usize = 200;

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let user_agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Ok(Self {
            address: parts
                .extensions
                .get::<ClientAddress>()
                .and_then(|ClientAddress(address)| *address),
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
            user_agent: user_agent
                .chars()
                .filter(|c| !c.is_control())
                .take(MAX_USER_AGENT_CHARS)
                .collect(),
            trail: parts.extensions.get::<Trail>().cloned().unwrap_or_default(),
        })
    }
}
