//! The way in, as the rest of the program sees it.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use accounts::Actor;
use kit::{
    Problem, Result, Timestamp,
    id::{PlaceId, RecordId, ShiftId},
};
use parking_lot::Mutex;
use serde_json::value::RawValue;
use shell::App;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    apply::{self, Progress},
    issues::{self, Rejected},
    journal::Entry,
    private,
    projection::{Admission, Registry},
    record::{Envelope, LARGEST_RECORD, MOST_RECORDS, Record, Refusal, Status, refusal},
    take::{Job, Taker},
};

/// Requests that may wait to be taken.
const QUEUE: usize = 4_096;

/// The way in; cheap to clone.
#[derive(Clone)]
pub struct Field(Arc<Parts>);

struct Parts {
    app: App,
    registry: Registry,
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    progress: Arc<Progress>,
}

/// What became of one record of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The record; nil when its id could not be read.
    pub id: RecordId,
    /// What became of it.
    pub status: Status,
    /// Why it was rejected.
    pub refusal: Option<&'static str>,
}

impl Field {
    /// Opens the way in: applies what was left behind, then starts taking.
    pub async fn open(app: App, registry: Registry) -> Result<Self> {
        apply::adopt(&app, &registry, false).await?;
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (taken, batches) = mpsc::unbounded_channel();
        let progress = Arc::new(Progress::default());
        let mut tasks = Taker::new(app.clone(), jobs, taken).start()?;
        let apply = apply::run(app.clone(), registry.clone(), batches, progress.clone());
        tasks.push(tokio::spawn(apply));
        Ok(Self(Arc::new(Parts {
            app,
            registry,
            queue: Mutex::new(Some(queue)),
            tasks: Mutex::new(tasks),
            progress,
        })))
    }

    /// Takes the records of one request; each is answered in its place. Only when this returns may a
    /// phone forget what was accepted. `wait` also waits until it has been applied.
    pub async fn submit(&self, actor: &Actor, raw: &[&RawValue], wait: bool) -> Result<Vec<Outcome>> {
        let (outcomes, conflicts) = self.judge_and_take(actor, raw, wait).await?;
        issues::reject(&self.0.app.store, conflicts).await?;
        Ok(outcomes)
    }

    /// [`Field::submit`], with the conflicts for whoever wants to put them before staff.
    async fn judge_and_take(
        &self,
        actor: &Actor,
        raw: &[&RawValue],
        wait: bool,
    ) -> Result<(Vec<Outcome>, Vec<Rejected>)> {
        let now = self.0.app.now();
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(raw.len());
        let mut envelopes: Vec<(usize, Envelope)> = Vec::with_capacity(raw.len().min(MOST_RECORDS));
        let mut rejected = Vec::new();
        for (i, raw) in raw.iter().enumerate() {
            match parse(i, raw.get()) {
                Ok(envelope) => {
                    outcomes.push(Outcome {
                        id: envelope.id,
                        status: Status::Accepted,
                        refusal: None,
                    });
                    envelopes.push((i, envelope));
                }
                Err((id, why)) => {
                    outcomes.push(Outcome {
                        id,
                        status: Status::Rejected,
                        refusal: Some(why.0),
                    });
                    // What is merely too much for one request is sent again; the rest is for staff to see.
                    if why != refusal::BATCH_TOO_LONG {
                        let cipher = &self.0.app.cipher;
                        rejected.push(Rejected::unread(cipher, id, raw.get(), why, actor, now)?);
                    }
                }
            }
        }

        let admissions = self.admit(actor, &envelopes).await?;
        let mut entries = Vec::with_capacity(envelopes.len());
        let mut places = Vec::with_capacity(envelopes.len());
        for ((i, envelope), admission) in envelopes.into_iter().zip(admissions) {
            // Whoever came in by a code records on their shifts alone.
            let admission = match envelope.shift {
                Some(shift) if !actor.reaches(shift) => Err(refusal::NO_RIGHT),
                _ => admission,
            };
            match admission {
                Ok(community) => {
                    let hash = envelope.hash();
                    let sealed = self.sealed(&envelope)?;
                    entries.push(Entry {
                        record: record(envelope, sealed, community, actor, now),
                        hash,
                    });
                    places.push(i);
                }
                Err(why) => {
                    outcomes[i].status = Status::Rejected;
                    outcomes[i].refusal = Some(why.0);
                    let sealed = self.sealed(&envelope)?;
                    rejected.push(Rejected::read(&envelope, sealed, why, actor, now));
                }
            }
        }
        issues::reject(&self.0.app.store, rejected).await?;
        let mut conflicts = Vec::new();
        if !entries.is_empty() {
            let statuses = self.take(entries, wait).await?;
            for (i, status) in places.into_iter().zip(statuses) {
                outcomes[i].status = status;
                if status == Status::Conflict {
                    outcomes[i].refusal = Some(refusal::ID_CONFLICT.0);
                    // What it says is not what is in the journal: somebody must see it.
                    if let Ok(envelope) = parse(i, raw[i].get()) {
                        let sealed = self.sealed(&envelope)?;
                        let why = refusal::ID_CONFLICT;
                        conflicts.push(Rejected::read(&envelope, sealed, why, actor, now));
                    }
                }
            }
        }
        for (status, total) in TOTALS.iter() {
            let answered = outcomes.iter().filter(|outcome| outcome.status == *status);
            total.increment(answered.count() as u64);
        }
        Ok((outcomes, conflicts))
    }

