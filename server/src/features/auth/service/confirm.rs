//! From an address that somebody gave to one that is theirs: registrations become accounts, accounts change address.

use app::{
    contract::UserId,
    features::{
        admin::types::UserStatus,
        auth::types_registration::{ConfirmRequest, ConfirmResponse, ResendCodeRequest},
    },
};

use super::{Auth, codes::Right};
use crate::{
    features::{
        audit::{Action, Event, Origin, Outcome},
        auth::{
            codes::{Code, CodePurpose},
            error::AuthError,
            repo::{
                codes,
                pending::{self, Pending},
                users,
            },
            username::{Username, email_address},
        },
        mail::Letter,
    },
    platform::mailer::EmailAddress,
};

/// The registrations of one name that a code without further particulars is held against, the newest first. More would
/// give a guesser better odds with every registration that they add.
pub(super) const CANDIDATES: i64 = 5;

const VERIFIED: &str = "Email verified successfully";
const VERIFIED_WITHOUT_PASSWORD: &str = "Email verified successfully. Several registrations waited for this address, \
                                         so a code to choose the password has been mailed to it.";

impl Auth {
    /// Takes a code that was mailed to confirm an address.
    ///
    /// # Errors
    /// [`AuthError::WrongCode`], the same whether it is wrong, late, used, tried too often, or never existed;
    /// [`AuthError::UsernameTaken`] and [`AuthError::AddressTaken`] for what another account got meanwhile.
    #[tracing::instrument(level = "debug", name = "auth.confirm", skip_all)]
    pub async fn confirm(
        &self,
        request: ConfirmRequest,
        origin: &Origin,
    ) -> Result<ConfirmResponse, AuthError> {
        let code = Code::parse(&request.code)?;
        let username = Username::parse(&request.username)?;
        let email = request.email.as_deref().map(email_address).transpose()?;

        let pending = self
            .pending_candidates(&username, request.user_id, email.as_ref())
            .await?;
        let mut candidates: Vec<_> = pending
            .iter()
            .map(|pending| (CodePurpose::ConfirmRegistration, pending.id))
            .collect();
        let account = users::secret_of(self.0.platform.db.pool(), &username).await?;
        if let Some(user) = account.filter(|user| user.status == UserStatus::Active) {
            candidates.push((CodePurpose::ConfirmAddress, user.id));
        }
        let denied = || Event::new(Action::Confirm, Outcome::Denied, origin).by_claim(username.as_str());
        let right = self.guess(&candidates, &code, denied()).await?;
        let confirmed = match right.purpose {
            CodePurpose::ConfirmRegistration => {
                self.open_account(&right, request.user_id.is_some(), origin).await
            }
            CodePurpose::ConfirmAddress => self.adopt_address(&right, origin).await.map(|()| false),
            // Never among the candidates.
            CodePurpose::ResetPassword => Err(AuthError::WrongCode),
        };
        if confirmed.is_err() {
            self.0.audit.note(denied()).await?;
        }
        let password_required = confirmed?;
        self.0.mails.wake();
        let message = if password_required {
            VERIFIED_WITHOUT_PASSWORD
        } else {
            VERIFIED
        };
        Ok(ConfirmResponse {
            message: message.to_owned(),
            password_required,
        })
    }

    /// Asks for new codes. Who waits for one is looked up after the answer.
    ///
    /// # Errors
    /// [`AuthError::Field`] for a name that nobody can have.
    #[tracing::instrument(level = "debug", name = "auth.resend_code", skip_all)]
    pub async fn resend_code(&self, request: ResendCodeRequest, origin: &Origin) -> Result<(), AuthError> {
        origin.trail.count();
        let username = Username::parse(&request.username)?;
        let email = request.email.as_deref().map(email_address).transpose()?;
        let letter = Letter::ResendCodes {
            username: username.as_str().to_owned(),
            registration: request.user_id,
            email,
        };
        let event = Event::new(Action::ResendCode, Outcome::Success, origin).by_claim(username.as_str());
        self.post(&letter, event).await
    }

