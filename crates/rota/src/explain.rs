//! Why a place is empty, and who could stand on a shift.

use crate::{
    facts::Facts,
    instance::{Assignment, Instance},
    roster::Roster,
    rule::{Reasons, Rule, absent},
};

/// Near misses told of a shift, and of these for one rule, at most.
const NEAR: usize = 6;
const NEAR_PER_RULE: usize = 2;

/// The empty places of a shift, and why nobody has them. Every helper is counted once: in `here`, `free` or
/// one of `counts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Empty {
    /// Position of the shift.
    pub shift: usize,
    /// Places that nobody has.
    pub places: usize,
    /// How many stand on the shift already.
    pub here: usize,
    /// Who could simply take a place. Nobody, in a proposal as it was made.
    pub free: Vec<usize>,
    /// How many could not, by the first reason in the order of [`Rule::REASONS`]; rules without any are left
    /// out.
    pub counts: Vec<(Rule, usize)>,
    /// Some who lack one thing only, the smallest lack first: up to two for each rule.
    pub near: Vec<NearMiss>,
}

/// Somebody whom a single rule keeps from a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearMiss {
    /// Position of the helper.
    pub helper: usize,
    /// The rule.
    pub rule: Rule,
    /// Minutes short: of rest, of cover, of the time at which they can come, or above the limit of the week;
    /// 0 for rules that are not of minutes.
    pub by: i64,
    /// The shift in the way, for [`Rule::Busy`] and [`Rule::Rest`] when it is one.
    pub other: Option<usize>,
}

/// Says of every empty place why nobody has it, in the order of the shifts.
pub fn explain(instance: &Instance, names: &[Assignment]) -> Vec<Empty> {
    let facts = Facts::new(instance);
    let roster = Roster::only(&facts, names);
    (0..facts.shifts())
        .filter(|shift| roster.empty(*shift) > 0)
        .map(|shift| of(&roster, shift))
        .collect()
}

fn of(roster: &Roster, shift: usize) -> Empty {
    let mut empty = Empty {
        shift,
        places: roster.empty(shift),
        here: roster.crew(shift).len(),
        free: Vec::new(),
        counts: Vec::new(),
        near: Vec::new(),
    };
    let mut near = Vec::new();
    for helper in (0..roster.facts.helpers()).filter(|h| !roster.stands(shift, *h)) {
        let reasons = roster.reasons(shift, helper);
        let Some(first) = reasons.first() else {
            empty.free.push(helper);
            continue;
        };
        match empty.counts.iter_mut().find(|(rule, _)| *rule == first) {
            Some((_, count)) => *count += 1,
            None => empty.counts.push((first, 1)),
        }
        if reasons.len() == 1 {
            near.push(miss(roster, shift, helper, first));
        }
    }
    empty.counts.sort_unstable();
    empty.near = nearest(roster, shift, near);
    empty
}

/// How far a helper is from a place that one rule keeps from them.
fn miss(roster: &Roster, shift: usize, helper: usize, rule: Rule) -> NearMiss {
    let facts = roster.facts;
    let (span, person) = (facts.spans[shift], &facts.instance.helpers[helper]);
    let mut clashing = roster
        .duties(helper)
        .iter()
        .copied()
        .filter(|duty| facts.clash(*duty, shift));
    let (first, second) = (clashing.next(), clashing.next());
    let rest = |duty: &usize| facts.instance.rules.rest - facts.spans[*duty].gap(span);
    let by = match rule {
        Rule::Available => absent(span, person).min(span.minutes()),
        Rule::Cover => {
            let needed = facts.instance.shifts[shift].covered_to.unwrap_or(span.end);
            let most = span.minutes().max(0);
            person
                .cover_until
                .map_or(0, |until| (needed - until).clamp(0, most))
        }
        Rule::Rest => first.iter().chain(&second).map(rest).max().unwrap_or(0),
        Rule::Week => roster.over(shift, helper, None),
        _ => 0,
    };
    NearMiss {
        helper,
        rule,
        by,
        other: if second.is_none() { first } else { None },
    }
}

/// The smallest lacks: what is a matter of minutes before what cannot be helped, and then who adds least to
/// the cost.
fn nearest(roster: &Roster, shift: usize, mut near: Vec<NearMiss>) -> Vec<NearMiss> {
    let ease = |rule: Rule| match rule {
        Rule::Rest => 0,
        Rule::Week => 1,
        Rule::Available => 2,
        Rule::Busy => 3,
        Rule::KeptForOrg => 4,
        Rule::Cover => 5,
        Rule::Skill => 6,
        Rule::Barred => 7,
        _ => 8,
    };
    near.sort_by_cached_key(|miss| {
        let price = roster.price(shift, miss.helper);
        (ease(miss.rule), miss.by, price, miss.helper)
    });
    let mut told: Vec<NearMiss> = Vec::new();
    for miss in near {
        let same = told.iter().filter(|other| other.rule == miss.rule).count();
        if same < NEAR_PER_RULE && told.len() < NEAR {
            told.push(miss);
        }
    }
    told
}

/// A helper who might stand on a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Position of the helper.
    pub helper: usize,
    /// What speaks against it; nothing for somebody who is free.
    pub reasons: Reasons,
    /// What it would add to the cost, were a place empty.
    pub price: i64,
}

/// Everybody who does not stand on a shift yet, for somebody who changes it by hand: first who breaks the
/// fewest rules, then who adds least to the cost. Nobody when there is no such shift.
pub fn candidates(instance: &Instance, names: &[Assignment], shift: usize) -> Vec<Candidate> {
    if shift >= instance.shifts.len() {
        return Vec::new();
    }
    candidates_of(instance, names, &[shift]).pop().unwrap_or_default()
}

/// As [`candidates`], for many shifts at a time; all of them must exist.
pub fn candidates_of(instance: &Instance, names: &[Assignment], shifts: &[usize]) -> Vec<Vec<Candidate>> {
    let facts = Facts::new(instance);
    let roster = Roster::only(&facts, names);
    shifts.iter().map(|shift| who_might(&roster, *shift)).collect()
}

fn who_might(roster: &Roster, shift: usize) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = (0..roster.facts.helpers())
        .filter(|helper| !roster.stands(shift, *helper))
        .map(|helper| Candidate {
            helper,
            reasons: roster.reasons(shift, helper),
            price: roster.price(shift, helper),
        })
        .collect();
    found.sort_by_key(|candidate| (candidate.reasons.len(), candidate.price, candidate.helper));
    found
}
