use super::*;
use crate::{
    instance::{Helper, Shift, Span},
    sample,
    solve::{Budget, solve},
};

#[test]
fn nobody_to_ask() {
    let shift = |start: i64| Shift {
        span: Span::new(start * 60, start * 60 + 480),
        needed: 1,
        skills: 1,
        ..Shift::default()
    };
    let skilled = Helper {
        skills: 1,
        ..Helper::default()
    };
    // shifts begin at these hours; helpers with the skill; places that stay empty
    for (starts, helpers, empty) in [
        (vec![0, 24], 0, 2),
        (vec![0, 24], 1, 0),
        // Four hours of rest only.
        (vec![0, 12], 1, 1),
        (vec![0, 12], 2, 0),
        // Five shifts of 8 h a week, no sixth; the seventh day belongs to the next week.
        ((0..8).map(|day| day * 24).collect(), 1, 2),
    ] {
        let instance = Instance {
            shifts: starts.iter().map(|start| shift(*start)).collect(),
            helpers: vec![skilled.clone(); helpers],
            ..Instance::default()
        };
        let bound = lower_bound(&instance);
        assert_eq!(bound.empty, empty, "{starts:?}, {helpers}");
        assert_eq!(
            solve(&instance, Budget::default()).cost.empty / 1_000_000,
            empty,
            "{starts:?}, {helpers}"
        );
    }
}

#[test]
fn the_bound_is_near() {
    for seed in 0..4 {
        let instance = sample(seed, 50, 30);
        let bound = lower_bound(&instance);
        let found = solve(
            &instance,
            Budget {
                work: 200_000,
                seed: 1,
            },
        );
        assert!(bound.total <= found.cost.total());
        let weighed = bound.total - bound.empty * instance.rules.weights.empty;
        assert!(
            found.cost.weighed() * 100 <= weighed * 115,
            "sample {seed}: {:?} {bound:?}",
            found.cost
        );
    }
}
