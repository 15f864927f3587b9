//! `forepeak user …`: makes and changes accounts in a database that is there already, and names it. For the first admin,
//! for an admin who is locked out, for scripts that set a server up. What is done here is in the audit log as well.

use std::io::Read;

use app::features::{
    admin::types::{CreateUserRequest, UpdateUserRequest, UserStatus},
    auth::types::Role,
};
use secrecy::{ExposeSecret, SecretString};
use server::{
    config::Config,
    features::admin::Authority,
    platform::{rng::Rng, tokens::opaque},
    state::Accounts,
};

use super::{Failure, Outcome, accounts, dependencies, start_log};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make an account. Without --password-stdin a password is made up and printed, once.
    Create {
        username: String,
        /// As an admin.
        #[arg(long)]
        admin: bool,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// End all sign-ins of an account, and let it sign in no more.
    Disable { username: String },
    /// Let it sign in again.
    Enable { username: String },
    /// Make it an admin.
    Promote { username: String },
    /// Make it an ordinary account.
    Demote { username: String },
    /// Give it another password and end all its sign-ins. Without --password-stdin one is made up and printed, once.
    ResetPassword {
        username: String,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Have all that an account has in storage counted anew, by the server, within a minute.
    CountStorage { username: String },
}

pub(super) async fn run(config: Config, command: Command) -> Outcome {
    start_log(&config)?;
    let db = accounts::open_existing(&config).await?;
    say(
        &mut std::io::stderr(),
        &format!("Database: {}\n", config.accounts.database),
    )?;
    let dependencies = dependencies::of(config, db)?;
    let platform = dependencies.platform.clone();
    // Notices are queued here, and sent by the server.
    let services = Accounts::new(dependencies);
    let done = execute(&services, platform.rng.as_ref(), command).await;
    platform.db.close().await;
    say(&mut std::io::stdout(), &done?)?;
    Ok(())
}

/// Does it, and answers what to tell the operator.
async fn execute(accounts: &Accounts, rng: &dyn Rng, command: Command) -> Result<String, Failure> {
    let by = Authority::operator();
    let administration = &accounts.administration;
    let change = |role, status| UpdateUserRequest {
        role,
        status,
        quota_bytes: None,
    };
    let (username, change, said) = match command {
        Command::Create {
            username,
            admin,
            password_stdin,
        } => {
            let password = Password::choose(password_stdin, rng)?;
            let request = CreateUserRequest {
                username,
                password: password.secret.expose_secret().to_owned(),
                full_name: None,
                role: Some(if admin { Role::Admin } else { Role::User }),
                quota_bytes: None,
            };
            let user = administration.create(&by, request).await?;
            let role = if admin { "administrator" } else { "account" };
            return Ok(password.told(&format!("Made the {role} {}", user.username)));
        }
        Command::ResetPassword {
            username,
            password_stdin,
        } => {
            let password = Password::choose(password_stdin, rng)?;
            let id = administration.named(&by, &username).await?;
            administration
                .reset_password(&by, id, password.secret.clone())
                .await?;
            return Ok(password.told(&format!(
                "{username} has another password, and is signed out everywhere"
            )));
        }
        Command::CountStorage { username } => {
            let id = administration.named(&by, &username).await?;
            administration.count_storage(&by, id).await?;
            return Ok(format!(
                "What {username} has in storage is counted anew within a minute, if the server runs\n"
            ));
        }
        Command::Disable { username } => (
            username,
            change(None, Some(UserStatus::Disabled)),
            "is disabled, and signed out everywhere",
        ),
        Command::Enable { username } => (
            username,
            change(None, Some(UserStatus::Active)),
            "can sign in again",
        ),
        Command::Promote { username } => (username, change(Some(Role::Admin), None), "is an admin"),
        Command::Demote { username } => (username, change(Some(Role::User), None), "is an ordinary user"),
    };
    let id = administration.named(&by, &username).await?;
    let user = administration.update(&by, id, change).await?;
    Ok(format!("{} {said}\n", user.username))
}

struct Password {
    secret: SecretString,
    made_up: bool,
}

impl Password {
    /// From standard input, without the line break at its end; else a random one.
    fn choose(from_stdin: bool, rng: &dyn Rng) -> std::io::Result<Self> {
        if !from_stdin {
            return Ok(Self {
                secret: opaque("", rng),
                made_up: true,
            });
        }
        let mut text = String::new();
        // More than any password may have; what is longer is refused as such.
        std::io::stdin().lock().take(4096).read_to_string(&mut text)?;
        Ok(Self {
            secret: text.trim_end_matches(['\r', '\n']).into(),
            made_up: false,
        })
    }

    fn told(&self, what: &str) -> String {
        if self.made_up {
            format!("{what}\nPassword: {}\n", self.secret.expose_secret())
        } else {
            format!("{what}\n")
        }
    }
}

fn say(to: &mut dyn std::io::Write, text: &str) -> std::io::Result<()> {
    to.write_all(text.as_bytes())
}
