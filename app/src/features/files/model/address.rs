//! The address as state: a reload, the back button and a pasted link lead to the same folder, order and selection.

use serde::{Deserialize, Serialize};

use super::{entry::label_of, filters::Filters, sort::Sort};
use crate::{
    contract::Timestamp,
    routes::{self, Drive, Query},
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Layout {
    #[default]
    List,
    Grid,
}

/// What is shown of a folder instead of what it holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Past {
    /// What was deleted in it and in all folders inside, and can be restored.
    Deleted,
    /// What it held at this moment.
    AsOf(Timestamp),
}

impl Past {
    fn from_word(word: &str) -> Option<Self> {
        match word {
            "deleted" => Some(Self::Deleted),
            moment => Timestamp::parse(moment).map(Self::AsOf),
        }
    }

    fn word(self) -> String {
        match self {
            Self::Deleted => "deleted".to_owned(),
            Self::AsOf(moment) => moment.to_string(),
        }
    }
}

/// Everything a folder's address says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    pub drive: Drive,
    /// Below the drive's top folder; empty, or ending in `/`.
    pub path: String,
    pub sort: Sort,
    pub layout: Layout,
    /// The name whose details are open.
    pub details: Option<String>,
    /// Names selected.
    pub selected: Vec<String>,
    /// Only names that contain this are shown.
    pub filter: String,
    /// What is searched for in the folder and all below it: its results are shown instead of the folder.
    pub search: Option<String>,
    /// What the results are narrowed to.
    pub filters: Filters,
    pub past: Option<Past>,
    /// Shows the page after this token and no more: for reading without script.
    pub after: Option<String>,
}

impl Address {
    /// More selected names than this are not written down: addresses must stay short enough to paste.
    pub const MAX_SELECTED: usize = 20;

    /// Reads a raw pathname and query. `None` when it is no folder's address.
    #[must_use]
    pub fn parse(pathname: &str, search: &str) -> Option<Self> {
        let query = Query::parse(search);
        let search = query.get("search").filter(|search| !search.trim().is_empty());
        let (drive, path) = routes::folder_at(pathname)?;
        Some(Self {
            drive,
            path,
            sort: query.get("sort").and_then(Sort::from_word).unwrap_or_default(),
            layout: match query.get("view") {
                Some("grid") => Layout::Grid,
                _ => Layout::List,
            },
            details: query.get("details").map(str::to_owned),
            selected: query.all("select").map(str::to_owned).collect(),
            filter: query.get("filter").unwrap_or_default().to_owned(),
            filters: search.map(|_| Filters::parse(&query)).unwrap_or_default(),
            search: search.map(str::to_owned),
            past: query.get("past").and_then(Past::from_word),
            after: query.get("after").map(str::to_owned),
        })
    }

    /// Writes it down; what is as usual is left out.
    #[must_use]
    pub fn href(&self) -> String {
        let mut query = Query::default();
        if self.sort != Sort::default() {
            query = query.with("sort", self.sort.word());
        }
        if self.layout == Layout::Grid {
            query = query.with("view", "grid");
        }
        if let Some(search) = &self.search {
            query = self.filters.write(query.with("search", search));
        }
        if let Some(past) = self.past {
            query = query.with("past", past.word());
        }
        if let Some(after) = &self.after {
            query = query.with("after", after);
        }
        if !self.filter.is_empty() {
            query = query.with("filter", &self.filter);
        }
        if let Some(details) = &self.details {
            query = query.with("details", details);
        }
        if self.selected.len() <= Self::MAX_SELECTED {
            for name in &self.selected {
                query = query.with("select", name);
            }
        }
        let folder = routes::folder(&self.drive, &self.path);
        if query.is_empty() {
            folder
        } else {
            format!("{folder}?{query}")
        }
    }

    /// Another folder, seen the same way.
    #[must_use]
    pub fn folder(&self, path: impl Into<String>) -> Self {
        Self {
            drive: self.drive.clone(),
            path: path.into(),
            sort: self.sort,
            layout: self.layout,
            ..Self::default()
        }
    }

    /// The results of searching this folder and all below it, narrowed as those on show are.
    #[must_use]
    pub fn search(&self, wanted: impl Into<String>) -> Self {
        Self {
            search: Some(wanted.into()),
            filters: self.filters,
            ..self.folder(self.path.clone())
        }
    }

    /// The same results without filters, from their beginning.
    #[must_use]
    pub fn unfiltered(&self) -> Self {
        Self {
            search: self.search.clone(),
            ..self.folder(self.path.clone())
        }
    }

