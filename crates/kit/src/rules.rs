//! Rule profiles: rules that change every few months and differ by city are data, not code.
//! Only the rules that a room already uses are read from here; the rest of a profile waits for its room.

use std::time::Duration;

/// The rules that govern mustering, with their defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MusterRules {
    /// Hours are rounded to this many minutes (0.1 h), half up. Travel is not counted.
    pub hour_step_minutes: i64,
    /// A check-in this long before the shift's start still belongs to the shift and counts; earlier time is not counted and flagged.
    pub early: Duration,
    /// A check-in this long after the start is late.
    pub late_after: Duration,
    /// A check-out this long after the end still counts; later time is not counted and flagged.
    pub overtime: Duration,
    /// How far a phone's clock may be ahead of the server's before the server's time is used and the record flagged.
    pub clock_ahead: Duration,
    /// Rest between two shifts of one person, at least; the same figure as the roster's default.
    pub rest: Duration,
}

impl Default for MusterRules {
    fn default() -> Self {
        Self {
            hour_step_minutes: 6,
            early: Duration::from_secs(2 * 3600),
            late_after: Duration::from_secs(15 * 60),
            overtime: Duration::from_secs(4 * 3600),
            clock_ahead: Duration::from_secs(5 * 60),
            rest: Duration::from_secs(8 * 3600),
        }
    }
}

/// Milliseconds as tenths of an hour, rounded half up to 0.1 h; negative spans are nothing.
pub fn tenths_of_hours(millis: i64, rules: &MusterRules) -> i64 {
    let step = rules.hour_step_minutes * 60_000;
    (millis.max(0) + step / 2) / step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_rounded_to_a_tenth() {
        let rules = MusterRules::default();
        for (minutes, tenths) in [
            (0, 0),
            (2, 0),
            (3, 1),
            (60, 10),
            (8 * 60 + 2, 80),
            (8 * 60 + 3, 81),
            (-5, 0),
        ] {
            assert_eq!(tenths_of_hours(minutes * 60_000, &rules), tenths, "{minutes} min");
        }
    }
}
