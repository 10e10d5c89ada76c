//! The search: fill, then improve by small exchanges, at first also uphill, under a budget of work.

use crate::{
    cost::{Cost, cost},
    facts::Facts,
    fill::{self, Chains},
    instance::{Assignment, Instance},
    random::Random,
    roster::Roster,
    violations::{Violation, violations},
};

/// How long to search. The same instance and budget always give the same roster; no clock is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Exchanges to try. Small instances use less: [`PER_PLACE`] for each place.
    pub work: u64,
    /// Where chance begins.
    pub seed: u64,
}

impl Default for Budget {
    /// Enough for a thousand shifts within two seconds.
    fn default() -> Self {
        Self {
            work: 3_000_000,
            seed: 1,
        }
    }
}

/// Exchanges tried for each place at most.
pub const PER_PLACE: u64 = 20_000;

/// A filled roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// All names, the fixed ones too, by shift and helper.
    pub names: Vec<Assignment>,
    /// What it costs.
    pub cost: Cost,
    /// Rules that fixed names break. Nothing else in the proposal breaks a rule.
    pub warnings: Vec<Violation>,
}

/// Fills a roster.
pub fn solve(instance: &Instance, budget: Budget) -> Proposal {
    let facts = Facts::new(instance);
    let mut roster = Roster::new(&facts);
    fill::hardest_first(&mut roster);
    Search::new(&mut roster, budget).run();
    let names = roster.names();
    Proposal {
        cost: cost(instance, &names),
        warnings: violations(instance, &instance.fixed),
        names,
    }
}

/// Rounds of the search; chains are tried between them.
const ROUNDS: u64 = 64;
/// How often warmth is halved on the way.
const HALVINGS: i64 = 8;

struct Search<'r, 'a> {
    roster: &'r mut Roster<'a>,
    random: Random,
    chains: Chains,
    work: u64,
    /// Shifts with empty places, and some that have none any more.
    open: Vec<usize>,
    /// How much dearer a step may be, about.
    warmth: i64,
}

impl<'r, 'a> Search<'r, 'a> {
    fn new(roster: &'r mut Roster<'a>, budget: Budget) -> Self {
        let facts = roster.facts;
        let places: u64 = facts.instance.shifts.iter().map(|s| u64::from(s.needed)).sum();
        Self {
            random: Random::new(budget.seed),
            chains: Chains::new(facts.shifts()),
            work: budget.work.min(places.saturating_mul(PER_PLACE)),
            open: Vec::new(),
            warmth: 0,
            roster,
        }
    }

    fn run(mut self) {
        let warm = self.warm();
        for round in 0..ROUNDS {
            self.chains.left = self.work / ROUNDS / 4;
            self.chains.fill(self.roster, &mut self.random, 2);
            self.round(cooled(warm, round));
        }
        self.chains.left = self.work / 4;
        self.chains.fill(self.roster, &mut self.random, 5);
        self.round(0);
        fill::simply(self.roster);
    }

    /// How warm to begin: half of what exchanges make dearer on average, where they do, in fractions of 1,024.
    fn warm(&mut self) -> i64 {
        let (mut sum, mut count) = (0, 1);
        for _ in 0..self.work.min(2_000) {
            let shift = self.random.below(self.roster.facts.shifts());
            let dearer = self
                .joiner(shift)
                .and_then(|joiner| self.plan(shift, joiner))
                .map_or(0, |step| step.dearer(self.roster));
            if dearer > 0 {
                sum += dearer;
                count += 1;
            }
        }
        sum * 1024 / count / 2
    }

    /// One round at one warmth.
    fn round(&mut self, warmth: i64) {
        self.warmth = warmth;
        let shifts = 0..self.roster.facts.shifts();
        self.open = shifts.filter(|s| self.roster.empty(*s) > 0).collect();
        for _ in 0..self.work / ROUNDS {
            self.step();
        }
    }

    /// Tries one step.
    fn step(&mut self) {
        match self.random.below(32) {
            0 | 1 => self.crews(),
            2 | 3 => self.gather(),
            4..8 if !self.open.is_empty() => self.slide(),
            _ => self.names(),
        }
    }

