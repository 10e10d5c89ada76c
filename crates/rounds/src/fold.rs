//! What is known of a target after everything that was recorded about it, in whatever order it came. A pure function.

use kit::{Timestamp, id::RecordId};

use crate::kind::Outcome;

/// One record about a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// When it happened; a phone whose clock is ahead does not write from the future.
    pub at: Timestamp,
    /// The record.
    pub id: RecordId,
    /// What happened.
    pub outcome: Outcome,
}

/// Where a target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// The outcome that counts: the last final one, else the last one.
    pub heard: Heard,
    /// Whether it is final.
    pub last: bool,
    /// Times somebody was there.
    pub tries: i64,
    /// Two final outcomes that say different things.
    pub contradicts: bool,
}

/// Where a target stands; `None` when nobody has been there.
pub fn fold(heard: &[Heard], ends: impl Fn(Outcome) -> bool) -> Option<State> {
    let counts = heard
        .iter()
        .copied()
        .max_by_key(|one| (ends(one.outcome), one.at, one.id))?;
    let last = ends(counts.outcome);
    Some(State {
        heard: counts,
        last,
        tries: i64::try_from(heard.len()).unwrap_or(i64::MAX),
        contradicts: last
            && heard
                .iter()
                .any(|one| ends(one.outcome) && one.outcome != counts.outcome),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kind::RoundKind;

    fn heard(minute: i64, outcome: Outcome) -> Heard {
        Heard {
            at: Timestamp::from_millis(minute * 60_000),
            id: RecordId(uuid::Uuid::from_u128(minute.unsigned_abs().into())),
            outcome,
        }
    }

    #[test]
    fn what_was_final_stays_final() {
        use Outcome::{Letter, Moved, NobodyIn, Refused};
        for (records, counts, last, contradicts) in [
            (vec![(1, NobodyIn)], NobodyIn, false, false),
            (vec![(1, NobodyIn), (2, Letter)], Letter, true, false),
            (vec![(1, Letter), (2, NobodyIn)], Letter, true, false),
            (vec![(1, Refused), (2, NobodyIn)], NobodyIn, false, false),
            (vec![(1, Letter), (2, Moved)], Moved, true, true),
            (vec![(1, Letter), (2, Letter)], Letter, true, false),
        ] {
            let records: Vec<Heard> = records
                .into_iter()
                .map(|(minute, what)| heard(minute, what))
                .collect();
            let state = fold(&records, |outcome| RoundKind::Letter.ends(outcome)).unwrap();
            assert_eq!(
                (state.heard.outcome, state.last, state.contradicts),
                (counts, last, contradicts),
                "{records:?}"
            );
        }
        assert_eq!(fold(&[], |_| true), None);
    }

    proptest! {
        #[test]
        fn the_order_in_which_they_come_does_not_matter(
            minutes in prop::collection::vec((0i64..50, 0usize..8), 1..8),
            turn in 0usize..8,
        ) {
            let mut records: Vec<Heard> = minutes
                .iter()
                .enumerate()
                .map(|(i, (minute, outcome))| Heard {
                    id: RecordId(uuid::Uuid::from_u128(i as u128)),
                    ..heard(*minute, Outcome::ALL[*outcome])
                })
                .collect();
            let ends = |outcome| RoundKind::Screening.ends(outcome);
            let before = fold(&records, ends);
            let n = records.len();
            records.rotate_left(turn % n);
            records.reverse();
            prop_assert_eq!(fold(&records, ends), before);
        }
    }
}
