//! Checks requests to restore, and queues their jobs.

use app::features::{
    files::{
        types::MAX_KEYS,
        types_history::{CurrentObject, RestoreRequest},
    },
    jobs::types::{DoneOrQueued, JobAbout, QueuedJob},
};

use super::{
    super::{History, keeps_versions},
    ACCESS,
    job::{Input, KIND, Root},
    plan::Goal,
};
use crate::{
    features::{
        audit::{Action, Event, Origin, Outcome},
        auth::principal::Principal,
        files::{
            about,
            areas::{self, Area},
            error::FileError,
        },
        scopes::{Named, Owner, Scope},
    },
    platform::queue::NewJob,
};

impl History {
    /// # Errors
    /// [`FileError`], with nothing changed. [`FileError::Changed`] when the object was written meanwhile,
    /// [`FileError::Overlaps`] when another job works on the same keys.
    #[tracing::instrument(level = "debug", name = "history.restore", skip_all, fields(user = %who.user_id))]
    pub async fn restore(
        &self,
        who: &Principal,
        request: &RestoreRequest,
        origin: &Origin,
    ) -> Result<DoneOrQueued<CurrentObject>, FileError> {
        only_together(request)?;
        let scope = self
            .scopes
            .resolve(who, &Named::bucket(request.bucket.as_ref()))
            .await?;
        if let Some(key) = &request.key {
            let version = request.version_id.as_deref();
            let version = version.ok_or_else(|| FileError::invalid("version_id", "is missing"))?;
            let current = self.restore_version(&scope, key, version).await?;
            return Ok(DoneOrQueued::Done(current));
        }
        let goal = goal(request)?;
        let roots = roots(&scope, request)?;
        keeps_versions(&scope).await?;
        let input = Input {
            owner: Owner::from(who),
            username: who.username.clone(),
            bucket: request.bucket.clone(),
            roots,
            as_of: request.as_of,
            delete_added: matches!(goal, Goal::AsOf { delete_added: true }),
            asked_at: self.platform.clock.now().into(),
        };
        let areas = areas_of(&scope, &input.roots);
        let mut transaction = self.platform.db.begin().await?;
        areas::reserve(&mut transaction, &areas).await?;
        let about = JobAbout {
            first: request
                .prefix
                .clone()
                .or_else(|| request.keys.as_ref().and_then(|keys| keys.first().cloned()))
                .unwrap_or_default(),
            count: input.roots.len() as u64,
            is_part: false,
            destination: None,
        };
        let new = NewJob::new(KIND, &input)?
            .begun_by(input.owner.api_key)
            .about(about::text(&about)?);
        let job = self.queue.enqueue(&mut transaction, who.user_id, &new).await?;
        areas::keep(&mut transaction, job, &areas).await?;
        let event = Event::new(Action::RestoreFiles, Outcome::Success, origin)
            .by(who.user_id, &who.username)
            .on(job)
            .saying(said(&input));
        self.audit.record(&mut transaction, event).await?;
        transaction.commit().await?;
        self.queue.wake();
        Ok(DoneOrQueued::Queued(QueuedJob { job_id: job }))
    }
}

/// Refuses fields that do not belong together: each form of the request has its own.
fn only_together(request: &RestoreRequest) -> Result<(), FileError> {
    let ways = [
        ("key", request.key.is_some()),
        ("prefix", request.prefix.is_some()),
        ("keys", request.keys.is_some()),
    ];
    let mut named = ways.iter().filter(|(_, is_given)| *is_given);
    let Some((way, _)) = named.next() else {
        return Err(FileError::invalid(
            "key",
            "is missing: name a key, a prefix or keys to bring back",
        ));
    };
    if let Some((other, _)) = named.next() {
        return Err(FileError::invalid(
            other,
            format!("cannot go together with {way}"),
        ));
    }
    let takes: &[&str] = match *way {
        "key" => &["version_id"],
        "prefix" => &["deleted_only", "as_of", "delete_added"],
        _ => &["deleted_only", "as_of"],
    };
    let given = [
        ("version_id", request.version_id.is_some()),
        ("deleted_only", request.deleted_only.is_some()),
        ("as_of", request.as_of.is_some()),
        ("delete_added", request.delete_added.is_some()),
    ];
    match given
        .into_iter()
        .find(|(field, is_given)| *is_given && !takes.contains(field))
    {
        Some((field, _)) => Err(FileError::invalid(
            field,
            format!("cannot go together with {way}"),
        )),
        None => Ok(()),
    }
}

fn goal(request: &RestoreRequest) -> Result<Goal, FileError> {
    let deleted_only = request.deleted_only.unwrap_or_default();
    match (request.as_of, deleted_only) {
        (None, true) if request.delete_added.is_none() => Ok(Goal::NotDeleted),
        (None, true) => Err(FileError::invalid(
            "delete_added",
            "cannot go together with deleted_only",
        )),
        (Some(_), true) => Err(FileError::invalid(
            "as_of",
            "cannot go together with deleted_only",
        )),
        (Some(_), false) => Ok(Goal::AsOf {
            delete_added: request.delete_added.unwrap_or_default(),
        }),
        (None, false) => Err(FileError::invalid(
            "as_of",
            "is missing: name a moment, or ask for deleted_only",
        )),
    }
}

fn roots(scope: &Scope, request: &RestoreRequest) -> Result<Vec<Root>, FileError> {
    if let Some(raw) = &request.prefix {
        let prefix = scope.prefix("prefix", Some(raw), ACCESS)?;
        return Ok(vec![Root::Prefix(prefix.as_str().to_owned())]);
    }
    let keys = request.keys.as_deref().unwrap_or_default();
    if keys.is_empty() || keys.len() > MAX_KEYS {
        return Err(FileError::invalid(
            "keys",
            format!("must hold between 1 and {MAX_KEYS} keys"),
        ));
    }
    let mut roots = Vec::with_capacity(keys.len());
    for (index, raw) in keys.iter().enumerate() {
        let field = format!("keys[{index}]");
        let root = if raw.ends_with('/') {
            Root::Prefix(scope.prefix(&field, Some(raw), ACCESS)?.as_str().to_owned())
        } else {
            Root::Key(scope.listed_key(&field, raw, ACCESS)?.as_str().to_owned())
        };
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    Ok(roots)
}

fn areas_of(scope: &Scope, roots: &[Root]) -> Vec<Area> {
    let area = |root: &Root| {
        let (prefix, exact) = match root {
            Root::Key(key) => (key, true),
            Root::Prefix(prefix) => (prefix, false),
        };
        Area {
            bucket: scope.bucket.as_str().to_owned(),
            prefix: prefix.clone(),
            exact,
            writes: true,
        }
    };
    roots.iter().map(area).collect()
}

/// For the audit log: what is restored, without the names of single files.
fn said(input: &Input) -> String {
    let what = match input.roots.as_slice() {
        [Root::Prefix(prefix)] => prefix.clone(),
        roots => format!("{} keys and folders", roots.len()),
    };
    match input.as_of {
        Some(as_of) if input.delete_added => format!("begun: {what} exactly as of {as_of}"),
        Some(as_of) => format!("begun: {what} as of {as_of}"),
        None => format!("begun: {what}, deleted only"),
    }
}
