//! Events as lines of CSV (RFC 4180), safe to open in a spreadsheet.

use std::fmt::Write as _;

use app::features::audit::types::AuditEvent;

use super::repo::Row;

/// The columns' names, in their order.
pub(super) const HEAD: &str = "at,action,outcome,actor_id,actor_name,target,detail,address,request_id,id\r\n";

/// One event, to the millisecond.
pub(super) fn line(Row { event, at_ms }: &Row) -> String {
    let AuditEvent {
        id,
        at,
        action,
        outcome,
        actor_id,
        actor_name,
        target,
        detail,
        address,
        request_id,
    } = event;
    let moment = at.to_string();
    let moment = format!("{}.{:03}Z", moment.trim_end_matches('Z'), at_ms.rem_euclid(1000));
    let actor_id = actor_id.map(|id| id.to_string());
    let id = id.to_string();
    let mut line = String::with_capacity(256);
    for (n, cell) in [
        Some(&moment),
        Some(action),
        Some(&outcome.text().to_owned()),
        actor_id.as_ref(),
        actor_name.as_ref(),
        target.as_ref(),
        detail.as_ref(),
        address.as_ref(),
        request_id.as_ref(),
        Some(&id),
    ]
    .into_iter()
    .enumerate()
    {
        if n > 0 {
            line.push(',');
        }
        // A cell without anything in it is written without quotes: nothing, not the empty text.
        if let Some(cell) = cell {
            let _ = write!(line, "\"{}\"", harmless(cell).replace('"', "\"\""));
        }
    }
    line.push_str("\r\n");
    line
}

/// What begins like this, a spreadsheet calculates
/// (<https://owasp.org/www-community/attacks/CSV_Injection>); the wide forms are typed in Japanese.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

fn harmless(cell: &str) -> String {
    // A spreadsheet that cuts off leading spaces must not find a formula behind them.
    if cell.trim_start().starts_with(FORMULA) || cell.starts_with(FORMULA) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_39_no_cell_is_a_formula() {
        for formula in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "＋1", "－1", "＠x",
        ] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for plain in ["ada", "a=b", "", "127.0.0.1", "user.create", "::1"] {
            assert_eq!(harmless(plain), plain);
        }
    }
}
