use super::*;
use crate::{cost::cost, random::Random, sample};

#[test]
fn the_cost_kept_in_step_is_the_cost_counted_anew() {
    for seed in 0..20 {
        let instance = sample(seed, 40, 25);
        let facts = Facts::new(&instance);
        let mut random = Random::new(seed);
        let mut roster = Roster::new(&facts);
        for _ in 0..300 {
            let (shift, helper) = (random.below(40), random.below(25));
            let before = roster.total();
            if !roster.stands(shift, helper) {
                // Whether the rules allow it or not, and beyond the places too.
                let price = roster.price(shift, helper);
                roster.add(shift, helper);
                assert_eq!(roster.total(), before + price);
            } else if !roster.is_fixed(shift, helper) {
                roster.remove(shift, helper);
            }
            assert_eq!(roster.total(), cost(&instance, &roster.names()).total());
        }
        assert!(
            instance
                .fixed
                .iter()
                .all(|name| roster.stands(name.shift, name.helper))
        );
    }
}

#[test]
fn a_change_of_two_is_what_both_steps_make() {
    let instance = sample(3, 40, 25);
    let facts = Facts::new(&instance);
    let mut random = Random::new(3);
    let mut roster = Roster::only(&facts, &[]);
    for _ in 0..2_000 {
        let (shift, joiner, other) = (random.below(40), random.below(25), random.below(40));
        if roster.stands(shift, joiner) || shift == other {
            continue;
        }
        let leaver = random.pick(roster.movable(shift)).copied();
        let out = roster.stands(other, joiner).then_some(other);
        let foreseen = roster.change(shift, leaver, Some(joiner))
            + roster.burden(joiner, out, Some(shift))
            + leaver.map_or(0, |h| roster.burden(h, Some(shift), None))
            + out.map_or(0, |duty| roster.change(duty, Some(joiner), None));
        let before = roster.total();
        if let Some(leaver) = leaver {
            roster.remove(shift, leaver);
        }
        if let Some(duty) = out {
            roster.remove(duty, joiner);
        }
        roster.add(shift, joiner);
        assert_eq!(roster.total() - before, foreseen);
        if random.percent(30) {
            let more = random.below(25);
            if !roster.stands(other, more) {
                roster.add(other, more);
            }
        }
    }
}
