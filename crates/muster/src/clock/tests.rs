use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn org(n: u128) -> OrgId {
    OrgId(Uuid::from_u128(n))
}

fn minute(n: i64) -> Timestamp {
    Timestamp::from_millis(1_640_390_400_000 + n * 60_000)
}

fn event(who: u128, batch: i64, what: What, at: i64) -> Event {
    Event {
        org: org(who),
        batch,
        what,
        at: minute(at),
        received_at: minute(at),
    }
}

fn answer(who: u128, asked: i64, pledged: Option<(i64, i64)>) -> Answer {
    Answer {
        org: org(who),
        asked,
        sent_at: Some(minute(0)),
        pledged: pledged.map(|(people, at)| (people, minute(at))),
    }
}

#[test]
fn eighty_in_thirty_minutes() {
    let answers = [answer(1, 80, Some((80, 4))), answer(2, 80, Some((80, 6)))];
    let events = [
        event(1, 1, What::Heads(35), 15),
        event(1, 1, What::Heads(80), 30),
        event(2, 1, What::Heads(80), 41),
        event(1, 1, What::Arrived(80), 55),
        event(1, 2, What::Heads(30), 180),
    ];
    let clock = clock(&answers, &events);
    let first = &clock.units[0];
    assert_eq!(
        (first.to_answer, first.to_assemble, first.to_arrive),
        (Some(4), Some(30), Some(55))
    );
    assert_eq!(
        (first.assembled, first.arrived, first.batches.len()),
        (110, 80, 2)
    );
    assert_eq!(clock.units[1].to_arrive, None);
    let sums: Vec<_> = clock
        .curve
        .iter()
        .map(|p| (p.pledged, p.assembled, p.arrived))
        .collect();
    assert_eq!(
        sums,
        [
            (0, 0, 0),
            (80, 0, 0),
            (160, 0, 0),
            (160, 35, 0),
            (160, 80, 0),
            (160, 160, 0),
            (160, 160, 80),
            (160, 190, 80)
        ]
    );
}

#[test]
fn a_wrong_clock_does_not_turn_time_back() {
    let early = Event {
        received_at: minute(20),
        ..event(1, 1, What::Heads(5), -40)
    };
    let late = Event {
        received_at: minute(21),
        ..event(1, 1, What::Heads(6), 81)
    };
    let offline = Event {
        received_at: minute(50),
        ..event(1, 1, What::Heads(7), 30)
    };
    for (event, counts) in [(early, 20), (late, 21), (offline, 30)] {
        assert_eq!(event.effective(minute(0)), minute(counts));
    }
}

#[test]
fn here_taps_heads_and_arrivals_agree() {
    let helper = |n| What::Here(HelperId(Uuid::from_u128(n)));
    let events = [
        event(1, 1, helper(1), 5),
        event(1, 1, helper(1), 6),
        event(1, 1, helper(2), 7),
        event(1, 1, What::Heads(1), 8),
        event(1, 2, What::Arrived(3), 9),
    ];
    let unit = &clock(&[answer(1, 2, None)], &events).units[0];
    assert_eq!((unit.assembled, unit.arrived, unit.to_assemble), (5, 3, Some(7)));
}

#[test]
fn minutes_are_rounded_up() {
    let at = |millis| Timestamp::from_millis(minute(0).millis() + millis);
    assert_eq!(minutes(minute(0), at(0)), 0);
    assert_eq!(minutes(minute(0), at(1)), 1);
    assert_eq!(minutes(minute(0), minute(30)), 30);
    assert_eq!(minutes(minute(1), minute(0)), 0);
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let what = prop_oneof![
        (0_u128..4).prop_map(|n| What::Here(HelperId(Uuid::from_u128(n)))),
        (0_i64..50).prop_map(What::Heads),
        (0_i64..50).prop_map(What::Arrived),
    ];
    let one =
        (1_u128..3, 1_i64..3, what, -30_i64..90, 0_i64..90).prop_map(|(who, batch, what, at, received)| {
            Event {
                received_at: minute(received),
                ..event(who, batch, what, at)
            }
        });
    proptest::collection::vec(one, 0..20)
}

proptest! {
    #[test]
    fn the_order_in_which_records_come_does_not_matter(all in events(), seed in any::<u64>()) {
        let answers = [answer(1, 10, Some((10, 1))), answer(2, 10, None)];
        let mut other = all.clone();
        let n = other.len().max(1);
        other.rotate_left(usize::try_from(seed % n as u64).unwrap());
        other.reverse();
        prop_assert_eq!(clock(&answers, &all), clock(&answers, &other));
    }

    #[test]
    fn the_curve_ends_at_the_sums(all in events()) {
        let answers = [answer(1, 10, Some((10, 1))), answer(2, 10, None)];
        let clock = clock(&answers, &all);
        let last = clock.curve.last().unwrap();
        prop_assert_eq!(last.assembled, clock.units.iter().map(|unit| unit.assembled).sum::<i64>());
        prop_assert_eq!(last.arrived, clock.units.iter().map(|unit| unit.arrived).sum::<i64>());
        prop_assert!(clock.units.iter().all(|unit| unit.assembled >= unit.arrived));
    }
}
