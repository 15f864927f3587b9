//! Ranges that are read at a time find what one plain look over the same keys finds, whatever the keys, the sizes of
//! pages and answers, the order in which storage lists, and what changes meanwhile.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::{Arc, Mutex},
};

use app::{
    contract::{KeyRoot, Timestamp},
    features::files::types::{EntryKind, ObjectEntry, SearchQuery},
};
use futures::FutureExt;
use proptest::prelude::*;

use super::{
    budget::Budget,
    hits::{Hits, List, Position, Source},
    wanted::Wanted,
};
use crate::platform::object_store::{ListedObject, ListedPage, StoreError};

/// How a server lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// As S3 does, by the bytes of the keys.
    Bytes,
    /// Folder by folder, as SeaweedFS does.
    Folders,
    /// The same for a bucket with versions: `k` is kept as `k.versions` and lies in the order as that; each page is sorted.
    Versions,
    /// By bytes, from the beginning wherever a listing should start.
    FromTheBeginning,
}

impl Order {
    /// A key as it lies in the order.
    fn path(self, key: &str) -> Vec<String> {
        match self {
            Self::Bytes | Self::FromTheBeginning => vec![key.to_owned()],
            Self::Folders => key.split('/').map(str::to_owned).collect(),
            Self::Versions => format!("{key}.versions").split('/').map(str::to_owned).collect(),
        }
    }

    /// Whether a listing that starts after `start`, whether or not there is such a key, shows the key.
    fn is_after(self, key: &str, start: &str) -> bool {
        match self {
            Self::Bytes => key > start,
            Self::FromTheBeginning => true,
            Self::Folders | Self::Versions => {
                let (path, start) = (self.path(key), start.split('/').collect::<Vec<_>>());
                for (number, (name, start_name)) in path.iter().zip(&start).enumerate() {
                    let is_file = number + 1 == path.len();
                    if number + 1 == start.len() {
                        let is_itself = is_file && *name == format!("{start_name}.versions");
                        return name.as_str() > *start_name && !is_itself;
                    }
                    match name.as_str().cmp(start_name) {
                        Ordering::Equal if !is_file => {}
                        order => return order == Ordering::Greater,
                    }
                }
                false
            }
        }
    }
}

/// A server that holds these keys.
struct Server {
    order: Order,
    page: usize,
    /// By what they are in the order.
    keys: Mutex<BTreeMap<Vec<String>, String>>,
    /// What comes and goes, one with each request: a key that is there goes.
    changes: Mutex<Vec<String>>,
    /// The number of the request that fails, and of those so far.
    fails_at: Option<usize>,
    requests: Mutex<usize>,
    /// Requests that are not answered yet, and the most there were.
    under_way: Mutex<(usize, usize)>,
}

impl Server {
    fn list(&self, token: Option<&str>) -> Result<ListedPage, StoreError> {
        let mut requests = self.requests.lock().unwrap();
        *requests += 1;
        if self.fails_at == Some(*requests) {
            return Err(StoreError::Unavailable("503".to_owned()));
        }
        let mut keys = self.keys.lock().unwrap();
        if let Some(key) = self.changes.lock().unwrap().pop() {
            let path = self.order.path(&key);
            if keys.remove(&path).is_none() {
                keys.insert(path, key);
            }
        }
        let (next, start) = match token {
            Some(token) => (token.strip_prefix("next "), token.strip_prefix('\0')),
            None => (None, None),
        };
        let bytes = start.filter(|_| self.order == Order::Bytes);
        let behind = match next.or(bytes) {
            Some(key) => Bound::Excluded(self.order.path(key)),
            None => Bound::Unbounded,
        };
        let mut listed: Vec<&String> = keys
            .range((behind, Bound::Unbounded))
            .map(|(_, key)| key)
            .filter(|key| start.is_none_or(|start| self.order.is_after(key, start)))
            .take(self.page + 1)
            .collect();
        let more = listed.len() > self.page;
        listed.truncate(self.page);
        let next = listed.last().filter(|_| more).map(|last| format!("next {last}"));
        if self.order == Order::Versions {
            listed.sort();
        }
        Ok(ListedPage {
            objects: listed.into_iter().map(|key| object(key)).collect(),
            folders: Vec::new(),
            next,
        })
    }
}

