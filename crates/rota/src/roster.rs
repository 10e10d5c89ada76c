//! A roster being made: names on shifts, with what each helper has done so far and the cost, kept in step.

use crate::{
    calendar,
    cost::{split, square, whole},
    facts::Facts,
    instance::{Assignment, Weights},
    rule::{Reasons, Rule, standing},
};

/// Names on shifts. Fixed names stand first in each crew and never leave.
#[derive(Debug, Clone)]
pub(crate) struct Roster<'a> {
    pub facts: &'a Facts<'a>,
    weights: Weights,
    /// Helpers on each shift.
    crews: Vec<Vec<usize>>,
    /// How many of each crew are fixed.
    fixed: Vec<usize>,
    /// Shifts of each helper.
    duties: Vec<Vec<usize>>,
    /// Nights, weekends and whole hours of each helper, those of the past too.
    nights: Vec<i64>,
    weekends: Vec<i64>,
    hours: Vec<i64>,
    /// Minutes by helper and week.
    minutes: Vec<i64>,
    /// The cost of all this, in one figure.
    total: i64,
}

impl<'a> Roster<'a> {
    /// Only the fixed names.
    pub fn new(facts: &'a Facts<'a>) -> Self {
        let mut roster = Self::only(facts, &facts.instance.fixed);
        for (fixed, crew) in roster.fixed.iter_mut().zip(&roster.crews) {
            *fixed = crew.len();
        }
        roster
    }

    /// These names, whether they keep the rules or not, and none of them fixed.
    pub fn only(facts: &'a Facts<'a>, names: &[Assignment]) -> Self {
        let helpers = &facts.instance.helpers;
        let weights = facts.instance.rules.weights;
        let places: usize = (0..facts.shifts()).map(|s| facts.needed(s)).sum();
        let mut roster = Self {
            facts,
            weights,
            crews: vec![Vec::new(); facts.shifts()],
            fixed: vec![0; facts.shifts()],
            duties: vec![Vec::new(); helpers.len()],
            nights: helpers.iter().map(|h| i64::from(h.nights_before)).collect(),
            weekends: helpers.iter().map(|h| i64::from(h.weekends_before)).collect(),
            hours: helpers
                .iter()
                .map(|h| calendar::hours(h.already_minutes))
                .collect(),
            minutes: vec![0; helpers.len() * facts.week_count],
            total: weights.empty * whole(places),
        };
        roster.put_all(names);
        roster
    }

    fn put_all(&mut self, names: &[Assignment]) {
        for name in names {
            let known = name.shift < self.facts.shifts() && name.helper < self.facts.helpers();
            if known && !self.stands(name.shift, name.helper) {
                self.add(name.shift, name.helper);
            }
        }
    }

    /// All names, by shift and helper.
    pub fn names(&self) -> Vec<Assignment> {
        let mut names: Vec<Assignment> = self
            .crews
            .iter()
            .enumerate()
            .flat_map(|(shift, crew)| {
                crew.iter().map(move |helper| Assignment {
                    shift,
                    helper: *helper,
                })
            })
            .collect();
        names.sort_unstable();
        names
    }

    pub fn total(&self) -> i64 {
        self.total
    }

    /// Who stands on a shift.
    pub fn crew(&self, shift: usize) -> &[usize] {
        &self.crews[shift]
    }

    /// Who stands on a shift and may be moved.
    pub fn movable(&self, shift: usize) -> &[usize] {
        &self.crews[shift][self.fixed[shift]..]
    }

    /// The shifts of a helper.
    pub fn duties(&self, helper: usize) -> &[usize] {
        &self.duties[helper]
    }

    pub fn stands(&self, shift: usize, helper: usize) -> bool {
        self.crews[shift].contains(&helper)
    }

    pub fn is_fixed(&self, shift: usize, helper: usize) -> bool {
        self.crews[shift][..self.fixed[shift]].contains(&helper)
    }

    /// Places of a shift that nobody has.
    pub fn empty(&self, shift: usize) -> usize {
        self.facts.needed(shift).saturating_sub(self.crews[shift].len())
    }

    /// Nights, weekends and whole hours of a helper, those of the past too.
    pub fn load(&self, helper: usize) -> [i64; 3] {
        [self.nights[helper], self.weekends[helper], self.hours[helper]]
    }

    /// Minutes of a helper in a week.
    pub fn minutes(&self, helper: usize, week: usize) -> i64 {
        self.minutes[helper * self.facts.week_count + week]
    }

    /// Minutes by which a shift would carry the helper over the limit of a week, were `without` given up; 0
    /// when it would not.
    pub fn over(&self, shift: usize, helper: usize, without: Option<usize>) -> i64 {
        let facts = self.facts;
        let freed = |week: usize| {
            let weeks = without.map_or(&[][..], |shift| &facts.weeks[shift]);
            weeks.iter().find(|(w, _)| *w == week).map_or(0, |(_, m)| *m)
        };
        facts.weeks[shift]
            .iter()
            .map(|(week, minutes)| self.minutes(helper, *week) + minutes - freed(*week) - facts.limit[helper])
            .fold(0, i64::max)
    }

