use std::time::Duration;

use kit::rules::MusterRules;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

/// 10 February 2020, 08:00 to 16:00 at the place; minutes count from 08:00.
fn span() -> Span {
    Span {
        starts_at: minute(0),
        ends_at: minute(480),
    }
}

fn minute(n: i64) -> Timestamp {
    Timestamp::from_millis(1_581_292_800_000 + n * 60_000)
}

fn fact(id: u128, kind: FactKind, at: i64) -> Fact {
    Fact {
        record: RecordId(Uuid::from_u128(id)),
        kind,
        at: minute(at),
        received_at: minute(at.max(0) + 1),
        elsewhere: false,
    }
}

fn flags(derived: &Derived) -> Vec<&'static str> {
    derived.flags.iter().map(|(_, code)| *code).collect()
}

#[test]
fn what_facts_add_up_to() {
    use FactKind::{Close, Confirm, In, Out};
    // facts; complete; tenths; flags; notes
    type Row = (
        &'static [(FactKind, i64)],
        bool,
        i64,
        &'static [&'static str],
        &'static [&'static str],
    );
    let table: &[Row] = &[
        (&[], false, 0, &[], &[]),
        (&[(In, 0)], false, 0, &[], &[]),
        (&[(In, 0), (Out, 480)], true, 80, &[], &[]),
        (&[(In, -10), (Out, 425)], true, 73, &[], &[]),
        (&[(In, 20), (Out, 480)], true, 77, &[], &["late"]),
        (
            &[(In, 0), (In, 5), (Out, 480)],
            true,
            80,
            &["double-check-in"],
            &[],
        ),
        (
            &[(In, 0), (Out, 240), (Out, 480)],
            true,
            80,
            &["double-check-out"],
            &[],
        ),
        (&[(Out, 480)], false, 0, &["no-check-in"], &[]),
        (&[(In, 300), (Out, 100)], false, 0, &["out-before-in"], &["late"]),
        (
            &[(In, 0), (Close, 500)],
            true,
            80,
            &["forgotten-check-out"],
            &["closed"],
        ),
        (
            &[(In, 0), (Close, 500), (Confirm, 600)],
            true,
            80,
            &[],
            &["closed"],
        ),
        // The real check-out arrives from an offline phone after the closing: it counts.
        (&[(In, 0), (Close, 500), (Out, 470)], true, 78, &[], &[]),
        (&[(In, -300), (Out, 480)], true, 100, &["too-early"], &[]),
        (&[(In, 0), (Out, 480 + 300)], true, 120, &["too-late"], &[]),
    ];
    for (row, complete, tenths, wanted, notes) in table {
        let facts: Vec<Fact> = row
            .iter()
            .zip(1..)
            .map(|((kind, at), id)| fact(id, *kind, *at))
            .collect();
        let derived = derive(&facts, span(), true, &MusterRules::default());
        assert_eq!(derived.complete, *complete, "{row:?}");
        assert_eq!(derived.tenths, *tenths, "{row:?}");
        assert_eq!(flags(&derived), *wanted, "{row:?}");
        assert_eq!(&derived.notes, notes, "{row:?}");
    }
}

#[test]
fn a_phone_ahead_of_time_is_corrected_and_flagged() {
    let mut ahead = fact(1, FactKind::In, 60);
    ahead.received_at = minute(0);
    let derived = derive(&[ahead], span(), true, &MusterRules::default());
    assert_eq!(derived.in_at, Some(minute(0)));
    assert_eq!(flags(&derived), ["clock-ahead"]);
}

#[test]
fn a_name_that_is_not_on_the_roster_counts_and_is_flagged() {
    let derived = derive(
        &[fact(1, FactKind::In, 0), fact(2, FactKind::Out, 60)],
        span(),
        false,
        &MusterRules::default(),
    );
    assert!(derived.complete);
    assert_eq!(flags(&derived), ["not-on-roster"]);
}

fn any_fact() -> impl Strategy<Value = Fact> {
    (
        any::<u128>(),
        prop_oneof![
            Just(FactKind::In),
            Just(FactKind::Out),
            Just(FactKind::Close),
            Just(FactKind::Confirm)
        ],
        -600_i64..1200,
        -600_i64..1200,
    )
        .prop_map(|(id, kind, at, received)| Fact {
            received_at: minute(received),
            ..fact(id, kind, at)
        })
}

proptest! {
    /// Phones are offline: facts come in any order, and the attendance is the same.
    #[test]
    fn order_does_not_matter(facts in proptest::collection::vec(any_fact(), 0..8), seed in any::<u64>()) {
        let rules = MusterRules::default();
        let straight = derive(&facts, span(), true, &rules);
        let mut mixed = facts;
        let n = mixed.len().max(1) as u64;
        for i in 0..mixed.len() {
            let j = usize::try_from(seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(i as u64) % n).unwrap();
            mixed.swap(i, j);
        }
        prop_assert_eq!(straight, derive(&mixed, span(), true, &rules));
    }

    /// Hours are never negative and never exceed the shift with its margins; no in or no out, no hours.
    #[test]
    fn hours_stay_within_bounds(facts in proptest::collection::vec(any_fact(), 0..8)) {
        let rules = MusterRules::default();
        let derived = derive(&facts, span(), true, &rules);
        let most = Duration::from_secs(8 * 3600) + rules.early + rules.overtime;
        prop_assert!(derived.tenths >= 0);
        prop_assert!(derived.tenths <= rules::tenths_of_hours(i64::try_from(most.as_millis()).unwrap(), &rules));
        prop_assert_eq!(derived.complete, derived.in_at.is_some() && derived.out_at.is_some());
        if !derived.complete {
            prop_assert_eq!(derived.tenths, 0);
        }
    }
}