    /// Queues a letter and writes down that it was asked for.
    pub(super) async fn post(&self, letter: &Letter, event: Event) -> Result<(), AuthError> {
        let mut transaction = self.0.platform.db.begin().await?;
        self.0.mails.queue(&mut transaction, letter).await?;
        self.0.audit.record(&mut transaction, event).await?;
        transaction.commit().await?;
        self.0.mails.wake();
        Ok(())
    }

    /// The live registrations that someone may mean.
    pub(super) async fn pending_candidates(
        &self,
        username: &Username,
        registration: Option<UserId>,
        email: Option<&EmailAddress>,
    ) -> Result<Vec<Pending>, AuthError> {
        let (pool, now) = (self.0.platform.db.pool(), self.now());
        let Some(registration) = registration else {
            return Ok(pending::of_name(pool, username, email, now, CANDIDATES).await?);
        };
        let is_meant = |pending: &Pending| {
            pending.username.eq_ignore_ascii_case(username.as_str())
                && email.is_none_or(|email| pending.email.folded() == email.folded())
        };
        let found = pending::find(pool, registration, now).await?;
        Ok(found.filter(is_meant).into_iter().collect())
    }

    /// Makes the account of a registration, and answers whether its owner has yet to choose a password.
    ///
    /// The code proves that the mailbox is theirs, not that they chose the password: a stranger may have registered
    /// the same name and address, and the mailbox has both codes. Whoever also names the registration was told its id
    /// when they chose its password. Otherwise, where there are several, no password is kept.
    async fn open_account(&self, right: &Right, named: bool, origin: &Origin) -> Result<bool, AuthError> {
        let mut transaction = self.0.platform.db.begin().await?;
        self.consume(&mut transaction, right).await?;
        let pending = pending::take(&mut transaction, right.subject, self.now())
            .await?
            .ok_or(AuthError::WrongCode)?;
        let rivals = pending::remove_rivals(&mut transaction, &pending, self.now()).await?;
        let password_required = rivals > 0 && !named;
        let id = pending.id;
        let username = pending.username.clone();
        self.insert_confirmed(&mut transaction, pending, !password_required)
            .await?;
        if password_required {
            let letter = Letter::ResetPassword { user: id };
            self.0.mails.queue(&mut transaction, &letter).await?;
        }
        let event = Event::new(Action::Confirm, Outcome::Success, origin)
            .by(id, username)
            .on(id);
        self.0.audit.record(&mut transaction, event).await?;
        transaction.commit().await?;
        tracing::info!(user = %id, "address confirmed, account opened");
        Ok(password_required)
    }

    /// Gives a user the address that they wanted. Codes that went to the old one are worth nothing from here on.
    async fn adopt_address(&self, right: &Right, origin: &Origin) -> Result<(), AuthError> {
        let user = users::find(self.0.platform.db.pool(), right.subject)
            .await?
            .ok_or(AuthError::WrongCode)?;
        let mut transaction = self.0.platform.db.begin().await?;
        users::lock(&mut transaction, user.id)
            .await?
            .ok_or(AuthError::WrongCode)?;
        self.consume(&mut transaction, right).await?;
        let wanted = pending::take_address(&mut transaction, user.id)
            .await?
            .ok_or(AuthError::WrongCode)?;
        users::set_email(&mut transaction, user.id, &wanted)
            .await
            .map_err(AuthError::taken)?;
        codes::revoke(&mut transaction, user.id).await?;
        if let Some(to) = user.email {
            let username = user.username.clone();
            self.0
                .mails
                .queue(&mut transaction, &Letter::AddressChanged { to, username })
                .await?;
        }
        let event = Event::new(Action::ChangeAddress, Outcome::Success, origin)
            .by(user.id, user.username)
            .on(user.id);
        self.0.audit.record(&mut transaction, event).await?;
        Ok(transaction.commit().await?)
    }
}
