//! What can be worked out before a single name is put anywhere.

use crate::{
    calendar,
    instance::{Assignment, Instance, Span},
    rule::standing,
};

/// Tables over one instance. Positions are those of the instance; weeks and groups are numbered from 0.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub instance: &'a Instance,
    pub spans: Vec<Span>,
    /// Whole hours of each shift.
    pub hours: Vec<i64>,
    /// 1 for a night, else 0.
    pub night: Vec<i64>,
    /// 1 for a weekend, else 0.
    pub weekend: Vec<i64>,
    /// Weeks each shift touches, with its minutes there.
    pub weeks: Vec<Vec<(usize, i64)>>,
    /// Number of weeks that any shift touches.
    pub week_count: usize,
    /// Helpers whom no rule of [`standing`] keeps from each shift.
    pub fit: Vec<Vec<usize>>,
    /// The same as bits, `words` a shift.
    bits: Vec<u64>,
    words: usize,
    /// Weighed travel by place and helper.
    travel: Vec<i64>,
    place: Vec<Option<usize>>,
    /// The group of each helper.
    pub group: Vec<Option<usize>>,
    /// The helpers of each group.
    pub mates: Vec<Vec<usize>>,
    /// Minutes a week of each helper.
    pub limit: Vec<i64>,
}

impl<'a> Facts<'a> {
    pub fn new(instance: &'a Instance) -> Self {
        let rules = &instance.rules;
        let spans: Vec<Span> = instance.shifts.iter().map(|shift| shift.span).collect();
        let (weeks, week_count) = weeks(instance);
        let words = instance.helpers.len().div_ceil(64);
        let mut bits = vec![0; words * spans.len()];
        let fit: Vec<Vec<usize>> = (0..spans.len())
            .map(|shift| {
                let fit = (0..instance.helpers.len())
                    .filter(|helper| {
                        let helper = *helper;
                        standing(instance, Assignment { shift, helper }).is_empty()
                    })
                    .collect::<Vec<_>>();
                for helper in &fit {
                    bits[shift * words + helper / 64] |= 1 << (helper % 64);
                }
                fit
            })
            .collect();
        let (group, mates) = groups(instance);
        let (place, travel) = travel(instance);
        Self {
            instance,
            hours: spans.iter().map(|span| calendar::hours(span.minutes())).collect(),
            night: spans
                .iter()
                .map(|span| i64::from(calendar::is_night(*span, rules)))
                .collect(),
            weekend: spans
                .iter()
                .map(|span| i64::from(calendar::is_weekend(*span, rules)))
                .collect(),
            weeks,
            week_count,
            fit,
            bits,
            words,
            travel,
            place,
            group,
            mates,
            limit: instance
                .helpers
                .iter()
                .map(|h| {
                    h.week_minutes
                        .map_or(rules.week_minutes, |m| m.min(rules.week_minutes))
                })
                .collect(),
            spans,
        }
    }

    pub fn shifts(&self) -> usize {
        self.spans.len()
    }

    pub fn helpers(&self) -> usize {
        self.limit.len()
    }

    /// Places of a shift.
    pub fn needed(&self, shift: usize) -> usize {
        self.instance.shifts[shift].needed as usize
    }

    /// Whether skill, cover, availability, organisation and loop let the helper stand there.
    pub fn fits(&self, shift: usize, helper: usize) -> bool {
        self.bits[shift * self.words + helper / 64] >> (helper % 64) & 1 == 1
    }

    /// Whether one person cannot do both: too little time between them.
    pub fn clash(&self, one: usize, other: usize) -> bool {
        one == other || self.spans[one].gap(self.spans[other]) < self.instance.rules.rest.max(0)
    }

    /// Weighed travel of one duty.
    pub fn travel(&self, shift: usize, helper: usize) -> i64 {
        self.place[shift].map_or(0, |place| self.travel[place * self.helpers() + helper])
    }

    /// How many of a group should stand on a shift as soon as one of them does.
    pub fn full(&self, shift: usize, group: usize) -> usize {
        let shift = &self.instance.shifts[shift];
        (shift.needed.min(shift.together) as usize).min(self.mates[group].len())
    }
}

/// Weeks by shift, numbered as they occur, and their number.
fn weeks(instance: &Instance) -> (Vec<Vec<(usize, i64)>>, usize) {
    let touched: Vec<Vec<(i64, i64)>> = instance
        .shifts
        .iter()
        .map(|shift| calendar::weeks(shift.span, &instance.rules).collect())
        .collect();
    let mut known: Vec<i64> = touched.iter().flatten().map(|(week, _)| *week).collect();
    known.sort_unstable();
    known.dedup();
    let number = |week: i64| known.partition_point(|other| *other < week);
    let weeks = touched
        .into_iter()
        .map(|weeks| {
            weeks
                .into_iter()
                .map(|(week, minutes)| (number(week), minutes))
                .collect()
        })
        .collect();
    (weeks, known.len())
}

/// The group of each helper and the helpers of each group, numbered from 0.
fn groups(instance: &Instance) -> (Vec<Option<usize>>, Vec<Vec<usize>>) {
    let mut known: Vec<u32> = instance
        .helpers
        .iter()
        .filter_map(|helper| helper.group)
        .collect();
    known.sort_unstable();
    known.dedup();
    let mut mates = vec![Vec::new(); known.len()];
    let group = instance
        .helpers
        .iter()
        .enumerate()
        .map(|(h, helper)| {
            let group = known.binary_search(&helper.group?).ok()?;
            mates[group].push(h);
            Some(group)
        })
        .collect();
    (group, mates)
}

/// The place of each shift, numbered from 0, and the weighed travel by place and helper.
fn travel(instance: &Instance) -> (Vec<Option<usize>>, Vec<i64>) {
    let mut known: Vec<u32> = instance.shifts.iter().filter_map(|shift| shift.place).collect();
    known.sort_unstable();
    known.dedup();
    let place = instance
        .shifts
        .iter()
        .map(|shift| known.binary_search(&shift.place?).ok())
        .collect();
    let travel = known
        .iter()
        .flat_map(|place| {
            instance.helpers.iter().map(move |helper| {
                instance.rules.weights.travel * instance.way(helper.home, Some(*place)) / 1000
            })
        })
        .collect();
    (place, travel)
}
