//! A kind of job whose steps tests can watch and hold up.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use app::contract::{JobId, UserId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use server::platform::queue::{
    Backoff, Handler, JobError, JobFailure, NewJob, Outcome, Progress, RunningJob,
};
use tokio::sync::{Notify, Semaphore};

pub(super) const KIND: &str = "steps";
pub(super) const BACKOFF: Backoff = Backoff {
    first_pause: 10,
    longest_pause: 30,
    max_attempts: 4,
};

/// What a job is to do: so many steps, and then something.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Work {
    pub(super) steps: u64,
    /// How many keys fail at each step.
    pub(super) failures_a_step: usize,
    pub(super) last: Last,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) enum Last {
    #[default]
    Finish,
    TryAgain,
    Fail,
    Panic,
    /// Becomes two jobs of one step each.
    Split,
    ComeBack,
    OfferUndo,
    /// Waits until it is told to stop.
    Wait,
}

/// Does steps, of which each is recorded. Cheap to clone.
#[derive(Clone)]
pub(super) struct Steps(Arc<Inner>);

struct Inner {
    done: Mutex<Vec<(JobId, u64)>>,
    started: Mutex<Vec<Option<UserId>>>,
    /// Held up before the checkpoint of a step, where there are no permits.
    permits: Semaphore,
    has_news: Notify,
    ended: Mutex<Vec<JobId>>,
    dropped: AtomicUsize,
}

impl Steps {
    pub(super) fn free() -> Self {
        Self::with_permits(Semaphore::MAX_PERMITS)
    }

    /// Only so many checkpoints pass until [`Self::permit`].
    pub(super) fn with_permits(permits: usize) -> Self {
        Self(Arc::new(Inner {
            done: Mutex::default(),
            started: Mutex::default(),
            permits: Semaphore::new(permits),
            has_news: Notify::new(),
            ended: Mutex::default(),
            dropped: AtomicUsize::new(0),
        }))
    }

    pub(super) fn permit(&self, permits: usize) {
        self.0.permits.add_permits(permits);
    }

    /// Of a job, in the order in which they were done.
    pub(super) fn done(&self, job: JobId) -> Vec<u64> {
        let done = self.0.done.lock().unwrap();
        done.iter()
            .filter(|(of, _)| *of == job)
            .map(|(_, step)| *step)
            .collect()
    }

    /// The jobs, in the order of their first steps.
    pub(super) fn jobs(&self) -> Vec<JobId> {
        let mut jobs = Vec::new();
        for (job, _) in self.0.done.lock().unwrap().iter() {
            if !jobs.contains(job) {
                jobs.push(*job);
            }
        }
        jobs
    }

    /// Whose jobs have begun, in order.
    pub(super) fn started(&self) -> Vec<Option<UserId>> {
        self.0.started.lock().unwrap().clone()
    }

    /// Whether the handler has come to an end with this job, whichever.
    pub(super) fn has_ended(&self, job: JobId) -> bool {
        self.0.ended.lock().unwrap().contains(&job)
    }

    /// How many runs were cut off.
    pub(super) fn dropped(&self) -> usize {
        self.0.dropped.load(Ordering::SeqCst)
    }

    /// Waits until something has happened by which `is_so` holds.
    pub(super) async fn until(&self, is_so: impl Fn(&Self) -> bool) {
        loop {
            let news = self.0.has_news.notified();
            if is_so(self) {
                return;
            }
            news.await;
        }
    }

    fn tell(&self) {
        self.0.has_news.notify_waiters();
    }
}

/// Counts a run that did not come to its end.
struct CutOff<'a>(&'a Steps, bool);

impl Drop for CutOff<'_> {
    fn drop(&mut self) {
        if !self.1 {
            self.0.0.dropped.fetch_add(1, Ordering::SeqCst);
            self.0.tell();
        }
    }
}

#[async_trait]
impl Handler for Steps {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn backoff(&self) -> Backoff {
        BACKOFF
    }

    async fn run(&self, job: &mut RunningJob) -> Result<Outcome, JobError> {
        self.0.started.lock().unwrap().push(job.owner());
        self.tell();
        let mut cut_off = CutOff(self, false);
        let result = self.work(job).await;
        cut_off.1 = true;
        self.0.ended.lock().unwrap().push(job.id());
        self.tell();
        result
    }
}

impl Steps {
    async fn work(&self, job: &mut RunningJob) -> Result<Outcome, JobError> {
        let work: Work = job.input()?;
        let first = job.cursor::<u64>()?.unwrap_or(0);
        for step in first..work.steps {
            job.check()?;
            self.0.done.lock().unwrap().push((job.id(), step));
            self.tell();
            self.0.permits.acquire().await.unwrap().forget();
            let progress = Progress {
                done: step + 1,
                total: Some(work.steps),
                bytes_done: 100 * (step + 1),
                bytes_total: None,
            };
            let failures: Vec<_> = (0..work.failures_a_step)
                .map(|n| JobFailure {
                    key: format!("{step}-{n}:"),
                    message: "no".to_owned(),
                })
                .collect();
            job.checkpoint(&(step + 1), progress, &failures).await?;
            self.tell();
        }
        match work.last {
            Last::Finish => Ok(Outcome::Done),
            Last::TryAgain => Err(JobError::Temporary("the store is away".into())),
            Last::Fail => Err(JobError::Failed(JobFailure {
                key: "target:".to_owned(),
                message: "is gone".to_owned(),
            })),
            Last::Panic => panic!("a handler that panics"),
            Last::Split => {
                let half = NewJob::new(
                    KIND,
                    &Work {
                        steps: 1,
                        ..Work::default()
                    },
                )?;
                Ok(Outcome::Replaced(vec![half.clone(), half]))
            }
            Last::ComeBack => Ok(Outcome::Later(std::time::Duration::from_secs(60))),
            Last::OfferUndo => {
                job.can_be_undone_until(4_102_444_800);
                Ok(Outcome::Done)
            }
            Last::Wait => Err(job.stopped().await.into()),
        }
    }
}
