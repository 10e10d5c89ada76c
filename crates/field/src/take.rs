//! Taking: what is queued becomes one transaction (group commit), and only then is anybody answered.

use std::sync::Arc;

use kit::{Problem, Result};
use sea_orm::DbBackend;
use shell::App;
use tokio::{
    runtime::Handle,
    sync::{Mutex, Semaphore, mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    apply::Batch,
    journal::{self, Entry},
    record::Status,
};

/// Records in one transaction at most.
const MOST: usize = 10_000;

/// Records that may be taken and not yet applied; some hundred bytes each.
const ROOM: u32 = 200_000;

/// Entries of one request, waiting to be written.
pub(crate) struct Job {
    /// What to write.
    pub entries: Vec<Entry>,
    /// Who waits for the statuses.
    pub reply: oneshot::Sender<Result<Vec<Status>>>,
    /// Fires when what was accepted has been applied.
    pub applied: Option<oneshot::Sender<()>>,
}

/// The one who takes.
#[derive(Clone)]
pub(crate) struct Taker {
    app: App,
    queue: Arc<Mutex<mpsc::Receiver<Job>>>,
    apply: mpsc::UnboundedSender<Batch>,
    room: Arc<Semaphore>,
}

impl Taker {
    /// Takes what comes in by `queue` and passes it on to `apply`.
    pub fn new(app: App, queue: mpsc::Receiver<Job>, apply: mpsc::UnboundedSender<Batch>) -> Self {
        Self {
            app,
            queue: Arc::new(Mutex::new(queue)),
            apply,
            room: Arc::new(Semaphore::new(ROOM as usize)),
        }
    }

    /// Starts; the handles end when the queue is closed and empty.
    pub fn start(self) -> Result<Vec<JoinHandle<()>>> {
        if self.app.store.backend() == DbBackend::Postgres {
            return Ok((0..store::APPENDERS)
                .map(|_| tokio::spawn(self.clone().run()))
                .collect());
        }
        // On SQLite a transaction blocks, so it has a thread of its own.
        let (end, ended) = oneshot::channel::<()>();
        let runtime = Handle::current();
        std::thread::Builder::new()
            .name("taker".to_owned())
            .spawn(move || {
                runtime.block_on(self.run());
                drop(end);
            })
            .map_err(Problem::internal)?;
        Ok(vec![tokio::spawn(async {
            let _ = ended.await;
        })])
    }

    /// Writes jobs until the queue is closed and empty. While one transaction is on its way to the disk the next one
    /// gathers in the queue.
    async fn run(self) {
        while let Some(jobs) = self.gather().await {
            self.take(jobs).await;
        }
    }

    /// All that waits, as soon as something does; `None` when nothing will come any more.
    async fn gather(&self) -> Option<Vec<Job>> {
        let mut queue = self.queue.lock().await;
        let mut jobs = vec![queue.recv().await?];
        let mut records = jobs[0].entries.len();
        while records < MOST
            && let Ok(job) = queue.try_recv()
        {
            records += job.entries.len();
            jobs.push(job);
        }
        Some(jobs)
    }

    async fn take(&self, mut jobs: Vec<Job>) {
        let mut entries = Vec::with_capacity(jobs.iter().map(|job| job.entries.len()).sum());
        let lengths: Vec<usize> = jobs.iter().map(|job| job.entries.len()).collect();
        for job in &mut jobs {
            entries.append(&mut job.entries);
        }
        // When applying falls far behind, taking slows down to its pace.
        let size = u32::try_from(entries.len()).unwrap_or(ROOM).min(ROOM);
        let room = self.room.clone().acquire_many_owned(size).await.ok();
        let written = match journal::write(&self.app.store, self.app.now(), &entries).await {
            Ok(written) => written,
            Err(problem) => {
                tracing::error!(error = %problem, records = entries.len(), "records could not be taken");
                for job in jobs {
                    // Whether the disk is full or the database away: nothing was taken, try again.
                    let _ = job.reply.send(Err(Problem::unavailable(problem.to_string())));
                }
                return;
            }
        };
        let apply = self.apply.clone();
        // A task of the runtime, which wakes the others cheaply: woken from a thread outside it, each would queue up behind
        // all that the runtime does by itself.
        tokio::spawn(async move {
            let mut statuses = written.statuses.iter().copied();
            let mut waiting = Vec::new();
            for (job, length) in jobs.into_iter().zip(lengths) {
                let own: Vec<Status> = statuses.by_ref().take(length).collect();
                waiting.extend(job.applied);
                // A phone that has gone away sends again and is told `duplicate`.
                let _ = job.reply.send(Ok(own));
            }
            let records = entries
                .into_iter()
                .zip(&written.statuses)
                .filter(|(_, status)| **status == Status::Accepted)
                .map(|(entry, _)| entry.record)
                .collect();
            let _ = apply.send(Batch {
                id: written.batch,
                records,
                waiting,
                room,
            });
        });
    }
}
