//! What no roster can beat. `docs/roster.md` says which rules the bound leaves out.

use std::cmp::Ordering;

mod crew;
mod flow;
mod places;

use crate::{
    cost::{cost, square},
    facts::Facts,
    instance::{Instance, Weights},
    roster::Roster,
};

/// What no roster can go below that has the fixed names and breaks no further rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bound {
    /// Places that must stay empty.
    pub empty: i64,
    /// The whole cost, empty places included.
    pub total: i64,
}

/// Steps of the bound; each looks once at every pair of helper and shift.
const STEPS: i64 = 200;
/// Prices are kept in fractions of this size.
const FINE: i64 = 16;
/// Loads that shifts ask for are averaged in fractions of this size.
const AVERAGE: i64 = 1 << 16;

/// A cost that no roster can go below.
///
/// A price is put on each helper's nights, weekends and hours. Then every shift picks the crew that is
/// cheapest for it alone, and every helper the load that is best for them alone. Whatever the prices, no
/// roster costs less than both together (Lagrangian relaxation). The prices follow from the load that shifts
/// have asked of each helper on average so far (Frank and Wolfe's method), and the best step counts.
pub fn lower_bound(instance: &Instance) -> Bound {
    let facts = Facts::new(instance);
    let roster = Roster::new(&facts);
    let weights = &instance.rules.weights;
    let mut shifts = crew::Shifts::new(&roster);
    let empty = places::empty(&roster, shifts.candidates());
    let fixed = cost(instance, &roster.names());
    let kept = fixed.nights + fixed.weekends + fixed.hours + fixed.travel;
    let mut loads = Loads::new(&roster);
    let mut best = weights.empty * empty;
    let mut lacking = weights.empty;
    for step in 0..STEPS {
        let prices = loads.prices();
        let picked = shifts.pick(&prices, lacking * FINE);
        let fine = picked.cost + loads.cheapest(&prices);
        // A place left empty costs `lacking` where shifts pick and the rest of its weight here, for those places
        // that must stay empty whatever anybody picks.
        let total = fine.div_euclid(FINE) + (weights.empty - lacking) * empty + kept;
        best = best.max(total);
        // So low that shifts leave as many places empty as must stay empty, as near as steps get there.
        let steps = step + 4;
        lacking = match picked.empty.cmp(&empty) {
            _ if step == 0 => picked.dearest / FINE + 1,
            Ordering::Less => lacking - 2 * lacking / steps,
            Ordering::Greater => lacking + 2 * lacking / steps + 1,
            Ordering::Equal => lacking,
        }
        .clamp(0, weights.empty);
        loads.follow(&picked.loads, step);
    }
    Bound { empty, total: best }
}

/// The loads of helpers: nights, weekends, hours.
struct Loads {
    weights: [i64; 3],
    /// From the past and from fixed names.
    before: Vec<[i64; 3]>,
    /// Asked by shifts on average, in fractions of [`AVERAGE`].
    asked: Vec<[i64; 3]>,
}

impl Loads {
    fn new(roster: &Roster) -> Self {
        let Weights {
            nights,
            weekends,
            hours,
            ..
        } = roster.facts.instance.rules.weights;
        let before: Vec<[i64; 3]> = (0..roster.facts.helpers()).map(|h| roster.load(h)).collect();
        Self {
            weights: [nights, weekends, hours],
            asked: vec![[0; 3]; before.len()],
            before,
        }
    }

    /// The price of one more of each, in fractions of [`FINE`]: the slope of the square.
    fn prices(&self) -> Vec<[i64; 3]> {
        let price = |(before, asked): (&[i64; 3], &[i64; 3])| {
            [0, 1, 2].map(|c| 2 * FINE * self.weights[c] * (before[c] * AVERAGE + asked[c]) / AVERAGE)
        };
        self.before.iter().zip(&self.asked).map(price).collect()
    }

    /// What helpers cost at least, were each to choose how much to take at these prices.
    fn cheapest(&self, prices: &[[i64; 3]]) -> i64 {
        let mut total = 0;
        for (before, price) in self.before.iter().zip(prices) {
            for c in 0..3 {
                let steep = 2 * FINE * self.weights[c];
                // The square is lowest here or one further.
                let about = if steep == 0 {
                    0
                } else {
                    price[c] / steep - before[c]
                };
                let least = [0, about, about + 1].map(|more| {
                    let more = more.max(0);
                    FINE * self.weights[c] * square(before[c], before[c] + more) - price[c] * more
                });
                total += least.into_iter().fold(0, i64::min);
            }
        }
        total
    }

    /// Takes what shifts asked for now into the average.
    fn follow(&mut self, loads: &[[i64; 3]], step: i64) {
        for (asked, now) in self.asked.iter_mut().zip(loads) {
            for c in 0..3 {
                asked[c] += (now[c] * AVERAGE - asked[c]) * 2 / (step + 2);
            }
        }
    }
}

#[cfg(test)]
mod tests;
