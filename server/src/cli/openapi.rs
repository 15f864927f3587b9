//! `forepeak openapi`

use std::io::Write;

use server::{config::Config, features::auth::session::cookie_name, http};

use super::Outcome;

pub(super) fn run(config: &Config) -> Outcome {
    let document = http::openapi(&cookie_name(&config.site.public_url)).to_pretty_json()?;
    writeln!(std::io::stdout(), "{document}")?;
    Ok(())
}
