//! Writing, withdrawing and taking up invitations.

use app::{
    contract::{InvitationId, Timestamp, UserId},
    features::{
        auth::types::Role,
        invitations::types::{
            Invitation, InvitationState, InvitationsPage, InvitationsQuery, InviteRequest, NewInvitation,
        },
        teams::types::TeamRole,
    },
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::AnyConnection;
use url::Url;

use super::{Accepted, error::InvitationError, repo};
use crate::{
    config::{Config, Registration},
    features::{
        admin::Authority,
        audit::{Action, Audit, Outcome},
        mail::{Letter, MailQueue},
        teams::service::Teams,
    },
    platform::{
        Platform,
        cursor::{Cursors, PageSize, moment_and_id},
        mailer::EmailAddress,
        tokens::{digest, opaque},
    },
};

const DEFAULT_DAYS: u16 = 7;
const MAX_DAYS: u16 = 30;

#[derive(Clone)]
pub struct Invitations {
    platform: Platform,
    audit: Audit,
    mails: MailQueue,
    teams: Teams,
    cursors: Cursors,
    public_url: Url,
    registration: Registration,
}

impl Invitations {
    pub(crate) fn new(
        config: &Config,
        platform: Platform,
        audit: Audit,
        mails: MailQueue,
        teams: Teams,
        cursors: Cursors,
    ) -> Self {
        Self {
            platform,
            audit,
            mails,
            teams,
            cursors,
            public_url: config.site.public_url.clone(),
            registration: config.accounts.registration,
        }
    }

    /// An admin's alone: what it gives is given on the word of an account, as long as that is an admin's.
    ///
    /// # Errors
    /// [`InvitationError::RegistrationClosed`]; [`InvitationError::Field`] for what is not acceptable;
    /// [`InvitationError::NotAdmin`].
    #[tracing::instrument(level = "debug", name = "invitations.invite", skip_all, fields(by = by.user().map(tracing::field::display)))]
    pub async fn invite(
        &self,
        by: &Authority,
        request: InviteRequest,
    ) -> Result<NewInvitation, InvitationError> {
        if self.registration == Registration::Closed {
            let event = by.event(Action::InvitationCreate, Outcome::Denied);
            self.audit.note(event.saying("registration is closed")).await?;
            return Err(InvitationError::RegistrationClosed);
        }
        if request.team_role.is_some() && request.team_id.is_none() {
            return Err(InvitationError::Field {
                field: "team_role",
                why: "is for an invitation into a team: give team_id",
            });
        }
        let days = request.expires_in_days.unwrap_or(DEFAULT_DAYS);
        if !(1..=MAX_DAYS).contains(&days) {
            return Err(InvitationError::Field {
                field: "expires_in_days",
                why: "must be between 1 and 30",
            });
        }
        let email: Option<EmailAddress> = match request.email.as_deref().map(|raw| raw.trim().parse()) {
            None => None,
            Some(Ok(_)) if !self.mails.can_send() => return Err(InvitationError::EmailUnsupported),
            Some(Ok(email)) => Some(email),
            Some(Err(_)) => {
                return Err(InvitationError::Field {
                    field: "email",
                    why: "is not an e-mail address",
                });
            }
        };
        let invited_by = by.user().ok_or(InvitationError::NotAdmin)?;
        // That of a mailed one is never used: it gets another when its mail is written, so that none is queued.
        let (secret, hash) = self.draw();
        let now = self.platform.clock.now();
        let new = repo::NewInvitation {
            id: InvitationId::from_uuid(self.platform.rng.uuid()),
            token_hash: &hash,
            email: email.as_ref().map(EmailAddress::as_str),
            role: request.role.unwrap_or(Role::User),
            team: request
                .team_id
                .map(|id| (id, request.team_role.unwrap_or(TeamRole::Viewer))),
            invited_by,
            created_at: now.into(),
            expires_at: (now + time::Duration::days(days.into())).into(),
        };
        let mut transaction = self.platform.db.begin().await?;
        // First, as whoever changes a team holds it before accounts.
        let team_name = match new.team {
            None => None,
            Some((id, _)) => Some(self.teams.hold(&mut transaction, id).await?.ok_or(
                InvitationError::Field {
                    field: "team_id",
                    why: "is no team's",
                },
            )?),
        };
        if !repo::hold_office(&mut transaction, invited_by).await? {
            return Err(InvitationError::NotAdmin);
        }
        repo::insert(&mut transaction, &new).await?;
        let joins = new
            .team
            .zip(team_name.as_ref())
            .map(|((_, role), name)| format!(", into the team {name} as {}", role.text()));
        let event = by
            .event(Action::InvitationCreate, Outcome::Success)
            .on(new.id)
            .saying(format!(
                "as {}{}, for {days} days",
                new.role.text(),
                joins.unwrap_or_default()
            ));
        self.audit.record(&mut transaction, event).await?;
        let link = if email.is_none() {
            Some(self.link(&secret))
        } else {
            let letter = Letter::Invitation { invitation: new.id };
            self.mails.queue(&mut transaction, &letter).await?;
            None
        };
        transaction.commit().await?;
        self.mails.wake();
        Ok(NewInvitation {
            link,
            invitation: Invitation {
                id: new.id,
                role: new.role,
                team_id: new.team.map(|(id, _)| id),
                team_name,
                team_role: new.team.map(|(_, role)| role),
                state: InvitationState::Open,
                invited_by: by.name().map(str::to_owned),
                created_at: new.created_at,
                expires_at: new.expires_at,
                email: email.as_ref().map(|email| email.as_str().to_owned()),
            },
        })
    }

    /// # Errors
    /// [`InvitationError::Field`] for a token that is not from the page before.
    #[tracing::instrument(level = "debug", name = "invitations.list", skip_all)]
    pub async fn list(
        &self,
        _: &Authority,
        query: &InvitationsQuery,
    ) -> Result<InvitationsPage, InvitationError> {
        const SCOPE: [&str; 1] = ["invitations"];
        let foreign = InvitationError::Field {
            field: "continuation_token",
            why: "is not from the page before",
        };
        let position = match &query.continuation_token {
            None => None,
            Some(token) => Some(self.cursors.open(&SCOPE, token).map_err(|_| foreign)?),
        };
        let before = position
            .as_deref()
            .and_then(moment_and_id)
            .unwrap_or((i64::MAX, ""));
        let size = PageSize::of(query.max_keys);
        let pool = self.platform.db.pool();
        let mut invitations = repo::page(pool, before, size.with_next(), self.now()).await?;
        let continuation_token = size.cut(&mut invitations).map(|last| {
            self.cursors
                .seal(&SCOPE, &format!("{} {}", last.created_at.unix(), last.id))
        });
        Ok(InvitationsPage {
            invitations,
            has_more: continuation_token.is_some(),
            continuation_token,
        })
    }

    /// Withdraws one: its link is dead.
    ///
    /// # Errors
    /// [`InvitationError::NotFound`] also for one that can no longer be taken up.
    #[tracing::instrument(level = "debug", name = "invitations.revoke", skip_all, fields(by = by.user().map(tracing::field::display), %id))]
    pub async fn revoke(&self, by: &Authority, id: InvitationId) -> Result<(), InvitationError> {
        let mut transaction = self.platform.db.begin().await?;
        let found = repo::revoke(&mut transaction, id, self.now()).await?;
        let outcome = if found { Outcome::Success } else { Outcome::Denied };
        let event = by.event(Action::InvitationRevoke, outcome).on(id);
        self.audit.record(&mut transaction, event).await?;
        transaction.commit().await?;
        if found {
            Ok(())
        } else {
            Err(InvitationError::NotFound)
        }
    }

    /// Withdraws all that an account has made, in the transaction that ends its office. The caller holds the account,
    /// so that none is made meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "invitations.revoke_all", skip_all, fields(by = by.user().map(tracing::field::display), %made_by))]
    pub async fn revoke_all(
        &self,
        connection: &mut AnyConnection,
        by: &Authority,
        made_by: UserId,
    ) -> Result<(), sqlx::Error> {
        for id in repo::revoke_all(connection, made_by, self.now()).await? {
            let event = by
                .event(Action::InvitationRevoke, Outcome::Success)
                .on(id)
                .saying("who made it is no admin any more");
            self.audit.record(connection, event).await?;
        }
        Ok(())
    }

    /// What a mailed invitation says: whom it goes to, a link that nobody else has, and until when it is good. The
    /// link of a mail before it is dead. `None` for one that opens nothing any more.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "invitations.compose", skip_all, fields(%id))]
    pub async fn compose(
        &self,
        id: InvitationId,
    ) -> Result<Option<(EmailAddress, String, Timestamp)>, sqlx::Error> {
        let (secret, hash) = self.draw();
        let kept = repo::set_secret(self.platform.db.pool(), id, &hash, self.now()).await?;
        Ok(kept.map(|(to, expires_at)| (to, self.link(&secret), expires_at)))
    }

    /// What `secret` opens at this moment. Cheap; what counts is [`Self::accept`].
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "invitations.open", skip_all)]
    pub async fn open(&self, secret: &str) -> Result<Option<Accepted>, sqlx::Error> {
        repo::open(self.platform.db.pool(), &digest(secret), self.now()).await
    }

    /// Takes the invitation up for the account `by`, in the transaction that makes it, and joins the team that it names. `None` when it is not good
    /// (any more): the caller then makes no account.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "invitations.accept", skip_all, fields(%by))]
    pub async fn accept(
        &self,
        connection: &mut AnyConnection,
        secret: &str,
        by: UserId,
    ) -> Result<Option<Accepted>, sqlx::Error> {
        let accepted = repo::accept(connection, &digest(secret), by, self.now()).await?;
        if let Some((team, role)) = accepted.as_ref().and_then(Accepted::joins) {
            self.teams.join_invited(connection, team, by, role).await?;
        }
        Ok(accepted)
    }

    /// A secret, and what is kept of it.
    fn draw(&self) -> (SecretString, String) {
        let secret = opaque("fpk_invite_", self.platform.rng.as_ref());
        let hash = digest(secret.expose_secret());
        (secret, hash)
    }

    /// Made from `PUBLIC_URL`, never from a request.
    fn link(&self, secret: &SecretString) -> String {
        let mut link = self.public_url.clone();
        link.set_path(app::routes::REGISTER);
        link.query_pairs_mut()
            .append_pair("invitation", secret.expose_secret());
        link.into()
    }

    fn now(&self) -> i64 {
        self.platform.now()
    }
}
