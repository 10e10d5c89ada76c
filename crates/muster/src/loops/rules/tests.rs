use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3_600_000;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_millis(hour * HOUR)
}

fn span(from: i64, until: i64) -> Span {
    Span {
        from: at(from),
        until: at(until),
    }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn id<T: From<uuid::Uuid>>(n: u128) -> T {
    uuid::Uuid::from_u128(n).into()
}

/// The loop 1 at post 1 lasts from hour 100 to 200.
fn loops() -> Vec<Running> {
    vec![Running {
        id: id(1),
        name: "闭环".into(),
        post: id(1),
        span: span(100, 200),
    }]
}

fn stay(helper: u128, closed_loop: u128, from: i64, until: i64) -> Stay {
    Stay {
        helper: id(helper),
        closed_loop: id(closed_loop),
        post: id(closed_loop),
        span: span(from, until),
    }
}

#[test]
fn who_may_stand_on_which_shift() {
    let (closed, inside) = (Err(CLOSED_LOOP), Err(HELPER_IN_LOOP));
    // Helper 7 is inside from hour 110 to 150; helper 8 is in loop 2 at post 2 then.
    let stays = [stay(7, 1, 110, 150), stay(8, 2, 110, 150)];
    for (helper, post, shift, wanted, why) in [
        (7, 1, span(110, 118), Ok(()), "inside all the time"),
        (7, 1, span(142, 150), Ok(()), "until coming out"),
        (7, 1, span(106, 114), closed, "not inside at its beginning"),
        (7, 1, span(146, 154), closed, "out before its end"),
        (7, 1, span(160, 168), closed, "out again"),
        (9, 1, span(120, 128), closed, "never inside"),
        (8, 1, span(120, 128), closed, "inside another"),
        (9, 1, span(92, 100), Ok(()), "over when the loop begins"),
        (9, 1, span(200, 208), Ok(()), "begins when the loop is over"),
        (9, 1, span(92, 101), closed, "reaches into the loop"),
        (9, 1, span(199, 208), closed, "begins in the loop"),
        (7, 3, span(120, 128), inside, "elsewhere during the stay"),
        (7, 3, span(100, 111), inside, "reaches into the stay"),
        (7, 3, span(149, 156), inside, "begins in the stay"),
        (7, 3, span(102, 110), Ok(()), "elsewhere before going in"),
        (7, 3, span(150, 158), Ok(()), "elsewhere after coming out"),
        (9, 3, span(120, 128), Ok(()), "has nothing to do with loops"),
    ] {
        let got = may_stand(id(helper), (id(post), shift), &loops(), &stays);
        assert_eq!(got, wanted, "{why}");
    }
}

#[test]
fn a_shift_may_reach_beyond_the_loop_at_both_ends() {
    let whole = [stay(7, 1, 100, 200)];
    for shift in [span(96, 104), span(196, 204), span(90, 210)] {
        assert_eq!(may_stand(id(7), (id(1), shift), &loops(), &whole), Ok(()));
    }
}

#[test]
fn when_the_next_test_is_due() {
    use TestResult::{Negative, Pending, Positive};
    let entered = day("2022-03-28");
    for (last, every, due) in [
        (None, 2, Some("2022-03-28")),
        (Some(("2022-03-28", Negative)), 1, Some("2022-03-29")),
        (Some(("2022-03-30", Pending)), 2, Some("2022-04-01")),
        (Some(("2022-03-30", Positive)), 2, None),
    ] {
        let last = last.map(|(text, result)| (day(text), result));
        assert_eq!(next_test(entered, last, every), due.map(day), "{last:?}");
    }
}

#[test]
fn how_long_somebody_has_rested() {
    let eight = Duration::from_secs(8 * 3600);
    // Hour 0 is 08:00 at the place; its day lasts until hour 16.
    let rest = |shifts: &[Span], now| rest(shifts, at(now), eight);
    assert_eq!(rest(&[], 0), Rest::default());
    let two = [span(-6, 2), span(9, 13)];
    let between = rest(&two, 4);
    assert_eq!(
        between,
        Rest {
            today: 12 * HOUR,
            on: false,
            since: Some(2 * HOUR),
            until: Some(5 * HOUR),
            short: true,
        }
    );
    let on = rest(&two, 1);
    assert!(on.on && on.short && on.since.is_none() && on.until == Some(8 * HOUR));
    assert!(
        !rest(&[span(-6, 2), span(10, 14)], 4).short,
        "eight hours are enough"
    );
    let over_midnight = rest(&[span(14, 22)], 4);
    assert_eq!(over_midnight.today, 2 * HOUR, "only what lies on the day");
    let last = rest(&two, 14);
    assert_eq!((last.since, last.until, last.short), (Some(HOUR), None, false));
}

#[test]
fn the_shortest_rest_of_some_days() {
    assert_eq!(least_rest(&[]), None);
    assert_eq!(least_rest(&[span(0, 8)]), None);
    let three = [span(30, 38), span(0, 8), span(14, 22)];
    assert_eq!(least_rest(&three), Some(6 * HOUR));
}

#[test]
fn what_is_needed() {
    assert_eq!(needed((Per::Person, 15), 11, 1), 165);
    assert_eq!(needed((Per::Person, 15), 11, 20), 3_300);
    assert_eq!(needed((Per::Loop, 25), 11, 20), 500);
    assert_eq!(needed((Per::Person, 15), 0, 20), 0);
    let (first, end) = (day("2022-03-28"), day("2022-04-17"));
    for (today, left) in [
        ("2022-03-20", 21),
        ("2022-03-28", 21),
        ("2022-04-16", 2),
        ("2022-04-17", 1),
        ("2022-04-18", 0),
        ("2022-05-18", 0),
    ] {
        assert_eq!(days_left(day(today), first, end), left, "{today}");
    }
}

#[test]
fn quantities_as_typed() {
    for (text, read) in [
        ("2", Some(20)),
        ("0.5", Some(5)),
        ("12.3", Some(123)),
        ("0", None),
        ("0.0", None),
        ("", None),
        (".5", None),
        ("1.", None),
        ("1.25", None),
        ("-1", None),
        ("1e3", None),
        ("99999999", None),
        ("两", None),
    ] {
        assert_eq!(tenths(text), read, "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_shown_is_read_again(tenths in 1_i64..600_000) {
        prop_assert_eq!(super::tenths(&shown(tenths)), Some(tenths));
    }

    /// Whoever may stand inside may not stand elsewhere at the same time, and the other way round.
    #[test]
    fn inside_or_elsewhere_but_not_both(from in 0_i64..300, long in 1_i64..24, stay_from in 100_i64..199, stay_long in 1_i64..100) {
        let shift = span(from, from + long);
        let own = [stay(7, 1, stay_from, (stay_from + stay_long).min(200))];
        let here = may_stand(id(7), (id(1), shift), &loops(), &own);
        let there = may_stand(id(7), (id(3), shift), &loops(), &own);
        if shift.overlaps(loops()[0].span) {
            prop_assert!(here.is_err() || there.is_err());
        } else {
            prop_assert!(here.is_ok() && there.is_ok());
        }
    }
}
