//! Explanations are exact: what they say follows from [`violations`], which works without the search's tables.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rota::{Assignment, Budget, Instance, Rule, candidates, explain, solve, violations};

use crate::instances::{fit, instance, names};

/// The rules that one more name would break.
fn broken_by(instance: &Instance, names: &[Assignment], name: Assignment) -> Vec<Rule> {
    let before = violations(instance, names);
    let mut more = names.to_vec();
    more.push(name);
    let mut rules: Vec<Rule> = violations(instance, &more)
        .into_iter()
        .filter(|violation| !before.contains(violation))
        .map(|violation| violation.rule)
        .collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn crew(names: &[Assignment], shift: usize, helpers: usize) -> Vec<usize> {
    (0..helpers)
        .filter(|helper| {
            names.contains(&Assignment {
                shift,
                helper: *helper,
            })
        })
        .collect()
}

fn check(instance: &Instance, names: &[Assignment]) -> Result<(), TestCaseError> {
    let told = explain(instance, names);
    let helpers = instance.helpers.len();
    let mut at = told.iter();
    for (shift, wanted) in instance.shifts.iter().enumerate() {
        let here = crew(names, shift, helpers);
        let places = (wanted.needed as usize).saturating_sub(here.len());
        if places == 0 {
            continue;
        }
        let empty = at.next().unwrap();
        prop_assert_eq!(
            (empty.shift, empty.places, empty.here),
            (shift, places, here.len())
        );
        let mut free = Vec::new();
        let mut counts: BTreeMap<Rule, usize> = BTreeMap::new();
        for helper in (0..helpers).filter(|helper| !here.contains(helper)) {
            let rules = broken_by(instance, names, Assignment { shift, helper });
            match rules.first() {
                None => free.push(helper),
                Some(first) => *counts.entry(*first).or_default() += 1,
            }
            let candidate = candidates(instance, names, shift)
                .into_iter()
                .find(|candidate| candidate.helper == helper)
                .unwrap();
            prop_assert_eq!(candidate.reasons.iter().collect::<Vec<_>>(), rules);
        }
        prop_assert_eq!(&empty.free, &free);
        prop_assert_eq!(&empty.counts, &counts.into_iter().collect::<Vec<_>>());
        for miss in &empty.near {
            let name = Assignment {
                shift,
                helper: miss.helper,
            };
            prop_assert_eq!(broken_by(instance, names, name), [miss.rule]);
        }
    }
    prop_assert!(at.next().is_none(), "only empty places are explained");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn of_any_names(instance in instance(7, 7, 7), names in names(12)) {
        let names = fit(&names, instance.shifts.len(), instance.helpers.len());
        check(&instance, &names)?;
    }

    #[test]
    fn of_a_proposal(instance in instance(9, 6, 7)) {
        let names = solve(&instance, Budget { work: 1_000, seed: 1 }).names;
        check(&instance, &names)?;
        prop_assert!(explain(&instance, &names).iter().all(|empty| empty.free.is_empty()));
    }
}

#[test]
fn a_page_can_say_it_in_words() {
    use rota::{Helper, Shift, Span};
    let shift = |start: i64, needed: u32, skills: u64| Shift {
        span: Span::new(start * 60, start * 60 + 480),
        needed,
        skills,
        ..Shift::default()
    };
    let skilled = Helper {
        skills: 1,
        ..Helper::default()
    };
    let away = Helper {
        unavailable: vec![Span::new(12 * 60, 13 * 60)],
        ..skilled.clone()
    };
    let instance = Instance {
        // The first is over two hours before the second begins, which is the empty one.
        shifts: vec![shift(0, 1, 0), shift(10, 3, 1)],
        helpers: vec![Helper::default(), skilled, away],
        ..Instance::default()
    };
    let told = explain(&instance, &[Assignment { shift: 0, helper: 1 }]);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].places, 3);
    assert_eq!(
        told[0].counts,
        [(Rule::Skill, 1), (Rule::Available, 1), (Rule::Rest, 1)]
    );
    let near: Vec<_> = told[0]
        .near
        .iter()
        .map(|m| (m.helper, m.rule, m.by, m.other))
        .collect();
    assert_eq!(
        near,
        [
            (1, Rule::Rest, 360, Some(0)),
            (2, Rule::Available, 60, None),
            (0, Rule::Skill, 0, None),
        ]
    );
}
