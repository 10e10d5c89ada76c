use super::*;

fn line(weekdays: &str, from: &str, to: &str) -> week::Model {
    week::Model {
        helper_id: HelperId::default(),
        id: TimesId::default(),
        weekdays: weekdays.into(),
        from_time: from.into(),
        to_time: to.into(),
        noted_by: None,
        noted_at: Timestamp::default(),
    }
}

#[test]
fn nobody_without_lines_is_bound_to_hours() {
    let day: Day = "2020-02-10".parse().unwrap();
    assert_eq!(spans(&[], day, day), None);
}

#[test]
fn a_line_runs_over_midnight() {
    // Sunday 9 February, 22:00, to Monday, 06:00: asked for Monday alone, it is there.
    let monday: Day = "2020-02-10".parse().unwrap();
    let made = spans(&[line("7", "22:00", "06:00")], monday, monday).unwrap();
    let shown: Vec<(String, String)> = made
        .iter()
        .map(|(start, end)| (start.minute_text(), end.minute_text()))
        .collect();
    assert_eq!(
        shown,
        [("2020-02-09 22:00".to_owned(), "2020-02-10 06:00".to_owned())]
    );
    // The same time as beginning and end is the whole day round.
    let made = spans(&[line("1", "08:00", "08:00")], monday, monday).unwrap();
    assert_eq!(made[0].1.since(made[0].0), 24 * 3_600_000);
}

#[test]
fn overlapping_lines() {
    for (one, other, common) in [
        (("1", "08:00", "12:00"), ("1", "12:00", "18:00"), false),
        (("1", "08:00", "12:01"), ("1", "12:00", "18:00"), true),
        (("12345", "18:00", "22:00"), ("67", "18:00", "22:00"), false),
        (("7", "22:00", "06:00"), ("1", "05:00", "09:00"), true),
        (("7", "22:00", "06:00"), ("1", "06:00", "09:00"), false),
        (("1234567", "00:00", "24:00"), ("3", "10:00", "11:00"), true),
    ] {
        let of = |(days, from, to): (&str, &str, &str)| line(days, from, to);
        assert_eq!(overlap(&of(one), &of(other)), common, "{one:?} {other:?}");
        assert_eq!(overlap(&of(other), &of(one)), common, "{other:?} {one:?}");
    }
}

#[test]
fn absences_that_make_no_sense() {
    let now = Timestamp::from_millis(1_581_292_500_000); // 2020-02-10 07:55
    for (from, until, kind) in [
        ("2020-02-11T08:00", "2020-02-11T08:00", Some("times-no-time")),
        ("2020-02-11T08:00", "2020-02-10T08:00", Some("before-start")),
        ("2020-02-01T08:00", "2020-02-10T07:00", Some("in-past")),
        ("2020-02-01T08:00", "2021-03-01T08:00", Some("times-too-long")),
        ("yesterday", "2020-02-11T08:00", Some("date")),
        ("", "2020-02-11T08:00", Some("required")),
        ("2020-02-01T08:00", "2020-02-11T08:00", None),
    ] {
        let typed = Typed::default().set("from_at", from).set("until_at", until);
        let found = absence_typed(&typed, now)
            .err()
            .map(|problem| problem.fields[0].kind);
        assert_eq!(found, kind, "{from} {until}");
    }
}
