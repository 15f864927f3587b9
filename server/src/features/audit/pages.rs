//! `/admin/audit`

use std::net::IpAddr;

use app::{
    contract::Timestamp,
    features::audit::{
        pages::{self, FILTERS},
        types::{AuditOutcome, AuditQuery},
    },
    routes::{self, Query as Pairs},
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::AuditError;
use crate::{
    features::{
        admin::AdminPage,
        pages::{Audience, Pages},
    },
    http::{extract::Query, problem::Problem},
    state::AppState,
};

const DAY: i64 = 86_400;

pub fn pages() -> Pages {
    Pages::default().get(Audience::Admins, routes::AUDIT, show)
}

/// As the form sends it: what was left empty is there, and empty.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    actor: String,
    action: String,
    outcome: String,
    address: String,
    from: String,
    to: String,
    continuation_token: Option<String>,
}

async fn show(
    State(state): State<AppState>,
    admin: AdminPage,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let form = FILTERS
        .into_iter()
        .zip(asked.values())
        .fold(FormState::default(), |form, (name, value)| form.with(name, value));
    let found = match query(&asked) {
        Ok(query) => state
            .audit_reader
            .page(&admin.by, &query)
            .await
            .map(|page| (page, export(&query))),
        Err(error) => Err(error),
    };
    match found {
        Ok((page, export)) => Ok(admin.reply.show(pages::audit(page, form, export)).await),
        Err(error) => {
            let everything = AuditQuery::default();
            let page = state.audit_reader.page(&admin.by, &everything).await?;
            let again = |error| pages::audit(page, form.refused(error), export(&everything));
            Ok(admin.reply.refuse(error, again).await)
        }
    }
}

impl Asked {
    /// In the order of [`FILTERS`].
    fn values(&self) -> [&str; 6] {
        [
            &self.actor,
            &self.action,
            &self.outcome,
            &self.address,
            &self.from,
            &self.to,
        ]
        .map(|value| value.trim())
    }
}

fn query(asked: &Asked) -> Result<AuditQuery, AuditError> {
    let [actor, action, outcome, address, from, to] = asked.values();
    let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    let address: Option<IpAddr> = match address {
        "" => None,
        address => Some(address.parse().map_err(|_| AuditError::Field {
            field: "address",
            why: "must be an IPv4 or IPv6 address",
        })?),
    };
    Ok(AuditQuery {
        actor: text(actor),
        action: text(action),
        outcome: AuditOutcome::from_text(outcome),
        from: day("from", from, 0)?,
        // The whole of the last day.
        to: day("to", to, DAY)?,
        address,
        format: None,
        continuation_token: asked.continuation_token.clone(),
        max_keys: None,
    })
}

/// The first moment of a day in UTC, and `later` seconds after it.
fn day(field: &'static str, day: &str, later: i64) -> Result<Option<Timestamp>, AuditError> {
    if day.is_empty() {
        return Ok(None);
    }
    Timestamp::parse(&format!("{day}T00:00:00Z"))
        .and_then(|start| Timestamp::from_unix(start.unix() + later))
        .map(Some)
        .ok_or(AuditError::Field {
            field,
            why: "must be a day such as 2024-01-31",
        })
}

/// Where the same selection comes as CSV.
fn export(query: &AuditQuery) -> String {
    let moment = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string());
    let pairs = [
        ("actor", query.actor.clone()),
        ("action", query.action.clone()),
        ("outcome", query.outcome.map(|outcome| outcome.text().to_owned())),
        ("address", query.address.map(|address| address.to_string())),
        ("from", moment(query.from)),
        ("to", moment(query.to)),
    ];
    let pairs = pairs
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .fold(Pairs::default().with("format", "csv"), |pairs, (name, value)| {
            pairs.with(name, value)
        });
    format!("/api/admin/audit?{pairs}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_empty_fields_ask_nothing() {
        let asked = Asked {
            from: "2024-01-31".to_owned(),
            to: "2024-01-31".to_owned(),
            outcome: "denied".to_owned(),
            ..Asked::default()
        };
        let query = query(&asked).unwrap();
        assert_eq!(query.from.unwrap().to_string(), "2024-01-31T00:00:00Z");
        assert_eq!(query.to.unwrap().to_string(), "2024-02-01T00:00:00Z");
        assert_eq!((query.actor.clone(), query.action.clone()), (None, None));
        assert_eq!(
            export(&query),
            "/api/admin/audit?format=csv&outcome=denied&from=2024-01-31T00%3A00%3A00Z&to=2024-02-01T00%3A00%3A00Z"
        );
    }

    #[test]
    fn what_is_no_day_or_address_is_said() {
        for asked in [
            Asked {
                from: "31.1.2024".to_owned(),
                ..Asked::default()
            },
            Asked {
                address: "home".to_owned(),
                ..Asked::default()
            },
        ] {
            assert!(query(&asked).is_err());
        }
    }
}
