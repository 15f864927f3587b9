//! Who may import whom, read from the sources: no circle of imports, and no floor that knows the floors above it.

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
        Self { imports }
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
