use super::*;
use crate::instance::{Helper, Rules, Shift, Span, Weights};

/// Two gates on a Monday by day, on the night after, and on Saturday; two of a group and one alone.
fn instance() -> Instance {
    let shift = |start: i64, needed: u32| Shift {
        span: Span::new(start * 60, start * 60 + 480),
        needed,
        place: Some(0),
        together: needed,
        ..Shift::default()
    };
    let mate = Helper {
        group: Some(7),
        home: Some(0),
        ..Helper::default()
    };
    Instance {
        shifts: vec![shift(8, 2), shift(24, 2), shift(5 * 24 + 8, 1)],
        helpers: vec![
            mate.clone(),
            mate,
            Helper {
                nights_before: 2,
                weekends_before: 1,
                already_minutes: 600,
                ..Helper::default()
            },
        ],
        fixed: Vec::new(),
        metres: vec![vec![5_000]],
        barred: std::collections::BTreeSet::new(),
        rules: Rules {
            weights: Weights {
                empty: 1_000_000,
                nights: 100,
                weekends: 10,
                hours: 1,
                travel: 3,
                groups: 1_000,
            },
            ..Rules::default()
        },
    }
}

#[test]
fn each_part() {
    // names; empty, nights, weekends, hours, travel, groups
    type Row = (&'static [(usize, usize)], [i64; 6]);
    let table: &[Row] = &[
        (&[], [5, 0, 0, 0, 0, 0]),
        // One of a group of two: 8 hours squared, 5 km, and one missing.
        (&[(0, 0)], [4, 0, 0, 64, 15, 1]),
        (&[(0, 0), (0, 1)], [3, 0, 0, 128, 30, 0]),
        // The third has no home, two nights and ten hours before: 3² - 2², 18² - 10².
        (&[(1, 2)], [4, 5, 0, 224, 0, 0]),
        (&[(2, 2)], [4, 0, 3, 224, 0, 0]),
        (&[(1, 2), (2, 2)], [3, 5, 3, 26 * 26 - 100, 0, 0]),
        (&[(1, 0), (1, 1)], [3, 2, 0, 128, 30, 0]),
        // The last shift has one place only: nobody is missing.
        (&[(2, 0)], [4, 0, 1, 64, 15, 0]),
        // Unknown and repeated names count once or not at all.
        (&[(0, 0), (0, 0), (9, 0), (0, 9)], [4, 0, 0, 64, 15, 1]),
        // More than needed: no place is less than empty.
        (&[(2, 0), (2, 2)], [4, 0, 4, 288, 15, 0]),
    ];
    for (names, [empty, nights, weekends, hours, travel, groups]) in table {
        let names: Vec<Assignment> = names
            .iter()
            .map(|(shift, helper)| Assignment {
                shift: *shift,
                helper: *helper,
            })
            .collect();
        let expected = Cost {
            empty: empty * 1_000_000,
            nights: nights * 100,
            weekends: weekends * 10,
            hours: *hours,
            travel: *travel,
            groups: groups * 1_000,
        };
        assert_eq!(cost(&instance(), &names), expected, "{names:?}");
    }
}

#[test]
fn groups_stand_together_as_far_as_is_wanted() {
    for (full, present, missing) in [(4, 0, 0), (4, 1, 3), (4, 3, 1), (4, 4, 0), (4, 5, 0), (0, 1, 0)] {
        assert_eq!(split(full, present), missing, "{present} of {full}");
    }
}
