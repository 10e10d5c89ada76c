//! From rows to the model: shifts, helpers and duties as the database has them become an instance of `rota`.
//! Pure; times become minutes since a Monday on the clock of the place.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use kit::{
    Day, Timestamp,
    id::{HelperId, OrgId, ShiftId},
};
use rota::{Assignment, Helper, Instance, Rules, Shift, Span, calendar};

use crate::plan::{Pair, later, ways};

/// Days before the plan whose duties count for fairness.
pub const PAST_DAYS: i32 = 28;
/// Days before and after the plan whose duties count for rest and the week.
pub const NEAR_DAYS: i32 = 7;

/// A shift to be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftRow {
    /// Id.
    pub id: ShiftId,
    /// Path of its place.
    pub place_path: String,
    /// Kept for this organisation.
    pub org: Option<OrgId>,
    /// Day on which it begins.
    pub day: Day,
    /// Beginning.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
    /// Places.
    pub needed: i64,
    /// Names on it that are not among the helpers of the plan; they only take places.
    pub hidden: i64,
    /// Codes of skills that its call wants, each in commas.
    pub skills: String,
    /// The closed loop it belongs to.
    pub closed_loop: Option<u32>,
    /// It has not begun: names may be proposed.
    pub open: bool,
}

/// A helper who might stand on a shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelperRow {
    /// Id.
    pub id: HelperId,
    /// Organisation.
    pub org: Option<OrgId>,
    /// Codes of skills, each in commas.
    pub skills: String,
    /// Last day of accident cover.
    pub cover_until: Option<Day>,
    /// Path of the place where they live.
    pub home_path: Option<String>,
    /// Still helps; who does not is here only because their name stands somewhere.
    pub active: bool,
    /// When they can come; `None` for at any time.
    pub available: Option<Vec<(Timestamp, Timestamp)>>,
    /// When they cannot.
    pub absences: Vec<(Timestamp, Timestamp)>,
    /// The most minutes a week.
    pub week_minutes: Option<i64>,
    /// Their stays in closed loops.
    pub stays: Vec<StayRow>,
}

/// A stay in a closed loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StayRow {
    /// Who.
    pub helper: HelperId,
    /// The loop, by a number of the caller's choice.
    pub closed_loop: u32,
    /// Going in.
    pub from: Timestamp,
    /// Coming out.
    pub until: Timestamp,
}

/// A name of one of the helpers on a shift, of the plan or of the days around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duty {
    /// Shift.
    pub shift: ShiftId,
    /// Who.
    pub helper: HelperId,
    /// Beginning of the shift.
    pub starts_at: Timestamp,
    /// Its end.
    pub ends_at: Timestamp,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// First day.
    pub from: Day,
    /// Shifts of the plan.
    pub shifts: Vec<ShiftRow>,
    /// Helpers.
    pub helpers: Vec<HelperRow>,
    /// Their names on shifts.
    pub duties: Vec<Duty>,
}

/// What people want.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Names they have ticked.
    pub ticked: Vec<Pair>,
    /// Names they do not want there.
    pub barred: Vec<Pair>,
}

/// The model, and how to find one's way in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The model. Its first shifts are those of the plan, in order; others follow. Its helpers are those of
    /// the plan, in order.
    pub instance: Instance,
    /// How many shifts are of the plan.
    pub shifts: usize,
    /// How many of the fixed names are written already; ticked ones follow.
    pub written: usize,
    /// Whether each shift of the plan may still be filled.
    pub open: Vec<bool>,
}

/// Numbers for things, as they occur.
struct Numbers<T>(BTreeMap<T, u32>);

impl<T: Ord> Numbers<T> {
    fn of(&mut self, thing: T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(thing).or_insert(next)
    }
}

/// The moment at which the week of the first day began.
fn monday(from: Day) -> Timestamp {
    later(from, -i32::from(from.0.weekday().to_monday_zero_offset())).start()
}

/// Minutes on the clock of the place. Its zone has no summer time, so that they are minutes since that Monday.
fn span(monday: Timestamp, (start, end): (Timestamp, Timestamp)) -> Span {
    let minute = |at: Timestamp| at.since(monday).div_euclid(60_000);
    Span::new(minute(start), minute(end))
}

