use super::*;

/// Minutes from Monday's midnight: day of the week (0 is Monday), hour, minute.
const fn at(day: i64, hour: i64, minute: i64) -> i64 {
    day * DAY + hour * 60 + minute
}

#[test]
fn nights() {
    let rules = Rules::default();
    for (start, end, night) in [
        (at(0, 8, 0), at(0, 16, 0), false),
        (at(0, 16, 0), at(1, 0, 0), true),
        (at(0, 16, 0), at(0, 23, 59), false),
        (at(0, 0, 0), at(0, 8, 0), true),
        (at(0, 20, 0), at(1, 8, 0), true),
        (at(0, 4, 0), at(0, 12, 0), true),
        (at(0, 4, 1), at(0, 12, 0), false),
        (at(0, 23, 0), at(1, 0, 30), false),
        // One hour of the night before and one of the next: no night.
        (at(0, 5, 0), at(0, 23, 0), false),
        // Two hours of the next after a whole day.
        (at(0, 6, 0), at(1, 0, 0), true),
        (at(-1, 22, 0), at(0, 6, 0), true),
    ] {
        assert_eq!(is_night(Span::new(start, end), &rules), night, "{start} to {end}");
    }
    let never = Rules {
        night_from: 0,
        night_to: 0,
        ..rules
    };
    assert!(!is_night(Span::new(0, WEEK), &never), "a night without length");
    let early = Rules {
        night_from: 60,
        night_to: 5 * 60,
        ..rules
    };
    assert!(is_night(Span::new(at(0, 3, 0), at(0, 9, 0)), &early));
    assert!(!is_night(Span::new(at(0, 22, 0), at(1, 2, 0)), &early));
}

#[test]
fn weekends() {
    let rules = Rules::default();
    for (start, end, weekend) in [
        (at(4, 16, 0), at(5, 0, 0), false),
        (at(4, 20, 0), at(5, 2, 0), true),
        (at(4, 20, 0), at(5, 1, 59), false),
        (at(5, 0, 0), at(5, 8, 0), true),
        (at(6, 16, 0), at(7, 0, 0), true),
        (at(6, 23, 0), at(7, 7, 0), false),
        (at(6, 22, 0), at(7, 6, 0), true),
        (at(7, 0, 0), at(7, 8, 0), false),
        (at(-1, 8, 0), at(-1, 16, 0), true),
    ] {
        assert_eq!(
            is_weekend(Span::new(start, end), &rules),
            weekend,
            "{start} to {end}"
        );
    }
}

#[test]
fn a_shift_over_midnight_of_sunday_counts_in_both_weeks() {
    let rules = Rules::default();
    let of = |span: Span, rules: &Rules| weeks(span, rules).collect::<Vec<_>>();
    assert_eq!(
        of(Span::new(at(6, 20, 0), at(7, 8, 0)), &rules),
        [(0, 240), (1, 480)]
    );
    assert_eq!(of(Span::new(at(6, 16, 0), at(7, 0, 0)), &rules), [(0, 480)]);
    assert_eq!(of(Span::new(at(7, 0, 0), at(7, 8, 0)), &rules), [(1, 480)]);
    assert_eq!(of(Span::new(at(-1, 8, 0), at(-1, 9, 0)), &rules), [(-1, 60)]);
    // The origin is a Wednesday: Monday begins five days later.
    let wednesday = Rules {
        monday: 5 * DAY,
        ..rules
    };
    assert_eq!(
        of(Span::new(5 * DAY - 60, 5 * DAY + 60), &wednesday),
        [(-1, 60), (0, 60)]
    );
    assert!(is_weekend(Span::new(3 * DAY, 3 * DAY + 480), &wednesday));
    assert!(!is_weekend(Span::new(5 * DAY, 5 * DAY + 480), &wednesday));
}

#[test]
fn hours_are_rounded_half_up() {
    for (minutes, whole) in [(0, 0), (29, 0), (30, 1), (480, 8), (510, 9)] {
        assert_eq!(hours(minutes), whole, "{minutes}");
    }
}
