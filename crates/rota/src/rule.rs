//! The hard rules, and those of them that concern one helper and one shift alone.

use crate::instance::{Assignment, Helper, Instance, Shift, Span};

/// A hard rule. The order is that in which reasons are told: what cannot be changed by moving names comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Rule {
    /// The helper has every skill the shift wants.
    Skill,
    /// A risky shift needs accident cover for as long as it says.
    Cover,
    /// The helper can come at that time.
    Available,
    /// A shift kept for an organisation takes only its people.
    KeptForOrg,
    /// Shifts of a closed loop take only those who live in it, and these stand nowhere else.
    ClosedLoop,
    /// People do not want this name there.
    Barred,
    /// Nobody is in two places at a time.
    Busy,
    /// There is rest between two shifts.
    Rest,
    /// Nobody does more minutes in a week than the rules, or they themselves, allow.
    Week,
    /// Never more names than places.
    Full,
    /// A name stands once on a shift.
    Twice,
    /// Shift and helper exist.
    Unknown,
}

impl Rule {
    /// The rules that can keep a helper from an empty place, in the order in which they are told.
    pub const REASONS: [Self; 9] = [
        Self::Skill,
        Self::Cover,
        Self::Available,
        Self::KeptForOrg,
        Self::ClosedLoop,
        Self::Barred,
        Self::Busy,
        Self::Rest,
        Self::Week,
    ];

    /// A stable code, for keys of sentences.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Skill => "skill",
            Self::Cover => "cover",
            Self::Available => "available",
            Self::KeptForOrg => "kept-for-org",
            Self::ClosedLoop => "closed-loop",
            Self::Barred => "barred",
            Self::Busy => "busy",
            Self::Rest => "rest",
            Self::Week => "week",
            Self::Full => "full",
            Self::Twice => "twice",
            Self::Unknown => "unknown",
        }
    }
}

/// Some of [`Rule::REASONS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reasons(u16);

impl Reasons {
    /// Adds a rule.
    pub(crate) fn add(&mut self, rule: Rule) {
        self.0 |= 1 << rule as u8;
    }

    /// Whether a rule is among them.
    pub fn has(self, rule: Rule) -> bool {
        self.0 >> rule as u8 & 1 == 1
    }

    /// Nothing stands in the way.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The first, in the order of [`Rule::REASONS`].
    pub fn first(self) -> Option<Rule> {
        self.iter().next()
    }

    /// All, in the order of [`Rule::REASONS`].
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        Rule::REASONS.into_iter().filter(move |rule| self.has(*rule))
    }
}

/// What keeps a helper from a shift whatever else they do.
pub(crate) fn standing(instance: &Instance, name: Assignment) -> Reasons {
    let (shift, helper) = (&instance.shifts[name.shift], &instance.helpers[name.helper]);
    let mut reasons = Reasons::default();
    if shift.skills & !helper.skills != 0 {
        reasons.add(Rule::Skill);
    }
    let uncovered = |needed| helper.cover_until.is_some_and(|until| until < needed);
    if shift.covered_to.is_some_and(uncovered) {
        reasons.add(Rule::Cover);
    }
    if absent(shift.span, helper) > 0 {
        reasons.add(Rule::Available);
    }
    if shift.org.is_some() && shift.org != helper.org {
        reasons.add(Rule::KeptForOrg);
    }
    if !in_loop(shift, helper) {
        reasons.add(Rule::ClosedLoop);
    }
    if instance.barred.contains(&name) {
        reasons.add(Rule::Barred);
    }
    reasons
}

/// Minutes of the span at which the helper cannot come; those they cannot for two reasons may count twice.
pub(crate) fn absent(span: Span, helper: &Helper) -> i64 {
    let outside = helper
        .available
        .as_ref()
        .map_or(0, |spans| span.uncovered(spans.iter().copied()));
    let away: i64 = helper.unavailable.iter().map(|away| span.shared(*away)).sum();
    outside + away
}

/// Both ways: a shift of a loop takes only who lives in it all the while, and these stand nowhere else.
fn in_loop(shift: &Shift, helper: &Helper) -> bool {
    let elsewhere = helper
        .stays
        .iter()
        .any(|stay| Some(stay.closed_loop) != shift.closed_loop && stay.span.shared(shift.span) > 0);
    let inside = shift.closed_loop.is_none_or(|closed_loop| {
        let stays = helper
            .stays
            .iter()
            .filter(|stay| stay.closed_loop == closed_loop)
            .map(|stay| stay.span);
        shift.span.uncovered(stays) == 0
    });
    !elsewhere && inside
}
