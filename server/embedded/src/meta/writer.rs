//! Group commit: one task owns the writing connection and commits whatever waits in one transaction.
//!
//! While one batch is being synced to disk the next gathers, so the number of fsyncs follows the
//! disk and not the number of requests. A write is answered after COMMIT, never before.

use std::sync::Arc;

use futures::future::BoxFuture;
use sqlite_file::{Condition, Reserve};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{mpsc, oneshot};

use super::{MetaError, schema};
use crate::blobs::{BlobGuard, BlobId, Blobs};

/// Writes that may wait; beyond it callers wait for room.
const QUEUE: usize = 1024;
/// Writes in one transaction at most, so that none waits for long.
const BATCH: usize = 256;

/// What a write may touch.
pub(crate) struct WriteCx {
    /// Inside the open transaction.
    pub(crate) conn: SqliteConnection,
    next_id: i64,
    adopted: Vec<BlobGuard>,
    freed: Vec<BlobId>,
}

impl WriteCx {
    /// The next id for a version, part or upload: larger than every one before.
    pub(crate) fn next_id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    /// The blob belongs to the metadata once the transaction commits; else it is removed.
    pub(crate) fn adopt(&mut self, blobs: impl IntoIterator<Item = BlobGuard>) {
        self.adopted.extend(blobs);
    }

    /// Nothing refers to the blob any more; its file goes once the transaction has committed and
    /// those who began reading before have finished.
    pub(crate) fn free(&mut self, blob: BlobId) {
        self.freed.push(blob);
    }
}

trait Job: Send {
    fn run<'c>(&'c mut self, cx: &'c mut WriteCx) -> BoxFuture<'c, Result<(), ()>>;
    /// Whether the work itself failed for want of room.
    fn found_disk_full(&self) -> bool;
    fn finish(self: Box<Self>, committed: Result<(), Arc<sqlx::Error>>);
}

struct Typed<T, F> {
    work: Option<F>,
    outcome: Option<Result<T, MetaError>>,
    reply: oneshot::Sender<Result<T, MetaError>>,
}

impl<T, F> Job for Typed<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut WriteCx) -> BoxFuture<'c, Result<T, MetaError>> + Send,
{
    /// `Err` when the transaction cannot go on.
    fn run<'c>(&'c mut self, cx: &'c mut WriteCx) -> BoxFuture<'c, Result<(), ()>> {
        Box::pin(async move {
            let Some(work) = self.work.take() else {
                return Ok(());
            };
            let outcome = work(cx).await;
            let usable = matches!(&outcome, Ok(_) | Err(MetaError::Refused(_)));
            self.outcome = Some(outcome);
            if usable { Ok(()) } else { Err(()) }
        })
    }

    fn found_disk_full(&self) -> bool {
        let failure = self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
        failure.is_some_and(|error| error.condition() == Some(Condition::Full))
    }

    fn finish(self: Box<Self>, committed: Result<(), Arc<sqlx::Error>>) {
        let answer = match (self.outcome, committed) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(MetaError::Batch(error)),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(MetaError::Closed),
        };
        // The asker may have gone; the write stands all the same.
        let _ = self.reply.send(answer);
    }
}

enum Message {
    Job(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// The handle by which writes reach the task.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

impl Writer {
    pub(super) async fn start(
        options: &SqliteConnectOptions,
        blobs: Arc<Blobs>,
        reserve: Arc<Reserve>,
    ) -> Result<Self, MetaError> {
        let mut conn = options.connect().await?;
        schema::migrate(&mut conn).await?;
        let next_id = schema::largest_id(&mut conn).await?;
        let (queue, inbox) = mpsc::channel(QUEUE);
        let cx = WriteCx {
            conn,
            next_id,
            adopted: Vec::new(),
            freed: Vec::new(),
        };
        tokio::spawn(work(cx, inbox, blobs, reserve));
        Ok(Self { queue })
    }

    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, MetaError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut WriteCx) -> BoxFuture<'c, Result<T, MetaError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Typed {
            work: Some(work),
            outcome: None,
            reply,
        };
        self.queue
            .send(Message::Job(Box::new(job)))
            .await
            .map_err(|_| MetaError::Closed)?;
        answer.await.map_err(|_| MetaError::Closed)?
    }

    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

async fn work(mut cx: WriteCx, mut inbox: mpsc::Receiver<Message>, blobs: Arc<Blobs>, reserve: Arc<Reserve>) {
    let mut messages = Vec::with_capacity(BATCH);
    let mut closing = None;
    while closing.is_none() && inbox.recv_many(&mut messages, BATCH).await > 0 {
        let mut batch = Vec::with_capacity(messages.len());
        for message in messages.drain(..) {
            match message {
                Message::Job(job) => batch.push(job),
                Message::Close(done) => closing = Some(done),
            }
        }
        if !batch.is_empty() {
            let committed = commit(&mut cx, &mut batch, &blobs).await.map_err(Arc::new);
            if let Err(error) = &committed {
                tracing::error!(%error, writes = batch.len(), "a transaction was rolled back");
                if Condition::of(error) == Condition::Full || batch.iter().any(|job| job.found_disk_full()) {
                    reserve.release();
                }
            }
            for job in batch {
                job.finish(committed.clone());
            }
        }
    }
    inbox.close();
    if let Err(error) = cx.conn.close().await {
        tracing::warn!(%error, "closing the metadata");
    }
    if let Some(done) = closing {
        let _ = done.send(());
    }
}

/// Runs the batch in one transaction. On error nothing of it remains, on disk or in the files.
async fn commit(cx: &mut WriteCx, batch: &mut [Box<dyn Job>], blobs: &Arc<Blobs>) -> Result<(), sqlx::Error> {
    let outcome = transact(cx, batch, blobs).await;
    let adopted = std::mem::take(&mut cx.adopted);
    let freed = std::mem::take(&mut cx.freed);
    if outcome.is_ok() {
        for guard in adopted {
            guard.keep();
        }
        blobs.free(freed);
    } else if let Err(error) = sqlx::query("ROLLBACK").execute(&mut cx.conn).await {
        tracing::debug!(%error, "nothing to roll back");
    }
    outcome
}

async fn transact(
    cx: &mut WriteCx,
    batch: &mut [Box<dyn Job>],
    blobs: &Arc<Blobs>,
) -> Result<(), sqlx::Error> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut cx.conn).await?;
    for job in batch.iter_mut() {
        if job.run(cx).await.is_err() {
            return Err(sqlx::Error::Protocol(
                "another write of the transaction failed".to_owned(),
            ));
        }
    }
    // The names of new files must be on disk before the rows that refer to them.
    blobs.sync_directories().await.map_err(sqlx::Error::Io)?;
    sqlx::query("COMMIT").execute(&mut cx.conn).await?;
    Ok(())
}
