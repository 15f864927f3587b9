use std::collections::BTreeSet;

use app::{
    contract::{CONTINUATION_TOKEN_HEADER, ErrorCode},
    features::files::types::{NDJSON, ObjectEntry, SearchEnd, SearchLine},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestRunner},
};
use serde_json::json;

use crate::support::{Answer, Rewriting, TestApp, User, sized};

/// Follows the tokens to the end; answers the keys and how many requests it took.
async fn search(user: &User, query: &str) -> (Vec<String>, usize) {
    let (mut found, mut requests, mut token) = (Vec::new(), 0, None::<String>);
    loop {
        let go_on = token
            .map(|token| format!("&continuation_token={token}"))
            .unwrap_or_default();
        let answer = user.get(&format!("/api/s3/search?{query}{go_on}")).await;
        token = answer.header(CONTINUATION_TOKEN_HEADER).map(str::to_owned);
        found.extend(answer.ok::<Vec<ObjectEntry>>().into_iter().map(|entry| entry.key));
        requests += 1;
        if token.is_none() {
            return (found, requests);
        }
    }
}

async fn stream_of(user: &User, query: &str) -> Answer {
    let client = user.client.clone().with("accept", NDJSON);
    client.get(&format!("/api/s3/search?{query}")).await
}

/// The hits of a stream, and its last line.
fn lines(answer: &Answer) -> (Vec<String>, SearchEnd) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some(NDJSON));
    assert!(answer.text().ends_with('\n'));
    let mut lines: Vec<SearchLine> = answer
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let Some(SearchLine::End(end)) = lines.pop() else {
        panic!("no last line in {}", answer.text());
    };
    let keys = lines.into_iter().map(|line| match line {
        SearchLine::Hit(entry) => entry.key,
        SearchLine::End(end) => panic!("{end:?} before the last line"),
    });
    (keys.collect(), end)
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Both are kept as they came: they are two objects.
#[tokio::test]
async fn names_match_in_whichever_form_their_letters_are_composed() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let (composed, decomposed) = ("Caf\u{e9}.txt", "cafe\u{301}.txt");
    for name in [composed, decomposed, "cafe.txt", "Stra\u{df}e"] {
        ada.upload(name, "text/plain", name.as_bytes()).await;
    }
    let both = [ada.key(composed), ada.key(decomposed)];
    for query in ["CAF%C3%89", "cafe%CC%81", "caf%C3%A9"] {
        assert_eq!(search(&ada, &format!("query={query}")).await.0, both, "{query}");
    }
    let (found, _) = search(&ada, "query=STRASSE").await;
    assert_eq!(found, [ada.key("Stra\u{df}e")]);
    for name in [composed, decomposed] {
        let object = ada
            .get(&format!("/api/s3/object?key={}", ada.query_key(name)))
            .await;
        assert_eq!(object.text(), name);
    }
}

#[tokio::test]
async fn names_and_paths_match_without_regard_to_case() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    for path in [
        "Report.PDF",
        "old/report-1.txt",
        "REPORTS/x.txt",
        "\u{c9}t\u{e9}.txt",
        "other",
    ] {
        ada.upload(path, "text/plain", b"x").await;
    }
    bob.upload("report of bob", "text/plain", b"x").await;

    let (found, _) = search(&ada, "query=rEpOrT").await;
    assert_eq!(
        found,
        [
            ada.key("REPORTS/"),
            ada.key("REPORTS/x.txt"),
            ada.key("Report.PDF"),
            ada.key("old/report-1.txt")
        ]
    );
    let (found, _) = search(&ada, "query=%C3%A9T%C3%89").await;
    assert_eq!(found, [ada.key("\u{c9}t\u{e9}.txt")]);
    let (found, _) = search(&ada, &format!("query=report&prefix={}", ada.query_key("old/"))).await;
    assert_eq!(found, [ada.key("old/report-1.txt")]);
    // A prefix may end inside a name, which counts as a whole.
    let (found, _) = search(&ada, &format!("query=report&prefix={}", ada.query_key("old/rep"))).await;
    assert_eq!(found, [ada.key("old/report-1.txt")]);
    // Neither the word `users` nor one's own id is part of a path.
    let (found, _) = search(&ada, "query=users").await;
    assert!(found.is_empty(), "{found:?}");

    let (found, requests) = search(&ada, "query=report&max_keys=1").await;
    assert_eq!((found.len(), requests), (4, 4));
}

