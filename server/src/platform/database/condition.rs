//! What a failure of either database means to a caller: the one place that knows their codes.

use sqlx::{postgres::PgDatabaseError, sqlite::SqliteError};

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
    #[must_use]
    pub fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable,
            sqlx::Error::Database(error) => {
                if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
                    Self::of_postgres(error.code())
                } else if let Some(error) = error.try_downcast_ref::<SqliteError>() {
                    let code = sqlx::error::DatabaseError::code(error);
                    Self::of_sqlite(code.and_then(|code| code.parse().ok()).unwrap_or_default())
                } else {
                    Self::Faulty
                }
            }
            _ => Self::Faulty,
        }
    }

    /// By result code (<https://www.sqlite.org/rescode.html>); the extended ones carry the primary one in their low
    /// byte.
    fn of_sqlite(code: u32) -> Self {
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

    /// By SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
    fn of_postgres(code: &str) -> Self {
        match code {
            // disk_full
            "53100" => Self::Full,
            // read_only_sql_transaction (a standby after a failover), idle_in_transaction_session_timeout,
            // invalid_catalog_name, serialization_failure, deadlock_detected, lock_not_available, object_in_use,
            // query_canceled, admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout
            "25006" | "25P03" | "3D000" | "40001" | "40P01" | "55P03" | "55006" | "57014" | "57P01"
            | "57P02" | "57P03" | "57P05" => Self::Unavailable,
            // By class: connection exceptions, refused sign-ins of ours, insufficient resources, system errors.
            code if ["08", "28", "53", "58"]
                .iter()
                .any(|class| code.starts_with(class)) =>
            {
                Self::Unavailable
            }
            _ => Self::Faulty,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Condition::{self, Faulty, Full, Unavailable};

    #[test]
    fn extended_codes_of_sqlite_are_those_of_their_primary_code() {
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
            assert_eq!(Condition::of_sqlite(code), expected, "{code}");
        }
    }

    #[test]
    fn sqlstates_are_known_by_code_or_class() {
        for (code, expected) in [
            ("53100", Full),
            ("53300", Unavailable),
            ("53200", Unavailable),
            ("57P01", Unavailable),
            ("57P03", Unavailable),
            ("08006", Unavailable),
            ("28P01", Unavailable),
            ("55P03", Unavailable),
            ("40P01", Unavailable),
            ("58030", Unavailable),
            ("23505", Faulty),
            ("42P01", Faulty),
            ("XX001", Faulty),
        ] {
            assert_eq!(Condition::of_postgres(code), expected, "{code}");
        }
    }
}