/// Skills as bits; one that nobody has when the list does not have it.
fn bits(skills: &str) -> u64 {
    let known = people::skills::SKILLS;
    people::skills::split(skills)
        .into_iter()
        .map(|code| known.iter().position(|skill| *skill == code).unwrap_or(63))
        .fold(0, |all, bit| all | 1 << bit)
}

/// Makes the model.
pub fn plan(rows: &Rows, wanted: &Wanted) -> Plan {
    let monday = monday(rows.from);
    let mut orgs = Numbers(BTreeMap::new());
    let (mut homes, mut places) = (Numbers(BTreeMap::new()), Numbers(BTreeMap::new()));
    let shifts: Vec<Shift> = rows
        .shifts
        .iter()
        .map(|row| shift(row, monday, &mut orgs, &mut places))
        .collect();
    let helpers: Vec<Helper> = rows
        .helpers
        .iter()
        .map(|row| helper(row, monday, &mut orgs, &mut homes))
        .collect();
    let mut metres = vec![vec![0; places.0.len()]; homes.0.len()];
    for (home, row) in &homes.0 {
        for (place, column) in &places.0 {
            metres[*row as usize][*column as usize] = ways::metres(home, place);
        }
    }
    let mut plan = Plan {
        shifts: shifts.len(),
        open: rows.shifts.iter().map(|row| row.open).collect(),
        instance: Instance {
            shifts,
            helpers,
            metres,
            rules: Rules::default(),
            ..Instance::default()
        },
        written: 0,
    };
    let shift_at: HashMap<ShiftId, usize> = rows.shifts.iter().map(|row| row.id).zip(0..).collect();
    let helper_at: HashMap<HelperId, usize> = rows.helpers.iter().map(|row| row.id).zip(0..).collect();
    plan.duties(rows, monday, shift_at.clone(), &helper_at);
    let find = |(shift, helper): &Pair| {
        Some(Assignment {
            shift: *shift_at.get(shift)?,
            helper: *helper_at.get(helper)?,
        })
    };
    plan.tick(wanted.ticked.iter().filter_map(find));
    plan.instance.barred = wanted.barred.iter().filter_map(find).collect();
    plan
}

fn shift<'a>(
    row: &'a ShiftRow,
    monday: Timestamp,
    orgs: &mut Numbers<OrgId>,
    places: &mut Numbers<&'a str>,
) -> Shift {
    // Nobody is proposed for what has begun; its names are counted in when they are fixed.
    let places_left = if row.open { row.needed - row.hidden } else { 0 };
    let needed = u32::try_from(places_left.max(0)).unwrap_or(u32::MAX);
    Shift {
        span: span(monday, (row.starts_at, row.ends_at)),
        needed,
        skills: bits(&row.skills),
        // As `assign` has it: every shift is risky, and cover until the day on which it begins is enough.
        covered_to: Some(end_of(monday, row.day)),
        place: Some(places.of(&row.place_path)),
        org: row.org.map(|org| orgs.of(org)),
        closed_loop: row.closed_loop,
        together: needed,
    }
}

fn end_of(monday: Timestamp, day: Day) -> i64 {
    let end = later(day, 1).start();
    span(monday, (end, end)).end
}

fn helper<'a>(
    row: &'a HelperRow,
    monday: Timestamp,
    orgs: &mut Numbers<OrgId>,
    homes: &mut Numbers<&'a str>,
) -> Helper {
    let spans = |times: &[(Timestamp, Timestamp)]| times.iter().map(|time| span(monday, *time)).collect();
    let available = row.available.as_deref().map(spans);
    let org = row.org.map(|org| orgs.of(org));
    Helper {
        skills: bits(&row.skills),
        cover_until: row.cover_until.map(|day| end_of(monday, day)),
        available: if row.active { available } else { Some(Vec::new()) },
        unavailable: spans(&row.absences),
        home: row.home_path.as_deref().map(|path| homes.of(path)),
        org,
        stays: row
            .stays
            .iter()
            .map(|stay| rota::Stay {
                closed_loop: stay.closed_loop,
                span: span(monday, (stay.from, stay.until)),
            })
            .collect(),
        // People of one organisation stand together.
        group: org,
        week_minutes: row.week_minutes,
        ..Helper::default()
    }
}