fn object(key: &str) -> ListedObject {
    ListedObject {
        key: key.to_owned(),
        size: key.len() as u64,
        last_modified: Timestamp::from_unix(i64::try_from(key.len()).unwrap()),
        etag: String::new(),
        storage_class: String::new(),
    }
}

const PREFIX: &str = "users/018f0000-0000-7000-8000-000000000001/";

fn keys(names: &BTreeSet<String>) -> BTreeSet<String> {
    names.iter().map(|name| format!("{PREFIX}{name}")).collect()
}

fn wanted(words: &str) -> Wanted {
    let root = KeyRoot::home("018f0000-0000-7000-8000-000000000001".parse().unwrap());
    let query = SearchQuery {
        query: words.to_owned(),
        ..SearchQuery::default()
    };
    Wanted::new(&query, &root.everything()).unwrap()
}

/// One plain look: the hits in the order of their keys, folders before what is in them.
fn plainly(keys: &BTreeSet<String>, wanted: &Wanted) -> Vec<String> {
    let mut hits = BTreeSet::new();
    for key in keys {
        for (slash, _) in key.match_indices('/') {
            let folder = &key[..=slash];
            if folder.len() > PREFIX.len() && wanted.has_folder(folder) {
                hits.insert(folder.to_owned());
            }
        }
        if wanted.has(&object(key)) {
            hits.insert(key.clone());
        }
    }
    hits.into_iter().collect()
}

/// Searches in requests of so many hits and pages each, as a client does by tokens.
async fn in_requests(
    server: &Arc<Server>,
    wanted: &Wanted,
    limits: &[usize],
    pages: usize,
) -> Result<Vec<ObjectEntry>, crate::features::files::error::FileError> {
    let (mut found, mut position) = (Vec::new(), Position::default());
    for request in 0.. {
        assert!(request < 100_000, "the search does not get on");
        let asked = Arc::clone(server);
        let list: List = Arc::new(move |token| {
            let page = asked.list(token.as_deref());
            let asked = Arc::clone(&asked);
            let mut under_way = asked.under_way.lock().unwrap();
            under_way.0 += 1;
            under_way.1 = under_way.1.max(under_way.0);
            drop(under_way);
            async move {
                asked.under_way.lock().unwrap().0 -= 1;
                page
            }
            .boxed()
        });
        let source = Source {
            list,
            wanted: Arc::new(wanted.clone()),
            prefix: PREFIX.into(),
            page: server.page,
        };
        let mut hits = Hits::new(source, position, Budget::new(None, Some(pages)));
        let mut left = limits[request % limits.len()];
        while left > 0 {
            let Some(more) = hits.next(left).await? else { break };
            assert!(more.len() <= left);
            left -= more.len();
            found.extend(more);
        }
        let Some(next) = hits.position() else { break };
        // As it travels through the client.
        position = serde_json::from_str(&serde_json::to_string(next).unwrap()).unwrap();
    }
    Ok(found)
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(work)
}

fn server(order: Order, page: usize, keys: &BTreeSet<String>) -> Server {
    let keys = keys.iter().map(|key| (order.path(key), key.clone()));
    Server {
        order,
        page,
        keys: Mutex::new(keys.collect()),
        changes: Mutex::default(),
        fails_at: None,
        requests: Mutex::default(),
        under_way: Mutex::default(),
    }
}

fn names_of(entries: &[ObjectEntry]) -> Vec<String> {
    entries.iter().map(|entry| entry.key.clone()).collect()
}

/// Names in folders, with those that SeaweedFS lists in another order than S3.
fn some_names(count: usize) -> impl Strategy<Value = BTreeSet<String>> {
    let name = "[abk0-3]([-./][abk0-3]|[abk0-3]){0,4}(\\.versions|\\.bak)?";
    prop::collection::btree_set(name, 0..count)
}

/// Numbered names, dense enough that ranges are guessed well.
fn numbered_names() -> impl Strategy<Value = BTreeSet<String>> {
    (0..200_usize, 1..40_usize, "[a-c]{0,2}").prop_map(|(count, in_folder, start)| {
        (0..count)
            .map(|n| format!("{start}{:02}/n{:03}.txt", n / in_folder, n))
            .collect()
    })
}

/// Many files in folders that lie in another order where storage lists folder by folder.
fn folders_side_by_side() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set("a([-.]b|)/[0-9]{1,2}(-|\\.bak|/[ab])?", 0..200)
}

fn names(count: usize) -> impl Strategy<Value = BTreeSet<String>> {
    prop_oneof![some_names(count), numbered_names(), folders_side_by_side()]
}