#[tokio::test]
async fn all_words_must_occur_in_any_order() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for path in [
        "2024/Harbour plan.txt",
        "plan 2024.txt",
        "harbour/2023/plan.txt",
        "x.txt",
    ] {
        ada.upload(path, "text/plain", b"x").await;
    }
    for query in ["plan+2024", "2024+PLAN", "%20plan%C2%A0%092024+"] {
        let (found, _) = search(&ada, &format!("query={query}")).await;
        assert_eq!(
            found,
            [ada.key("2024/Harbour plan.txt"), ada.key("plan 2024.txt")],
            "{query}"
        );
    }
    let (found, _) = search(&ada, "query=plan+harbour+2023").await;
    assert_eq!(found, [ada.key("harbour/2023/plan.txt")]);
    assert!(search(&ada, "query=plan+2025").await.0.is_empty());
}

/// A folder is an entry as in a listing, whether or not an object stands for it.
#[tokio::test]
async fn folders_are_found_before_what_is_in_them() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for path in ["Sea/a/1.txt", "Sea/a/2.txt", "Sea/b.txt", "sea.txt"] {
        ada.upload(path, "text/plain", b"x").await;
    }
    ada.post("/api/s3/folder", json!({"prefix": ada.key("made sea")}))
        .await
        .ok::<serde_json::Value>();
    let all = [
        "Sea/",
        "Sea/a/",
        "Sea/a/1.txt",
        "Sea/a/2.txt",
        "Sea/b.txt",
        "made sea/",
        "sea.txt",
    ]
    .map(|path| ada.key(path));
    for limit in 1..=8 {
        let (found, _) = search(&ada, &format!("query=sea&max_keys={limit}")).await;
        assert_eq!(found, all, "{limit} at a time");
    }
    let folders: Vec<ObjectEntry> = ada.get("/api/s3/search?query=sea&kind=folder").await.ok();
    let listed: app::features::files::types::ObjectPage = ada.get("/api/s3/objects").await.ok();
    assert_eq!(folders[0], listed.objects[0], "as a listing has it");
    assert!(folders.iter().all(|entry| entry.is_folder), "{folders:?}");
    let keys: Vec<_> = folders.into_iter().map(|entry| entry.key).collect();
    assert_eq!(keys, [ada.key("Sea/"), ada.key("Sea/a/"), ada.key("made sea/")]);
    // The folder that is searched is not in itself.
    let (found, _) = search(&ada, &format!("query=a&prefix={}", ada.query_key("Sea/a/"))).await;
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn kind_size_and_date_narrow_what_is_found() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for (path, size) in [
        ("x/a.jpg", 10),
        ("x/b.txt", 100),
        ("x/c.zip", 1_000),
        ("x/d.RS", 5),
    ] {
        ada.upload(path, "text/plain", &vec![b'x'; size]).await;
    }
    let listed: Vec<ObjectEntry> = ada.get("/api/s3/search?query=b.txt").await.ok();
    let modified = listed[0].last_modified.unwrap();
    let at = |seconds| {
        let moment = app::contract::Timestamp::from_unix(modified.unix() + seconds);
        encoded(&moment.unwrap().to_string())
    };
    let (soon, long_ago, tomorrow) = (at(3_600), at(-3_600), at(86_400));
    for (filters, expected) in [
        ("kind=image".to_owned(), &["x/a.jpg"][..]),
        ("kind=document".to_owned(), &["x/b.txt"]),
        ("kind=archive".to_owned(), &["x/c.zip"]),
        ("kind=code".to_owned(), &["x/d.RS"]),
        ("kind=folder".to_owned(), &["x/"]),
        ("kind=other".to_owned(), &[]),
        ("min_size=100".to_owned(), &["x/b.txt", "x/c.zip"]),
        ("max_size=10".to_owned(), &["x/a.jpg", "x/d.RS"]),
        ("min_size=10&max_size=100".to_owned(), &["x/a.jpg", "x/b.txt"]),
        ("kind=image&min_size=11".to_owned(), &[]),
        (format!("modified_before={long_ago}"), &[]),
        (format!("modified_after={soon}"), &[]),
        (
            format!("modified_after={long_ago}&modified_before={tomorrow}&max_size=9"),
            &["x/d.RS"],
        ),
    ] {
        let (found, _) = search(&ada, &format!("query=x&{filters}")).await;
        let expected: Vec<_> = expected.iter().map(|path| ada.key(path)).collect();
        assert_eq!(found, expected, "{filters}");
    }
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_refused_by_name() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for (query, field) in [
        ("query=", "query"),
        ("query=%20%E3%80%80", "query"),
        (&format!("query={}", "x".repeat(257)), "query"),
        ("prefix=x", "query"),
        ("query=x&kind=folders", "kind"),
        ("query=x&kind=", "kind"),
        ("query=x&min_size=-1", "min_size"),
        ("query=x&max_size=1KB", "max_size"),
        ("query=x&min_size=2&max_size=1", "max_size"),
        ("query=x&modified_after=2024-01-01", "modified_after"),
        ("query=x&modified_before=yesterday", "modified_before"),
        (
            "query=x&modified_after=2024-01-01T00:00:00Z&modified_before=2024-01-01T00:00:00Z",
            "modified_before",
        ),
        ("query=x&max_keys=0", "max_keys"),
        ("query=x&size=1", "size"),
        ("query=x&query=y", "query"),
        ("query=x&continuation_token=x", "continuation_token"),
    ] {
        for error in [
            ada.get(&format!("/api/s3/search?{query}")).await.error(400),
            stream_of(&ada, query).await.error(400),
        ] {
            assert!(error.fields.contains_key(field), "{query}: {error:?}");
        }
    }
}

