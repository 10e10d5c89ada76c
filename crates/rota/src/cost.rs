//! What a roster costs, counted from nothing. The search keeps the same figure step by step; tests compare.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    calendar,
    instance::{Assignment, Instance},
};

/// What a roster costs, each part already multiplied by its weight. Less is better.
///
/// Spread counts what this roster adds: the square of all nights, less the square of those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Cost {
    /// Places left empty.
    pub empty: i64,
    /// Nights heaped on few.
    pub nights: i64,
    /// Weekends heaped on few.
    pub weekends: i64,
    /// Hours heaped on few.
    pub hours: i64,
    /// Ways from home.
    pub travel: i64,
    /// Groups split.
    pub groups: i64,
}

impl Cost {
    /// All parts together.
    pub fn total(&self) -> i64 {
        self.empty + self.weighed()
    }

    /// All parts but the empty places.
    pub fn weighed(&self) -> i64 {
        self.nights + self.weekends + self.hours + self.travel + self.groups
    }
}

/// What going from `before` to `after` of something does to the sum of squares.
pub(crate) fn square(before: i64, after: i64) -> i64 {
    after * after - before * before
}

/// What a group costs on a shift where `present` of them stand and `full` should.
pub(crate) fn split(full: usize, present: usize) -> i64 {
    if present == 0 {
        return 0;
    }
    whole(full.saturating_sub(present))
}

/// A count as a figure to reckon with.
pub(crate) fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What these names cost. Names that do not exist and repeated names count once or not at all.
pub fn cost(instance: &Instance, names: &[Assignment]) -> Cost {
    let rules = &instance.rules;
    let weights = &rules.weights;
    let mut cost = Cost::default();
    let mut crews: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); instance.shifts.len()];
    for name in names.iter().filter(|name| name.helper < instance.helpers.len()) {
        if let Some(crew) = crews.get_mut(name.shift) {
            crew.insert(name.helper);
        }
    }
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for group in instance.helpers.iter().filter_map(|helper| helper.group) {
        *sizes.entry(group).or_default() += 1;
    }
    let mut loads = vec![(0, 0, 0); instance.helpers.len()];
    for (shift, crew) in instance.shifts.iter().zip(&crews) {
        let needed = shift.needed as usize;
        cost.empty += weights.empty * whole(needed.saturating_sub(crew.len()));
        let mut present: BTreeMap<u32, usize> = BTreeMap::new();
        for h in crew {
            let helper = &instance.helpers[*h];
            loads[*h].0 += i64::from(calendar::is_night(shift.span, rules));
            loads[*h].1 += i64::from(calendar::is_weekend(shift.span, rules));
            loads[*h].2 += calendar::hours(shift.span.minutes());
            cost.travel += weights.travel * instance.way(helper.home, shift.place) / 1000;
            if let Some(group) = helper.group {
                *present.entry(group).or_default() += 1;
            }
        }
        for (group, present) in present {
            let full = needed.min(shift.together as usize).min(sizes[&group]);
            cost.groups += weights.groups * split(full, present);
        }
    }
    for (helper, (nights, weekends, hours)) in instance.helpers.iter().zip(loads) {
        let (n, w) = (i64::from(helper.nights_before), i64::from(helper.weekends_before));
        let h = calendar::hours(helper.already_minutes);
        cost.nights += weights.nights * square(n, n + nights);
        cost.weekends += weights.weekends * square(w, w + weekends);
        cost.hours += weights.hours * square(h, h + hours);
    }
    cost
}

#[cfg(test)]
mod tests;
