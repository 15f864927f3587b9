//! What a failure of either database means to a caller.

pub use sqlite_file::Condition;
use sqlx::postgres::PgDatabaseError;

#[must_use]
pub fn condition(error: &sqlx::Error) -> Condition {
    let postgres = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    postgres.map_or_else(|| Condition::of(error), |error| of_sqlstate(error.code()))
}

/// PostgreSQL's (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn of_sqlstate(code: &str) -> Condition {
    match code {
        // disk_full
        "53100" => Condition::Full,
        // read_only_sql_transaction (a standby after a failover), idle_in_transaction_session_timeout,
        // invalid_catalog_name, serialization_failure, deadlock_detected, lock_not_available, object_in_use,
        // query_canceled, admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout
        "25006" | "25P03" | "3D000" | "40001" | "40P01" | "55P03" | "55006" | "57014" | "57P01" | "57P02"
        | "57P03" | "57P05" => Condition::Unavailable,
        // By class: connection exceptions, refused sign-ins of ours, insufficient resources, system errors.
        code if ["08", "28", "53", "58"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            Condition::Unavailable
        }
        _ => Condition::Faulty,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Condition::{Faulty, Full, Unavailable},
        of_sqlstate,
    };

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
            assert_eq!(of_sqlstate(code), expected, "{code}");
        }
    }
}
