use super::*;

fn at(text: &str) -> Timestamp {
    format!("2022-03-{text}:00+08:00").parse().unwrap()
}

fn wanted() -> Wanted {
    Wanted {
        span: (at("10T08:00"), at("10T16:00")),
        org: None,
        skills: vec!["medical".into()],
        path: "31/07/a/b/c/".into(),
    }
}

fn candidate(n: u128) -> Candidate {
    Candidate {
        helper: HelperId(uuid::Uuid::from_u128(n)),
        org: None,
        skills: HashSet::from(["medical".to_owned(), "driver".to_owned()]),
        cover_until: None,
        home: String::new(),
        reachable: true,
        duties: vec![],
        away: vec![],
    }
}

#[test]
fn who_suits() {
    let org = |n| Some(OrgId(uuid::Uuid::from_u128(n)));
    let day = |text: &str| Some(text.parse().unwrap());
    let table: &[(&str, bool, &dyn Fn(&mut Wanted, &mut Candidate))] = &[
        ("free", true, &|_, _| {}),
        ("skill missing", false, &|_, c| {
            c.skills.clear();
        }),
        ("kept for others", false, &|w, c| {
            (w.org, c.org) = (org(1), org(2));
        }),
        ("kept for theirs", true, &|w, c| {
            (w.org, c.org) = (org(1), org(1));
        }),
        ("kept, no organisation", false, &|w, _| {
            w.org = org(1);
        }),
        ("cover ends before", false, &|_, c| {
            c.cover_until = day("2022-03-09");
        }),
        ("cover ends that day", true, &|_, c| {
            c.cover_until = day("2022-03-10");
        }),
        ("another shift then", false, &|_, c| {
            c.duties.push((at("10T15:00"), at("10T20:00")));
        }),
        ("too little rest before", false, &|_, c| {
            c.duties.push((at("09T20:00"), at("10T01:00")));
        }),
        ("rest before", true, &|_, c| {
            c.duties.push((at("09T20:00"), at("10T00:00")));
        }),
        ("too little rest after", false, &|_, c| {
            c.duties.push((at("10T23:59"), at("11T04:00")));
        }),
        ("away", false, &|_, c| {
            c.away.push((at("10T00:00"), at("10T08:01")));
        }),
        ("back in time", true, &|_, c| {
            c.away.push((at("09T00:00"), at("10T08:00")));
        }),
    ];
    for (name, expected, change) in table {
        let (mut wanted, mut candidate) = (wanted(), candidate(1));
        change(&mut wanted, &mut candidate);
        assert_eq!(suits(&wanted, &candidate), *expected, "{name}");
    }
}

#[test]
fn the_nearest_and_least_burdened_come_first() {
    let mut far = candidate(1);
    far.home = "31/09/x/y/".into();
    let mut near = candidate(2);
    near.home = "31/07/a/b/".into();
    near.duties.push((at("08T08:00"), at("08T16:00")));
    let mut nearer = candidate(3);
    nearer.home = "31/07/a/b/".into();
    let unknown = candidate(4);
    let mut mute = candidate(6);
    mute.home = "31/07/a/b/".into();
    mute.reachable = false;
    let mut unfit = candidate(5);
    unfit.skills.clear();
    let order: Vec<u128> = ranked(&wanted(), vec![mute, unknown, unfit, far, near, nearer])
        .into_iter()
        .map(|candidate| candidate.helper.0.as_u128())
        .collect();
    assert_eq!(order, [3, 2, 1, 4, 6]);
}

#[test]
fn spans_cover_a_shift_together() {
    let shift = (at("10T08:00"), at("10T16:00"));
    for (free, all) in [
        (vec![], false),
        (vec![shift], true),
        (
            vec![(at("10T12:00"), at("10T18:00")), (at("10T06:00"), at("10T12:00"))],
            true,
        ),
        (
            vec![(at("10T08:00"), at("10T11:59")), (at("10T12:00"), at("10T16:00"))],
            false,
        ),
        (vec![(at("10T08:01"), at("10T16:00"))], false),
        (vec![(at("10T00:00"), at("10T15:59"))], false),
    ] {
        assert_eq!(covered(shift, &free), all, "{free:?}");
    }
}
