//! Closed sets of names, such as roles and states. A name is written alike on the wire, in forms and in the database,
//! and a text that is none of them is never taken for one.

/// A text that is no name of a set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is none of {names}")]
pub struct UnknownName {
    pub text: String,
    /// The set, with commas.
    pub names: &'static str,
}

/// Gives an enum its names, in both directions.
macro_rules! named {
    ($type:ident: $first:ident = $first_name:literal $(, $variant:ident = $name:literal)* $(,)?) => {
        impl $type {
            /// As on the wire and in the database.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self {
                    Self::$first => $first_name,
                    $(Self::$variant => $name,)*
                }
            }

            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                [Self::$first $(, Self::$variant)*]
                    .into_iter()
                    .find(|name| name.text() == text)
            }
        }

        impl TryFrom<String> for $type {
            type Error = $crate::contract::UnknownName;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::from_text(&text).ok_or($crate::contract::UnknownName {
                    text,
                    names: concat!($first_name $(, ", ", $name)*),
                })
            }
        }

        #[cfg(test)]
        #[test]
        #[expect(non_snake_case, reason = "the test is called as the enum, so that each has its own")]
        fn $type() {
            for name in [$type::$first $(, $type::$variant)*] {
                assert_eq!(serde_json::to_value(name).unwrap(), name.text());
                assert_eq!($type::try_from(name.text().to_owned()), Ok(name));
            }
            for unknown in ["", "no such name", concat!($first_name, " ")] {
                let refused = $type::try_from(unknown.to_owned()).unwrap_err();
                assert_eq!(refused.text, unknown);
            }
        }
    };
}
pub(crate) use named;