#[tokio::test]
async fn security_21_a_search_goes_on_for_its_own_caller_and_question_only() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    for name in ["f/x1", "f/x2", "f/x3"] {
        ada.upload(name, "text/plain", b"x").await;
        bob.upload(name, "text/plain", b"x").await;
    }
    let question = "query=x&max_keys=1&kind=other";
    let answer = ada.get(&format!("/api/s3/search?{question}")).await;
    let token = answer.header(CONTINUATION_TOKEN_HEADER).unwrap();
    let (_, end) = lines(&stream_of(&ada, question).await);
    let of_a_stream = end.continuation_token.unwrap();
    for token in [token, &of_a_stream] {
        let go_on = format!("&continuation_token={token}");
        for (who, other) in [
            (&bob, question.to_owned()),
            (&ada, "query=y&kind=other".to_owned()),
            (&ada, "query=x".to_owned()),
            (&ada, "query=x&kind=image".to_owned()),
            (&ada, "query=x&kind=other&min_size=1".to_owned()),
            (&ada, format!("{question}&prefix={}", ada.query_key("f/"))),
        ] {
            let path = format!("/api/s3/search?{other}{go_on}");
            let error = who.get(&path).await.error(400);
            assert!(error.fields.contains_key("continuation_token"), "{other}");
            stream_of(who, &format!("{other}{go_on}")).await.error(400);
        }
        ada.get(&format!("/api/s3/objects?continuation_token={token}"))
            .await
            .error(400);
        // It is no matter of how many are asked for, nor of how they are answered.
        let rest: Vec<ObjectEntry> = ada
            .get(&format!("/api/s3/search?query=x&kind=other{go_on}"))
            .await
            .ok();
        assert_eq!(rest.len(), 2);
        let (rest, end) = lines(&stream_of(&ada, &format!("query=x&kind=other{go_on}")).await);
        assert_eq!((rest.len(), end.complete), (2, true));
    }
    let foreign = format!("query=x&prefix={}", bob.query_key("f/"));
    stream_of(&ada, &foreign).await.error(403);
}

