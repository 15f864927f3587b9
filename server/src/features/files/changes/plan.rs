//! Plans a job page by page: the journal has a row for each object before the first of them is touched.

use std::collections::HashSet;

use app::{
    contract::{
        UserPrefix,
        naming::{numbered, numbered_folder},
    },
    features::files::changes::NameTaken,
};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::{
    CONCURRENCY,
    begin::is_excepted,
    copy::TAKEN,
    input::{Cursor, Input, Root, Target},
    journal::{Item, State},
    sides::{Sides, overwritten},
};
use crate::{
    features::{
        files::job_failure::failure,
        scopes::{Access, Scope},
    },
    platform::{
        object_store::{ListRequest, ObjectHead, StoreError},
        queue::JobFailure,
    },
};

/// Objects that are planned between two checkpoints.
const PAGE: u16 = 1000;
const GONE: &str = "There is no such object";
const INTO_ITSELF: &str = "It would take the place of something that is copied or moved itself";

/// The next page of a plan.
#[derive(Default)]
pub(super) struct Page {
    pub items: Vec<Item>,
    pub failures: Vec<JobFailure>,
}

/// Plans a page, and moves the cursor on.
pub(super) async fn page(sides: &Sides, input: &Input, cursor: &mut Cursor) -> Result<Page, StoreError> {
    let mut planned = match input.roots.get(cursor.root) {
        None => {
            cursor.is_planned = true;
            return Ok(Page::default());
        }
        Some(root) if root.is_folder => folder(sides, input, root, cursor).await?,
        Some(_) => keys(sides, input, cursor).await?,
    };
    for item in &mut planned.items {
        item.position = cursor.planned;
        cursor.planned += 1;
    }
    Ok(planned)
}

