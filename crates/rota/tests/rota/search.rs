//! What the search promises beside the hard rules.

use proptest::prelude::*;
use rota::{Assignment, Budget, Rule, cost, lower_bound, solve, violations};

use crate::instances::instance;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn fixed_names_stay(instance in instance(10, 6, 7), seed: u64) {
        let names = solve(&instance, Budget { work: 1_000, seed }).names;
        for name in &instance.fixed {
            let exists = name.shift < instance.shifts.len() && name.helper < instance.helpers.len();
            prop_assert_eq!(names.contains(name), exists);
        }
    }

    #[test]
    fn warnings_are_all_that_is_broken(instance in instance(10, 6, 7), seed: u64) {
        let proposal = solve(&instance, Budget { work: 1_000, seed });
        prop_assert_eq!(&proposal.warnings, &violations(&instance, &instance.fixed));
        let mut of_fixed = proposal.warnings;
        // The proposal leaves out what does not exist and says a name once.
        of_fixed.retain(|warning| !matches!(warning.rule, Rule::Unknown | Rule::Twice));
        prop_assert_eq!(violations(&instance, &proposal.names), of_fixed);
    }

    #[test]
    fn the_same_again(instance in instance(10, 6, 7), seed: u64, work in 0u64..3_000) {
        let budget = Budget { work, seed };
        prop_assert_eq!(solve(&instance, budget), solve(&instance, budget));
    }

    #[test]
    fn cost_is_counted_and_above_the_bound(instance in instance(10, 6, 9), seed: u64) {
        let proposal = solve(&instance, Budget { work: 1_000, seed });
        prop_assert_eq!(proposal.cost, cost(&instance, &proposal.names));
        let bound = lower_bound(&instance);
        prop_assert!(bound.total <= proposal.cost.total(), "{bound:?} {:?}", proposal.cost);
        prop_assert!(bound.empty * instance.rules.weights.empty <= proposal.cost.empty);
    }

    #[test]
    fn no_place_is_left_that_somebody_could_simply_take(instance in instance(10, 6, 7), work in 0u64..1_000) {
        let mut names = solve(&instance, Budget { work, seed: 1 }).names;
        let broken = violations(&instance, &names);
        for (at, shift) in instance.shifts.iter().enumerate() {
            let here: Vec<usize> = names.iter().filter(|n| n.shift == at).map(|n| n.helper).collect();
            if here.len() >= shift.needed as usize {
                continue;
            }
            for helper in (0..instance.helpers.len()).filter(|helper| !here.contains(helper)) {
                names.push(Assignment { shift: at, helper });
                prop_assert_ne!(&violations(&instance, &names), &broken, "{} could take {}", helper, at);
                names.pop();
            }
        }
    }
}
