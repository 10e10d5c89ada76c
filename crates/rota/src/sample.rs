//! Invented rosters with the structure of real ones, for tests, measurements and demonstrations.

use crate::{
    calendar::DAY,
    facts::Facts,
    instance::{Assignment, Helper, Instance, Shift, Span, Stay},
    random::Random,
    roster::Roster,
};

/// What a post asks for. The last four skills are rare.
const GATE: u64 = 1;
const DRIVER: u64 = 1 << 1;
const COMPUTER: u64 = 1 << 2;
const NURSE: u64 = 1 << 3;
const DISINFECTION: u64 = 1 << 4;
const DIALECT: u64 = 1 << 5;

/// Organisations that send people; the first sends half of them, and some helpers come by themselves.
const ORGS: u32 = 6;
/// Shifts of one post in a fortnight, about.
const PER_POST: usize = 39;

struct Post {
    skills: u64,
    needed: u32,
    risky: bool,
    place: (i64, i64),
    org: Option<u32>,
    closed_loop: Option<u32>,
    together: u32,
    /// Beginning and length of each shift of a day, in minutes.
    hours: &'static [(i64, i64)],
}

/// A roster of about a fortnight, to be filled: posts round the clock in three shifts of 8 h or two of 12 h,
/// some by day only; common and rare skills; six organisations and people who come by themselves; groups of
/// four; one post in ten in a closed loop; cover that ends; holidays, nights and weekdays at which people
/// cannot come; some names fixed. The same arguments always give the same roster.
pub fn sample(seed: u64, shifts: usize, helpers: usize) -> Instance {
    let mut random = Random::new(seed);
    let posts: Vec<Post> = (0..shifts.div_ceil(PER_POST))
        .map(|number| post(&mut random, number))
        .collect();
    let mut instance = Instance::default();
    let mut homes: Vec<(i64, i64)> = Vec::new();
    let mut day = 0;
    while instance.shifts.len() < shifts {
        let of_day = posts
            .iter()
            .zip(0..)
            .flat_map(|(post, place)| post.hours.iter().map(move |hours| (post, place, hours)));
        for (post, place, (start, length)) in of_day.take(shifts - instance.shifts.len()) {
            let start = day * DAY + start;
            instance.shifts.push(Shift {
                span: Span::new(start, start + length),
                needed: post.needed,
                skills: post.skills,
                covered_to: post.risky.then_some(start + length),
                place: Some(place),
                org: post.org,
                closed_loop: post.closed_loop,
                together: post.together,
            });
        }
        day += 1;
    }
    let days = instance.shifts.last().map_or(1, |last| last.span.start / DAY + 1);
    for number in 0..helpers {
        let helper = helper(&mut random, number, days, &mut homes);
        instance.helpers.push(helper);
    }
    let ways = |home: &(i64, i64)| posts.iter().map(|post| metres(*home, post.place)).collect();
    instance.metres = homes.iter().map(ways).collect();
    fix(&mut random, &mut instance);
    instance
}

/// A point on the ground, in metres east and north.
fn point(random: &mut Random) -> (i64, i64) {
    (random.between(0, 5_000), random.between(0, 5_000))
}

/// As the crow flies, rounded down.
fn metres(one: (i64, i64), other: (i64, i64)) -> i64 {
    let (x, y) = (one.0 - other.0, one.1 - other.1);
    (x * x + y * y).isqrt()
}

fn post(random: &mut Random, number: usize) -> Post {
    const THREE: &[(i64, i64)] = &[(0, 480), (480, 480), (960, 480)];
    const TWO: &[(i64, i64)] = &[(480, 720), (1_200, 720)];
    const BY_DAY: &[(i64, i64)] = &[(480, 300), (780, 300)];
    let closed_loop = (number % 10 == 9).then_some(0);
    let (skills, needed, risky) = match number % 10 {
        0 | 5 => (0, 3, false),
        1 => (GATE, 3, true),
        2 => (GATE, 4, false),
        3 => (NURSE, 2, true),
        4 => (DRIVER, 3, false),
        6 => (DISINFECTION, 2, true),
        7 => (GATE | COMPUTER, 3, false),
        8 => (DIALECT, 2, false),
        _ => (GATE, 4, true),
    };
    Post {
        skills,
        needed,
        risky,
        place: point(random),
        org: (number % 10 == 5).then_some(0),
        closed_loop,
        together: if needed > 1 { needed } else { 0 },
        hours: match number % 7 {
            3 => TWO,
            4 => BY_DAY,
            _ => THREE,
        },
    }
}

