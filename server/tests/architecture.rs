//! What holds for the sources as a whole: no circle of imports, no floor that knows the floors above it, and a span
//! around each service call, query and storage call.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use syn::visit::{self, Visit};

/// A module by its path below the crate's root: `["http", "extract"]`. Modules written inside a file count as that file.
type Module = Vec<String>;

/// The modules of a crate that have a file of their own, and for each the modules that it names. What a module has of its
/// own children does not count: it declares them, and passes on what they make.
struct Crate {
    imports: BTreeMap<Module, BTreeSet<Module>>,
    /// By module, every path as it is written there.
    paths: BTreeMap<Module, Vec<Vec<String>>>,
}

/// What a file names.
struct Names {
    paths: Vec<Vec<String>>,
    /// What it passes on, by `pub use`: the name that others use, and the path.
    passed_on: BTreeMap<String, Vec<String>>,
}

impl Crate {
    fn read(sources: &Path) -> Self {
        let mut files = Vec::new();
        collect(sources, &mut files);
        // Tests make what they need, wherever they lie.
        files.retain(|file| !file.ends_with("tests.rs"));
        let names: BTreeMap<Module, Names> = files
            .iter()
            .map(|file| (module_of(sources, file), Names::read(file)))
            .collect();
        let imports = names
            .iter()
            .map(|(module, found)| {
                let imports = found
                    .paths
                    .iter()
                    .filter_map(|path| resolve(module, path, &names));
                let imports = imports.filter(|import| !import.starts_with(module)).collect();
                (module.clone(), imports)
            })
            .collect();
        let paths = names
            .into_iter()
            .map(|(module, found)| (module, found.paths))
            .collect();
        Self { imports, paths }
    }

    /// Everything that `from` reaches by one import or more.
    fn reach(&self, from: &Module) -> BTreeSet<&Module> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&Module> = self.imports[from].iter().collect();
        while let Some(module) = open.pop() {
            if reached.insert(module) {
                open.extend(&self.imports[module]);
            }
        }
        reached
    }

    /// Modules that import each other, by however many steps.
    fn circles(&self) -> BTreeSet<Vec<&Module>> {
        let reach: BTreeMap<&Module, BTreeSet<&Module>> = self
            .imports
            .keys()
            .map(|module| (module, self.reach(module)))
            .collect();
        let mut circles = BTreeSet::new();
        for (module, reached) in &reach {
            let circle: Vec<&Module> = reached
                .iter()
                .copied()
                .filter(|other| reach[*other].contains(module))
                .collect();
            if !circle.is_empty() {
                circles.insert(circle);
            }
        }
        circles
    }

    /// Imports from one feature to another.
    fn between(&self, from: &str, to: &str) -> Vec<String> {
        let is_of =
            |module: &Module, feature: &str| module.starts_with(&["features".to_owned(), feature.to_owned()]);
        self.imports
            .iter()
            .filter(|(module, _)| is_of(module, from))
            .flat_map(|(module, imports)| imports.iter().map(move |import| (module, import)))
            .filter(|(_, import)| is_of(import, to))
            .map(|(module, import)| format!("{} → {}", module.join("::"), import.join("::")))
            .collect()
    }

    /// The modules that name this type of another crate.
    fn naming(&self, name: &str) -> BTreeSet<String> {
        let names = |paths: &Vec<Vec<String>>| paths.iter().flatten().any(|segment| segment == name);
        self.paths
            .iter()
            .filter(|(_, paths)| names(paths))
            .map(|(module, _)| module.join("::"))
            .collect()
    }

    /// Imports from below `floor` to below any of `above`.
    fn upward(&self, floor: &str, above: &[&str]) -> Vec<String> {
        self.imports
            .iter()
            .filter(|(module, _)| module.first().is_some_and(|first| first == floor))
            .flat_map(|(module, imports)| imports.iter().map(move |import| (module, import)))
            .filter(|(_, import)| {
                import
                    .first()
                    .is_some_and(|first| above.contains(&first.as_str()))
            })
            .map(|(module, import)| format!("{} → {}", module.join("::"), import.join("::")))
            .collect()
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn module_of(sources: &Path, file: &Path) -> Module {
    let mut module: Module = file
        .strip_prefix(sources)
        .unwrap()
        .with_extension("")
        .iter()
        .map(|name| name.to_str().unwrap().to_owned())
        .collect();
    module.pop_if(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
    module
}

/// The module that makes what a path names: the longest one that has a file, or where that passes the name on from.
fn resolve(from: &Module, path: &[String], names: &BTreeMap<Module, Names>) -> Option<Module> {
    let mut module = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "self" | "super" => from.clone(),
        child if names.contains_key(&[from.as_slice(), &[child.to_owned()]].concat()) => from.clone(),
        _ => return None,
    };
    for name in path {
        match name.as_str() {
            "crate" | "self" => {}
            "super" => {
                module.pop();
            }
            name => {
                module.push(name.to_owned());
                if !names.contains_key(&module) {
                    module.pop();
                    let passed_on = names.get(&module)?.passed_on.get(name);
                    return match passed_on {
                        Some(path) => resolve(&module, path, names).or(Some(module)),
                        None => Some(module),
                    };
                }
            }
        }
    }
    Some(module)
}

impl Names {
    fn read(file: &Path) -> Self {
        let syntax = syn::parse_file(&std::fs::read_to_string(file).unwrap()).unwrap();
        let mut names = Self {
            paths: Vec::new(),
            passed_on: BTreeMap::new(),
        };
        names.visit_file(&syntax);
        names
    }

    fn tree(&mut self, before: &[String], tree: &syn::UseTree, is_passed_on: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        let (name, path) = match tree {
            syn::UseTree::Path(path) => return self.tree(&with(&path.ident), &path.tree, is_passed_on),
            syn::UseTree::Group(group) => {
                return group
                    .items
                    .iter()
                    .for_each(|item| self.tree(before, item, is_passed_on));
            }
            syn::UseTree::Name(name) => (name.ident.to_string(), with(&name.ident)),
            syn::UseTree::Rename(name) => (name.rename.to_string(), with(&name.ident)),
            syn::UseTree::Glob(_) => (String::new(), before.to_vec()),
        };
        if is_passed_on {
            self.passed_on.insert(name, path.clone());
        }
        self.paths.push(path);
    }
}

/// Every path that begins at the crate's root or beside the module, in `use` and elsewhere. Tests may import what they
/// like.
impl<'ast> Visit<'ast> for Names {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&[], &item.tree, !matches!(item.vis, syn::Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            self.paths.push(
                path.segments
                    .iter()
                    .map(|segment| segment.ident.to_string())
                    .collect(),
            );
        }
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Ident>()
                    .is_ok_and(|condition| condition == "test")
        });
        if !is_test {
            visit::visit_item_mod(self, item);
        }
    }
}

