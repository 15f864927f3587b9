//! Security 45: nothing that was typed, named or stored becomes markup, on whatever page it is shown.
//!
//! There are two applications alike. One is given hostile texts, the other harmless ones of the same shape, step by
//! step; a parser as browsers have it must then find the same elements with the same attributes on both pages.

use std::collections::BTreeSet;

use app::routes::{self, Drive, Query};
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;
use serde_json::json;
use server::{
    features::{admin::service::FirstStart, pages::Audience},
    router::pages::routes as pages,
};

use crate::{
    support::{Answer, Browser, Page, PageForm, TestApp},
    teams::{TestTeam, store},
};

const HOSTILE: [&str; 7] = [
    "</title><img src=x>",
    "<!--",
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onfocus=alert(1) a=\" onfocus=alert(1) a=",
    "--></noscript></textarea></pre><x-y>",
    "javascript:alert(1)",
];

/// What pages read from their addresses. Names that the pages themselves use must be among them.
const PARAMETERS: [&str; 23] = [
    "action",
    "actor",
    "address",
    "after",
    "continuation_token",
    "details",
    "filter",
    "from",
    "invitation",
    "kind",
    "max_keys",
    "next",
    "outcome",
    "registration",
    "role",
    "search",
    "select",
    "size",
    "sort",
    "status",
    "to",
    "token",
    "username",
];

/// The same text, without what markup is made of.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '<' => 'q',
            '>' => 'w',
            '"' => 'e',
            '\'' => 'r',
            '&' => 't',
            c => c,
        })
        .collect::<String>()
        .replace("javascript:", "jabascript:")
}

struct World {
    app: TestApp,
    browser: Browser,
    is_hostile: bool,
    /// The ids of teams.
    teams: Vec<String>,
}

impl World {
    fn new(app: TestApp, is_hostile: bool) -> Self {
        let browser = app.browser();
        Self {
            app,
            browser,
            is_hostile,
            teams: Vec::new(),
        }
    }

    fn text(&self, text: &str) -> String {
        if self.is_hostile {
            text.to_owned()
        } else {
            harmless(text)
        }
    }

    /// Stores the texts wherever something can be given a name.
    async fn populate(&mut self) {
        let root = self.app.admin("root").await;
        self.browser = self.app.browser_of("root").await;
        for text in HOSTILE {
            let name = self.text(text);
            root.upload(&name, "text/plain", b"x").await;
            root.upload(&format!("{name}/inside {name}"), "text/plain", b"x")
                .await;
            let key = json!({"name": name, "description": name});
            assert!(root.post("/api/auth/api-keys", key).await.status.is_success());
            let team = TestTeam::new(&root, &name, &[(&root, "manager")]).await;
            store(&root, &team.key(&format!("{name}/x")), b"x").await;
            self.teams.push(team.id);
            let named = root.patch("/api/auth/me", json!({"full_name": name})).await;
            assert!(named.status.is_success(), "{}", named.text());
            // As a device, and as somebody who is unknown.
            let device = self.app.anonymous().with("user-agent", &name);
            let password = crate::support::PASSWORD;
            for username in ["root", &name] {
                let body = json!({"username": username, "password": password});
                device.post("/api/auth/login", body).await;
            }
        }
    }

    /// With the text in one field, or in all of them.
    async fn post(&self, form: &PageForm, only: Option<usize>, text: &str) -> Answer {
        let fields = form.fields.iter().enumerate();
        let fields: Vec<_> = fields
            .map(|(n, field)| {
                let is_typed = only.is_none_or(|only| only == n);
                let value = if is_typed {
                    self.text(text)
                } else {
                    field.value.clone()
                };
                (field.name.as_str(), value)
            })
            .collect();
        let body = serde_urlencoded::to_string(fields).unwrap();
        self.browser.form(&form.action, &body).await
    }
}

struct Twins {
    hostile: World,
    harmless: World,
    wrong: BTreeSet<String>,
}

impl Twins {
    fn new(hostile: TestApp, harmless: TestApp) -> Self {
        Self {
            hostile: World::new(hostile, true),
            harmless: World::new(harmless, false),
            wrong: BTreeSet::new(),
        }
    }

