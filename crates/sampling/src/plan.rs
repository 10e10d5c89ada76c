//! What a sampling of so many people by such a time takes, by the ratios of practice, and whether the queue holds. Pure.

use std::collections::BinaryHeap;

/// People for one site; between 2,000 and 3,000 in the guidelines.
pub const SITE: i64 = 2_500;
/// People for one table, which is one lane; between 600 and 800.
pub const TABLE: i64 = 700;
/// People for one sampler.
pub const SAMPLER: i64 = 360;
/// Helpers of a lane who enter people and hand tubes (observed, not official).
pub const ASSISTANTS: i64 = 2;
/// Helpers of a lane who keep order (observed, not official).
pub const MARSHALS: i64 = 2;
/// Hours to set up a site.
pub const SET_UP: i64 = 6;

/// What it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Sites.
    pub sites: i64,
    /// Lanes, a table each.
    pub lanes: i64,
    /// Samplers.
    pub samplers: i64,
    /// Assistants.
    pub assistants: i64,
    /// Marshals.
    pub marshals: i64,
}

const fn up(n: i64, by: i64) -> i64 {
    (n + by - 1) / by
}

/// What so many people take. Nobody takes nothing.
pub const fn plan(people: i64) -> Plan {
    let lanes = up(people, TABLE);
    Plan {
        sites: up(people, SITE),
        lanes,
        samplers: up(people, SAMPLER),
        assistants: lanes * ASSISTANTS,
        marshals: lanes * MARSHALS,
    }
}

/// A queue before lanes: people come in waves (a building at a time), each wave within its slot, at random moments of
/// it; each lane serves one after the other, for a time that is random around its mean (exponentially, as in M/M/c).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Queue {
    /// People.
    pub people: i64,
    /// Waves into which they are called.
    pub waves: i64,
    /// Seconds in which a wave comes.
    pub slot: f64,
    /// Seconds a sample takes on average.
    pub service: f64,
    /// Lanes.
    pub lanes: i64,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Held {
    /// Seconds somebody waits on average.
    pub wait: f64,
    /// Seconds nine of ten wait at most.
    pub wait_90: f64,
    /// The longest queue.
    pub longest: i64,
    /// Seconds until the last is done.
    pub end: f64,
}

/// Numbers that look like chance (SplitMix64), so that a plan says the same each time.
struct Dice(u64);

impl Dice {
    #[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }
}

/// A moment in a heap of the earliest.
#[derive(PartialEq)]
struct Moment(f64);
impl Eq for Moment {}
impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Moment {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.0.total_cmp(&self.0)
    }
}

/// Serves these arrivals (seconds, sorted) in their order; returns how long each waits, and when the last is done.
fn serve(arrivals: &[f64], lanes: i64, service: &mut impl FnMut() -> f64) -> (Vec<f64>, f64) {
    let mut free: BinaryHeap<Moment> = (0..lanes.max(1)).map(|_| Moment(0.0)).collect();
    let (mut waits, mut end) = (Vec::with_capacity(arrivals.len()), 0.0_f64);
    for arrival in arrivals {
        let Moment(lane) = free.pop().unwrap_or(Moment(0.0));
        let start = lane.max(*arrival);
        let done = start + service();
        waits.push(start - arrival);
        end = end.max(done);
        free.push(Moment(done));
    }
    (waits, end)
}

/// Lets a queue run, with chance from this seed.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "people are counted in thousands"
)]
pub fn simulate(queue: &Queue, seed: u64) -> Held {
    let mut dice = Dice(seed);
    let waves = queue.waves.max(1);
    let mut arrivals: Vec<f64> = (0..queue.people.max(0))
        .map(|i| {
            let wave = i * waves / queue.people.max(1);
            (wave as f64 + dice.unit()) * queue.slot
        })
        .collect();
    arrivals.sort_by(f64::total_cmp);
    let mut service = {
        let mut dice = Dice(seed ^ 0xABCD);
        let mean = queue.service;
        move || dice.exponential(mean)
    };
    let (waits, end) = serve(&arrivals, queue.lanes, &mut service);
    if waits.is_empty() {
        return Held::default();
    }
    let mut starts: Vec<f64> = arrivals.iter().zip(&waits).map(|(at, wait)| at + wait).collect();
    starts.sort_by(f64::total_cmp);
    // Whoever has come and has not begun stands in the queue.
    let (mut longest, mut begun) = (0, 0);
    for (come, at) in arrivals.iter().enumerate() {
        while begun < starts.len() && starts[begun] <= *at {
            begun += 1;
        }
        longest = longest.max((come + 1).saturating_sub(begun));
    }
    let mut sorted = waits.clone();
    sorted.sort_by(f64::total_cmp);
    Held {
        wait: waits.iter().sum::<f64>() / waits.len() as f64,
        wait_90: sorted[(sorted.len() * 9 / 10).min(sorted.len() - 1)],
        longest: i64::try_from(longest).unwrap_or(i64::MAX),
        end,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn people_and_material_by_the_ratios() {
        for (people, sites, lanes, samplers) in [
            (0, 0, 0, 0),
            (1, 1, 1, 1),
            (700, 1, 1, 2),
            (2_500, 1, 4, 7),
            (10_000, 4, 15, 28),
        ] {
            let plan = plan(people);
            assert_eq!(
                (plan.sites, plan.lanes, plan.samplers),
                (sites, lanes, samplers),
                "{people}"
            );
            assert_eq!((plan.assistants, plan.marshals), (lanes * 2, lanes * 2));
        }
    }

    /// Mean wait of M/M/c (Erlang C), in units of the service time.
    fn erlang(lanes: u32, load: f64) -> f64 {
        let c = f64::from(lanes);
        let mut term = 1.0;
        let mut sum = 1.0;
        for k in 1..lanes {
            term *= load / f64::from(k);
            sum += term;
        }
        let last = term * load / c * c / (c - load);
        let waits = last / (sum + last);
        waits / (c - load)
    }

    #[test]
    fn the_simulation_is_erlangs_where_that_holds() {
        for (lanes, load) in [(1_u32, 0.5), (1, 0.8), (4, 3.0), (8, 7.0)] {
            let mut dice = Dice(7);
            let mut at = 0.0;
            // Arrivals at random at a steady rate: M/M/c.
            let arrivals: Vec<f64> = (0..400_000)
                .map(|_| {
                    at += dice.exponential(1.0 / load);
                    at
                })
                .collect();
            let mut other = Dice(11);
            let (waits, _) = serve(&arrivals, i64::from(lanes), &mut || other.exponential(1.0));
            let mean = waits.iter().sum::<f64>() / 400_000.0;
            let is = erlang(lanes, load);
            assert!(
                (mean - is).abs() < 0.06 * is + 0.01,
                "{lanes} lanes at {load}: {mean} against {is}"
            );
        }
    }

    proptest! {
        #[test]
        fn more_lanes_never_take_longer(people in 1i64..400, waves in 1i64..6, lanes in 1i64..8) {
            let queue = Queue { people, waves, slot: 600.0, service: 25.0, lanes };
            let one = simulate(&queue, 5);
            let more = simulate(&Queue { lanes: lanes + 1, ..queue }, 5);
            prop_assert!(more.wait <= one.wait + 1e-9);
            prop_assert!(one.longest <= people);
            prop_assert!(one.wait_90 >= 0.0);
        }
    }
}
