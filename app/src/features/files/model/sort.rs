//! How a listing is sorted. Folders come first whatever the column, as they have neither size nor time.

use std::cmp::Ordering;

use super::entry::Entry;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Column {
    #[default]
    Name,
    Size,
    Modified,
    StorageClass,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sort {
    pub column: Column,
    pub descending: bool,
}

impl Column {
    pub const ALL: [Self; 4] = [Self::Name, Self::Size, Self::Modified, Self::StorageClass];

    /// As it is written in an address.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Size => "size",
            Self::Modified => "modified",
            Self::StorageClass => "class",
        }
    }
}

impl Sort {
    /// What a press on the column's head asks for: the other direction of the same column, or the useful direction
    /// of another (largest and newest first).
    #[must_use]
    pub fn pressed(self, column: Column) -> Self {
        if self.column == column {
            Self {
                column,
                descending: !self.descending,
            }
        } else {
            Self {
                column,
                descending: matches!(column, Column::Size | Column::Modified),
            }
        }
    }

    /// `modified`, `-modified`
    #[must_use]
    pub fn word(self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.column.word())
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let (descending, name) = word.strip_prefix('-').map_or((false, word), |name| (true, name));
        let column = Column::ALL.into_iter().find(|column| column.word() == name)?;
        Some(Self { column, descending })
    }

    /// A total order: equal only for the same name.
    pub(super) fn compare(self, a: &Entry, b: &Entry) -> Ordering {
        let turned = |ordering: Ordering| {
            if self.descending {
                ordering.reverse()
            } else {
                ordering
            }
        };
        let by_name = || a.collation.cmp(&b.collation).then_with(|| a.name.cmp(&b.name));
        b.is_folder.cmp(&a.is_folder).then_with(|| match self.column {
            Column::Name => turned(by_name()),
            _ if a.is_folder => by_name(),
            Column::Size => turned(a.size.cmp(&b.size)).then_with(by_name),
            Column::Modified => turned(a.modified.cmp(&b.modified)).then_with(by_name),
            Column::StorageClass => turned(a.storage_class.cmp(&b.storage_class)).then_with(by_name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for column in Column::ALL {
            for descending in [false, true] {
                let sort = Sort { column, descending };
                assert_eq!(Sort::from_word(&sort.word()), Some(sort));
            }
        }
        assert_eq!(Sort::from_word("colour"), None);
    }

    #[test]
    fn a_second_press_turns_round() {
        let newest = Sort::default().pressed(Column::Modified);
        assert!(newest.descending);
        assert!(!newest.pressed(Column::Modified).descending);
        assert!(!newest.pressed(Column::Name).descending);
    }
}