    fn compare(&mut self, what: &str, hostile: &Answer, harmless: &Answer) {
        let mut wrong = |why: String| {
            self.wrong.insert(format!("{what}: {why}"));
        };
        if hostile.status != harmless.status {
            wrong(format!("{} and {}", hostile.status, harmless.status));
            return;
        }
        let location = hostile.header("location");
        if location.is_some_and(|to| !to.starts_with('/') || to.starts_with("//")) {
            wrong(format!("leads to {location:?}"));
        }
        let is_page = |answer: &Answer| {
            let kind = answer.header("content-type");
            kind.is_some_and(|kind| kind.starts_with("text/html"))
        };
        if !is_page(hostile) {
            return;
        }
        let (hostile, harmless) = (Page::parse(hostile.text()), Page::parse(harmless.text()));
        let (found, expected) = (hostile.skeleton(), harmless.skeleton());
        if found != expected {
            let other = found
                .iter()
                .zip(&expected)
                .find(|(found, expected)| found != expected);
            wrong(format!(
                "{} and {} elements, such as {other:?}",
                found.len(),
                expected.len()
            ));
        }
        if self::harmless(&hostile.title()) != harmless.title() {
            wrong(format!("is called {:?}", hostile.title()));
        }
        for address in hostile.addresses() {
            if address.trim().to_ascii_lowercase().starts_with("javascript:") {
                wrong(format!("leads to {address}"));
            }
        }
    }

    /// Asks both for a page, whose address may hold one of the texts.
    async fn get(&mut self, address: impl Fn(&World) -> String) -> (Answer, Answer) {
        let (ours, theirs) = (address(&self.hostile), address(&self.harmless));
        let (hostile, harmless) = tokio::join!(
            self.hostile.browser.get(&ours),
            self.harmless.browser.get(&theirs)
        );
        self.compare(&format!("GET {ours}"), &hostile, &harmless);
        (hostile, harmless)
    }

    /// A page with all of the texts in each parameter, and with each of them in all parameters.
    async fn ask(&mut self, path: &str) {
        let all = HOSTILE.join(" ");
        for name in PARAMETERS {
            let asked = |world: &World| Query::default().with(name, world.text(&all));
            self.get(|world| format!("{path}?{}", asked(world))).await;
        }
        for text in HOSTILE {
            let asked = |world: &World| {
                let names = PARAMETERS.into_iter();
                names.fold(Query::default(), |query, name| query.with(name, world.text(text)))
            };
            self.get(|world| format!("{path}?{}", asked(world))).await;
        }
    }

    /// Posts every form of a page with all of the texts in each field, and with each of them in all fields; reads what
    /// comes of it.
    async fn fill_in(&mut self, path: &str) {
        self.fill_in_of(|_| path.to_owned()).await;
    }