/// The sources of a crate, by its folder.
fn sources(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(folder)
        .join("src")
}

#[test]
fn no_modules_import_each_other() {
    for folder in [
        "app",
        "server",
        "server/embedded",
        "server/listener",
        "server/sqlite_file",
    ] {
        let circles: Vec<String> = Crate::read(&sources(folder))
            .circles()
            .iter()
            .map(|circle| {
                circle
                    .iter()
                    .map(|module| module.join("::"))
                    .collect::<Vec<_>>()
                    .join(", ")
            })
            .collect();
        assert!(
            circles.is_empty(),
            "{folder}: modules that import each other: {circles:#?}"
        );
    }
}

#[test]
fn no_floor_names_what_stands_above_it() {
    let server = Crate::read(&sources("server"));
    for (floor, above) in [
        (
            "platform",
            &["http", "features", "state", "router", "jobs", "cli"][..],
        ),
        ("http", &["features", "state", "router", "jobs", "cli"]),
        ("features", &["router", "jobs", "cli"]),
        ("jobs", &["router", "cli"]),
    ] {
        let upward = server.upward(floor, above);
        assert!(
            upward.is_empty(),
            "{floor}/ names what stands above it: {upward:#?}"
        );
    }
    let app = Crate::read(&sources("app"));
    for (floor, above) in [
        ("contract", &["features", "layout", "ui"][..]),
        ("ui", &["features", "layout"]),
    ] {
        let upward = app.upward(floor, above);
        assert!(
            upward.is_empty(),
            "app: {floor}/ names what stands above it: {upward:#?}"
        );
    }
}

#[test]
fn files_and_uploads_do_not_know_each_other() {
    let server = Crate::read(&sources("server"));
    for (from, to) in [("files", "uploads"), ("uploads", "files")] {
        let between = server.between(from, to);
        assert!(between.is_empty(), "{from} names {to}: {between:#?}");
    }
}

