//! Requests to copy or move.

use std::collections::{HashMap, HashSet};

use app::{
    contract::{UserPrefix, key::name_of},
    features::{
        files::changes::{MAX_NAMED, NameTaken, TransferRequest, Transferred},
        jobs::types::{DoneOrQueued, QueuedJob},
    },
};

use super::{area, is_excepted, is_folder};
use crate::{
    features::{
        audit::Origin,
        auth::principal::Principal,
        files::{
            changes::{
                Changes,
                input::{Input, Kind, Root},
            },
            error::FileError,
        },
        scopes::{Access, Named, Owner, Scope},
    },
    platform::object_store::ListRequest,
};

/// An object of at most so many bytes is copied within seconds.
const AT_ONCE: u64 = 256 * 1024 * 1024;

/// The field of the request that named a root.
fn field(request: &TransferRequest, index: usize) -> String {
    match request.source {
        Some(_) => "source".to_owned(),
        None => format!("sources[{index}]"),
    }
}

impl Changes {
    /// # Errors
    /// [`FileError`]: for what is wrong with the request, when another job works there, and, where one object is copied
    /// at once, when its name is taken.
    #[tracing::instrument(level = "debug", name = "changes.transfer", skip_all, fields(user = %who.user_id, ?kind))]
    pub async fn transfer(
        &self,
        who: &Principal,
        request: &TransferRequest,
        kind: Kind,
        origin: &Origin,
    ) -> Result<DoneOrQueued<Transferred>, FileError> {
        let from = Named::bucket(request.source_bucket.as_ref());
        let to = Named::bucket(request.destination_bucket.as_ref());
        let from = self.scopes.resolve(who, &from).await?;
        let to = self.scopes.resolve(who, &to).await?;
        let roots = roots(request, kind, &from, &to)?;
        let input = Input {
            owner: Owner::from(who),
            username: who.username.clone(),
            source_bucket: request.source_bucket.clone(),
            destination_bucket: request.destination_bucket.clone(),
            roots,
            except: request.except.clone(),
            contents: request.contents,
            on_conflict: request.on_conflict,
            permanent: false,
            deleted_only: false,
        };
        if request.source.is_some()
            && let Some(done) = self.single(&input, kind, &from, &to).await?
        {
            return Ok(DoneOrQueued::Done(done));
        }
        let mut areas = Vec::with_capacity(input.roots.len() * 2);
        for root in &input.roots {
            let exact = !root.is_folder;
            areas.push(area(&from, &root.source, exact, kind == Kind::Move));
            let Some(destination) = &root.destination else {
                continue;
            };
            areas.push(match request.on_conflict {
                // The number of the new name is not known yet.
                NameTaken::KeepBoth => area(&to, unnumbered(destination), false, true),
                _ => area(&to, destination, exact, true),
            });
        }
        let detail = format!(
            "{} of {} to {} of {}",
            match input.roots.as_slice() {
                [root] => root.source.clone(),
                roots => format!("{} keys and prefixes", roots.len()),
            },
            from.bucket,
            request.destination,
            to.bucket
        );
        let job_id = self.enqueue(who, kind, &input, &areas, detail, origin).await?;
        Ok(DoneOrQueued::Queued(QueuedJob { job_id }))
    }

    /// Copies or moves one small object at once. A source that does not exist is an error of the request.
    async fn single(
        &self,
        input: &Input,
        kind: Kind,
        from: &Scope,
        to: &Scope,
    ) -> Result<Option<Transferred>, FileError> {
        let [root] = input.roots.as_slice() else {
            return Ok(None);
        };
        if root.is_folder {
            let prefix = from.prefix("source", Some(&root.source), Access::LIST)?;
            let page = ListRequest {
                prefix: &prefix,
                folders: false,
                token: None,
                limit: 1,
            };
            let page = from.store.list(&from.bucket, page).await?;
            return if page.objects.is_empty() {
                Err(FileError::NotFound)
            } else {
                Ok(None)
            };
        }
        let key = from.key("source", &root.source, Access::READ)?;
        let head = from
            .store
            .head(&from.bucket, &key, None)
            .await?
            .ok_or(FileError::NotFound)?;
        if head.size > AT_ONCE.min(self.largest_copy) {
            return Ok(None);
        }
        let Some(destination) = root.destination.clone() else {
            return Ok(None);
        };
        self.at_once(input, kind, (from, to), (root.source.clone(), destination), &head)
            .await
            .map(Some)
    }
}

/// The part of a name before its number, if it gets one.
fn unnumbered(destination: &str) -> &str {
    let body = destination.strip_suffix('/').unwrap_or(destination);
    let start = body.len() - name_of(body).len();
    let dot = body[start..].find('.').filter(|dot| *dot > 0);
    match dot {
        Some(dot) if !destination.ends_with('/') => &body[..start + dot],
        _ => body,
    }
}

