//! Tiny instances of which every roster can be tried.

use proptest::prelude::*;
use rota::{Assignment, Budget, Instance, cost, lower_bound, solve, violations};

use crate::instances::instance;

/// The cost of the best roster that has the fixed names and breaks no further rule.
fn best(instance: &Instance) -> i64 {
    let mut names: Vec<Assignment> = Vec::new();
    for name in &instance.fixed {
        let exists = name.shift < instance.shifts.len() && name.helper < instance.helpers.len();
        if exists && !names.contains(name) {
            names.push(*name);
        }
    }
    let broken = violations(instance, &names);
    let all = (0..instance.shifts.len())
        .flat_map(|shift| (0..instance.helpers.len()).map(move |helper| Assignment { shift, helper }));
    let free: Vec<Assignment> = all.filter(|name| !names.contains(name)).collect();
    let mut best = i64::MAX;
    search(instance, &broken, &free, &mut names, &mut best);
    best
}

fn search(
    instance: &Instance,
    broken: &[rota::Violation],
    free: &[Assignment],
    names: &mut Vec<Assignment>,
    best: &mut i64,
) {
    // More names never mend a rule, so what is broken now stays broken.
    if violations(instance, names) != broken {
        return;
    }
    let Some((name, rest)) = free.split_first() else {
        *best = (*best).min(cost(instance, names).total());
        return;
    };
    names.push(*name);
    search(instance, broken, rest, names, best);
    names.pop();
    search(instance, broken, rest, names, best);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn nothing_is_better_than_the_best_nor_below_the_bound(instance in instance(4, 3, 4)) {
        let best = best(&instance);
        let found = solve(&instance, Budget { work: 3_000, seed: 1 }).cost.total();
        let bound = lower_bound(&instance);
        prop_assert!(found >= best, "found {found}, best {best}");
        prop_assert!(bound.total <= best, "{bound:?}, best {best}");
        prop_assert!(bound.empty * instance.rules.weights.empty <= best, "{bound:?}, best {best}");
    }
}

#[test]
fn the_best_is_found_in_most_cases() {
    let hits = (0..60)
        .filter(|seed| {
            let mut instance = rota::sample(*seed, 4, 4);
            instance
                .shifts
                .iter_mut()
                .for_each(|shift| shift.needed = shift.needed.min(2));
            instance.fixed.clear();
            let budget = Budget {
                work: 40_000,
                seed: 1,
            };
            solve(&instance, budget).cost.total() == best(&instance)
        })
        .count();
    assert!(hits >= 57, "{hits} of 60");
}