    /// An empty place goes from one shift to another, with somebody who leaves the one for the other: where
    /// shifts differ in length this makes room for more. Or somebody simply takes it.
    fn slide(&mut self) {
        let facts = self.roster.facts;
        let at = self.random.below(self.open.len());
        let shift = self.open[at];
        if self.roster.empty(shift) == 0 {
            self.open.swap_remove(at);
            return;
        }
        let Some(helper) = self.random.pick(&facts.fit[shift]).copied() else {
            return;
        };
        if self.roster.stands(shift, helper) {
            return;
        }
        let duties = self.roster.duties(helper);
        let mut leaves = duties.iter().copied().find(|duty| facts.clash(*duty, shift));
        if leaves.is_none() && self.roster.over(shift, helper, None) > 0 {
            leaves = self.random.pick(duties).copied();
        }
        let allowed = leaves.is_none_or(|duty| !self.roster.is_fixed(duty, helper));
        if !allowed || !self.roster.has_room(shift, helper, leaves) {
            return;
        }
        if let Some(duty) = leaves {
            let dearer = self.roster.burden(helper, leaves, Some(shift))
                + self.roster.change(shift, None, Some(helper))
                + self.roster.change(duty, Some(helper), None);
            if !self.accepts(dearer) {
                return;
            }
            self.roster.remove(duty, helper);
            self.note_open(duty);
        }
        self.roster.add(shift, helper);
    }

    fn accepts(&mut self, dearer: i64) -> bool {
        dearer <= 0 || dearer <= (self.warmth * self.random.climb()) >> 20
    }

    /// Somebody else for a name of some shift.
    fn names(&mut self) {
        let shift = self.random.below(self.roster.facts.shifts());
        let Some(joiner) = self.joiner(shift) else { return };
        let Some(step) = self.plan(shift, joiner) else {
            return;
        };
        let dearer = step.dearer(self.roster);
        if self.accepts(dearer) {
            step.take(self.roster);
        }
    }

    /// Somebody fit for the shift, often of a group that stands there.
    fn joiner(&mut self, shift: usize) -> Option<usize> {
        let facts = self.roster.facts;
        if self.random.below(3) == 0 {
            let anchor = *self.random.pick(self.roster.crew(shift))?;
            if let Some(group) = facts.group[anchor] {
                let mate = *self.random.pick(&facts.mates[group])?;
                return facts.fits(shift, mate).then_some(mate);
            }
        }
        self.random.pick(&facts.fit[shift]).copied()
    }

    /// How somebody fit for a shift might come to stand there, if they may: for somebody who leaves, or in
    /// exchange for a duty of theirs, which is the one in the way where one is.
    fn plan(&mut self, shift: usize, joiner: usize) -> Option<Step> {
        let roster = &*self.roster;
        let facts = roster.facts;
        let movable = roster.movable(shift);
        let mut leaver = *self.random.pick(movable)?;
        if facts.group[leaver].is_some() && facts.group[leaver] == facts.group[joiner] {
            // Among themselves they would leave the group as split as it is.
            leaver = *self.random.pick(movable)?;
        }
        if roster.stands(shift, joiner) {
            return None;
        }
        let mut clashing = roster.duties(joiner).iter().filter(|o| facts.clash(**o, shift));
        let back = match (clashing.next(), clashing.next()) {
            (None, _) if self.random.below(4) > 0 && roster.over(shift, joiner, None) == 0 => None,
            (None, _) => Some(*self.random.pick(roster.duties(joiner))?),
            (Some(duty), None) => Some(*duty),
            (Some(_), Some(_)) => return None,
        };
        if let Some(duty) = back {
            let allowed = facts.fits(duty, leaver)
                && !roster.is_fixed(duty, joiner)
                && !roster.stands(duty, leaver)
                && roster.has_room(duty, leaver, Some(shift))
                && roster.has_room(shift, joiner, Some(duty));
            if !allowed {
                return None;
            }
        }
        Some(Step {
            shift,
            leaver,
            joiner,
            back,
        })
    }

