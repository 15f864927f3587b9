//! Requests to undo a job.

use app::contract::JobId;

use crate::features::{
    audit::Origin,
    auth::principal::Principal,
    files::{
        areas,
        changes::{
            Changes,
            input::{Input, Kind, UndoInput},
            journal,
        },
        error::FileError,
        undo_offer::TOO_LATE,
    },
    scopes::Owner,
};
use crate::platform::queue::NewJob;

impl Changes {
    /// Queues a job that undoes another one.
    ///
    /// # Errors
    /// [`FileError::NotFound`] for a job that is not this person's; [`FileError::CannotBeUndone`].
    #[tracing::instrument(level = "debug", name = "changes.undo", skip_all, fields(user = %who.user_id, %of))]
    pub async fn undo(&self, who: &Principal, of: JobId, origin: &Origin) -> Result<JobId, FileError> {
        let mut transaction = self.platform.db.begin().await?;
        let ended = journal::job_of(&mut transaction, who.user_id, of)
            .await?
            .ok_or(FileError::NoSuchJob)?;
        if !ended.has_ended() {
            return Err(FileError::CannotBeUndone("The job has not ended yet".into()));
        }
        let kind = Kind::of(&ended.kind).filter(|kind| *kind != Kind::Undo);
        let (Some(expires_at), Some(_)) = (ended.undo_expires_at, kind) else {
            return Err(FileError::CannotBeUndone(
                "There is nothing that could be undone".into(),
            ));
        };
        if expires_at <= self.platform.now() {
            return Err(FileError::CannotBeUndone(TOO_LATE.into()));
        }
        let input: Input =
            serde_json::from_str(&ended.input).map_err(|error| sqlx::Error::Decode(error.into()))?;
        let undo = UndoInput {
            owner: Owner::from(who),
            username: who.username.clone(),
            of,
            source_bucket: input.source_bucket,
            destination_bucket: input.destination_bucket,
            expires_at,
        };
        let mut areas = areas::of(&mut transaction, of).await?;
        for area in &mut areas {
            area.writes = true;
        }
        // The offer ends here: of two requests at once the second finds nothing to undo.
        journal::offer_undo(&mut transaction, of, None).await?;
        let new = NewJob::new(Kind::Undo.text(), &undo)?
            .undoing(of)
            .about(ended.about)
            .begun_by(undo.owner.api_key);
        let detail = format!("undoes {of}");
        let id = self
            .insert(&mut transaction, who, Kind::Undo, &new, &areas, detail, origin)
            .await?;
        transaction.commit().await?;
        self.queue.wake();
        Ok(id)
    }
}