    /// Whether the helper's other duties, but for `without`, leave room for a shift. With [`Facts::fits`] this
    /// is all that a place asks of somebody.
    pub fn has_room(&self, shift: usize, helper: usize, without: Option<usize>) -> bool {
        self.duties[helper]
            .iter()
            .all(|other| Some(*other) == without || !self.facts.clash(*other, shift))
            && self.over(shift, helper, without) == 0
    }

    /// Everything that keeps the helper from a shift they do not stand on.
    pub fn reasons(&self, shift: usize, helper: usize) -> Reasons {
        let instance = self.facts.instance;
        let mut reasons = standing(instance, Assignment { shift, helper });
        for other in self.duties[helper].iter().filter(|other| **other != shift) {
            if self.facts.clash(*other, shift) {
                let gap = self.facts.spans[*other].gap(self.facts.spans[shift]);
                reasons.add(if gap < 0 { Rule::Busy } else { Rule::Rest });
            }
        }
        if self.over(shift, helper, None) > 0 {
            reasons.add(Rule::Week);
        }
        reasons
    }

    /// What giving up one duty and taking another does to a helper's part of the cost.
    pub fn burden(&self, helper: usize, out: Option<usize>, into: Option<usize>) -> i64 {
        let facts = self.facts;
        let difference = |table: &[i64]| into.map_or(0, |s| table[s]) - out.map_or(0, |s| table[s]);
        let grow = |now: i64, more: i64| square(now, now + more);
        let way = |shift: Option<usize>| shift.map_or(0, |s| facts.travel(s, helper));
        self.weights.nights * grow(self.nights[helper], difference(&facts.night))
            + self.weights.weekends * grow(self.weekends[helper], difference(&facts.weekend))
            + self.weights.hours * grow(self.hours[helper], difference(&facts.hours))
            + way(into)
            - way(out)
    }

    /// What one leaving and one joining does to a shift's part of the cost: groups split, places empty.
    pub fn change(&self, shift: usize, out: Option<usize>, into: Option<usize>) -> i64 {
        let facts = self.facts;
        let (left, joined) = (
            out.and_then(|h| facts.group[h]),
            into.and_then(|h| facts.group[h]),
        );
        let mut groups = 0;
        if left != joined {
            if let Some(group) = left {
                let (full, present) = (facts.full(shift, group), self.present(shift, group));
                groups += split(full, present - 1) - split(full, present);
            }
            if let Some(group) = joined {
                let (full, present) = (facts.full(shift, group), self.present(shift, group));
                groups += split(full, present + 1) - split(full, present);
            }
        }
        let size = self.crews[shift].len();
        let after = size + usize::from(into.is_some()) - usize::from(out.is_some());
        let needed = facts.needed(shift);
        let empty = whole(needed.saturating_sub(after)) - whole(needed.saturating_sub(size));
        self.weights.groups * groups + self.weights.empty * empty
    }

    /// What taking a place would add to the cost.
    pub fn price(&self, shift: usize, helper: usize) -> i64 {
        self.burden(helper, None, Some(shift)) + self.change(shift, None, Some(helper))
    }

    /// How many of a group stand on a shift.
    fn present(&self, shift: usize, group: usize) -> usize {
        let groups = &self.facts.group;
        self.crews[shift]
            .iter()
            .filter(|h| groups[**h] == Some(group))
            .count()
    }

    /// Puts a name on a shift.
    pub fn add(&mut self, shift: usize, helper: usize) {
        self.total += self.price(shift, helper);
        self.crews[shift].push(helper);
        self.duties[helper].push(shift);
        self.count(shift, helper, 1);
    }

    /// Takes a name off a shift, if it stands there and may be moved.
    pub fn remove(&mut self, shift: usize, helper: usize) {
        let fixed = self.fixed[shift];
        let Some(at) = self.crews[shift].iter().skip(fixed).position(|h| *h == helper) else {
            return;
        };
        self.total += self.burden(helper, Some(shift), None) + self.change(shift, Some(helper), None);
        self.crews[shift].swap_remove(fixed + at);
        self.duties[helper].retain(|other| *other != shift);
        self.count(shift, helper, -1);
    }

    fn count(&mut self, shift: usize, helper: usize, sign: i64) {
        let facts = self.facts;
        self.nights[helper] += sign * facts.night[shift];
        self.weekends[helper] += sign * facts.weekend[shift];
        self.hours[helper] += sign * facts.hours[shift];
        for (week, minutes) in &facts.weeks[shift] {
            self.minutes[helper * facts.week_count + week] += sign * minutes;
        }
    }
}

#[cfg(test)]
mod tests;
