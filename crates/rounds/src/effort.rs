//! How much work a piece is, and how work is split evenly. Pure functions.

/// Minutes at a door: knock, wait, say, note.
const DOOR: i64 = 2;
/// Minutes for a floor on the stairs, up and down again.
const STAIRS: i64 = 1;
/// Floors that a lift saves the legs, for one floor walked.
const LIFT: i64 = 6;

/// Minutes a piece takes: a door for each target, and its floors, which cost legs where there is no lift. `floors` of 0
/// (not known) cost nothing.
pub const fn minutes(targets: i64, floors: i64, staircases: i64, lift: bool) -> i64 {
    let climb = floors * STAIRS * if staircases > 1 { staircases } else { 1 };
    targets * DOOR + if lift { (climb + LIFT - 1) / LIFT } else { climb }
}

/// Splits pieces that stand in the order of the way into `teams` runs of neighbours, so that the largest share is as
/// small as can be. Returns the team of each piece, from 0; with more teams than pieces, the last teams get none.
pub fn split(efforts: &[i64], teams: usize) -> Vec<usize> {
    let teams = teams.max(1);
    let efforts: Vec<i64> = efforts.iter().map(|effort| (*effort).max(0)).collect();
    let (mut low, mut high) = (
        efforts.iter().copied().max().unwrap_or(0),
        efforts.iter().sum::<i64>(),
    );
    // The smallest share with which as many teams suffice.
    while low < high {
        let share = low + (high - low) / 2;
        if runs(&efforts, share) <= teams {
            high = share;
        } else {
            low = share + 1;
        }
    }
    let (mut team, mut sum) = (0, 0);
    let mut left = efforts.len();
    efforts
        .iter()
        .map(|effort| {
            // A new run when this one is full, or when as many pieces are left as teams that have none yet.
            let spare = left <= teams - 1 - team && sum > 0;
            if (sum + effort > low && sum > 0) || spare {
                team = (team + 1).min(teams - 1);
                sum = 0;
            }
            sum += effort;
            left -= 1;
            team
        })
        .collect()
}

fn runs(efforts: &[i64], share: i64) -> usize {
    let (mut runs, mut sum) = (1, 0);
    for effort in efforts {
        if sum + effort > share {
            runs += 1;
            sum = 0;
        }
        sum += effort;
    }
    runs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stairs_cost_legs() {
        for (targets, floors, staircases, lift, is) in [
            (24, 6, 2, false, 60),
            (24, 6, 2, true, 50),
            (60, 30, 1, true, 125),
            (24, 0, 0, false, 48),
            (0, 0, 0, false, 0),
        ] {
            assert_eq!(minutes(targets, floors, staircases, lift), is);
        }
    }

    /// The smallest largest share, by trying everything.
    fn best(efforts: &[i64], teams: usize) -> i64 {
        if teams == 1 || efforts.len() <= 1 {
            return efforts.iter().sum();
        }
        (1..=efforts.len())
            .map(|cut| {
                let first: i64 = efforts[..cut].iter().sum();
                if cut == efforts.len() {
                    first
                } else {
                    first.max(best(&efforts[cut..], teams - 1))
                }
            })
            .min()
            .unwrap_or(0)
    }

    proptest! {
        #[test]
        fn shares_are_runs_and_the_largest_is_as_small_as_can_be(
            efforts in prop::collection::vec(1i64..200, 0..9),
            teams in 1usize..5,
        ) {
            let split = split(&efforts, teams);
            prop_assert_eq!(split.len(), efforts.len());
            prop_assert!(split.windows(2).all(|pair| pair[1] == pair[0] || pair[1] == pair[0] + 1));
            prop_assert!(split.iter().all(|team| *team < teams));
            let largest = (0..teams)
                .map(|team| efforts.iter().zip(&split).filter(|(_, of)| **of == team).map(|(effort, _)| effort).sum::<i64>())
                .max()
                .unwrap_or(0);
            prop_assert_eq!(largest, best(&efforts, teams));
            if efforts.len() >= teams {
                prop_assert_eq!(split.iter().copied().max().unwrap_or(0), if efforts.is_empty() { 0 } else { teams - 1 }, "nobody stands idle");
            }
        }
    }
}
