//! Small instances of all kinds, with fixed names that break any rule.

use proptest::{collection::vec, option, prelude::*};
use rota::{Assignment, Helper, Instance, Rules, Shift, Span, Stay, Weights};

const DAY: i64 = 24 * 60;

fn span(days: i64, longest: i64) -> impl Strategy<Value = Span> {
    (0..days * 48, 1..=longest).prop_map(|(start, length)| Span::new(start * 30, (start + length) * 30))
}

/// Rows and columns of the table of ways; one of them may be missing in it.
const SPOTS: u32 = 4;

fn spot() -> impl Strategy<Value = Option<u32>> {
    option::of(0..SPOTS)
}

fn metres() -> impl Strategy<Value = Vec<Vec<i64>>> {
    vec(vec(0i64..4_000, 3..=4), 3..=4)
}

fn rarely(below: u32) -> impl Strategy<Value = Option<u32>> {
    option::weighted(0.2, 0..below)
}

fn shift(days: i64) -> impl Strategy<Value = Shift> {
    let asks = (0u32..4, 0u64..4, any::<bool>(), 0u32..4);
    // Full and half days as well as odd hours, so that shifts touch each other.
    let hours = prop_oneof![
        (0..days * 3).prop_map(|third| Span::new(third * 480, third * 480 + 480)),
        (0..days * 2).prop_map(|half| Span::new(half * 720, half * 720 + 720)),
        span(days, 30),
    ];
    (hours, asks, spot(), rarely(2), rarely(2)).prop_map(
        |(span, (needed, skills, risky, together), place, org, closed_loop)| Shift {
            span,
            needed,
            // A skill is asked for by a quarter of the shifts.
            skills: u64::from(skills == 3),
            covered_to: risky.then_some(span.end),
            place,
            org,
            closed_loop,
            together,
        },
    )
}

fn helper(days: i64) -> impl Strategy<Value = Helper> {
    let long = vec(span(days, days * 24), 1..4);
    let stay = (0u32..2, span(days, days * 48)).prop_map(|(closed_loop, span)| Stay { closed_loop, span });
    let time = (
        option::weighted(0.3, long),
        vec(span(days, 24), 0..2),
        prop_oneof![4 => Just(Vec::new()), 1 => vec(stay, 1..3)],
        option::weighted(0.3, 0..days * DAY),
    );
    let past = (0i64..2_000, 0u32..4, 0u32..3, option::weighted(0.3, 0i64..1_500));
    (
        time,
        past,
        0u64..4,
        spot(),
        option::of(0u32..2),
        option::of(0u32..3),
    )
        .prop_map(
            |((available, unavailable, stays, cover_until), past, skills, home, org, group)| {
                let (already_minutes, nights_before, weekends_before, week_minutes) = past;
                Helper {
                    skills,
                    cover_until,
                    available,
                    unavailable,
                    home,
                    org,
                    stays,
                    group,
                    week_minutes,
                    already_minutes,
                    nights_before,
                    weekends_before,
                }
            },
        )
}

fn rules() -> impl Strategy<Value = Rules> {
    let weights = (0i64..100, 0i64..100, 0i64..3, 0i64..50, 0i64..200);
    (
        prop_oneof![Just(480), Just(0), 0i64..900],
        prop_oneof![Just(44 * 60), 0i64..2_000],
        prop_oneof![Just(0), -DAY * 7..DAY * 7],
        weights,
    )
        .prop_map(
            |(rest, week_minutes, monday, (nights, weekends, hours, travel, groups))| Rules {
                rest,
                week_minutes,
                monday,
                weights: Weights {
                    empty: 1_000_000,
                    nights,
                    weekends,
                    hours,
                    travel,
                    groups,
                },
                ..Rules::default()
            },
        )
}

/// Names by which one of a hundred does not exist.
pub fn names(most: usize) -> impl Strategy<Value = Vec<Assignment>> {
    let name = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    vec(name, 0..=most).prop_map(|names| {
        names
            .into_iter()
            .map(|(shift, helper)| Assignment {
                shift: shift.index(100),
                helper: helper.index(100),
            })
            .collect()
    })
}

/// Brings most names down to shifts and helpers that exist.
pub fn fit(names: &[Assignment], shifts: usize, helpers: usize) -> Vec<Assignment> {
    let within = |index: usize, end: usize| if index == 99 { index } else { index % end.max(1) };
    names
        .iter()
        .map(|name| Assignment {
            shift: within(name.shift, shifts),
            helper: within(name.helper, helpers),
        })
        .collect()
}

/// Instances with at most so many shifts and helpers, within so many days.
pub fn instance(shifts: usize, helpers: usize, days: i64) -> impl Strategy<Value = Instance> {
    (
        vec(shift(days), 0..=shifts),
        vec(helper(days), 0..=helpers),
        prop_oneof![2 => Just(Vec::new()), 1 => names(4)],
        prop_oneof![2 => Just(Vec::new()), 1 => names(6)],
        metres(),
        rules(),
    )
        .prop_map(|(shifts, helpers, fixed, barred, metres, rules)| Instance {
            barred: fit(&barred, shifts.len(), helpers.len()).into_iter().collect(),
            fixed: fit(&fixed, shifts.len(), helpers.len()),
            shifts,
            helpers,
            metres,
            rules,
        })
}
