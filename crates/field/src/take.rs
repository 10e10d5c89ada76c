//! Taking: what is queued becomes one transaction (group commit), and only then is anybody answered.

use kit::{Problem, Result};
use shell::App;
use tokio::sync::{mpsc, oneshot};

use crate::{
    apply::Batch,
    journal::{self, Entry},
    record::Status,
};

/// Records in one transaction at most.
const MOST: usize = 10_000;

/// How often others are let go first, at most.
const ROUNDS: usize = 64;

/// Entries of one request, waiting to be written.
pub(crate) struct Job {
    /// What to write.
    pub entries: Vec<Entry>,
    /// Who waits for the statuses.
    pub reply: oneshot::Sender<Result<Vec<Status>>>,
    /// Fires when what was accepted has been applied.
    pub applied: Option<oneshot::Sender<()>>,
}

/// Writes jobs until the queue is closed and empty, and passes what it took on to be applied. While one
/// transaction is on its way to the disk the next one gathers in the queue.
pub(crate) async fn run(app: App, mut queue: mpsc::Receiver<Job>, apply: mpsc::Sender<Batch>) {
    let mut usual = 1;
    while let Some(first) = queue.recv().await {
        let mut records = first.entries.len();
        let mut jobs = vec![first];
        // A transaction costs nearly the same for one record as for sixty: whoever is about to ask gets into it. Those who
        // were answered last ask again at once, so most of them are waited for; then as long as somebody still comes.
        // Alone, one waits for nobody.
        for _ in 0..ROUNDS {
            let before = jobs.len();
            while records < MOST {
                let Ok(job) = queue.try_recv() else { break };
                records += job.entries.len();
                jobs.push(job);
            }
            if jobs.len() == before && before >= usual * 3 / 4 {
                break;
            }
            tokio::task::yield_now().await;
        }
        usual = jobs.len();
        take(&app, jobs, &apply).await;
    }
}

async fn take(app: &App, mut jobs: Vec<Job>, apply: &mpsc::Sender<Batch>) {
    let mut entries = Vec::with_capacity(jobs.iter().map(|job| job.entries.len()).sum());
    let lengths: Vec<usize> = jobs.iter().map(|job| job.entries.len()).collect();
    for job in &mut jobs {
        entries.append(&mut job.entries);
    }
    let written = match journal::write(&app.store, app.now(), &entries).await {
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
    let mut statuses = written.statuses.iter().copied();
    let mut waiting = Vec::new();
    for (job, length) in jobs.into_iter().zip(lengths) {
        let own: Vec<Status> = statuses.by_ref().take(length).collect();
        waiting.extend(job.applied);
        // A phone that has gone away sends again and is told `duplicate`.
        let _ = job.reply.send(Ok(own));
    }
    let records: Vec<_> = entries
        .into_iter()
        .zip(&written.statuses)
        .filter(|(_, status)| **status == Status::Accepted)
        .map(|(entry, _)| entry.record)
        .collect();
    // The queue is bounded: when applying falls far behind, taking slows down to its pace.
    let _ = apply
        .send(Batch {
            id: written.batch,
            records,
            waiting,
        })
        .await;
}
