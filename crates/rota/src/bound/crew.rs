//! The cheapest crew of a shift, were it the only one.

use crate::{
    bound::FINE,
    cost::{split, whole},
    roster::Roster,
};

/// Every shift with those who may stand there beside the fixed names.
pub(super) struct Shifts<'r, 'a> {
    roster: &'r Roster<'a>,
    candidates: Vec<Vec<usize>>,
    /// The cheapest of each group, and last of those without a group: a scratch pad.
    cheap: Vec<Vec<(i64, usize)>>,
}

/// What all shifts picked.
pub(super) struct Picked {
    /// In fractions of [`FINE`].
    pub cost: i64,
    /// Places left empty.
    pub empty: i64,
    /// The dearest single name, in fractions of [`FINE`].
    pub dearest: i64,
    /// Nights, weekends and hours asked of each helper.
    pub loads: Vec<[i64; 3]>,
}

impl<'r, 'a> Shifts<'r, 'a> {
    pub fn new(roster: &'r Roster<'a>) -> Self {
        let facts = roster.facts;
        let may = |shift: usize, helper: usize| roster.has_room(shift, helper, None);
        let candidates = (0..facts.shifts())
            .map(|s| facts.fit[s].iter().copied().filter(|h| may(s, *h)).collect())
            .collect();
        Self {
            roster,
            candidates,
            cheap: vec![Vec::new(); facts.mates.len() + 1],
        }
    }

    /// Who may stand on each shift beside the fixed names.
    pub fn candidates(&self) -> &[Vec<usize>] {
        &self.candidates
    }

    /// Lets every shift pick the crew that is cheapest for it at these prices, where a place left empty costs
    /// `lacking`.
    pub fn pick(&mut self, prices: &[[i64; 3]], lacking: i64) -> Picked {
        let mut picked = Picked {
            cost: 0,
            empty: 0,
            dearest: 0,
            loads: vec![[0; 3]; prices.len()],
        };
        for shift in 0..self.candidates.len() {
            self.crew(shift, prices, lacking, &mut picked);
        }
        picked
    }

    fn crew(&mut self, shift: usize, prices: &[[i64; 3]], lacking: i64, picked: &mut Picked) {
        let facts = self.roster.facts;
        let open = self.roster.empty(shift);
        let work = [facts.night[shift], facts.weekend[shift], facts.hours[shift]];
        let alone = facts.mates.len();
        for list in &mut self.cheap {
            list.clear();
        }
        if open > 0 {
            for helper in &self.candidates[shift] {
                let price: i64 = prices[*helper].iter().zip(work).map(|(p, w)| p * w).sum();
                let price = price + FINE * facts.travel(shift, *helper);
                let list = &mut self.cheap[facts.group[*helper].unwrap_or(alone)];
                if list.len() == open && list.last().is_some_and(|last| last.0 <= price) {
                    continue;
                }
                list.truncate(open - usize::from(list.len() == open));
                let at = list.partition_point(|other| other.0 <= price);
                list.insert(at, (price, *helper));
            }
        }
        let weight = FINE * facts.instance.rules.weights.groups;
        // best[n]: what n names cost at least, of the groups looked at so far; chosen: how many of each group.
        let mut best: Vec<Option<i64>> = vec![None; open + 1];
        best[0] = Some(0);
        let mut chosen: Vec<(usize, Vec<usize>)> = Vec::new();
        for group in 0..=alone {
            let list = &self.cheap[group];
            let (full, present) = if group == alone {
                (0, 0)
            } else {
                let crew = self.roster.crew(shift).iter();
                let present = crew.filter(|h| facts.group[**h] == Some(group)).count();
                (facts.full(shift, group), present)
            };
            if list.is_empty() && present == 0 {
                continue;
            }
            let mut sums = vec![weight * split(full, present)];
            let mut sum = 0;
            for (n, (price, _)) in list.iter().enumerate() {
                sum += price;
                sums.push(sum + weight * split(full, present + n + 1));
            }
            let mut next = vec![None; open + 1];
            let mut choice = vec![0; open + 1];
            for (n, slot) in next.iter_mut().enumerate() {
                for (of, sum) in sums.iter().enumerate().take(n + 1) {
                    let Some(cost) = best[n - of].map(|cost| cost + sum) else {
                        continue;
                    };
                    if slot.is_none_or(|least| cost < least) {
                        *slot = Some(cost);
                        choice[n] = of;
                    }
                }
            }
            best = next;
            chosen.push((group, choice));
        }
        let (mut size, mut least) = (0, i64::MAX);
        for (n, cost) in best.iter().enumerate() {
            let cost = cost.map(|cost| cost + lacking * whole(open - n));
            if let Some(cost) = cost.filter(|cost| *cost < least) {
                (size, least) = (n, cost);
            }
        }
        picked.cost += least;
        picked.empty += whole(open - size);
        for (group, choice) in chosen.into_iter().rev() {
            for (price, helper) in &self.cheap[group][..choice[size]] {
                for (load, more) in picked.loads[*helper].iter_mut().zip(work) {
                    *load += more;
                }
                picked.dearest = picked.dearest.max(*price);
            }
            size -= choice[size];
        }
    }
}