/// A server of files and folders has no file of a folder's name.
fn as_files(keys: &BTreeSet<String>) -> BTreeSet<String> {
    let folders: BTreeSet<String> = keys
        .iter()
        .flat_map(|key| key.match_indices('/').map(|(at, _)| key[..at].to_owned()))
        .collect();
    keys.difference(&folders).cloned().collect()
}

fn finds_all_in_an_order_of_its_own(
    names: &BTreeSet<String>,
    words: &str,
    limits: &[usize],
    page: usize,
    pages: usize,
) {
    let (keys, wanted) = (as_files(&keys(names)), wanted(words));
    for order in [Order::Folders, Order::Versions] {
        let server = Arc::new(server(order, page, &keys));
        let found = run(in_requests(&server, &wanted, limits, pages)).unwrap();
        let mut found = names_of(&found);
        found.sort();
        assert_eq!(found, plainly(&keys, &wanted), "{order:?}");
        let all = run(in_requests(&server, &wanted, &[usize::MAX], usize::MAX)).unwrap();
        let mut all = names_of(&all);
        all.sort();
        assert_eq!(all, found, "{order:?}");
    }
}

/// The next range was begun behind the key `a/3`, which storage leaves out of it, and lists behind `a/3-`.
#[test]
fn a_key_at_the_edge_of_two_ranges_is_found() {
    let names = [
        "a-b/0", "a/0", "a/0.bak", "a/00", "a/03", "a/04/b", "a/09", "a/1-", "a/1/a", "a/10", "a/12",
        "a/17.bak", "a/2", "a/27/b", "a/29", "a/3", "a/3-", "a/30", "a/4/b", "a/62", "a/7", "a/7.bak",
        "a/84", "a/85", "a/96",
    ];
    let names = names.map(str::to_owned).into();
    finds_all_in_an_order_of_its_own(&names, "a", &[7, 3, 8], 5, 46);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn ranges_find_what_a_plain_look_finds(
        names in names(100),
        words in "[abkn0-3./]{1,2}( [abk0-3])?",
        limits in prop::collection::vec(1..30_usize, 1..4),
        page in 1..40_usize,
        pages in 1..60_usize,
    ) {
        let (keys, wanted) = (keys(&names), wanted(&words));
        for order in [Order::Bytes, Order::FromTheBeginning] {
            let server = Arc::new(server(order, page, &keys));
            let found = run(in_requests(&server, &wanted, &limits, pages)).unwrap();
            prop_assert_eq!(names_of(&found), plainly(&keys, &wanted));
            let all = run(in_requests(&server, &wanted, &[usize::MAX], usize::MAX)).unwrap();
            prop_assert_eq!(found, all);
        }
    }

    #[test]
    fn so_they_do_where_storage_lists_in_an_order_of_its_own(
        names in names(100),
        words in "[abkn0-3./]{1,2}",
        limits in prop::collection::vec(1..30_usize, 1..4),
        page in 1..40_usize,
        pages in 1..60_usize,
    ) {
        finds_all_in_an_order_of_its_own(&names, &words, &limits, page, pages);
    }

    #[test]
    fn what_is_there_all_the_time_is_found_once_whatever_comes_and_goes(
        names in names(100),
        changing in prop::collection::vec("[abk0-3]([-./][abk0-3]|[abk0-3]){0,4}|[a-c][0-9]{2}/n[0-9]{3}.txt", 0..200),
        limits in prop::collection::vec(1..30_usize, 1..4),
        page in 1..20_usize,
        pages in 1..60_usize,
    ) {
        let (lasting, wanted) = (keys(&names), wanted("/ n"));
        let changing: Vec<String> = changing
            .into_iter()
            .map(|name| format!("{PREFIX}{name}"))
            .filter(|key| !lasting.contains(key))
            .collect();
        let server = Server {
            changes: Mutex::new(changing),
            ..server(Order::Bytes, page, &lasting)
        };
        let found = run(in_requests(&Arc::new(server), &wanted, &limits, pages)).unwrap();
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for entry in &found {
            *times.entry(entry.key.clone()).or_default() += 1;
        }
        prop_assert!(times.values().all(|times| *times == 1), "{times:?}");
        let expected = plainly(&lasting, &wanted);
        let missing: Vec<_> = expected.iter().filter(|key| !times.contains_key(*key)).collect();
        prop_assert!(missing.is_empty(), "{missing:?}");
        prop_assert!(found.is_sorted_by(|one, other| one.key < other.key));
    }

    #[test]
    fn a_page_that_fails_fails_the_search(names in numbered_names(), page in 1..40_usize, fails_at in 1..20_usize) {
        let (keys, wanted) = (keys(&names), wanted("n"));
        let server = Arc::new(Server { fails_at: Some(fails_at), ..server(Order::Bytes, page, &keys) });
        let outcome = run(in_requests(&server, &wanted, &[usize::MAX], usize::MAX));
        let was_asked = *server.requests.lock().unwrap() >= fails_at;
        match outcome {
            // It was asked for ahead, and turned out not to be needed.
            Ok(found) => prop_assert_eq!(names_of(&found), plainly(&keys, &wanted)),
            Err(_) => prop_assert!(was_asked),
        }
    }
}