/// Plans the next roots that are keys.
async fn keys(sides: &Sides, input: &Input, cursor: &mut Cursor) -> Result<Page, StoreError> {
    let roots: Vec<&Root> = input.roots[cursor.root..]
        .iter()
        .take_while(|root| !root.is_folder)
        .take(PAGE.into())
        .collect();
    let looking = roots.iter().map(|root| source(sides, root).boxed());
    let mut items: Vec<Result<Item, Item>> = stream::iter(looking.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    let mut planned = Page::default();
    let mut reserved = names_so_far(input, cursor);
    let mut number_of = vec![1; items.len()];
    let mut there = looks(sides, items.iter().map(|item| item.as_ref().ok())).await?;
    for (index, item) in items.iter_mut().enumerate() {
        let (Ok(item), there) = (item, there[index].take()) else {
            continue;
        };
        let Some(wanted) = item.destination.clone() else {
            continue;
        };
        let is_reserved = reserved.contains(&wanted);
        if input.on_conflict == NameTaken::KeepBoth && (there.is_some() || is_reserved) {
            let free = sides
                .free_name(&wanted, false, |name| reserved.contains(name))
                .await?;
            match free {
                Some((name, number)) => {
                    item.destination = Some(name);
                    number_of[index] = number;
                }
                None => item.state = State::Failed,
            }
        } else if let Some(there) = there {
            settle(item, there, input.on_conflict);
        }
        reserved.extend(item.destination.clone());
    }
    cursor.root += items.len();
    cursor.numbers.extend(number_of);
    for item in items {
        match item {
            Ok(item) if item.state == State::Failed => planned.fail(item, TAKEN),
            Ok(item) => planned.items.push(item),
            Err(item) if item.destination.is_none() && item.state == State::Skipped => {
                planned.items.push(item);
            }
            Err(item) => planned.fail(item, GONE),
        }
    }
    Ok(planned)
}

/// The item of a key; `Err` where there is nothing to do.
async fn source(sides: &Sides, root: &Root) -> Result<Result<Item, Item>, StoreError> {
    let Scope { store, bucket, .. } = &sides.source;
    let mut item = Item {
        destination: root.destination.clone(),
        ..Item::planned(0, root.source.clone())
    };
    let access = match root.destination {
        Some(_) => Access::READ,
        None => Access::DELETE,
    };
    let head = match sides.source.key("key", &root.source, access) {
        Ok(key) => store.head(bucket, &key, None).await?,
        // A key that the rules refuse can be deleted if a listing shows it.
        Err(_) if root.destination.is_none() => match sides.source.listed_key("key", &root.source, access) {
            Ok(key) if store.is_listed(bucket, &key).await? => Some(ObjectHead::default()),
            _ => None,
        },
        Err(_) => None,
    };
    let Some(head) = head else {
        // A missing object counts as deleted, if the rules allow its key.
        item.state = match (&root.destination, sides.source.key("key", &root.source, access)) {
            (None, Ok(_)) => State::Skipped,
            _ => State::Failed,
        };
        return Ok(Err(item));
    };
    item.etag = head.etag;
    item.size = head.size;
    Ok(Ok(item))
}

/// The next page of a folder.
async fn folder(sides: &Sides, input: &Input, root: &Root, cursor: &mut Cursor) -> Result<Page, StoreError> {
    let mut planned = Page::default();
    let access = match root.destination {
        Some(_) => Access::READ | Access::LIST,
        None => Access::DELETE,
    };
    let Some(prefix) = listable(&sides.source, &root.source, access) else {
        let item = Item::planned(0, root.source.clone());
        planned.fail(item, "This folder cannot be listed");
        next_root(cursor, 1);
        return Ok(planned);
    };
    let target = match (&root.destination, cursor.target.clone()) {
        (None, _) => None,
        (Some(_), Some(target)) => Some(target),
        (Some(wanted), None) => {
            let Some((target, number)) = target(sides, input, cursor, wanted).await? else {
                let item = Item::planned(0, root.source.clone());
                planned.fail(item, TAKEN);
                next_root(cursor, 1);
                return Ok(planned);
            };
            cursor.numbers.push(number);
            cursor.target = Some(target.clone());
            Some(target)
        }
    };
    let request = ListRequest {
        prefix: &prefix,
        folders: false,
        token: cursor.token.as_deref(),
        limit: PAGE,
    };
    let page = sides.source.store.list(&sides.source.bucket, request).await?;
    let mut items: Vec<_> = page
        .objects
        .into_iter()
        .filter(|object| object.key.starts_with(&root.source) && !is_excepted(&object.key, &input.except))
        .filter(|object| !input.contents || object.key != root.source)
        .map(|object| Item {
            destination: target
                .as_ref()
                .map(|target| format!("{}{}", target.prefix, &object.key[root.source.len()..])),
            etag: object.etag,
            size: object.size,
            ..Item::planned(0, object.key)
        })
        .collect();
    if target.as_ref().is_some_and(|target| !target.is_free) {
        let mut there = looks(sides, items.iter().map(Some)).await?;
        let mut reserved: HashSet<String> =
            items.iter().filter_map(|item| item.destination.clone()).collect();
        for (item, there) in items.iter_mut().zip(&mut there) {
            let Some(there) = there.take() else { continue };
            if input.contents && item.source.ends_with('/') {
                // Both stand for a folder: one is enough.
                settle(item, there, NameTaken::Overwrite);
                continue;
            }
            if input.on_conflict != NameTaken::KeepBoth {
                settle(item, there, input.on_conflict);
                continue;
            }
            let wanted = item.destination.clone().unwrap_or_default();
            let free = sides
                .free_name(&wanted, false, |name| reserved.contains(name))
                .await?;
            match free {
                Some((name, _)) => {
                    reserved.insert(name.clone());
                    item.destination = Some(name);
                }
                None => item.state = State::Failed,
            }
        }
    }
    let is_one_bucket = sides.source.bucket == sides.destination.bucket;
    for item in items {
        let is_inside = |destination: &String| {
            is_one_bucket
                && !(input.contents && is_excepted(destination, &input.except))
                && input
                    .roots
                    .iter()
                    .any(|root| root.is_folder && destination.starts_with(&root.source))
        };
        if item.destination.as_ref().is_some_and(is_inside) {
            planned.fail(item, INTO_ITSELF);
        } else if item.state == State::Failed {
            planned.fail(item, TAKEN);
        } else {
            planned.items.push(item);
        }
    }
    match page.next {
        Some(next) => cursor.token = Some(next),
        None => next_root(cursor, 0),
    }
    Ok(planned)
}

/// The prefix that a folder gets, and its number; `None` when no name is free.
async fn target(
    sides: &Sides,
    input: &Input,
    cursor: &Cursor,
    wanted: &str,
) -> Result<Option<(Target, u32)>, StoreError> {
    let reserved = if input.on_conflict == NameTaken::KeepBoth {
        names_so_far(input, cursor)
    } else {
        HashSet::new()
    };
    let is_taken = sides.is_taken(wanted, true).await? == Some(true) || reserved.contains(wanted);
    let is_root = sides
        .destination
        .grants()
        .any(|grant| grant.root.as_str() == wanted);
    if !is_taken || is_root || input.contents || input.on_conflict != NameTaken::KeepBoth {
        let target = Target {
            prefix: wanted.to_owned(),
            is_free: !is_taken,
        };
        return Ok(Some((target, 1)));
    }
    let free = sides
        .free_name(wanted, true, |name| reserved.contains(name))
        .await?;
    Ok(free.map(|(prefix, number)| {
        (
            Target {
                prefix,
                is_free: true,
            },
            number,
        )
    }))
}

/// The destinations of the roots before this one.
fn names_so_far(input: &Input, cursor: &Cursor) -> HashSet<String> {
    input
        .roots
        .iter()
        .zip(&cursor.numbers)
        .filter_map(|(root, number)| {
            let wanted = root.destination.as_deref()?;
            Some(match (*number, root.is_folder) {
                (1, _) => wanted.to_owned(),
                (number, true) => numbered_folder(wanted, number),
                (number, false) => numbered(wanted, number),
            })
        })
        .collect()
}

fn next_root(cursor: &mut Cursor, numbers: usize) {
    cursor.root += 1;
    cursor.token = None;
    cursor.target = None;
    cursor.numbers.extend(vec![1; numbers]);
    // Deletions have no names to number.
    cursor.numbers.resize(cursor.root, 1);
}

/// The objects at the destinations now.
async fn looks<'a>(
    sides: &Sides,
    items: impl Iterator<Item = Option<&'a Item>>,
) -> Result<Vec<Option<ObjectHead>>, StoreError> {
    let Scope { store, bucket, .. } = &sides.destination;
    let looking = items.map(|item| {
        let raw = item.and_then(|item| item.destination.as_deref());
        let key = raw.and_then(|raw| sides.destination.key("destination", raw, Access::WRITE).ok());
        async move {
            match key {
                Some(key) => store.head(bucket, &key, None).await,
                None => Ok(None),
            }
        }
        .boxed()
    });
    stream::iter(looking.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await
}

/// Decides what happens to an item whose destination is taken, unless it gets another name.
fn settle(item: &mut Item, there: ObjectHead, on_conflict: NameTaken) {
    match on_conflict {
        NameTaken::Fail | NameTaken::KeepBoth => item.state = State::Failed,
        NameTaken::Skip => item.state = State::Skipped,
        NameTaken::Overwrite => item.overwritten = Some(overwritten(there)),
    }
}

/// The prefix under which a folder is listed: its own, or the longest beginning of it that the key rules allow.
pub(super) fn listable(scope: &Scope, raw: &str, access: Access) -> Option<UserPrefix> {
    if let Ok(prefix) = scope.prefix("prefix", Some(raw), access) {
        return Some(prefix);
    }
    // Within the scope, by its bytes.
    scope.listed_key("prefix", raw, access).ok()?;
    raw.char_indices()
        .rev()
        .find_map(|(at, _)| scope.prefix("prefix", Some(&raw[..at]), access).ok())
}

impl Page {
    fn fail(&mut self, mut item: Item, why: &str) {
        item.state = State::Failed;
        self.failures.push(failure(&item.source, why));
        self.items.push(item);
    }
}