impl Plan {
    /// Names that stand already: those of the plan are fixed; those of the week before and after become
    /// shifts of their own, so that rest and the week count; those before that are what came before.
    fn duties(
        &mut self,
        rows: &Rows,
        monday: Timestamp,
        mut shift_at: HashMap<ShiftId, usize>,
        helper_at: &HashMap<HelperId, usize>,
    ) {
        let near = later(rows.from, -NEAR_DAYS).start();
        let rules = self.instance.rules;
        for duty in &rows.duties {
            let Some(&helper) = helper_at.get(&duty.helper) else {
                continue;
            };
            let span = span(monday, (duty.starts_at, duty.ends_at));
            let of_plan = shift_at
                .get(&duty.shift)
                .is_some_and(|shift| *shift < self.shifts);
            if !of_plan && duty.starts_at < near {
                let person = &mut self.instance.helpers[helper];
                person.already_minutes += span.minutes();
                person.nights_before += u32::from(calendar::is_night(span, &rules));
                person.weekends_before += u32::from(calendar::is_weekend(span, &rules));
                continue;
            }
            let shift = *shift_at.entry(duty.shift).or_insert_with(|| {
                self.instance.shifts.push(Shift {
                    span,
                    ..Shift::default()
                });
                self.instance.shifts.len() - 1
            });
            // What cannot be filled any more has as many places as names.
            if !self.open.get(shift).copied().unwrap_or(false) {
                self.instance.shifts[shift].needed += 1;
            }
            self.instance.fixed.push(Assignment { shift, helper });
        }
        self.written = self.instance.fixed.len();
    }

    /// Fixes ticked names as long as there are places.
    fn tick(&mut self, names: impl Iterator<Item = Assignment>) {
        let mut taken: HashMap<usize, u32> = HashMap::new();
        let mut there: HashSet<Assignment> = HashSet::new();
        for name in &self.instance.fixed {
            *taken.entry(name.shift).or_default() += 1;
            there.insert(*name);
        }
        for name in names {
            let taken = taken.entry(name.shift).or_default();
            let room = *taken < self.instance.shifts[name.shift].needed;
            if self.open[name.shift] && room && there.insert(name) {
                *taken += 1;
                self.instance.fixed.push(name);
            }
        }
    }

    /// The names that are written already.
    pub fn written(&self) -> &[Assignment] {
        self.instance.fixed.get(..self.written).unwrap_or_default()
    }

    /// What each helper has done and is to do, by these names: from 28 days before the plan to the last of
    /// its shifts.
    pub fn burdens(&self, names: &[Assignment]) -> Vec<Load> {
        let rules = &self.instance.rules;
        let shifts = &self.instance.shifts;
        let last = shifts[..self.shifts].iter().map(|shift| shift.span.start).max();
        let mut loads: Vec<Load> = self
            .instance
            .helpers
            .iter()
            .map(|helper| Load {
                minutes: helper.already_minutes,
                nights: helper.nights_before,
                weekends: helper.weekends_before,
            })
            .collect();
        let distinct: BTreeSet<&Assignment> = names.iter().collect();
        for name in distinct {
            let span = shifts[name.shift].span;
            if Some(span.start) <= last {
                let load = &mut loads[name.helper];
                load.minutes += span.minutes();
                load.nights += u32::from(calendar::is_night(span, rules));
                load.weekends += u32::from(calendar::is_weekend(span, rules));
            }
        }
        loads
    }
}

/// What one helper bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Minutes on shifts.
    pub minutes: i64,
    /// Nights.
    pub nights: u32,
    /// Shifts at weekends.
    pub weekends: u32,
}

impl Load {
    /// Hours with one decimal, as everywhere.
    pub fn hours(&self) -> String {
        let tenths = (self.minutes + 3) / 6;
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests;
