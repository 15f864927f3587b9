//! `forepeak openapi`

use std::io::Write;

use server::{config::Config, http};

use super::Outcome;

pub(super) fn run(config: &Config) -> Outcome {
    let document = http::openapi(config.site.is_https()).to_pretty_json()?;
    writeln!(std::io::stdout(), "{document}")?;
    Ok(())
}
