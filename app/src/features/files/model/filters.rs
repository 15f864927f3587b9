//! The filters of a search, as the page's address holds them. A size is one of a few ranges and a date is a whole day, so
//! that a select and a date field are enough to choose them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    contract::{Timestamp, named},
    features::files::types::{EntryKind, SearchQuery},
    routes::Query,
};

/// The names in an address, which are those of the controls.
pub const KIND: &str = "kind";
pub const SIZE: &str = "size";
pub const FROM: &str = "from";
pub const TO: &str = "to";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Filters {
    pub kind: Option<EntryKind>,
    pub size: Option<SizeRange>,
    /// The first day of change.
    pub from: Option<Day>,
    /// The last day of change.
    pub to: Option<Day>,
}

impl Filters {
    /// What an address says that is none of these is left out.
    #[must_use]
    pub fn parse(query: &Query) -> Self {
        Self {
            kind: query.get(KIND).and_then(EntryKind::from_text),
            size: query.get(SIZE).and_then(SizeRange::from_text),
            from: query.get(FROM).and_then(Day::parse),
            to: query.get(TO).and_then(Day::parse),
        }
    }

    #[must_use]
    pub fn write(&self, mut query: Query) -> Query {
        if let Some(kind) = self.kind {
            query = query.with(KIND, kind.text());
        }
        if let Some(size) = self.size {
            query = query.with(SIZE, size.text());
        }
        if let Some(from) = self.from {
            query = query.with(FROM, from.to_string());
        }
        if let Some(to) = self.to {
            query = query.with(TO, to.to_string());
        }
        query
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The same, as it is asked of the server.
    #[must_use]
    pub fn apply(&self, query: SearchQuery) -> SearchQuery {
        let (min_size, max_size) = self.size.map(SizeRange::bounds).unwrap_or_default();
        SearchQuery {
            kind: self.kind,
            min_size,
            max_size,
            modified_after: self.from.map(Day::begin),
            modified_before: self.to.and_then(Day::end),
            ..query
        }
    }
}

impl EntryKind {
    pub const ALL: [Self; 8] = [
        Self::Folder,
        Self::Image,
        Self::Video,
        Self::Audio,
        Self::Document,
        Self::Archive,
        Self::Code,
        Self::Other,
    ];

    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Folder => "Folders",
            Self::Image => "Images",
            Self::Video => "Videos",
            Self::Audio => "Audio",
            Self::Document => "Documents",
            Self::Archive => "Archives",
            Self::Code => "Code",
            Self::Other => "Other files",
        }
    }
}

const MIB: u64 = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeRange {
    Small,
    Medium,
    Large,
    Huge,
}

named!(SizeRange: Small = "small", Medium = "medium", Large = "large", Huge = "huge");

impl SizeRange {
    pub const ALL: [Self; 4] = [Self::Small, Self::Medium, Self::Large, Self::Huge];

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Small => "Up to 1 MiB",
            Self::Medium => "1 to 100 MiB",
            Self::Large => "100 MiB to 1 GiB",
            Self::Huge => "1 GiB and more",
        }
    }

    /// The least and the largest size. A size on an edge is in one range only.
    const fn bounds(self) -> (Option<u64>, Option<u64>) {
        match self {
            Self::Small => (None, Some(MIB - 1)),
            Self::Medium => (Some(MIB), Some(100 * MIB - 1)),
            Self::Large => (Some(100 * MIB), Some(1024 * MIB - 1)),
            Self::Huge => (Some(1024 * MIB), None),
        }
    }
}

/// A day in UTC, as the server cannot know the reader's: `2024-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(
    /// Its first second.
    Timestamp,
);

impl Day {
    fn parse(text: &str) -> Option<Self> {
        Timestamp::parse(&format!("{text}T00:00:00Z")).map(Self)
    }

    const fn begin(self) -> Timestamp {
        self.0
    }

    /// The first second after it; `None` after the last day that there is.
    fn end(self) -> Option<Timestamp> {
        Timestamp::from_unix(self.0.unix() + 86_400)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.0.civil();
        write!(f, "{:04}-{:02}-{:02}", day.year, day.month, day.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_asked() {
        let query = Query::parse("kind=image&size=medium&from=2024-01-01&to=2024-02-29");
        let filters = Filters::parse(&query);
        assert_eq!(filters.write(Query::default()), query);
        let asked = filters.apply(SearchQuery::default());
        assert_eq!(asked.kind, Some(EntryKind::Image));
        assert_eq!(
            (asked.min_size, asked.max_size),
            (Some(1 << 20), Some((100 << 20) - 1))
        );
        assert_eq!(asked.modified_after, Timestamp::parse("2024-01-01T00:00:00Z"));
        assert_eq!(asked.modified_before, Timestamp::parse("2024-03-01T00:00:00Z"));
    }

    #[test]
    fn nonsense_narrows_nothing() {
        let query = Query::parse("kind=images&size=&from=2024-02-30&to=yesterday");
        assert!(Filters::parse(&query).is_empty());
        assert_eq!(
            Filters::default().apply(SearchQuery::default()),
            SearchQuery::default()
        );
        let last = Filters::parse(&Query::parse("to=9999-12-31"));
        assert_eq!(last.apply(SearchQuery::default()).modified_before, None);
    }

    #[test]
    fn every_size_is_in_one_range() {
        for size in [
            0,
            MIB - 1,
            MIB,
            100 * MIB - 1,
            100 * MIB,
            1024 * MIB - 1,
            1024 * MIB,
            u64::MAX,
        ] {
            let holds = |range: &SizeRange| {
                let (least, most) = range.bounds();
                least.is_none_or(|least| size >= least) && most.is_none_or(|most| size <= most)
            };
            assert_eq!(
                SizeRange::ALL.iter().filter(|range| holds(range)).count(),
                1,
                "{size}"
            );
        }
    }
}