    /// A whole group to one shift, as far as they may.
    fn gather(&mut self) {
        let facts = self.roster.facts;
        let shift = self.random.below(facts.shifts());
        let Some(anchor) = self.random.pick(&facts.fit[shift]) else {
            return;
        };
        let Some(group) = facts.group[*anchor] else { return };
        let before = self.roster.total();
        let mut steps: Vec<Step> = Vec::new();
        for mate in &facts.mates[group] {
            if !facts.fits(shift, *mate) {
                continue;
            }
            let Some(step) = self.plan(shift, *mate) else {
                continue;
            };
            if facts.group[step.leaver] != Some(group) {
                step.take(self.roster);
                steps.push(step);
            }
        }
        let dearer = self.roster.total() - before;
        if !self.accepts(dearer) {
            for step in steps.into_iter().rev() {
                step.back().take(self.roster);
            }
        }
    }

    /// All who may move of two shifts change places, so that groups stay whole; one of them may have nobody.
    fn crews(&mut self) {
        let facts = self.roster.facts;
        let (a, b) = (
            self.random.below(facts.shifts()),
            self.random.below(facts.shifts()),
        );
        let roster = &self.roster;
        let (here, there) = (roster.movable(a), roster.movable(b));
        let fit = |from: usize, to: usize, h: usize| {
            facts.fits(to, h) && !roster.stands(to, h) && roster.has_room(to, h, Some(from))
        };
        let enough = |to: usize, come: &[usize], go: &[usize]| {
            roster.crew(to).len() + come.len() - go.len() <= facts.needed(to)
        };
        let allowed = a != b
            && enough(b, here, there)
            && enough(a, there, here)
            && here.iter().all(|h| fit(a, b, *h))
            && there.iter().all(|h| fit(b, a, *h));
        if !allowed {
            return;
        }
        let (here, there) = (here.to_vec(), there.to_vec());
        let before = roster.total();
        self.trade(a, b, &here, &there);
        let dearer = self.roster.total() - before;
        if !self.accepts(dearer) {
            self.trade(a, b, &there, &here);
        } else if here.len() != there.len() {
            self.note_open(a);
            self.note_open(b);
        }
    }

    /// Remembers a shift that may have got an empty place.
    fn note_open(&mut self, shift: usize) {
        if self.roster.empty(shift) > 0 && !self.open.contains(&shift) {
            self.open.push(shift);
        }
    }

    fn trade(&mut self, a: usize, b: usize, here: &[usize], there: &[usize]) {
        for helper in here {
            self.roster.remove(a, *helper);
        }
        for helper in there {
            self.roster.remove(b, *helper);
            self.roster.add(a, *helper);
        }
        for helper in here {
            self.roster.add(b, *helper);
        }
    }
}

/// One name in the place of another.
#[derive(Clone, Copy)]
struct Step {
    shift: usize,
    leaver: usize,
    joiner: usize,
    /// The duty that the one who joins leaves to the one who leaves.
    back: Option<usize>,
}

impl Step {
    /// What it adds to the cost.
    fn dearer(&self, roster: &Roster) -> i64 {
        let Self {
            shift,
            leaver,
            joiner,
            back,
        } = *self;
        roster.burden(leaver, Some(shift), back)
            + roster.burden(joiner, back, Some(shift))
            + roster.change(shift, Some(leaver), Some(joiner))
            + back.map_or(0, |duty| roster.change(duty, Some(joiner), Some(leaver)))
    }

    fn take(&self, roster: &mut Roster) {
        roster.remove(self.shift, self.leaver);
        if let Some(duty) = self.back {
            roster.remove(duty, self.joiner);
            roster.add(duty, self.leaver);
        }
        roster.add(self.shift, self.joiner);
    }

    /// The step that undoes this one.
    fn back(self) -> Self {
        Self {
            leaver: self.joiner,
            joiner: self.leaver,
            ..self
        }
    }
}

/// Warmth at the beginning of a round: halved [`HALVINGS`] times, in straight lines between.
fn cooled(warm: i64, round: u64) -> i64 {
    let rounds = i64::try_from(ROUNDS).unwrap_or(1);
    let at = i64::try_from(round).unwrap_or(0) * HALVINGS;
    let (halved, rest) = (at / rounds, at % rounds);
    let from = warm >> halved;
    from - from / 2 * rest / rounds
}