    /// The same for a page whose address is another in each of both.
    async fn fill_in_of(&mut self, address: impl Fn(&World) -> String) {
        let (hostile, harmless) = self.get(address).await;
        let forms = |answer: &Answer| Page::parse(answer.text()).forms();
        for (ours, theirs) in forms(&hostile).into_iter().zip(forms(&harmless)) {
            if ours.fields.is_empty() {
                continue;
            }
            let all = HOSTILE.join(" ");
            let alone = (0..ours.fields.len()).map(|n| (Some(n), all.as_str()));
            let together = HOSTILE.into_iter().map(|text| (None, text));
            for (only, text) in alone.chain(together) {
                let hostile = self.hostile.post(&ours, only, text).await;
                let harmless = self.harmless.post(&theirs, only, text).await;
                let field = only.map_or("every field", |n| &ours.fields[n].name);
                let what = format!("POST {} with {text} in {field}", ours.action);
                self.compare(&what, &hostile, &harmless);
                if let (Some(ours), Some(theirs)) = (hostile.header("location"), harmless.header("location"))
                {
                    let next = |world: &World| if world.is_hostile { ours } else { theirs }.to_owned();
                    self.get(next).await;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn security_45_no_parameter_segment_or_name_becomes_markup() {
    let mut twins = Twins::new(TestApp::with_storage().await, TestApp::with_storage().await);
    tokio::join!(twins.hostile.populate(), twins.harmless.populate());
    let id = |world: &World| world.text("id");
    assert_eq!(
        id(&twins.hostile),
        id(&twins.harmless),
        "texts without markup are the same"
    );

    let read = pages().into_iter().filter(|page| page.method == Method::GET);
    let mut names: BTreeSet<String> = BTreeSet::new();
    for page in read {
        // Of the texts some could be a bucket's name, and others could not, which is another page.
        let pattern = page.pattern.replace("{bucket}", "a-bucket");
        let fixed = pattern.split('{').next().unwrap().to_owned();
        if fixed == pattern {
            let (answer, _) = twins.get(|_| fixed.clone()).await;
            names.extend(Page::parse(answer.text()).asked());
            twins.ask(&fixed).await;
            continue;
        }
        for text in HOSTILE {
            twins
                .get(|world| {
                    format!(
                        "{fixed}{}",
                        utf8_percent_encode(&world.text(text), NON_ALPHANUMERIC)
                    )
                })
                .await;
        }
    }
    for text in HOSTILE {
        twins
            .get(|world| routes::folder(&Drive::Home, &format!("{}/", world.text(text))))
            .await;
        twins
            .get(|world| {
                format!(
                    "/nothing/{}",
                    utf8_percent_encode(&world.text(text), NON_ALPHANUMERIC)
                )
            })
            .await;
    }
    for n in 0..HOSTILE.len() {
        for before in ["/teams/", "/settings/teams/", "/admin/teams/"] {
            let page = |world: &World| format!("{before}{}", world.teams[n]);
            twins.get(page).await;
            twins.get(|world| format!("{}?search=x", page(world))).await;
        }
    }
    twins.get(|_| "/files/?search=inside".to_owned()).await;
    twins.get(|_| "/dev/mailbox".to_owned()).await;
    let unknown: Vec<_> = names
        .iter()
        .filter(|name| !PARAMETERS.contains(&name.as_str()))
        .collect();
    assert!(unknown.is_empty(), "not among PARAMETERS: {unknown:?}");
    assert!(twins.wrong.is_empty(), "{:#?}", twins.wrong);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn security_45_nothing_that_is_typed_into_a_form_becomes_markup() {
    let mut twins = Twins::new(TestApp::with_storage().await, TestApp::with_storage().await);
    tokio::join!(twins.hostile.populate(), twins.harmless.populate());
    let read = |audience: &[Audience]| -> Vec<String> {
        pages()
            .into_iter()
            .filter(|page| page.method == Method::GET && audience.contains(&page.audience))
            .filter(|page| !page.pattern.contains('{'))
            .map(|page| page.pattern)
            .collect()
    };
    for path in read(&[Audience::Members, Audience::Admins]) {
        twins.fill_in(&path).await;
    }
    for before in ["/settings/teams/", "/admin/teams/"] {
        twins
            .fill_in_of(|world| format!("{before}{}", world.teams[0]))
            .await;
    }
    // Strangers, who see other pages at the same addresses.
    for world in [&mut twins.hostile, &mut twins.harmless] {
        world.browser = world.app.browser();
    }
    for path in read(&[Audience::Everyone]) {
        twins.ask(&path).await;
        twins.fill_in(&path).await;
    }
    twins.get(|_| "/dev/mailbox".to_owned()).await;
    assert!(twins.wrong.is_empty(), "{:#?}", twins.wrong);
    tokio::join!(twins.hostile.app.run_jobs(), twins.harmless.app.run_jobs());
}

#[tokio::test]
async fn security_45_nor_what_is_typed_before_there_is_an_admin() {
    let mut twins = Twins::new(TestApp::new().await, TestApp::new().await);
    for world in [&twins.hostile, &twins.harmless] {
        let start = world
            .app
            .state
            .administration
            .first_start(None, false)
            .await
            .unwrap();
        let FirstStart::Token { link } = start else {
            panic!("no token")
        };
        assert!(link.expose_secret().contains("/setup#token="));
    }
    twins.ask(routes::SETUP).await;
    twins.fill_in(routes::SETUP).await;
    assert!(twins.wrong.is_empty(), "{:#?}", twins.wrong);
}
