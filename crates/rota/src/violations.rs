//! The rules a list of names breaks, for a page on which people change a proposal, and for tests.

use crate::{
    cost::whole,
    instance::{Assignment, Instance},
    rule::{Rule, standing},
};
use std::collections::BTreeMap;

/// A broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Violation {
    /// Where: position of the shift. For [`Rule::Week`] the first of that week.
    pub shift: usize,
    /// Who: position of the helper; none for [`Rule::Full`].
    pub helper: Option<usize>,
    /// Which rule.
    pub rule: Rule,
    /// The other shift, for [`Rule::Busy`] and [`Rule::Rest`]; it is the one later in the list.
    pub other: Option<usize>,
    /// By how much: minutes of rest missing ([`Rule::Rest`]) or above the limit ([`Rule::Week`]), names too
    /// many ([`Rule::Full`], [`Rule::Twice`]), else 0.
    pub by: i64,
}

/// Every rule these names break, by shift and helper.
pub fn violations(instance: &Instance, names: &[Assignment]) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut times: BTreeMap<Assignment, usize> = BTreeMap::new();
    for name in names {
        if name.shift < instance.shifts.len() && name.helper < instance.helpers.len() {
            *times.entry(*name).or_default() += 1;
        } else {
            found.push(of(*name, Rule::Unknown, 0));
        }
    }
    let mut crews: BTreeMap<usize, usize> = BTreeMap::new();
    let mut duties: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (name, times) in times {
        if times > 1 {
            found.push(of(name, Rule::Twice, whole(times - 1)));
        }
        let reasons = standing(instance, name);
        found.extend(reasons.iter().map(|rule| of(name, rule, 0)));
        *crews.entry(name.shift).or_default() += 1;
        duties.entry(name.helper).or_default().push(name.shift);
    }
    for (shift, crew) in crews {
        let needed = instance.shifts[shift].needed as usize;
        if crew > needed {
            found.push(Violation {
                shift,
                helper: None,
                rule: Rule::Full,
                other: None,
                by: whole(crew - needed),
            });
        }
    }
    for (helper, shifts) in duties {
        too_close(instance, helper, &shifts, &mut found);
        too_much(instance, helper, &shifts, &mut found);
    }
    found.sort_unstable();
    found
}

fn of(name: Assignment, rule: Rule, by: i64) -> Violation {
    Violation {
        shift: name.shift,
        helper: Some(name.helper),
        rule,
        other: None,
        by,
    }
}

/// One place at a time, and rest between two.
fn too_close(instance: &Instance, helper: usize, shifts: &[usize], found: &mut Vec<Violation>) {
    let rest = instance.rules.rest.max(0);
    let span = |shift: usize| instance.shifts[shift].span;
    for (at, shift) in shifts.iter().enumerate() {
        for other in &shifts[at + 1..] {
            let gap = span(*shift).gap(span(*other));
            if gap < rest {
                let rule = if gap < 0 { Rule::Busy } else { Rule::Rest };
                found.push(Violation {
                    shift: *shift,
                    helper: Some(helper),
                    rule,
                    other: Some(*other),
                    by: if gap < 0 { 0 } else { rest - gap },
                });
            }
        }
    }
}

/// The minutes of each week.
fn too_much(instance: &Instance, helper: usize, shifts: &[usize], found: &mut Vec<Violation>) {
    let rules = &instance.rules;
    let most = instance.helpers[helper]
        .week_minutes
        .map_or(rules.week_minutes, |most| most.min(rules.week_minutes));
    let mut weeks: BTreeMap<i64, (usize, i64)> = BTreeMap::new();
    for shift in shifts {
        for (week, minutes) in crate::calendar::weeks(instance.shifts[*shift].span, rules) {
            weeks.entry(week).or_insert((*shift, 0)).1 += minutes;
        }
    }
    for (shift, minutes) in weeks.into_values() {
        if minutes > most {
            found.push(Violation {
                shift,
                helper: Some(helper),
                rule: Rule::Week,
                other: None,
                by: minutes - most,
            });
        }
    }
}
