use kit::id::{HelperId, OrgId, ShiftId};
use rota::{Rule, candidates};
use uuid::Uuid;

use super::*;
use crate::plan::propose::made;

fn at(day: &str, hour: i64) -> Timestamp {
    let day: Day = day.parse().unwrap();
    Timestamp::from_millis(day.start().millis() + hour * 3_600_000)
}

/// A shift of 8 hours in Wanli.
fn shift(number: u128, day: &str, hour: i64, needed: i64) -> ShiftRow {
    ShiftRow {
        id: ShiftId(Uuid::from_u128(number)),
        place_path: "31/01/07/010/aaaaaaaaaaaa/".into(),
        org: None,
        day: day.parse().unwrap(),
        starts_at: at(day, hour),
        ends_at: at(day, hour + 8),
        needed,
        hidden: 0,
        skills: String::new(),
        closed_loop: None,
        open: true,
    }
}

fn helper(number: u128) -> HelperRow {
    HelperRow {
        id: HelperId(Uuid::from_u128(number)),
        org: None,
        skills: String::new(),
        cover_until: None,
        home_path: None,
        active: true,
        available: None,
        absences: Vec::new(),
        week_minutes: None,
        stays: Vec::new(),
    }
}

fn duty(shift: &ShiftRow, helper: &HelperRow) -> Duty {
    Duty {
        shift: shift.id,
        helper: helper.id,
        starts_at: shift.starts_at,
        ends_at: shift.ends_at,
    }
}

/// One shift on Wednesday, 12 February 2020, 08:00 to 16:00, and one helper.
fn rows(shift: ShiftRow, helper: HelperRow) -> Rows {
    Rows {
        from: "2020-02-12".parse().unwrap(),
        shifts: vec![shift],
        helpers: vec![helper],
        duties: Vec::new(),
    }
}

const DAY: &str = "2020-02-12";

/// What keeps the helper from the shift.
fn reasons(rows: &Rows) -> Vec<Rule> {
    let plan = plan(rows, &Wanted::default());
    let found = candidates(&plan.instance, &plan.instance.fixed, 0);
    found[0].reasons.iter().collect()
}

#[test]
fn minutes_begin_on_monday() {
    let plan = plan(&rows(shift(1, DAY, 8, 1), helper(1)), &Wanted::default());
    let start = 2 * calendar::DAY + 8 * 60;
    assert_eq!(plan.instance.shifts[0].span, Span::new(start, start + 480));
}

#[test]
fn what_keeps_a_helper_away() {
    type Change = fn(&mut Rows);
    let table: [(&str, Change, &[Rule]); 14] = [
        ("nothing", |_| {}, &[]),
        (
            "a skill",
            |rows| rows.shifts[0].skills = ",medical,".into(),
            &[Rule::Skill],
        ),
        (
            "the skill is there",
            |rows| {
                rows.shifts[0].skills = ",medical,".into();
                rows.helpers[0].skills = ",medical,driver,".into();
            },
            &[],
        ),
        (
            "cover ended the day before",
            |rows| rows.helpers[0].cover_until = "2020-02-11".parse().ok(),
            &[Rule::Cover],
        ),
        // As `assign` has it: the day on which a shift begins decides, also when it ends on the next one.
        (
            "cover ends on the day of a night",
            |rows| {
                rows.shifts[0] = shift(1, DAY, 22, 1);
                rows.helpers[0].cover_until = DAY.parse().ok();
            },
            &[],
        ),
        (
            "away for an hour of it",
            |rows| rows.helpers[0].absences = vec![(at(DAY, 15), at(DAY, 40))],
            &[Rule::Available],
        ),
        (
            "away before and after it",
            |rows| rows.helpers[0].absences = vec![(at(DAY, 0), at(DAY, 8)), (at(DAY, 16), at(DAY, 20))],
            &[],
        ),
        (
            "comes in the morning only",
            |rows| rows.helpers[0].available = Some(vec![(at(DAY, 6), at(DAY, 12))]),
            &[Rule::Available],
        ),
        (
            "comes in the morning and in the afternoon",
            |rows| {
                let halves = vec![(at(DAY, 12), at(DAY, 18)), (at(DAY, 6), at(DAY, 12))];
                rows.helpers[0].available = Some(halves);
            },
            &[],
        ),
        (
            "helps no more",
            |rows| rows.helpers[0].active = false,
            &[Rule::Available],
        ),
        (
            "kept for an organisation",
            |rows| rows.shifts[0].org = Some(OrgId::default()),
            &[Rule::KeptForOrg],
        ),
        (
            "on another shift at that time, and at its end",
            |rows| rows.duties = vec![duty(&shift(9, DAY, 12, 1), &helper(1))],
            &[Rule::Busy],
        ),
        (
            "on duty the night before",
            |rows| rows.duties = vec![duty(&shift(9, "2020-02-11", 20, 1), &helper(1))],
            &[Rule::Rest],
        ),
        (
            "forty hours that week, before and after the plan",
            |rows| {
                rows.duties = [
                    ("2020-02-10", 0),
                    ("2020-02-10", 16),
                    ("2020-02-13", 8),
                    ("2020-02-14", 8),
                    ("2020-02-15", 8),
                ]
                .iter()
                .zip(9..)
                .map(|((day, hour), number)| duty(&shift(number, day, *hour, 1), &helper(1)))
                .collect();
            },
            &[Rule::Week],
        ),
    ];
    for (name, change, expected) in table {
        let mut rows = rows(shift(1, DAY, 8, 1), helper(1));
        change(&mut rows);
        assert_eq!(reasons(&rows), expected, "{name}");
    }
}

