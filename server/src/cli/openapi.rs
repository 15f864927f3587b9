//! `forepeak openapi`

use std::io::Write;

use server::{config::Config, features::auth::session::cookie_name, router};

use super::Outcome;

pub(super) fn run(config: &Config) -> Outcome {
    let document = router::openapi(&cookie_name(&config.site.public_url)).to_pretty_json()?;
    writeln!(std::io::stdout(), "{document}")?;
    Ok(())
}
