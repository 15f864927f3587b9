//! Many objects or versions deleted. Most go in the body of one request; a key that XML cannot carry goes by its own.
//! Where an answer does not say what became of a target, storage is asked: a deletion that was done is not reported
//! as failed, and can be taken back.

use std::collections::HashMap;

use app::contract::BucketName;
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::delete_object::DeleteObjectError,
    types::{Delete, ObjectIdentifier},
};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::{S3Store, error::store_error};
use crate::platform::object_store::{DeleteFailure, DeleteMarker, DeleteTarget, DeletedMany, StoreError};

/// Requests to storage that are under way at a time.
const CONCURRENCY: usize = 16;

/// What became of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    Gone {
        /// The version that hides the object from now on, where the bucket keeps versions.
        marker: Option<String>,
    },
    /// With storage's error code.
    Kept(String),
    /// The answer does not say.
    Unclear,
}

/// A target as storage names it in its answer.
type Name<'a> = (&'a str, Option<&'a str>);

fn name_of(target: &DeleteTarget) -> Name<'_> {
    (target.key.as_str(), target.version.as_deref())
}

impl S3Store {
    /// Deletes up to 1,000 objects or, for good, versions, each decided by itself. Where the answer does not say what
    /// became of one, storage is asked about it.
    #[tracing::instrument(level = "debug", name = "s3.delete_many", skip_all, fields(%bucket, objects = targets.len()))]
    pub async fn delete_many(
        &self,
        bucket: &BucketName,
        targets: &[DeleteTarget],
    ) -> Result<DeletedMany, StoreError> {
        let (together, apart): (Vec<_>, Vec<_>) = targets.iter().partition(|target| target.key.is_xml());
        let mut fates: HashMap<Name<'_>, Fate> = HashMap::new();
        if !together.is_empty() {
            fates.extend(self.in_one_request(bucket, &together).await?);
        }
        let alone = apart.into_iter().map(|target| {
            async move {
                let fate = if target.key.has_dot_segment() {
                    // Never a path. Servers that read XML leniently take the key all the same; the others refuse
                    // this one alone.
                    let answered = self.in_one_request(bucket, &[target]).await;
                    answered.map_or_else(
                        |error| Fate::Kept(error.to_string()),
                        |fates| fates.into_values().next().unwrap_or(Fate::Unclear),
                    )
                } else {
                    self.delete_by_itself(bucket, target).await?
                };
                Ok::<_, StoreError>((name_of(target), fate))
            }
            .boxed()
        });
        let alone: Vec<_> = stream::iter(alone.collect::<Vec<_>>())
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        fates.extend(alone);
        let settling = targets.iter().map(|target| {
            let fate = fates.remove(&name_of(target)).unwrap_or(Fate::Unclear);
            async move {
                match fate {
                    Fate::Unclear => self.look(bucket, target).await,
                    clear => Ok(clear),
                }
            }
            .boxed()
        });
        let settled: Vec<_> = stream::iter(settling.collect::<Vec<_>>())
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        Ok(sum_up(targets, settled))
    }