/// Keys are made from a `KeyRoot`. Who asks, and what for, is judged in `features/scopes`; these others know why they
/// may do without.
#[test]
fn security_18_keys_of_callers_are_made_in_one_place() {
    let allowed = [
        // Whom a key is for, and which folder.
        "features::api_keys::service",
        "features::auth::principal",
        // The prefix in words.
        "features::admin::service",
        "features::api_keys::pages",
        "features::pages::render",
        "features::scopes::grant",
        "features::scopes::scope",
        "features::scopes::service",
        // All that a bucket of somebody's own holds, once it is known whose it is.
        "features::buckets::registry",
        // Whose files are counted, and where storage says what a URL has stored.
        "features::quota::count",
        "features::quota::holder",
        "features::quota::settle",
        // Which uploads to list.
        "features::uploads::repo::uploads",
        // Nobody's: everyone's abandoned uploads and old versions, and whether there are files at all.
        "features::files::retention",
        "features::uploads::service::reap",
        "cli::first_admin",
    ];
    let naming = Crate::read(&sources("server")).naming("KeyRoot");
    assert_eq!(naming, allowed.map(str::to_owned).into());
}

#[test]
fn a_circle_would_be_found() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("lib.rs", "mod a; mod b; mod c;");
    write("a.rs", "use crate::b::B; pub struct A;");
    write("b.rs", "pub struct B; fn far() { super::c::call() }");
    write(
        "c.rs",
        "pub fn call() {}\n#[cfg(test)] mod tests { use crate::a::A; }",
    );
    assert!(Crate::read(folder.path()).circles().is_empty());
    write("c.rs", "pub fn call() -> crate::a::A { crate::a::A }");
    assert_eq!(Crate::read(folder.path()).circles().len(), 1);
}

/// The functions of a layer that others call, each with what is wrong with its span.
struct Spans {
    prefix: &'static str,
    seen: usize,
    wrong: Vec<String>,
}

impl Spans {
    fn of(prefix: &'static str, module: &Module, file: &Path) -> Self {
        let mut spans = Self {
            prefix,
            seen: 0,
            wrong: Vec::new(),
        };
        spans.visit_file(&syn::parse_file(&std::fs::read_to_string(file).unwrap()).unwrap());
        for wrong in &mut spans.wrong {
            *wrong = format!("{}: {wrong}", module.join("::"));
        }
        spans
    }

    fn check(
        &mut self,
        visibility: &syn::Visibility,
        attributes: &[syn::Attribute],
        signature: &syn::Signature,
    ) {
        let is_called = match visibility {
            syn::Visibility::Inherited => false,
            // What a service keeps to itself has the span of the call that it belongs to.
            syn::Visibility::Restricted(to) => {
                let is_within = to
                    .path
                    .segments
                    .first()
                    .is_some_and(|first| first.ident == "super");
                self.prefix == "sql." || !is_within
            }
            syn::Visibility::Public(_) => true,
        };
        if !is_called || signature.asyncness.is_none() || signature.ident == "new" {
            return;
        }
        self.seen += 1;
        let span = attributes.iter().find_map(|attribute| {
            let path: Vec<_> = attribute
                .path()
                .segments
                .iter()
                .map(|s| s.ident.to_string())
                .collect();
            let syn::Meta::List(list) = &attribute.meta else {
                return None;
            };
            (path == ["tracing", "instrument"]).then(|| list.tokens.to_string())
        });
        let begins = format!("level = \"debug\" , name = \"{}", self.prefix);
        match span {
            None => self.wrong.push(format!("{} has no span", signature.ident)),
            // Errors are logged once, where they become answers.
            Some(span)
                if !span.starts_with(&begins) || !span.contains("skip_all") || span.contains("err") =>
            {
                self.wrong.push(format!("{}: {span}", signature.ident));
            }
            Some(_) => {}
        }
    }
}

impl<'ast> Visit<'ast> for Spans {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.check(&item.vis, &item.attrs, &item.sig);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.check(&item.vis, &item.attrs, &item.sig);
    }
}

/// `#[tracing::instrument(level = "debug", name = "<layer>.<…>", skip_all, fields(…))]`: what is not named does not get into
/// a span, so no secret does, and at the default level a span costs nothing.
#[test]
fn service_calls_queries_and_storage_calls_have_spans() {
    let root = sources("server");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let mut seen = BTreeMap::new();
    let mut wrong = Vec::new();
    for file in &files {
        let module = module_of(&root, file);
        let names: Vec<_> = module.iter().map(String::as_str).collect();
        let prefix = match names[..] {
            _ if names.contains(&"repo") || names.contains(&"journal") => "sql.",
            ["features", _, "service" | "reader" | "changes" | "history", ..]
            | ["platform", "queue", "service"] => "",
            ["platform", "object_store", "s3", ..] => "s3.",
            _ => continue,
        };
        let spans = Spans::of(prefix, &module, file);
        *seen.entry(prefix).or_insert(0) += spans.seen;
        wrong.extend(spans.wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        seen.len() == 3 && seen.values().all(|count| *count > 10),
        "{seen:?}"
    );
}
