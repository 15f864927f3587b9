//! What a failure means to a caller, by SQLite's result codes and the system's.

use std::io;

use sqlx::{error::DatabaseError, sqlite::SqliteError};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It may pass without a change of the request: locked, restarting, unreachable, out of connections, or
    /// refused by a disk that an operator has to mend.
    Unavailable,
    /// The disk has no room for what was to be written.
    Full,
    /// A fault of this program or of the stored data.
    Faulty,
}

impl Condition {
    /// Errors of another database than SQLite are [`Condition::Faulty`] here.
    #[must_use]
    pub fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(error) => Self::of_io(error),
            sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable,
            sqlx::Error::Database(error) => error
                .try_downcast_ref::<SqliteError>()
                .and_then(|error| error.code()?.parse().ok())
                .map_or(Self::Faulty, Self::of_code),
            _ => Self::Faulty,
        }
    }

    #[must_use]
    pub fn of_io(error: &io::Error) -> Self {
        if is_full(error) {
            Self::Full
        } else {
            Self::Unavailable
        }
    }

    /// By result code (<https://www.sqlite.org/rescode.html>); the extended ones carry the primary one in their low
    /// byte.
    fn of_code(code: u32) -> Self {
        const BUSY: u32 = 5;
        const LOCKED: u32 = 6;
        const NOMEM: u32 = 7;
        const READONLY: u32 = 8;
        const INTERRUPT: u32 = 9;
        const IOERR: u32 = 10;
        const FULL: u32 = 13;
        const CANTOPEN: u32 = 14;
        const PROTOCOL: u32 = 15;
        match code & 0xff {
            FULL => Self::Full,
            BUSY | LOCKED | NOMEM | READONLY | INTERRUPT | IOERR | CANTOPEN | PROTOCOL => Self::Unavailable,
            _ => Self::Faulty,
        }
    }
}

/// Whether the system refused to write for want of room: on the disk, of a quota, or by the limit on the size of files.
#[must_use]
pub fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

#[cfg(test)]
mod tests {
    use super::Condition::{self, Faulty, Full, Unavailable};

    #[test]
    fn extended_codes_are_those_of_their_primary_code() {
        for (code, expected) in [
            (5, Unavailable),
            // SQLITE_BUSY_SNAPSHOT, SQLITE_BUSY_RECOVERY
            (517, Unavailable),
            (261, Unavailable),
            (6, Unavailable),
            (8, Unavailable),
            // SQLITE_IOERR_WRITE, SQLITE_IOERR_SHMSIZE
            (778, Unavailable),
            (4874, Unavailable),
            (14, Unavailable),
            (15, Unavailable),
            (13, Full),
            // SQLITE_ERROR, SQLITE_CORRUPT, SQLITE_CONSTRAINT_UNIQUE, SQLITE_NOTADB, none
            (1, Faulty),
            (11, Faulty),
            (2067, Faulty),
            (26, Faulty),
            (0, Faulty),
        ] {
            assert_eq!(Condition::of_code(code), expected, "{code}");
        }
    }
}