/// In folders of 300, and every tenth with a word in its name.
fn many(user: &User, count: usize) -> Vec<String> {
    (0..count)
        .map(|n| {
            let word = if n % 10 == 0 { "needle " } else { "" };
            user.key(&format!("many/{:04}/{word}{n:06}.txt", n / 300))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_keys_are_covered_however_many_there_are() {
    let count = sized(20_000, 200_000);
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let all = many(&ada, count);
    app.storage().fill("forepeak", all.iter().cloned()).await;
    app.storage().fill("forepeak", many(&bob, 500)).await;
    let mut needles: Vec<String> = all.iter().filter(|key| key.contains("needle")).cloned().collect();
    needles.sort();

    let (found, _) = search(&ada, "query=NEEDLE&max_keys=1000").await;
    assert_eq!(found, needles);
    let (found, end) = lines(&stream_of(&ada, "query=needle").await);
    assert_eq!(found, needles);
    let complete = SearchEnd {
        complete: true,
        continuation_token: None,
        error: None,
        retry_after: None,
    };
    assert_eq!(end, complete);
    let last = format!("query={:06}", count - 1);
    let (found, requests) = search(&ada, &last).await;
    assert_eq!(found, all[count - 1..]);
    // An answer reads 50,000 keys, less what was read ahead.
    assert!(requests <= 1 + count / 25_000, "{requests}");
    let (found, end) = lines(&stream_of(&ada, "query=nothing+at+all").await);
    assert_eq!((found, end), (Vec::new(), complete.clone()));
    // Every key, and the folders.
    let (found, end) = lines(&stream_of(&ada, "query=many").await);
    assert_eq!(found.len(), count + count.div_ceil(300) + 1);
    assert!(found.is_sorted_by(|one, other| one < other));
    assert_eq!(end, complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_come_and_go_leave_the_others_found_once() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let mut all = many(&ada, sized(3_000, 50_000));
    app.storage().fill("forepeak", all.iter().cloned()).await;
    all.sort();
    let changing = async {
        for n in 0..usize::MAX {
            let path = format!("many/{:04}/{:06}+", n * 7 % 10, n * 7 % 10 * 300 + n % 300);
            ada.upload(&path, "text/plain", b"x").await;
            if n % 2 == 0 {
                let gone = ada
                    .delete_json("/api/s3/object", json!({"key": ada.key(&path)}))
                    .await;
                assert_eq!(gone.status, 200);
            }
        }
    };
    let searching = async {
        for _ in 0..3 {
            for found in [
                search(&ada, "query=.TXT&max_keys=700").await.0,
                lines(&stream_of(&ada, "query=.TXT").await).0,
            ] {
                assert_eq!(found, all);
            }
        }
    };
    tokio::select! {
        () = searching => {}
        () = changing => unreachable!("it has no end"),
    }
}

/// Against the embedded store, whose pages are those of S3.
#[test]
fn ranges_find_what_a_plain_look_finds() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (app, ada) = runtime.block_on(async {
        let app = TestApp::with_storage().await;
        let ada = app.user("ada").await;
        (app, ada)
    });
    let name = prop_oneof![
        "[a-d]{1,2}(/[a-d0-9 ]{1,4}){0,2}",
        "[0-9a-f]{6}",
        "img[-./]?[0-9]{1,5}"
    ];
    let case = (
        prop::collection::btree_set(name, 1_000..sized(4_000, 20_000)),
        "[a-d0-9]( [a-d0-9])?",
        100..=1_000_usize,
    );
    let mut runner = TestRunner::new(ProptestConfig::with_cases(u32::try_from(sized(6, 50)).unwrap()));
    let number = std::cell::Cell::new(0);
    runner
        .run(&case, |(names, query, limit)| {
            number.set(number.get() + 1);
            let folder = ada.key(&format!("case {}/", number.get()));
            let keys: Vec<String> = names.iter().map(|name| format!("{folder}{name}")).collect();
            let words: Vec<&str> = query.split(' ').collect();
            let has_all = |key: &&str| words.iter().all(|word| key[folder.len()..].contains(word));
            let with_folders = keys.iter().flat_map(|key| {
                let ends = key[folder.len()..].match_indices('/');
                let folders = ends.map(|(at, _)| &key[..=folder.len() + at]);
                folders.chain([key.as_str()])
            });
            let expected: BTreeSet<&str> = with_folders.filter(has_all).collect();
            let asked = format!("query={}&prefix={}", encoded(&query), encoded(&folder));
            let (by_tokens, (streamed, end)) = runtime.block_on(async {
                app.storage().fill("forepeak", keys.iter().cloned()).await;
                let (by_tokens, _) = search(&ada, &format!("{asked}&max_keys={limit}")).await;
                (by_tokens, lines(&stream_of(&ada, &asked).await))
            });
            prop_assert!(by_tokens.iter().map(String::as_str).eq(expected));
            prop_assert_eq!(streamed, by_tokens);
            prop_assert!(end.complete);
            Ok::<(), TestCaseError>(())
        })
        .unwrap();
}

/// Security 40: what was not looked at is never taken for nothing.
#[tokio::test(flavor = "multi_thread")]
async fn security_40_a_search_that_storage_breaks_off_is_not_complete() {
    let between = Rewriting::start().await;
    let app = between.app().await;
    let ada = app.user("ada").await;
    let mut all = many(&ada, 5_000);
    between.storage().fill("forepeak", all.iter().cloned()).await;
    all.sort();
    for answered in 0..5 {
        between.answer_listings(Some(answered));
        let error = ada.get("/api/s3/search?query=nothing").await.error(503);
        assert_eq!(error.code, ErrorCode::StorageUnavailable, "after {answered}");

        between.answer_listings(Some(answered));
        let answer = stream_of(&ada, "query=txt").await;
        if answered == 0 {
            answer.error(503);
            continue;
        }
        let (begun, end) = lines(&answer);
        assert!(!end.complete);
        assert_eq!(end.error.unwrap().code, ErrorCode::StorageUnavailable);
        // It goes on where it broke off.
        between.answer_listings(None);
        let go_on = format!("query=txt&continuation_token={}", end.continuation_token.unwrap());
        let (rest, end) = lines(&stream_of(&ada, &go_on).await);
        assert!(end.complete);
        assert_eq!([begun, rest].concat(), all, "after {answered}");
    }
}

#[tokio::test]
async fn a_stream_says_where_it_ends_and_why() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for n in 0..5 {
        ada.upload(&format!("x{n}"), "text/plain", b"x").await;
    }
    let answer = stream_of(&ada, "query=x&max_keys=2").await;
    assert_eq!(answer.header(CONTINUATION_TOKEN_HEADER), None);
    let (found, end) = lines(&answer);
    assert_eq!(found, [ada.key("x0"), ada.key("x1")]);
    assert_eq!((end.complete, &end.error), (false, &None));
    let go_on = format!("query=x&continuation_token={}", end.continuation_token.unwrap());
    let (found, end) = lines(&stream_of(&ada, &go_on).await);
    assert_eq!(found.len(), 3);
    assert!(end.complete && end.continuation_token.is_none());
    // By its media type among others, and by no other.
    for (accept, is_streamed) in [
        ("text/plain, application/X-NDJSON;q=0.5", true),
        ("application/json", false),
        ("*/*", false),
    ] {
        let client = ada.client.clone().with("accept", accept);
        let answer = client.get("/api/s3/search?query=x").await;
        let expected = if is_streamed { NDJSON } else { "application/json" };
        assert_eq!(answer.header("content-type"), Some(expected), "{accept}");
    }
}
