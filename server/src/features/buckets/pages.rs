//! `/storage`: the list of a person's buckets, and the properties of each.

use app::{
    contract::{ApiError, BucketName, RegionName},
    features::buckets::{
        pages::{self, BucketList},
        types::{BucketItem, BucketsQuery},
    },
    routes,
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{BucketError, service::Wanted};
use crate::{
    features::{
        audit::Origin,
        auth::pages::Member,
        pages::{Audience, Pages},
    },
    http::{
        extract::{Form, Path, Query},
        problem::{Failure, Problem},
        routes::LimitClass,
    },
    state::AppState,
};

const PROPERTIES: &str = "/storage/properties/{bucket}";

pub fn pages() -> Pages {
    Pages::default()
        .get(Audience::Members, routes::BUCKETS, list)
        .post(Audience::Members, LimitClass::Files, routes::BUCKETS, create)
        .get(Audience::Members, PROPERTIES, properties)
        .post(Audience::Members, LimitClass::Files, PROPERTIES, delete)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ListedBy {
    /// Part of a name.
    search: String,
}

async fn list(
    State(state): State<AppState>,
    mut member: Member,
    Query(by): Query<ListedBy>,
) -> Result<Response, Problem> {
    let list = own(&state, &member, by.search).await?;
    let done = member.reply.told().await?;
    let form = member.reply.fill(FormState::default());
    Ok(member.reply.show(pages::buckets(list, form, done)).await)
}

/// The member's own, of an admin's too, narrowed to those with `search` in their names.
async fn own(state: &AppState, member: &Member, search: String) -> Result<BucketList, BucketError> {
    let who = &member.person.who;
    let wanted = search.trim().to_ascii_lowercase();
    let mut buckets: Vec<BucketItem> = Vec::new();
    let mut query = BucketsQuery::default();
    loop {
        let page = state.buckets.list(who, &query).await?;
        let is_own = |bucket: &BucketItem| bucket.owner.id == who.user_id;
        let found = page.items.into_iter();
        buckets.extend(found.filter(|bucket| is_own(bucket) && bucket.name.as_str().contains(&wanted)));
        query.continuation_token = page.continuation_token;
        if query.continuation_token.is_none() {
            break;
        }
    }
    let closed = state.buckets.may_make(who).err();
    Ok(BucketList {
        buckets,
        search,
        closed: closed.map(|error| error.outside().detail),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateForm {
    #[serde(default)]
    bucket_name: String,
    #[serde(default)]
    region: String,
}

/// `POST /storage`: 303 back, which says what storage could not set up.
async fn create(
    State(state): State<AppState>,
    member: Member,
    origin: Origin,
    Form(form): Form<CreateForm>,
) -> Result<Response, Problem> {
    let made = match wanted(&form) {
        Ok(wanted) => {
            let who = member.person.who.clone();
            state.buckets.create(who, wanted, origin).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => {
            let mut done = format!("The bucket {} is there.", made.bucket_name);
            for warning in made.warnings {
                done.push(' ');
                done.push_str(&warning);
            }
            member.reply.done(routes::BUCKETS, &done).await
        }
        Err(error) => {
            let list = own(&state, &member, String::new()).await?;
            let typed = FormState::default()
                .with("bucket_name", form.bucket_name)
                .with("region", form.region);
            let again = |error| pages::buckets(list, typed.refused(error), None);
            Ok(member.reply.refuse(error, again).await)
        }
    }
}

fn wanted(form: &CreateForm) -> Result<Wanted, BucketError> {
    let (name, region) = (form.bucket_name.trim(), form.region.trim());
    let name = match name {
        "" => None,
        name => Some(name.parse().map_err(|error| BucketError::Name {
            field: "bucket_name",
            error,
        })?),
    };
    let region = match region {
        "" => None,
        region => Some(region.parse::<RegionName>().map_err(BucketError::RegionName)?),
    };
    Ok(Wanted { name, region })
}

async fn properties(
    State(state): State<AppState>,
    mut member: Member,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let name = known(&name)?;
    let details = state.buckets.details(&member.person.who, &name).await?;
    let done = member.reply.told().await?;
    let form = member.reply.fill(FormState::default());
    Ok(member.reply.show(pages::bucket(details, form, done)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeleteForm {
    /// The bucket's name, typed.
    #[serde(default)]
    confirm: String,
}

/// `POST /storage/properties/{bucket}`: deletes it when its name was typed, and goes to the list.
async fn delete(
    State(state): State<AppState>,
    member: Member,
    origin: Origin,
    Path(name): Path<String>,
    Form(form): Form<DeleteForm>,
) -> Result<Response, Problem> {
    let name = known(&name)?;
    let who = member.person.who.clone();
    let details = state.buckets.details(&who, &name).await?;
    let deleted = if form.confirm.trim() == name.as_str() {
        state.buckets.delete(who, &name, origin).await
    } else {
        Err(BucketError::NotConfirmed(name.clone()))
    };
    match deleted {
        Ok(()) => {
            let done = format!("The bucket {name} is deleted.");
            member.reply.done(routes::BUCKETS, &done).await
        }
        Err(error) => {
            let typed = FormState::default().with("confirm", form.confirm);
            let again = |error: ApiError| pages::bucket(details, typed.refused(error), None);
            Ok(member.reply.refuse(error, again).await)
        }
    }
}

/// What is no name of a bucket names none.
fn known(raw: &str) -> Result<BucketName, BucketError> {
    raw.parse().map_err(|_| BucketError::NoSuchPage)
}