    /// What storage says of each; none of those that it does not mention, and none at all when its answer cannot be
    /// read.
    async fn in_one_request<'a>(
        &self,
        bucket: &BucketName,
        targets: &[&'a DeleteTarget],
    ) -> Result<HashMap<Name<'a>, Fate>, StoreError> {
        let unexpected = |error: aws_sdk_s3::error::BuildError| StoreError::Unexpected(error.to_string());
        let objects = targets
            .iter()
            .map(|target| {
                ObjectIdentifier::builder()
                    .key(target.key.as_str())
                    .set_version_id(target.version.clone())
                    .set_e_tag(target.etag.as_ref().map(|etag| format!("\"{etag}\"")))
                    .build()
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(unexpected)?;
        let delete = Delete::builder()
            .set_objects(Some(objects))
            .build()
            .map_err(unexpected)?;
        let answered = self
            .client
            .delete_objects()
            .bucket(bucket.as_str())
            .delete(delete)
            .send()
            .await
            .map_err(store_error);
        let answer = match answered {
            Ok(answer) => answer,
            Err(StoreError::Unreadable(why)) => {
                tracing::warn!(
                    why,
                    targets = targets.len(),
                    "the answer to a deletion cannot be read"
                );
                return Ok(HashMap::new());
            }
            Err(error) => return Err(error),
        };
        let mut said: HashMap<(String, Option<String>), Fate> = HashMap::new();
        for done in answer.deleted.unwrap_or_default() {
            let Some(key) = done.key else { continue };
            let is_marker = done.delete_marker == Some(true) || done.delete_marker_version_id.is_some();
            let fate = match (&done.version_id, done.delete_marker_version_id) {
                // A marker that was deleted itself is named in the same fields.
                (Some(_), _) => Fate::Gone { marker: None },
                (None, Some(id)) => Fate::Gone { marker: Some(id) },
                (None, None) if is_marker => Fate::Unclear,
                (None, None) => Fate::Gone { marker: None },
            };
            said.insert((key, done.version_id), fate);
        }
        for failed in answer.errors.unwrap_or_default() {
            let Some(key) = failed.key else { continue };
            let version = failed.version_id.filter(|version| !version.is_empty());
            said.insert((key, version), Fate::Kept(failed.code.unwrap_or_default()));
        }
        Ok(targets
            .iter()
            .filter_map(|target| {
                let fate = said.remove(&(target.key.as_str().to_owned(), target.version.clone()))?;
                Some((name_of(target), fate))
            })
            .collect())
    }

    /// Names the key in the path of a request, where percent-encoding carries every character. Only for keys without
    /// segments that could be folded.
    async fn delete_by_itself(&self, bucket: &BucketName, target: &DeleteTarget) -> Result<Fate, StoreError> {
        let answered = self
            .client
            .delete_object()
            .bucket(bucket.as_str())
            .key(target.key.as_str())
            .set_version_id(target.version.clone())
            .set_if_match(target.etag.as_ref().map(|etag| format!("\"{etag}\"")))
            .send()
            .await;
        let error: SdkError<DeleteObjectError, HttpResponse> = match answered {
            Ok(done) => {
                let marker = done
                    .version_id
                    .filter(|_| target.version.is_none() && done.delete_marker == Some(true));
                return Ok(match (marker, done.delete_marker) {
                    (None, Some(true)) if target.version.is_none() => Fate::Unclear,
                    (marker, _) => Fate::Gone { marker },
                });
            }
            Err(error) => error,
        };
        let code = error.code().map(str::to_owned);
        match store_error(error) {
            StoreError::NotFound => Ok(Fate::Gone { marker: None }),
            StoreError::Unreadable(_) => Ok(Fate::Unclear),
            error @ StoreError::NoSuchBucket => Err(error),
            error => code.map(Fate::Kept).ok_or(error),
        }
    }

    /// Finds out what became of a target from what storage lists now.
    async fn look(&self, bucket: &BucketName, target: &DeleteTarget) -> Result<Fate, StoreError> {
        const NEWEST: u16 = 100;
        const KEPT: &str = "InternalError";
        let listed = self.list_versions(bucket, &target.key, None, NEWEST).await;
        let versions = match listed {
            Ok(page) => page.versions,
            Err(StoreError::Unsupported(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        if let Some(version) = &target.version {
            let is_there = versions.iter().any(|listed| listed.version_id == *version);
            return Ok(if is_there {
                Fate::Kept(KEPT.to_owned())
            } else {
                Fate::Gone { marker: None }
            });
        }
        match versions.into_iter().find(|version| version.is_latest) {
            Some(latest) if latest.is_delete_marker => Ok(Fate::Gone {
                marker: Some(latest.version_id),
            }),
            Some(_) => Ok(Fate::Kept(KEPT.to_owned())),
            None if self.is_listed(bucket, &target.key).await? => Ok(Fate::Kept(KEPT.to_owned())),
            None => Ok(Fate::Gone { marker: None }),
        }
    }
}

fn sum_up(targets: &[DeleteTarget], fates: Vec<Fate>) -> DeletedMany {
    let mut outcome = DeletedMany::default();
    for (target, fate) in targets.iter().zip(fates) {
        let key = target.key.as_str().to_owned();
        let version = target.version.clone();
        match fate {
            // Where versions are suspended the marker takes the object's place instead of hiding it.
            Fate::Gone { marker: Some(id) } if id != "null" => {
                outcome.markers.push(DeleteMarker { key, version_id: id });
            }
            Fate::Gone { .. } => {}
            Fate::Kept(code) => outcome.failures.push(DeleteFailure { key, version, code }),
            Fate::Unclear => outcome.failures.push(DeleteFailure {
                key,
                version,
                code: "Unclear".to_owned(),
            }),
        }
    }
    outcome
}
