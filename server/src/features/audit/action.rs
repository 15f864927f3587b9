//! The words of the audit log: what was done, how it ended, and who did it.

use app::contract::UserId;

/// An action, whether it succeeded or not. Its text is part of the contract: filters and exports use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Register,
    /// An e-mail address was confirmed, or a code for it was wrong.
    Confirm,
    ResendCode,
    ForgotPassword,
    ResetPassword,
    ChangePassword,
    ChangeAddress,
    UpdateProfile,
    SignIn,
    SignOut,
    /// A refresh token was exchanged, or shown once too often.
    RefreshTokens,
    /// A person ended one of their sign-ins.
    EndSession,
    CreateApiKey,
    DeleteApiKey,
    /// Written down when a key tried what it may not do.
    UseApiKey,
    /// Written down once a minute for each counter that is used up.
    OverLimit,
    /// A request that was refused for any other reason. Written down once a minute for each caller and kind of route.
    RequestDenied,
    /// Someone who is no admin asked for an admin's route.
    AdminAccess,
    AuditExport,
    InvitationCreate,
    InvitationRevoke,
    InvitationAccept,
    /// The first admin of an installation.
    Setup,
    UserCreate,
    UserRole,
    UserStatus,
    UserQuota,
    UserPassword,
    UserDelete,
    TeamCreate,
    TeamRename,
    TeamQuota,
    TeamDelete,
    TeamMemberAdd,
    TeamMemberRole,
    /// Somebody was taken out of a team, or left it.
    TeamMemberRemove,
    /// When a job on files is begun, and when it has ended; or when one object was copied at once.
    CopyFiles,
    MoveFiles,
    DeleteFiles,
    UndoFiles,
    BucketCreate,
    BucketDelete,
    /// A folder or a selection is brought back by a job: written down when it begins, and when it ends.
    RestoreFiles,
}

impl Action {
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Register => "account.register",
            Self::Confirm => "account.confirm",
            Self::ResendCode => "account.resend_code",
            Self::ForgotPassword => "account.forgot_password",
            Self::ResetPassword => "account.reset_password",
            Self::ChangePassword => "account.change_password",
            Self::ChangeAddress => "account.change_address",
            Self::UpdateProfile => "account.update_profile",
            Self::SignIn => "account.sign_in",
            Self::SignOut => "account.sign_out",
            Self::RefreshTokens => "account.refresh_tokens",
            Self::EndSession => "account.end_session",
            Self::CreateApiKey => "api_key.create",
            Self::DeleteApiKey => "api_key.delete",
            Self::UseApiKey => "api_key.use",
            Self::OverLimit => "request.over_limit",
            Self::RequestDenied => "request.denied",
            Self::AdminAccess => "admin.access",
            Self::AuditExport => "audit.export",
            Self::InvitationCreate => "invitation.create",
            Self::InvitationRevoke => "invitation.revoke",
            Self::InvitationAccept => "invitation.accept",
            Self::Setup => "admin.setup",
            Self::UserCreate => "user.create",
            Self::UserRole => "user.role",
            Self::UserStatus => "user.status",
            Self::UserQuota => "user.quota",
            Self::UserPassword => "user.password",
            Self::UserDelete => "user.delete",
            Self::TeamCreate => "team.create",
            Self::TeamRename => "team.rename",
            Self::TeamQuota => "team.quota",
            Self::TeamDelete => "team.delete",
            Self::TeamMemberAdd => "team.member_add",
            Self::TeamMemberRole => "team.member_role",
            Self::TeamMemberRemove => "team.member_remove",
            Self::CopyFiles => "files.copy",
            Self::MoveFiles => "files.move",
            Self::DeleteFiles => "files.delete",
            Self::UndoFiles => "files.undo",
            Self::BucketCreate => "bucket.create",
            Self::BucketDelete => "bucket.delete",
            Self::RestoreFiles => "files.restore",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    /// Refused: wrong credentials, no permission, over a limit.
    Denied,
    /// Allowed, and went wrong.
    Failed,
}

impl Outcome {
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    Account {
        id: UserId,
        name: String,
    },
    /// A stranger, under the name that they want to have.
    Claim(String),
    /// A stranger who typed this in place of an account's name or address. It may be a password, and rows are kept for
    /// ever: so it is written down only where it is an account's name or address, and then as that account's name.
    Guess(String),
}