    /// The same folder in the past.
    #[must_use]
    pub fn past(&self, past: Past) -> Self {
        Self {
            past: Some(past),
            ..self.folder(self.path.clone())
        }
    }

    /// What stands in the search box: what was searched for, or what the folder is narrowed to.
    #[must_use]
    pub fn typed(&self) -> String {
        self.search.clone().unwrap_or_else(|| self.filter.clone())
    }

    /// The folder's own name, as it is shown. `top` is that of the drive.
    #[must_use]
    pub fn title(&self, top: &str) -> String {
        match self.crumbs().pop() {
            Some((name, _)) => label_of(&name).into_owned(),
            None => top.to_owned(),
        }
    }

    /// The folder above; `None` at the top.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let inner = self.path.strip_suffix('/')?;
        let end = inner.rfind('/').map_or(0, |slash| slash + 1);
        Some(self.folder(&inner[..end]))
    }

    /// From the top down: each folder's name and its path.
    #[must_use]
    pub fn crumbs(&self) -> Vec<(String, String)> {
        let mut end = 0;
        self.path
            .split_inclusive('/')
            .map(|segment| {
                end += segment.len();
                (
                    segment.trim_end_matches('/').to_owned(),
                    self.path[..end].to_owned(),
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::features::files::{model::sort::Column, types::EntryKind};

    #[test]
    fn the_usual_is_left_out() {
        let address = Address {
            path: "a/b/".to_owned(),
            ..Address::default()
        };
        assert_eq!(address.href(), "/files/a/b/");
        assert_eq!(address.parent().unwrap().href(), "/files/a/");
        assert_eq!(address.parent().unwrap().parent().unwrap().href(), "/files/");
        assert_eq!(Address::default().parent(), None);
    }

    #[test]
    fn a_folder_of_a_team_leads_to_others_of_the_same_team() {
        let team = "/teams/018f0000-0000-7000-8000-000000000002/";
        let address = Address::parse(&format!("{team}a/"), "").unwrap();
        assert_eq!(address.href(), format!("{team}a/"));
        assert_eq!(address.parent().unwrap().href(), team);
        assert_eq!(address.search("x").href(), format!("{team}a/?search=x"));
        assert_eq!(
            address.past(Past::Deleted).unfiltered().href(),
            format!("{team}a/")
        );
        assert_eq!(address.title("Crew"), "a");
        assert_eq!(address.parent().unwrap().title("Crew"), "Crew");
    }

    #[test]
    fn crumbs_lead_down() {
        let address = Address {
            path: "a//b/".to_owned(),
            ..Address::default()
        };
        let crumbs = address.crumbs();
        let paths: Vec<&str> = crumbs.iter().map(|(_, path)| path.as_str()).collect();
        assert_eq!(paths, ["a/", "a//", "a//b/"]);
        assert_eq!(crumbs[1].0, "");
    }

    #[test]
    fn a_long_selection_is_not_written_down() {
        let selected = (0..21).map(|n| n.to_string()).collect();
        let address = Address {
            selected,
            ..Address::default()
        };
        assert_eq!(address.href(), "/files/");
    }

    proptest! {
        #[test]
        fn every_address_comes_back(
            bucket in prop::option::of("[a-z]{3,8}"),
            path in "(\\PC{0,8}/){0,3}",
            column in prop::sample::select(&Column::ALL[..]),
            descending in any::<bool>(),
            details in prop::option::of("\\PC{1,9}"),
            filter in "\\PC{0,9}",
            selected in prop::collection::vec("\\PC{1,9}", 0..4),
            search in prop::option::of("\\PC{0,9}x"),
            kind in prop::option::of(prop::sample::select(&EntryKind::ALL[..])),
            past in prop::option::of(prop_oneof![
                Just(Past::Deleted),
                (0_i64..4_000_000_000).prop_map(|at| Past::AsOf(Timestamp::from_unix(at).unwrap())),
            ]),
        ) {
            let kind = kind.filter(|_| search.is_some());
            let address = Address {
                drive: bucket.map_or(Drive::Home, |name| Drive::Bucket(name.parse().unwrap())),
                path, details, selected, filter, search, past,
                filters: Filters { kind, ..Filters::default() },
                sort: Sort { column, descending },
                layout: Layout::Grid,
                after: None,
            };
            let href = address.href();
            let (pathname, search) = href.split_once('?').unwrap_or((&href, ""));
            prop_assert_eq!(Address::parse(pathname, search), Some(address));
        }
    }
}