    /// Takes one record made on the server itself: by a page without a phone, or by the system. A form carries the id, so
    /// that a form sent twice makes one record. Returns when it has been applied.
    pub async fn record(
        &self,
        actor: &Actor,
        id: RecordId,
        kind: &str,
        at: Timestamp,
        shift: Option<ShiftId>,
        body: &impl serde::Serialize,
    ) -> Result<Outcome> {
        let raw = written(id, kind, at, shift, body)?;
        only(self.submit(actor, &[raw.as_ref()], true).await?)
    }

    /// As [`Field::record`]; returns when it is on disk, before it has been applied. For programs that ask again with the
    /// same id when no answer has come: what the server then writes may differ, and that is nobody's contradiction.
    pub async fn record_soon(
        &self,
        actor: &Actor,
        id: RecordId,
        kind: &str,
        at: Timestamp,
        shift: Option<ShiftId>,
        body: &impl serde::Serialize,
    ) -> Result<Outcome> {
        let raw = written(id, kind, at, shift, body)?;
        let (outcomes, _) = self.judge_and_take(actor, &[raw.as_ref()], false).await?;
        only(outcomes)
    }

    /// The body as it is kept, where that is encrypted.
    fn sealed(&self, envelope: &Envelope) -> Result<Option<String>> {
        self.0
            .registry
            .private(&envelope.kind)
            .then(|| private::seal(&self.0.app.cipher, envelope.body.get()))
            .transpose()
    }