fn helper(random: &mut Random, number: usize, days: i64, homes: &mut Vec<(i64, i64)>) -> Helper {
    let mut skills = 0;
    for (skill, percent) in [
        (GATE, 80),
        (DRIVER, 40),
        (COMPUTER, 45),
        (NURSE, 7),
        (DISINFECTION, 14),
        (DIALECT, 8),
    ] {
        if random.percent(percent) {
            skills |= skill;
        }
    }
    let whole = Span::new(0, (days + 1) * DAY);
    let in_loop = number % 10 == 9;
    // Groups of four, of one organisation, one after the other in the list; a third come alone.
    let group = u32::try_from(number / 4).unwrap_or(0);
    let alone = group % 3 == 2 || in_loop;
    let own = (alone && random.percent(50)) || number % 50 > 46;
    Helper {
        skills: if in_loop { skills | GATE } else { skills },
        cover_until: match random.below(100) {
            0..20 => None,
            20..32 => Some(random.between(0, days) * DAY),
            32..36 => Some(-DAY),
            _ => Some((days + 30) * DAY),
        },
        available: if in_loop { None } else { available(random, days) },
        unavailable: if random.percent(25) {
            let start = random.between(0, days) * DAY;
            vec![Span::new(start, start + random.between(1, 4) * DAY)]
        } else {
            Vec::new()
        },
        home: (!in_loop).then(|| {
            homes.push(point(random));
            u32::try_from(homes.len() - 1).unwrap_or(u32::MAX)
        }),
        org: (!own).then(|| (group % 10).saturating_sub(10 - ORGS)),
        stays: in_loop
            .then_some(Stay {
                closed_loop: 0,
                span: whole,
            })
            .into_iter()
            .collect(),
        group: (!alone).then_some(group),
        week_minutes: random.percent(20).then(|| random.between(2, 5) * 8 * 60),
        already_minutes: random.between(0, 30) * 60,
        nights_before: u32::try_from(random.between(0, 4)).unwrap_or(0),
        weekends_before: u32::try_from(random.between(0, 4)).unwrap_or(0),
    }
}

/// Half can always come; others only at weekends and in the evenings, only by day, or on some days.
fn available(random: &mut Random, days: i64) -> Option<Vec<Span>> {
    let kind = random.below(100);
    let spans =
        |from: i64, to: i64| (-1..=days).map(move |day| (day, Span::new(day * DAY + from, day * DAY + to)));
    match kind {
        0..50 => None,
        50..70 => Some(
            spans(16 * 60, 32 * 60)
                .filter(|(day, _)| day.rem_euclid(7) < 5)
                .chain(spans(0, DAY).filter(|(day, _)| day.rem_euclid(7) > 4))
                .map(|(_, span)| span)
                .collect(),
        ),
        70..85 => Some(spans(7 * 60, 21 * 60).map(|(_, span)| span).collect()),
        _ => Some(
            spans(0, DAY)
                .filter(|_| random.percent(60))
                .map(|(_, span)| span)
                .collect(),
        ),
    }
}

/// Names put there by hand: on one shift in twenty, all of them within the rules.
fn fix(random: &mut Random, instance: &mut Instance) {
    let mut names: Vec<Assignment> = Vec::new();
    let facts = Facts::new(instance);
    let mut roster = Roster::new(&facts);
    for _ in 0..facts.shifts() / 20 {
        let shift = random.below(facts.shifts());
        let Some(helper) = random.pick(&facts.fit[shift]).copied() else {
            continue;
        };
        if roster.empty(shift) > 0 && roster.has_room(shift, helper, None) {
            roster.add(shift, helper);
            names.push(Assignment { shift, helper });
        }
    }
    instance.fixed = names;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::violations;

    #[test]
    fn of_any_size_and_always_the_same() {
        for (shifts, helpers) in [(0, 0), (0, 5), (1, 0), (40, 25), (200, 100)] {
            let made = sample(7, shifts, helpers);
            assert_eq!((made.shifts.len(), made.helpers.len()), (shifts, helpers));
            assert_eq!(made, sample(7, shifts, helpers));
            assert_eq!(violations(&made, &made.fixed), []);
        }
        assert_ne!(sample(7, 40, 25), sample(8, 40, 25));
    }
}
