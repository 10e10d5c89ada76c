//! Shifts from a pattern: these days of the week, these hours, so many people.

use std::time::Duration;

use kit::{Day, Timestamp};

/// Shifts one pattern may make.
pub const MOST_SHIFTS: usize = 5_000;

/// Hours of a shift: minutes from midnight. An end at or before the beginning lies on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Beginning, 0 to 1439.
    pub from: u32,
    /// End, 1 to 1440.
    pub to: u32,
}

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// First day.
    pub first: Day,
    /// Last day.
    pub last: Day,
    /// ISO weekdays, 1 for Monday.
    pub weekdays: Vec<i8>,
    /// Hours of each day.
    pub slots: Vec<Slot>,
}

impl Slot {
    /// Minutes it lasts.
    pub fn minutes(self) -> u32 {
        if self.to > self.from {
            self.to - self.from
        } else {
            self.to + 1440 - self.from
        }
    }
}

/// Slots as typed: `08:00-12:00, 18:00-02:00`; `None` when one of them cannot be read.
pub fn slots(text: &str) -> Option<Vec<Slot>> {
    let slots: Option<Vec<Slot>> = text
        .split([',', '，', '、', ';', '；', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (from, to) = part.split_once(['-', '–', '—', '~', '～', '至'])?;
            let slot = Slot {
                from: minutes(from)?,
                to: minutes(to)?,
            };
            (slot.from < 1440).then_some(slot)
        })
        .collect();
    slots.filter(|slots| !slots.is_empty() && slots.len() <= 12)
}

/// `18:30`, `18：30` or `24:00` as minutes from midnight.
pub fn minutes(text: &str) -> Option<u32> {
    let text = text.trim().replace('：', ":");
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= 1440).then_some(total)
}

/// Minutes from midnight as `18:30`.
pub fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Beginning and end of every shift of the pattern, day after day.
pub fn spans(pattern: &Pattern) -> Vec<(Day, Timestamp, Timestamp)> {
    pattern
        .first
        .through(pattern.last)
        .filter(|day| pattern.weekdays.contains(&day.0.weekday().to_monday_one_offset()))
        .flat_map(|day| {
            pattern.slots.iter().map(move |slot| {
                let start = day.start() + minutes_long(slot.from);
                (day, start, start + minutes_long(slot.minutes()))
            })
        })
        .collect()
}

fn minutes_long(minutes: u32) -> Duration {
    Duration::from_secs(u64::from(minutes) * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_as_people_type_them() {
        assert_eq!(
            slots("08:00-12:00，18：00～02:00"),
            Some(vec![Slot { from: 480, to: 720 }, Slot { from: 1080, to: 120 }])
        );
        assert_eq!(slots("00:00-24:00").map(|s| s[0].minutes()), Some(1440));
        for wrong in ["", "8-12", "25:00-26:00", "08:00", "08:61-09:00", "24:00-01:00"] {
            assert_eq!(slots(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn weekends_nights_and_round_the_clock() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let nights = Pattern {
            first: day("2020-02-07"),
            last: day("2020-02-10"),
            weekdays: vec![6, 7],
            slots: slots("20:00-08:00").unwrap(),
        };
        let made = spans(&nights);
        assert_eq!(
            made.iter().map(|(day, ..)| day.to_string()).collect::<Vec<_>>(),
            ["2020-02-08", "2020-02-09"]
        );
        assert_eq!(made[0].2.minute_text(), "2020-02-09 08:00");
        let clock = Pattern {
            weekdays: (1..=7).collect(),
            slots: slots("00:00-08:00,08:00-16:00,16:00-24:00").unwrap(),
            ..nights
        };
        let made = spans(&clock);
        assert_eq!(made.len(), 12);
        assert!(
            made.windows(2).all(|pair| pair[0].2 == pair[1].1),
            "no gap, no overlap"
        );
    }
}
