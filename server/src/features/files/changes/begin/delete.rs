//! Requests to delete.

use app::{
    contract::{JobId, KeyError},
    features::files::changes::{DeleteRequest, MAX_NAMED, NameTaken},
};

use super::{area, is_folder, transfer::check_kept};
use crate::features::{
    audit::Origin,
    auth::principal::Principal,
    files::{
        changes::{
            Changes,
            input::{Input, Kind, Root},
        },
        error::FileError,
    },
    scopes::{Access, Named, Owner, ScopeError},
};

impl Changes {
    /// # Errors
    /// [`FileError`]: for what is wrong with the request, and when another job works there.
    #[tracing::instrument(level = "debug", name = "changes.delete", skip_all, fields(user = %who.user_id))]
    pub async fn delete(
        &self,
        who: &Principal,
        request: &DeleteRequest,
        origin: &Origin,
    ) -> Result<JobId, FileError> {
        let named = Named::bucket(request.bucket.as_ref());
        let scope = self.scopes.resolve(who, &named).await?;
        for (field, names) in [("keys", &request.keys), ("prefixes", &request.prefixes)] {
            if names.len() > MAX_NAMED {
                return Err(FileError::invalid(
                    field,
                    format!("must hold at most {MAX_NAMED} of them"),
                ));
            }
        }
        if request.keys.is_empty() && request.prefixes.is_empty() {
            return Err(FileError::invalid("keys", "or prefixes must name something"));
        }
        if request.deleted_only && !request.permanent {
            return Err(FileError::invalid("deleted_only", "is for a permanent deletion"));
        }
        let mut roots = Vec::with_capacity(request.keys.len() + request.prefixes.len());
        for (index, raw) in request.prefixes.iter().enumerate() {
            let field = format!("prefixes[{index}]");
            if !is_folder(raw, &scope) {
                return Err(FileError::InvalidNamed {
                    field,
                    why: "must end in /".to_owned(),
                });
            }
            // A prefix that the key rules refuse is taken by its exact bytes, as such a key is.
            if let Err(error) = scope.prefix(&field, Some(raw), Access::DELETE) {
                match error {
                    ScopeError::Key { error, .. } if is_hostile(error) => {
                        scope.listed_key(&field, raw, Access::DELETE)?;
                    }
                    error => return Err(error.into()),
                }
            }
            roots.push(root(raw, true));
        }
        for (index, raw) in request.keys.iter().enumerate() {
            scope.listed_key(&format!("keys[{index}]"), raw, Access::DELETE)?;
            roots.push(root(raw, false));
        }
        check_kept(&request.except, &request.prefixes)?;
        let areas: Vec<_> = roots
            .iter()
            .map(|root| area(&scope, &root.source, !root.is_folder, true))
            .collect();
        let detail = format!(
            "{}{} of {}",
            match (request.permanent, request.deleted_only) {
                (true, true) => "for good, what is deleted already: ",
                (true, false) => "for good: ",
                (false, _) => "",
            },
            match roots.as_slice() {
                [root] => root.source.replace('\0', "\u{2400}"),
                roots => format!("{} keys and prefixes", roots.len()),
            },
            scope.bucket
        );
        let input = Input {
            owner: Owner::from(who),
            username: who.username.clone(),
            source_bucket: request.bucket.clone(),
            destination_bucket: request.bucket.clone(),
            roots,
            except: request.except.clone(),
            contents: false,
            on_conflict: NameTaken::Fail,
            permanent: request.permanent,
            deleted_only: request.deleted_only,
        };
        self.enqueue(who, Kind::Delete, &input, &areas, detail, origin)
            .await
    }
}

fn root(raw: &str, is_folder: bool) -> Root {
    Root {
        source: raw.to_owned(),
        is_folder,
        destination: None,
    }
}

/// A listing may show such a name, though the key rules refuse to create it.
fn is_hostile(error: KeyError) -> bool {
    matches!(
        error,
        KeyError::ControlCharacter | KeyError::Noncharacter | KeyError::DotSegment
    )
}
