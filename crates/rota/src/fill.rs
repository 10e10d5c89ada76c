//! Filling empty places: the hardest first, then by chains of moves.

use crate::{cost::whole, random::Random, roster::Roster};

/// Fills places from nothing, always that shift next which has the fewest helpers to spare, and always with
/// the helper who adds least to the cost.
pub(crate) fn hardest_first(roster: &mut Roster) {
    let facts = roster.facts;
    let mut open: Vec<Vec<usize>> = vec![Vec::new(); facts.helpers()];
    let mut free = vec![0; facts.shifts()];
    for (shift, fit) in facts.fit.iter().enumerate() {
        for helper in fit.iter().filter(|h| roster.has_room(shift, **h, None)) {
            open[*helper].push(shift);
            free[shift] += 1;
        }
    }
    loop {
        let next = (0..facts.shifts())
            .filter(|s| free[*s] > 0 && roster.empty(*s) > 0)
            .min_by_key(|s| whole(free[*s]) - whole(roster.empty(*s)));
        let Some(shift) = next else { return };
        let Some(helper) = cheapest(roster, shift) else {
            free[shift] = 0;
            continue;
        };
        roster.add(shift, helper);
        open[helper].retain(|other| {
            let still = roster.has_room(*other, helper, None);
            free[*other] -= usize::from(!still && free[*other] > 0);
            still
        });
    }
}

/// Fills every place that somebody can simply take. Taking a place never frees anybody, so one pass is enough.
pub(crate) fn simply(roster: &mut Roster) {
    for shift in 0..roster.facts.shifts() {
        while roster.empty(shift) > 0 {
            let Some(helper) = cheapest(roster, shift) else {
                break;
            };
            roster.add(shift, helper);
        }
    }
}

/// Who may take a place of a shift and adds least to the cost.
fn cheapest(roster: &Roster, shift: usize) -> Option<usize> {
    let fit = roster.facts.fit[shift].iter().copied();
    fit.filter(|h| roster.has_room(shift, *h, None))
        .min_by_key(|h| roster.price(shift, *h))
}

/// Chains of moves: somebody leaves a shift for an empty place, and another takes over what they left.
pub(crate) struct Chains {
    /// Steps that may still be taken.
    pub left: u64,
    /// When each shift was last left; one search leaves a shift once.
    seen: Vec<u64>,
    search: u64,
}

impl Chains {
    pub fn new(shifts: usize) -> Self {
        Self {
            left: 0,
            seen: vec![0; shifts],
            search: 0,
        }
    }

    /// Tries to fill every empty place with chains of at most `depth` moves before the last.
    pub fn fill(&mut self, roster: &mut Roster, random: &mut Random, depth: usize) {
        let shifts = roster.facts.shifts();
        let from = random.below(shifts);
        for shift in (0..shifts).map(|s| (s + from) % shifts) {
            'places: while roster.empty(shift) > 0 {
                for depth in 0..=depth {
                    self.search += 1;
                    self.seen[shift] = self.search;
                    if self.take(roster, random, shift, depth) {
                        continue 'places;
                    }
                    if self.left == 0 {
                        return;
                    }
                }
                break;
            }
        }
    }

    /// Fills one place of a shift, or leaves the roster as it was.
    fn take(&mut self, roster: &mut Roster, random: &mut Random, shift: usize, depth: usize) -> bool {
        let facts = roster.facts;
        let fit = &facts.fit[shift];
        self.left = self
            .left
            .saturating_sub(u64::try_from(fit.len()).unwrap_or(u64::MAX));
        if let Some(helper) = cheapest(roster, shift) {
            roster.add(shift, helper);
            return true;
        }
        if depth == 0 {
            return false;
        }
        let from = random.below(fit.len());
        for helper in fit[from..].iter().chain(&fit[..from]).copied() {
            if self.left == 0 {
                return false;
            }
            if roster.stands(shift, helper) {
                continue;
            }
            // From the last to the first: a duty that is tried in vain goes back to the end of the list.
            for at in (0..roster.duties(helper).len()).rev() {
                let duty = roster.duties(helper)[at];
                let fresh = self.seen[duty] != self.search && !roster.is_fixed(duty, helper);
                if !fresh || !roster.has_room(shift, helper, Some(duty)) {
                    continue;
                }
                self.seen[duty] = self.search;
                roster.remove(duty, helper);
                roster.add(shift, helper);
                if self.take(roster, random, duty, depth - 1) {
                    return true;
                }
                roster.remove(shift, helper);
                roster.add(duty, helper);
            }
        }
        false
    }
}