    async fn admit(&self, actor: &Actor, envelopes: &[(usize, Envelope)]) -> Result<Vec<Admission>> {
        let mut admissions: Vec<Admission> = vec![Err(refusal::UNKNOWN_KIND); envelopes.len()];
        let mut by_room: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, (_, envelope)) in envelopes.iter().enumerate() {
            if let Some(room) = self.0.registry.index(&envelope.kind) {
                by_room.entry(room).or_default().push(i);
            }
        }
        for (room, own) in by_room {
            let projection = &self.0.registry.all()[room];
            let asked: Vec<&Envelope> = own.iter().map(|i| &envelopes[*i].1).collect();
            let answers = projection.admit(&self.0.app, actor, &asked).await?;
            for (i, answer) in own.into_iter().zip(answers) {
                admissions[i] = answer;
            }
        }
        Ok(admissions)
    }

    async fn take(&self, entries: Vec<Entry>, wait: bool) -> Result<Vec<Status>> {
        let queue = self
            .0
            .queue
            .lock()
            .clone()
            .ok_or_else(|| Problem::unavailable("the server is stopping"))?;
        let (reply, replied) = oneshot::channel();
        let (applied, done) = wait.then(oneshot::channel).unzip();
        let count = entries.len();
        self.0.progress.add(count);
        let job = Job {
            entries,
            reply,
            applied,
        };
        let answer = async {
            queue
                .send(job)
                .await
                .map_err(|_| Problem::unavailable("the server is stopping"))?;
            replied
                .await
                .map_err(|_| Problem::unavailable("the server is stopping"))?
        }
        .await;
        let accepted = answer.as_ref().map_or(0, |statuses| {
            statuses
                .iter()
                .filter(|status| **status == Status::Accepted)
                .count()
        });
        // What was not taken is not waited for.
        self.0.progress.done(count - accepted);
        let statuses = answer?;
        if let Some(done) = done {
            // An error means the server stops; what was accepted is applied at the next start.
            let _ = done.await;
        }
        Ok(statuses)
    }

    /// Returns when everything taken by this server has been applied.
    pub async fn settled(&self) {
        self.0.progress.settled().await;
    }

    /// Records taken and not yet applied by this server.
    pub fn waiting(&self) -> i64 {
        self.0.progress.waiting()
    }

    /// Looks around from time to time: adopts batches of dead servers, forgets old book-keeping. Never returns.
    pub async fn look_around(&self) {
        loop {
            tokio::time::sleep(Duration::from_secs(20)).await;
            if let Err(problem) = apply::adopt(&self.0.app, &self.0.registry, false).await {
                tracing::warn!(error = %problem, "could not look for orphaned batches");
            }
            if let Err(problem) = apply::prune(&self.0.app).await {
                tracing::warn!(error = %problem, "could not prune the book-keeping of batches");
            }
        }
    }

    /// Stops taking, commits and applies what is queued.
    pub async fn close(&self) {
        self.0.queue.lock().take();
        let tasks: Vec<_> = self.0.tasks.lock().drain(..).collect();
        for task in tasks {
            let _ = task.await;
        }
    }

    /// The projections.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }
}

fn parse(i: usize, raw: &str) -> std::result::Result<Envelope, (RecordId, Refusal)> {
    #[derive(serde::Deserialize)]
    struct OnlyId {
        id: RecordId,
    }
    let id = || {
        serde_json::from_str::<OnlyId>(raw)
            .map(|only| only.id)
            .unwrap_or_default()
    };
    if i >= MOST_RECORDS {
        return Err((id(), refusal::BATCH_TOO_LONG));
    }
    if raw.len() > LARGEST_RECORD {
        return Err((id(), refusal::TOO_LARGE));
    }
    let envelope: Envelope = serde_json::from_str(raw).map_err(|_| (id(), refusal::MALFORMED))?;
    let plausible = envelope.kind.len() <= 60 && !envelope.id.0.is_nil();
    if plausible {
        Ok(envelope)
    } else {
        Err((envelope.id, refusal::MALFORMED))
    }
}

fn record(
    envelope: Envelope,
    sealed: Option<String>,
    community: PlaceId,
    actor: &Actor,
    now: Timestamp,
) -> Record {
    Record {
        id: envelope.id,
        community,
        kind: envelope.kind,
        at: envelope.at,
        received_at: now,
        sender: actor.user_id,
        shift: envelope.shift,
        body: Box::<str>::from(envelope.body).into_string(),
        sealed,
        voided: false,
    }
}

/// The envelope of a record made on the server.
fn written(
    id: RecordId,
    kind: &str,
    at: Timestamp,
    shift: Option<ShiftId>,
    body: &impl serde::Serialize,
) -> Result<Box<RawValue>> {
    serde_json::value::to_raw_value(&serde_json::json!({
        "id": id,
        "kind": kind,
        "at": at,
        "shift": shift,
        "body": body,
    }))
    .map_err(Problem::internal)
}

fn only(outcomes: Vec<Outcome>) -> Result<Outcome> {
    outcomes
        .into_iter()
        .next()
        .ok_or_else(|| Problem::internal("no outcome"))
}

/// Looked up once: every record is counted.
static TOTALS: LazyLock<[(Status, metrics::Counter); 4]> = LazyLock::new(|| {
    [
        (Status::Accepted, "accepted"),
        (Status::Duplicate, "duplicate"),
        (Status::Conflict, "conflict"),
        (Status::Rejected, "rejected"),
    ]
    .map(|(status, name)| {
        (
            status,
            metrics::counter!("fangxian_records_total", "status" => name),
        )
    })
});