/// The sources with their destinations, all of them checked.
fn roots(request: &TransferRequest, kind: Kind, from: &Scope, to: &Scope) -> Result<Vec<Root>, FileError> {
    let named: Vec<&String> = match (&request.source, &request.sources) {
        (Some(source), None) => vec![source],
        (None, Some(sources)) => sources.iter().collect(),
        _ => {
            return Err(FileError::invalid(
                "source",
                "or sources must be given, and not both",
            ));
        }
    };
    if named.is_empty() || named.len() > MAX_NAMED {
        return Err(FileError::invalid(
            "sources",
            format!("must hold between 1 and {MAX_NAMED} keys and prefixes"),
        ));
    }
    let leaves = if kind == Kind::Move {
        Access::READ | Access::DELETE
    } else {
        Access::READ
    };
    let is_single_folder = request
        .source
        .as_ref()
        .is_some_and(|source| is_folder(source, from));
    let is_into = request.source.is_none()
        || (!is_single_folder && (request.destination.ends_with('/') || request.destination.is_empty()));
    let target = if is_into || is_single_folder {
        let slash = if request.destination.is_empty() || request.destination.ends_with('/') {
            ""
        } else {
            "/"
        };
        let folder = format!("{}{slash}", request.destination);
        to.prefix("destination", Some(&folder), Access::WRITE)?
            .as_str()
            .to_owned()
    } else {
        to.key("destination", &request.destination, Access::WRITE)?
            .as_str()
            .to_owned()
    };
    let mut roots = Vec::with_capacity(named.len());
    for (index, source) in named.into_iter().enumerate() {
        let field = field(request, index);
        let is_folder = is_folder(source, from);
        if is_folder {
            from.prefix(&field, Some(source), leaves | Access::LIST)?;
        } else {
            from.key(&field, source, leaves)?;
        }
        let destination = if is_into {
            format!("{target}{}", name_of(source))
        } else {
            target.clone()
        };
        let checked = if is_folder {
            to.prefix(&field, Some(&destination), Access::WRITE).err()
        } else {
            to.key(&field, &destination, Access::WRITE).err()
        };
        if let Some(error) = checked {
            return Err(error.into());
        }
        roots.push(Root {
            source: source.clone(),
            is_folder,
            destination: Some(destination),
        });
    }
    if request.contents && !is_single_folder {
        return Err(FileError::invalid("contents", "is for a source that is a prefix"));
    }
    check_places(request, kind, &roots, from.bucket == to.bucket)?;
    check_except(request, &roots, from)?;
    Ok(roots)
}

/// No folder into itself, nothing onto itself, nothing named twice.
fn check_places(
    request: &TransferRequest,
    kind: Kind,
    roots: &[Root],
    is_one_bucket: bool,
) -> Result<(), FileError> {
    let copies_beside = kind == Kind::Copy && request.on_conflict == NameTaken::KeepBoth;
    let folders: HashSet<&str> = roots
        .iter()
        .filter(|root| root.is_folder)
        .map(|root| root.source.as_str())
        .collect();
    let mut places = HashMap::new();
    for (index, root) in roots.iter().enumerate() {
        let Some(destination) = root.destination.as_deref() else {
            continue;
        };
        let named = field(request, index);
        if is_one_bucket {
            if destination == root.source {
                if !copies_beside {
                    return Err(FileError::invalid(
                        "destination",
                        format!("is where {named} lies already"),
                    ));
                }
            } else if root.is_folder
                && destination.starts_with(&root.source)
                && !(request.contents && is_excepted(destination, &request.except))
            {
                return Err(FileError::invalid(
                    "destination",
                    format!("lies inside {named}: a folder cannot be put into itself"),
                ));
            }
        }
        let above = root
            .source
            .char_indices()
            .filter(|(at, c)| *c == '/' && at + 1 < root.source.len())
            .map(|(at, _)| &root.source[..=at]);
        if above.into_iter().any(|above| folders.contains(above)) {
            return Err(FileError::InvalidNamed {
                field: named,
                why: "lies inside another of the sources".to_owned(),
            });
        }
        if places.insert(destination, index).is_some() && request.on_conflict != NameTaken::KeepBoth {
            return Err(FileError::InvalidNamed {
                field: named,
                why: "has the same name as another of the sources; keep_both would number them".to_owned(),
            });
        }
        if roots[..index].iter().any(|other| other.source == root.source) {
            return Err(FileError::InvalidNamed {
                field: named,
                why: "is named twice".to_owned(),
            });
        }
    }
    Ok(())
}

fn check_except(request: &TransferRequest, roots: &[Root], from: &Scope) -> Result<(), FileError> {
    if request.except.is_empty() {
        return Ok(());
    }
    let folder = match roots {
        [root] if root.is_folder && request.source.is_some() => &root.source,
        _ => return Err(FileError::invalid("except", "is for a source that is a prefix")),
    };
    let folder: UserPrefix = from.prefix("source", Some(folder), Access::LIST)?;
    check_kept(&request.except, std::slice::from_ref(&folder.as_str().to_owned()))
}

/// Checks that each exception lies below one of the folders.
pub(super) fn check_kept(except: &[String], folders: &[String]) -> Result<(), FileError> {
    if except.len() > MAX_NAMED {
        return Err(FileError::invalid(
            "except",
            format!("must hold at most {MAX_NAMED} keys and prefixes"),
        ));
    }
    for (index, kept) in except.iter().enumerate() {
        let is_below = folders
            .iter()
            .any(|folder| kept.len() > folder.len() && kept.starts_with(folder.as_str()));
        if !is_below {
            return Err(FileError::InvalidNamed {
                field: format!("except[{index}]"),
                why: "lies in none of the folders that are named".to_owned(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_before_the_first_dot_of_a_name_or_behind_it() {
        for (destination, stem) in [
            ("a/b.txt", "a/b"),
            ("a/b.tar.gz", "a/b"),
            ("a.d/b", "a.d/b"),
            ("a/.env", "a/.env"),
            ("a/v1.2/", "a/v1.2"),
            ("b", "b"),
        ] {
            assert_eq!(unnumbered(destination), stem, "{destination}");
        }
    }
}
