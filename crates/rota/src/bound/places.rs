//! How many places must stay empty.

use std::collections::BTreeMap;

use crate::{
    bound::flow::Network,
    calendar::{day, week},
    cost::whole,
    roster::Roster,
};

/// Places that no roster can fill.
///
/// One look at all shifts counts them. But a week has room for more short shifts than long ones, so that mixed
/// shifts hide how few long ones it has room for; so another counts the shifts of each length by themselves, and
/// a third goes through those that ask for the same, in minutes. The look that finds most is right, for each
/// leaves out something: what places of one kind take from another.
pub(super) fn empty(roster: &Roster, candidates: &[Vec<usize>]) -> i64 {
    let facts = roster.facts;
    let all: Vec<usize> = (0..facts.shifts()).filter(|s| roster.empty(*s) > 0).collect();
    let look = |shifts: &[usize], measure| {
        Look {
            roster,
            candidates,
            measure,
        }
        .missing(shifts)
    };
    let each = |shifts: &[usize]| -> i64 {
        let lengths = apart(shifts, |s| facts.spans[s].minutes());
        lengths.iter().map(|shifts| look(shifts, Measure::Count)).sum()
    };
    let asks = apart(&all, |s| {
        let shift = &facts.instance.shifts[s];
        (shift.skills, shift.org, shift.closed_loop)
    });
    let asked = asks
        .iter()
        .map(|shifts| look(shifts, Measure::Minutes).max(each(shifts)))
        .sum();
    look(&all, Measure::Count).max(each(&all)).max(asked)
}

/// The shifts that share a key, for every key.
fn apart<K: Ord>(shifts: &[usize], key: impl Fn(usize) -> K) -> Vec<Vec<usize>> {
    let mut parts: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for shift in shifts {
        parts.entry(key(*shift)).or_default().push(*shift);
    }
    parts.into_values().collect()
}

/// What flows.
#[derive(Clone, Copy, PartialEq)]
enum Measure {
    /// Places.
    Count,
    /// Their minutes.
    Minutes,
}

struct Look<'r, 'a> {
    roster: &'r Roster<'a>,
    candidates: &'r [Vec<usize>],
    measure: Measure,
}

impl Look<'_, '_> {
    /// Places of these shifts that stay empty: what does not flow from them through those who may stand there,
    /// each with only so much in a day and a week.
    fn missing(&self, shifts: &[usize]) -> i64 {
        let facts = self.roster.facts;
        let rules = &facts.instance.rules;
        let (source, sink) = (0, 1);
        let mut network = Network::new(2);
        let mut wanted = 0;
        let mut open: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for shift in shifts {
            let node = network.node();
            let want = whole(self.roster.empty(*shift)) * self.size(*shift);
            wanted += want;
            network.join(source, node, want);
            for helper in &self.candidates[*shift] {
                open.entry(*helper).or_default().push((*shift, node));
            }
        }
        for (helper, open) in open {
            for in_week in apart_by(&open, |s| week(facts.spans[s].start, rules)) {
                let node = network.node();
                network.join(node, sink, self.week(helper, &in_week));
                for in_day in apart_by(&in_week, |s| day(facts.spans[s].start, rules)) {
                    let day = network.node();
                    network.join(day, node, self.together(&in_day));
                    for (shift, place) in in_day {
                        network.join(place, day, self.size(shift));
                    }
                }
            }
        }
        let missing = wanted - network.flow(source, sink);
        // So much may be missing in one place.
        let largest = shifts.iter().map(|s| self.size(*s)).max().unwrap_or(1).max(1);
        (missing + largest - 1) / largest
    }

    fn size(&self, shift: usize) -> i64 {
        match self.measure {
            Measure::Count => 1,
            Measure::Minutes => self.roster.facts.spans[shift].minutes(),
        }
    }

    /// How much of these shifts, which begin in one week, one person can do.
    fn week(&self, helper: usize, open: &[(usize, usize)]) -> i64 {
        let facts = self.roster.facts;
        // A shift lists the week in which it begins first.
        let first = |shift: usize| facts.weeks[shift].first().copied().unwrap_or((0, 0));
        let mut parts: Vec<i64> = open.iter().map(|(shift, _)| first(*shift).1).collect();
        parts.sort_unstable();
        let week = open.first().map_or(0, |(shift, _)| first(*shift).0);
        let mut left = facts.limit[helper] - self.roster.minutes(helper, week);
        match self.measure {
            // The shortest first.
            Measure::Count => {
                let fits = parts.iter().take_while(|minutes| {
                    left -= **minutes;
                    left >= 0
                });
                whole(fits.count()).min(self.together(open))
            }
            // One of them may go on into the next week, where its minutes count too.
            Measure::Minutes => {
                let beyond = |(shift, _): &(usize, usize)| self.size(*shift) - first(*shift).1;
                let over = open.iter().map(beyond).max().unwrap_or(0);
                (left + over).max(0)
            }
        }
    }

    /// How much of these shifts one person can do with rest between them.
    fn together(&self, open: &[(usize, usize)]) -> i64 {
        let facts = self.roster.facts;
        let rest = facts.instance.rules.rest.max(0);
        let mut spans: Vec<_> = open
            .iter()
            .map(|(s, _)| (facts.spans[*s], self.size(*s)))
            .collect();
        spans.sort_unstable_by_key(|(span, _)| span.end);
        // best[n]: the most of the first n by their end.
        let mut best = vec![0; spans.len() + 1];
        for (n, (span, size)) in spans.iter().enumerate() {
            let before = spans[..n].partition_point(|(other, _)| other.end + rest <= span.start);
            best[n + 1] = best[n].max(best[before] + size);
        }
        best[spans.len()]
    }
}

/// As [`apart`], for shifts with their nodes.
fn apart_by(open: &[(usize, usize)], key: impl Fn(usize) -> i64) -> Vec<Vec<(usize, usize)>> {
    let mut parts: BTreeMap<i64, Vec<(usize, usize)>> = BTreeMap::new();
    for (shift, node) in open {
        parts.entry(key(*shift)).or_default().push((*shift, *node));
    }
    parts.into_values().collect()
}
