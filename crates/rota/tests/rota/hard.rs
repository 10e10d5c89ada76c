//! Each hard rule by itself, checked the long way round: minute by minute where it is about time. A name that
//! was not fixed never breaks one.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rota::{Assignment, Budget, Helper, Instance, Shift, Span, solve};

use crate::instances::instance;

const BUDGET: Budget = Budget { work: 2_000, seed: 5 };

/// The names that were not fixed.
fn chosen(instance: &Instance) -> Vec<Assignment> {
    let names = solve(instance, BUDGET).names;
    names
        .into_iter()
        .filter(|name| !instance.fixed.contains(name))
        .collect()
}

fn each(instance: &Instance, rule: impl Fn(&Shift, &Helper) -> bool) -> Result<(), TestCaseError> {
    for name in chosen(instance) {
        let (shift, helper) = (&instance.shifts[name.shift], &instance.helpers[name.helper]);
        prop_assert!(rule(shift, helper), "{name:?}: {shift:?} {helper:?}");
    }
    Ok(())
}

fn minutes(span: Span) -> impl Iterator<Item = i64> {
    span.start..span.end
}

fn within(minute: i64, span: Span) -> bool {
    span.start <= minute && minute < span.end
}

/// Every pair of duties of one helper of which one at least was not fixed.
fn pairs(instance: &Instance) -> Vec<(Assignment, Assignment)> {
    let names = solve(instance, BUDGET).names;
    let mut pairs = Vec::new();
    for one in &names {
        for other in names.iter().filter(|o| o.helper == one.helper && *o > one) {
            if !(instance.fixed.contains(one) && instance.fixed.contains(other)) {
                pairs.push((*one, *other));
            }
        }
    }
    pairs
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn skill(instance in instance(12, 8, 9)) {
        each(&instance, |shift, helper| {
            (0..64).all(|bit| shift.skills >> bit & 1 == 0 || helper.skills >> bit & 1 == 1)
        })?;
    }

    #[test]
    fn cover(instance in instance(12, 8, 9)) {
        each(&instance, |shift, helper| {
            let covered = |needed| helper.cover_until.is_none_or(|until| until >= needed);
            shift.covered_to.is_none_or(covered)
        })?;
    }

    #[test]
    fn availability(instance in instance(12, 8, 9)) {
        each(&instance, |shift, helper| {
            minutes(shift.span).all(|minute| {
                let comes = helper.available.as_ref();
                comes.is_none_or(|spans| spans.iter().any(|span| within(minute, *span)))
                    && !helper.unavailable.iter().any(|span| within(minute, *span))
            })
        })?;
    }

    #[test]
    fn kept_for_an_organisation(instance in instance(12, 8, 9)) {
        each(&instance, |shift, helper| shift.org.is_none() || shift.org == helper.org)?;
    }

    #[test]
    fn closed_loop_takes_only_its_own(instance in instance(12, 8, 9)) {
        each(&instance, |shift, helper| {
            shift.closed_loop.is_none_or(|closed_loop| {
                minutes(shift.span).all(|minute| {
                    let mut stays = helper.stays.iter();
                    stays.any(|stay| stay.closed_loop == closed_loop && within(minute, stay.span))
                })
            })
        })?;
    }

    #[test]
    fn who_lives_in_a_loop_stands_nowhere_else(instance in instance(12, 8, 9)) {
        each(&instance, |shift, helper| {
            minutes(shift.span).all(|minute| {
                let mut inside = helper.stays.iter().filter(|stay| within(minute, stay.span));
                inside.all(|stay| Some(stay.closed_loop) == shift.closed_loop)
            })
        })?;
    }

    #[test]
    fn who_is_not_wanted_there(instance in instance(12, 8, 9)) {
        for name in chosen(&instance) {
            prop_assert!(!instance.barred.contains(&name), "{name:?}");
        }
    }

    #[test]
    fn one_place_at_a_time(instance in instance(12, 4, 5)) {
        for (one, other) in pairs(&instance) {
            let (a, b) = (instance.shifts[one.shift].span, instance.shifts[other.shift].span);
            prop_assert!(minutes(a).all(|minute| !within(minute, b)), "{one:?} {other:?}");
        }
    }

    #[test]
    fn rest(instance in instance(12, 4, 5)) {
        let rest = instance.rules.rest;
        for (one, other) in pairs(&instance) {
            let (a, b) = (instance.shifts[one.shift].span, instance.shifts[other.shift].span);
            prop_assert!(a.end + rest <= b.start || b.end + rest <= a.start, "{one:?} {other:?}");
        }
    }

    #[test]
    fn weekly_limit(instance in instance(14, 3, 16)) {
        let rules = &instance.rules;
        let mut weeks: BTreeMap<(usize, i64), (i64, bool)> = BTreeMap::new();
        for name in solve(&instance, BUDGET).names {
            for minute in minutes(instance.shifts[name.shift].span) {
                let week = (minute - rules.monday).div_euclid(7 * 24 * 60);
                let entry = weeks.entry((name.helper, week)).or_default();
                entry.0 += 1;
                entry.1 |= !instance.fixed.contains(&name);
            }
        }
        for ((helper, week), (minutes, chosen)) in weeks {
            let own = instance.helpers[helper].week_minutes.unwrap_or(i64::MAX);
            let most = own.min(rules.week_minutes);
            prop_assert!(!chosen || minutes <= most, "{helper} in week {week}: {minutes} of {most}");
        }
    }

    #[test]
    fn never_more_than_needed(instance in instance(8, 8, 5)) {
        let names = solve(&instance, BUDGET).names;
        for (at, shift) in instance.shifts.iter().enumerate() {
            let crew: Vec<&Assignment> = names.iter().filter(|name| name.shift == at).collect();
            let chosen = crew.iter().any(|name| !instance.fixed.contains(name));
            prop_assert!(!chosen || crew.len() <= shift.needed as usize, "{at}");
        }
        prop_assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "sorted, nobody twice");
    }
}