/// Most of what is read is of use, and several ranges are read at a time.
#[test]
fn reading_ahead_costs_a_quarter_more_at_most() {
    let flat = (0..100_000).map(|n| format!("n/{n:06}.txt")).collect();
    let in_folders = (0..100_000)
        .map(|n| format!("2024/{:02}/IMG_{:04}.jpg", n / 1_200, n % 1_200))
        .collect();
    let of_words = (0..100_000_u64)
        .map(|n| {
            let n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
            let words = [
                "annual", "report", "holiday", "draft", "letter", "music", "tax", "zebra",
            ];
            let word = |at: u32| words[usize::try_from(n >> at).unwrap() % words.len()];
            format!("{}/{} {} {n:x}.txt", word(7), word(13), word(29))
        })
        .collect();
    for (what, names, at_once) in [
        ("flat", flat, 8),
        ("in folders", in_folders, 8),
        ("of words", of_words, 2),
    ] {
        let server = Arc::new(server(Order::Bytes, 1_000, &keys(&names)));
        let found = run(in_requests(
            &server,
            &wanted("nothing"),
            &[usize::MAX],
            usize::MAX,
        ))
        .unwrap();
        assert_eq!(found, []);
        let requests = *server.requests.lock().unwrap();
        // Where the last key is, the ranges beyond it learn by a look each.
        assert!(
            (100..=100 * 5 / 4 + 8).contains(&requests),
            "{what}: {requests} requests for 100 pages"
        );
        let (_, most) = *server.under_way.lock().unwrap();
        assert!(most >= at_once, "{what}: at most {most} requests at a time");
    }
}

#[test]
fn filters_narrow_by_kind_size_and_time() {
    let root = KeyRoot::home("018f0000-0000-7000-8000-000000000001".parse().unwrap());
    let has = |query: SearchQuery, name: &str| {
        let query = SearchQuery {
            query: "a".to_owned(),
            ..query
        };
        let wanted = Wanted::new(&query, &root.everything()).unwrap();
        let object = ListedObject {
            size: 10,
            last_modified: Timestamp::from_unix(100),
            ..object(&format!("{PREFIX}{name}"))
        };
        wanted.has(&object)
    };
    let any = SearchQuery::default;
    let of = |kind| SearchQuery {
        kind: Some(kind),
        ..any()
    };
    for (kind, name) in [
        (EntryKind::Folder, "a/"),
        (EntryKind::Image, "a.JPG"),
        (EntryKind::Document, "a.csv"),
        (EntryKind::Archive, "a.tar.gz"),
        (EntryKind::Code, "a.rs"),
        (EntryKind::Other, "a"),
    ] {
        assert!(has(of(kind), name), "{name}");
        assert!(!has(of(EntryKind::Video), name), "{name}");
    }
    let sized = |min_size, max_size| SearchQuery {
        min_size,
        max_size,
        ..any()
    };
    assert!(has(sized(Some(10), Some(10)), "a"));
    assert!(!has(sized(Some(11), None), "a") && !has(sized(None, Some(9)), "a"));
    let changed = |after, before| SearchQuery {
        modified_after: Timestamp::from_unix(after),
        modified_before: Timestamp::from_unix(before),
        ..any()
    };
    assert!(has(changed(100, 101), "a"));
    assert!(!has(changed(101, 102), "a") && !has(changed(99, 100), "a"));
    // A folder has neither.
    assert!(has(any(), "a/") && !has(sized(Some(0), None), "a/") && !has(changed(0, 1_000), "a/"));
}
