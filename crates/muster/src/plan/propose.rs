//! A proposal: who should stand where, who else might, and why a place stays empty.

use std::collections::HashMap;

use kit::{Problem, Result};
use rota::{Assignment, Budget, Candidate, Empty, Rule, Violation};
use tokio::sync::Semaphore;

use crate::plan::rows::{Plan, Rows, Wanted, plan};

/// What the search may cost: about a second and a half for 1,000 shifts and 500 helpers, which leaves time to
/// read and to draw.
const BUDGET: Budget = Budget {
    work: 2_000_000,
    seed: 1,
};
/// Proposals worked out at a time; others wait, so that pages stay quick.
static TURNS: Semaphore = Semaphore::const_new(2);
/// Others offered for a shift at most.
const CHOICES: usize = 8;

/// A proposal.
#[derive(Debug, Clone, Default)]
pub struct Proposal {
    /// What it was made from.
    pub plan: Plan,
    /// All names, by shift and helper: written, ticked and proposed ones.
    pub names: Vec<Assignment>,
    /// Why places are empty, by shift.
    pub empty: HashMap<usize, Empty>,
    /// Who else might stand on a shift that still has places to be given.
    pub choices: HashMap<usize, Vec<Candidate>>,
    /// Rules that ticked names break.
    pub broken: Vec<Violation>,
}

/// Works out a proposal, beside the server's other work.
pub async fn propose(rows: Rows, wanted: Wanted) -> Result<Proposal> {
    let _turn = TURNS.acquire().await.map_err(Problem::internal)?;
    tokio::task::spawn_blocking(move || made(&rows, &wanted))
        .await
        .map_err(Problem::internal)
}

/// Works out a proposal; takes as long as the search does.
pub fn made(rows: &Rows, wanted: &Wanted) -> Proposal {
    let plan = plan(rows, wanted);
    let instance = &plan.instance;
    let solved = rota::solve(instance, BUDGET);
    let names = solved.names;
    let empty = rota::explain(instance, &names)
        .into_iter()
        .filter(|empty| empty.shift < plan.shifts)
        .map(|empty| (empty.shift, empty))
        .collect();
    let mut written = vec![0; plan.shifts];
    for name in plan.written().iter().filter(|name| name.shift < plan.shifts) {
        written[name.shift] += 1;
    }
    let free: Vec<usize> = (0..plan.shifts)
        .filter(|shift| plan.open[*shift] && written[*shift] < instance.shifts[*shift].needed as usize)
        .collect();
    let choices = rota::candidates_of(instance, &names, &free);
    let choices = free
        .into_iter()
        .zip(choices)
        .map(|(shift, all)| (shift, all.into_iter().filter(may_stand).take(CHOICES).collect()))
        .collect();
    let ticked = &instance.fixed[plan.written..];
    let broken = solved
        .warnings
        .into_iter()
        .filter(|warning| {
            ticked
                .iter()
                .any(|name| name.shift == warning.shift && Some(name.helper) == warning.helper)
        })
        .collect();
    Proposal {
        plan,
        names,
        empty,
        choices,
        broken,
    }
}

/// Nothing speaks against the candidate that would make the name impossible; the rest is for people to weigh.
fn may_stand(candidate: &Candidate) -> bool {
    let impossible = [Rule::Cover, Rule::KeptForOrg, Rule::ClosedLoop, Rule::Busy];
    !candidate.reasons.iter().any(|rule| impossible.contains(&rule))
}