#[test]
fn the_hours_somebody_gives_are_kept_to() {
    let mut rows = rows(shift(1, DAY, 8, 1), helper(1));
    rows.helpers[0].week_minutes = Some(7 * 60);
    assert_eq!(reasons(&rows), [Rule::Week]);
}

#[test]
fn what_came_before_counts_for_fairness_only() {
    let mut rows = rows(shift(1, DAY, 8, 1), helper(1));
    // A Saturday's night, three weeks before.
    rows.duties = vec![duty(&shift(9, "2020-01-25", 22, 1), &helper(1))];
    let plan = plan(&rows, &Wanted::default());
    let person = &plan.instance.helpers[0];
    assert_eq!(
        (
            person.already_minutes,
            person.nights_before,
            person.weekends_before
        ),
        (480, 1, 1)
    );
    assert_eq!(plan.instance.shifts.len(), 1);
    assert_eq!(plan.instance.fixed, []);
}

#[test]
fn written_and_ticked_names_stay_and_unticked_ones_are_not_proposed() {
    let shifts = vec![shift(1, DAY, 8, 2), shift(2, DAY, 8, 1)];
    let rows = Rows {
        from: DAY.parse().unwrap(),
        duties: vec![duty(&shifts[0], &helper(1))],
        shifts,
        helpers: (1..=4).map(helper).collect(),
    };
    let pair =
        |shift: u128, helper: u128| (ShiftId(Uuid::from_u128(shift)), HelperId(Uuid::from_u128(helper)));
    let wanted = Wanted {
        // The last two: there already, and unknown.
        ticked: vec![pair(1, 2), pair(1, 1), pair(7, 1)],
        barred: vec![pair(2, 3)],
    };
    let proposal = made(&rows, &wanted);
    let names: Vec<(usize, usize)> = proposal
        .names
        .iter()
        .map(|name| (name.shift, name.helper))
        .collect();
    assert_eq!(names, [(0, 0), (0, 1), (1, 3)]);
    assert_eq!(proposal.plan.written().len(), 1);
    // With everybody barred or busy the place stays empty, and says why.
    let barred = vec![pair(2, 3), pair(2, 4)];
    let proposal = made(&rows, &Wanted { barred, ..wanted });
    assert_eq!(proposal.empty[&1].counts, [(Rule::Barred, 2), (Rule::Busy, 2)]);
}

#[test]
fn names_out_of_sight_take_their_places() {
    let mut rows = rows(shift(1, DAY, 8, 2), helper(1));
    rows.shifts[0].hidden = 2;
    let proposal = made(&rows, &Wanted::default());
    assert_eq!((proposal.names.len(), proposal.empty.len()), (0, 0));
}

#[test]
fn nobody_is_proposed_for_what_has_begun() {
    let mut rows = rows(shift(1, DAY, 8, 2), helper(1));
    rows.shifts[0].open = false;
    rows.duties = vec![duty(&rows.shifts[0], &rows.helpers[0])];
    rows.helpers.push(helper(2));
    let proposal = made(&rows, &Wanted::default());
    assert_eq!(proposal.names.len(), 1);
    assert!(proposal.empty.is_empty() && proposal.choices.is_empty());
}

#[test]
fn burdens_before_and_with_the_proposal() {
    let mut rows = rows(shift(1, DAY, 22, 1), helper(1));
    let after = shift(9, "2020-02-16", 8, 1);
    rows.duties = vec![
        duty(&shift(8, "2020-02-08", 8, 1), &helper(1)),
        duty(&after, &helper(1)),
    ];
    let proposal = made(&rows, &Wanted::default());
    let load = |minutes, nights, weekends| Load {
        minutes,
        nights,
        weekends,
    };
    let plan = &proposal.plan;
    assert_eq!(plan.burdens(plan.written()), [load(480, 0, 1)]);
    assert_eq!(plan.burdens(&proposal.names), [load(960, 1, 1)]);
    assert_eq!(load(950, 0, 0).hours(), "15.8");
}

#[test]
fn ways_and_groups_come_from_places_and_organisations() {
    let mut rows = rows(shift(1, DAY, 8, 2), helper(1));
    rows.helpers[0].home_path = Some("31/01/07/011/".into());
    rows.helpers[0].org = Some(OrgId::default());
    let instance = plan(&rows, &Wanted::default()).instance;
    let (one, place) = (&instance.helpers[0], &instance.shifts[0]);
    assert_eq!(instance.way(one.home, place.place), 8_000);
    assert_eq!((one.group.is_some(), place.together), (true, 2));
}
