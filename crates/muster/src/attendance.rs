//! The rule of attendance: from the facts about one helper on one shift to in, out, hours and flags.
//!
//! It does not matter in which order facts come; the same facts always give the same attendance.

use kit::{Timestamp, id::RecordId, rules};

use crate::model::FactKind;

/// One fact, as far as the rule looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// The record it came with.
    pub record: RecordId,
    /// What it says.
    pub kind: FactKind,
    /// When, by the phone.
    pub at: Timestamp,
    /// When it was taken.
    pub received_at: Timestamp,
    /// Recorded at another place than the shift's.
    pub elsewhere: bool,
}

/// The shift, as far as the rule looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Beginning.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
}

/// What the facts add up to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Derived {
    /// Checked in.
    pub in_at: Option<Timestamp>,
    /// Checked out.
    pub out_at: Option<Timestamp>,
    /// Hours in tenths.
    pub tenths: i64,
    /// In and out: one person-time.
    pub complete: bool,
    /// What staff should look at, each at a record.
    pub flags: Vec<(RecordId, &'static str)>,
    /// What is worth knowing and needs nobody: `late`, `closed`.
    pub notes: Vec<&'static str>,
}

/// The attendance that these facts (none of them voided) tell of. `rostered`: the name stood on the shift.
pub fn derive(facts: &[Fact], span: Span, rostered: bool, rules: &rules::MusterRules) -> Derived {
    let mut facts: Vec<(Timestamp, Fact)> =
        facts.iter().map(|fact| (effective(fact, rules), *fact)).collect();
    facts.sort_by_key(|(at, fact)| (*at, fact.record));
    let mut derived = Derived::default();

    for (_, fact) in &facts {
        if fact.at > fact.received_at + rules.clock_ahead {
            derived.flags.push((fact.record, "clock-ahead"));
        }
        if fact.elsewhere {
            derived.flags.push((fact.record, "wrong-place"));
        }
    }
    let of = |kind| facts.iter().filter(move |(_, fact)| fact.kind == kind);

    // The first check-in counts; a second one is a double tap or a forgotten check-out.
    let mut ins = of(FactKind::In);
    if let Some((at, first)) = ins.next() {
        derived.in_at = Some(*at);
        if !rostered {
            derived.flags.push((first.record, "not-on-roster"));
        }
        if *at + rules.early < span.starts_at {
            derived.flags.push((first.record, "too-early"));
        }
        if *at > span.starts_at + rules.late_after {
            derived.notes.push("late");
        }
        derived
            .flags
            .extend(ins.map(|(_, fact)| (fact.record, "double-check-in")));
    }

    // The last check-out counts, when it comes after the check-in.
    let mut outs: Vec<&(Timestamp, Fact)> = of(FactKind::Out).collect();
    if let Some((at, last)) = outs.pop() {
        derived
            .flags
            .extend(outs.iter().map(|(_, fact)| (fact.record, "double-check-out")));
        match derived.in_at {
            None => {
                derived.out_at = Some(*at);
                derived.flags.push((last.record, "no-check-in"));
            }
            Some(in_at) if *at < in_at => derived.flags.push((last.record, "out-before-in")),
            Some(_) => {
                derived.out_at = Some(*at);
                if *at > span.ends_at + rules.overtime {
                    derived.flags.push((last.record, "too-late"));
                }
            }
        }
    }

    // No check-out: the system closed the shift at its end, and the leader confirms that.
    if let (Some(in_at), None, Some((_, close))) = (derived.in_at, derived.out_at, of(FactKind::Close).next())
    {
        derived.out_at = Some(span.ends_at.max(in_at));
        derived.notes.push("closed");
        if of(FactKind::Confirm).next().is_none() {
            derived.flags.push((close.record, "forgotten-check-out"));
        }
    }

    if let (Some(in_at), Some(out_at)) = (derived.in_at, derived.out_at) {
        derived.complete = true;
        // What lies far outside the shift is flagged and not counted.
        let from = in_at.max(span.starts_at.minus(rules.early));
        let to = out_at.min(span.ends_at + rules.overtime);
        derived.tenths = rules::tenths_of_hours(to.since(from), rules);
    }
    derived.flags.sort_unstable();
    derived
}

/// The moment that counts: the phone's, unless its clock is ahead of the server's.
fn effective(fact: &Fact, rules: &rules::MusterRules) -> Timestamp {
    if fact.at > fact.received_at + rules.clock_ahead {
        fact.received_at
    } else {
        fact.at
    }
}

#[cfg(test)]
mod tests;
