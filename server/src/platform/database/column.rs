//! Columns whose values are decoded into types of their own: what `#[sqlx(try_from = "…")]` says on a field of a row.
//! A value that this program would not have written is [`sqlx::Error::ColumnDecode`], never a default.
//!
//! | column (`migrations/README.md`) | field | `try_from` |
//! |---|---|---|
//! | `TEXT`: an id, an address, a name of a closed set | its type | `String` |
//! | `BIGINT`: seconds since 1970 | `Timestamp` | `i64` |
//! | `BIGINT`: milliseconds since 1970 | `Timestamp` | [`Milliseconds`] |
//! | `BIGINT`: a size, a count | `u64` | `i64` |
//! | `BIGINT`: 0 or 1 | `bool` | [`Flag`] |
//! | any of these, or `NULL` | `Option<T>` | [`Nullable<S, T>`](Nullable), `S` as above |

use std::marker::PhantomData;

use app::contract::{Timestamp, timestamp::OutOfRange};
use sqlx::{
    Any, Decode, Type, ValueRef,
    any::{AnyTypeInfo, AnyValueRef},
    error::BoxDynError,
};

/// A number as a `BIGINT` holds it; one that is too large becomes the largest.
#[must_use]
pub fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Milliseconds since 1970; the `Timestamp` made of it has the second.
#[derive(Clone, Copy, Debug, sqlx::Type)]
#[sqlx(transparent)]
pub struct Milliseconds(i64);

impl TryFrom<Milliseconds> for Timestamp {
    type Error = OutOfRange;

    fn try_from(Milliseconds(ms): Milliseconds) -> Result<Self, Self::Error> {
        Self::try_from(ms.div_euclid(1000))
    }
}

/// 0 or 1.
#[derive(Clone, Copy, Debug, sqlx::Type)]
#[sqlx(transparent)]
pub struct Flag(i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is neither 0 nor 1")]
pub struct NotAFlag(i64);

impl TryFrom<Flag> for bool {
    type Error = NotAFlag;

    fn try_from(Flag(value): Flag) -> Result<Self, Self::Error> {
        match value {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(NotAFlag(other)),
        }
    }
}

/// `NULL`, or an `S` of which a `T` is made. (sqlx's `try_from` cannot look into an `Option`.)
#[derive(Clone, Copy, Debug)]
pub struct Nullable<S, T> {
    value: Option<T>,
    stored_as: PhantomData<S>,
}

impl<S, T> From<Nullable<S, T>> for Option<T> {
    fn from(nullable: Nullable<S, T>) -> Self {
        nullable.value
    }
}

impl<S: Type<Any>, T> Type<Any> for Nullable<S, T> {
    fn type_info() -> AnyTypeInfo {
        S::type_info()
    }

    fn compatible(stored: &AnyTypeInfo) -> bool {
        S::compatible(stored)
    }
}

impl<'r, S, T> Decode<'r, Any> for Nullable<S, T>
where
    S: Decode<'r, Any>,
    T: TryFrom<S, Error: Into<BoxDynError>>,
{
    fn decode(stored: AnyValueRef<'r>) -> Result<Self, BoxDynError> {
        let value = if stored.is_null() {
            None
        } else {
            Some(T::try_from(S::decode(stored)?).map_err(Into::into)?)
        };
        Ok(Self {
            value,
            stored_as: PhantomData,
        })
    }
}
