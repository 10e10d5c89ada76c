//! How quick the roster is and how good: solve time against the goal, cost against the bound and, where
//! `FANGXIAN_BENCH_PYTHON` names a Python that has OR-Tools, against CP-SAT on the same instances in the same
//! run. Prints a table and writes `target/bench/roster.json`.
//!
//!     cargo xtask bench roster [--small]
//!
//! `--small` takes the smallest instance only, to try the program itself. `FANGXIAN_BENCH_SECONDS` gives CP-SAT
//! so many seconds for the largest instances.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rota::{Assignment, Budget, Instance, Proposal, Span, cost, explain, lower_bound, solve, violations};

/// Seed, shifts, helpers, and the seconds CP-SAT has; of the largest it needs a minute before it begins. In the
/// last, people of one skill are too few.
const SIZES: [(u64, usize, usize, u32); 4] = [
    (1, 50, 30, 20),
    (1, 200, 100, 20),
    (1, 1_000, 500, 120),
    (4, 1_000, 500, 120),
];
/// Shifts of the largest instances.
const LARGEST: usize = 1_000;
/// A thousand shifts and five hundred helpers in so many seconds.
const GOAL: f64 = 2.0;
/// An explanation in so many seconds: what a page may take.
const PAGE: f64 = 0.1;

/// One measurement, as all measurements of the house have them.
struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    reference: f64,
    ratio: f64,
}

/// More is better.
fn rate(name: String, value: f64, unit: &'static str, reference: f64) -> Row {
    Row {
        ratio: if reference == 0.0 { 1.0 } else { value / reference },
        name,
        value,
        unit,
        reference,
    }
}

/// Less is better.
fn less(name: String, value: f64, unit: &'static str, reference: f64) -> Row {
    Row {
        ratio: if value == 0.0 { 1.0 } else { reference / value },
        name,
        value,
        unit,
        reference,
    }
}

fn main() -> io::Result<()> {
    let python = std::env::var("FANGXIAN_BENCH_PYTHON").ok();
    let longer = std::env::var("FANGXIAN_BENCH_SECONDS").ok();
    let longer: Option<u32> = longer.and_then(|seconds| seconds.parse().ok());
    let small = std::env::args().any(|word| word == "--small");
    let sizes = if small { &SIZES[..1] } else { &SIZES[..] };
    let mut rows = Vec::new();
    for &(seed, shifts, helpers, seconds) in sizes {
        let instance = rota::sample(seed, shifts, helpers);
        let size = format!("{shifts} x {helpers}, sample {seed}");
        let proposal = ours(&instance, &size, &mut rows);
        let Some(python) = &python else { continue };
        let seconds = longer.filter(|_| shifts == LARGEST).unwrap_or(seconds);
        let alone = CpSat::run(&instance, &[], python, seconds)?;
        let begun = CpSat::run(&instance, &proposal.names, python, seconds)?;
        for (theirs, how) in [(alone, "alone"), (begun, "begun from ours")] {
            // Without a roster there is nothing to hold ours against; its count would be no cost.
            if !matches!(theirs.status.as_str(), "optimal" | "feasible") {
                println!(
                    "{size}: CP-SAT {how}: none found in {seconds} s ({})",
                    theirs.status
                );
                continue;
            }
            let by = format!("CP-SAT {how}, {seconds} s, {}", theirs.status);
            theirs.compare(&proposal, &format!("{size}: "), &by, &mut rows);
        }
    }
    report(&rows)
}

/// The shortest of three, as other programs run beside this one.
fn shortest<T>(mut run: impl FnMut() -> T) -> Duration {
    let once = |_| {
        let begun = Instant::now();
        std::hint::black_box(run());
        begun.elapsed()
    };
    (0..3).map(once).min().unwrap_or_default()
}

fn ours(instance: &Instance, size: &str, rows: &mut Vec<Row>) -> Proposal {
    let proposal = solve(instance, Budget::default());
    let took = shortest(|| solve(instance, Budget::default())).as_secs_f64();
    rows.push(less(format!("{size}: solve"), took, "s", GOAL));
    let took = shortest(|| explain(instance, &proposal.names)).as_secs_f64();
    rows.push(less(format!("{size}: explain"), took, "s", PAGE));
    let bound = lower_bound(instance);
    let places: f64 = instance.shifts.iter().map(|shift| f64::from(shift.needed)).sum();
    rows.push(rate(
        format!("{size}: places filled, by bound"),
        count(proposal.names.len()),
        "places",
        places - figure(bound.empty),
    ));
    rows.push(less(
        format!("{size}: cost, by bound"),
        figure(proposal.cost.total()),
        "points",
        figure(bound.total),
    ));
    let least = instance.rules.weights.empty * bound.empty;
    if proposal.cost.empty == least {
        rows.push(less(
            format!("{size}: cost but for empty places, by bound"),
            figure(proposal.cost.weighed()),
            "points",
            figure(bound.total - least),
        ));
    }
    proposal
}

/// An answer of CP-SAT.
struct CpSat {
    status: String,
    names: Vec<Assignment>,
    cost: i64,
    bound: i64,
}

impl CpSat {
    fn run(instance: &Instance, hint: &[Assignment], python: &str, seconds: u32) -> io::Result<Self> {
        let mut child = Command::new(python)
            .args(["-c", include_str!("../../bench/cp_sat.py"), &seconds.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(json(instance, hint).as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(io::Error::other(format!("CP-SAT: {}", output.status)));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let number = |word: &str| word.parse().map_err(io::Error::other);
        let mut answer = Self {
            status: "failed".to_owned(),
            names: Vec::new(),
            cost: 0,
            bound: 0,
        };
        let mut claimed = i64::MAX;
        for line in text.lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["name", shift, helper] => answer.names.push(Assignment {
                    shift: shift.parse().map_err(io::Error::other)?,
                    helper: helper.parse().map_err(io::Error::other)?,
                }),
                ["status", word] => answer.status = word.to_lowercase(),
                ["bound", word] => answer.bound = number(word)?,
                ["cost", word] => claimed = number(word)?,
                _ => {}
            }
        }
        // What CP-SAT answers is judged by our own rules and counted by our own count. Its own count is higher
        // where it has not yet looked how few are missing in a group, and equal for the best roster.
        if !matches!(answer.status.as_str(), "optimal" | "feasible") {
            return Ok(answer);
        }
        answer.cost = cost(instance, &answer.names).total();
        let broken = violations(instance, &answer.names);
        if !broken.is_empty()
            || answer.cost > claimed
            || (answer.status == "optimal" && answer.cost != claimed)
        {
            return Err(io::Error::other(format!(
                "the two models differ: {claimed} claimed, {} counted, {broken:?}",
                answer.cost
            )));
        }
        Ok(answer)
    }

    fn compare(&self, proposal: &Proposal, size: &str, by: &str, rows: &mut Vec<Row>) {
        let total = figure(proposal.cost.total());
        rows.push(rate(
            format!("{size}places filled, by {by}"),
            count(proposal.names.len()),
            "places",
            count(self.names.len()),
        ));
        for (what, reference) in [("cost, by", self.cost), ("cost, by the bound of", self.bound)] {
            if reference > 0 {
                rows.push(less(
                    format!("{size}{what} {by}"),
                    total,
                    "points",
                    figure(reference),
                ));
            }
        }
    }
}

fn figure(number: i64) -> f64 {
    // Costs stay far below 2^52.
    number.to_string().parse().unwrap_or(f64::NAN)
}

fn count(number: usize) -> f64 {
    figure(i64::try_from(number).unwrap_or(i64::MAX))
}

fn report(rows: &[Row]) -> io::Result<()> {
    println!(
        "\nroster\n{:<84} {:>14} {:<10} {:>14} {:>7}",
        "", "value", "unit", "reference", "ratio"
    );
    let mut lines = Vec::new();
    for row in rows {
        println!(
            "{:<84} {:>14.3} {:<10} {:>14.3} {:>7.3}",
            row.name, row.value, row.unit, row.reference, row.ratio
        );
        lines.push(format!(
            "  {{\"name\": \"{}\", \"value\": {}, \"unit\": \"{}\", \"reference\": {}, \"ratio\": {}}}",
            row.name, row.value, row.unit, row.reference, row.ratio
        ));
    }
    let directory = Path::new("target/bench");
    fs::create_dir_all(directory)?;
    fs::write(
        directory.join("roster.json"),
        format!("[\n{}\n]\n", lines.join(",\n")),
    )
}

/// The instance as JSON: names of fields as in [`rota::instance`], spans as lists of two.
fn json(instance: &Instance, hint: &[Assignment]) -> String {
    let mut text = String::from("{\"shifts\": [");
    for (at, shift) in instance.shifts.iter().enumerate() {
        let _ = write!(
            text,
            "{}{{\"span\": {}, \"needed\": {}, \"skills\": {}, \"covered_to\": {}, \"place\": {}, \"org\": {}, \
             \"closed_loop\": {}, \"together\": {}}}",
            comma(at),
            span(shift.span),
            shift.needed,
            shift.skills,
            option(shift.covered_to),
            option(shift.place),
            option(shift.org),
            option(shift.closed_loop),
            shift.together,
        );
    }
    text.push_str("], \"helpers\": [");
    for (at, helper) in instance.helpers.iter().enumerate() {
        let stays = helper
            .stays
            .iter()
            .map(|stay| format!("[{}, {}, {}]", stay.closed_loop, stay.span.start, stay.span.end));
        let spans = |spans: &Vec<Span>| list(spans.iter().map(|s| span(*s)));
        let _ = write!(
            text,
            "{}{{\"skills\": {}, \"cover_until\": {}, \"available\": {}, \"unavailable\": {}, \"home\": {}, \
             \"org\": {}, \"stays\": {}, \"group\": {}, \"week_minutes\": {}, \"already_minutes\": {}, \
             \"nights_before\": {}, \"weekends_before\": {}}}",
            comma(at),
            helper.skills,
            option(helper.cover_until),
            option(helper.available.as_ref().map(spans)),
            spans(&helper.unavailable),
            option(helper.home),
            option(helper.org),
            list(stays),
            option(helper.group),
            option(helper.week_minutes),
            helper.already_minutes,
            helper.nights_before,
            helper.weekends_before,
        );
    }
    let names = |names: &[Assignment]| list(names.iter().map(|n| format!("[{}, {}]", n.shift, n.helper)));
    let rules = &instance.rules;
    let weights = &rules.weights;
    let _ = write!(
        text,
        "], \"fixed\": {}, \"hint\": {}, \"metres\": {}, \"rules\": {{\"rest\": {}, \"week_minutes\": {}, \"monday\": {}, \"night_from\": {}, \
         \"night_to\": {}, \"least\": {}, \"weights\": {{\"empty\": {}, \"nights\": {}, \"weekends\": {}, \
         \"hours\": {}, \"travel\": {}, \"groups\": {}}}}}}}",
        names(&instance.fixed),
        names(hint),
        list(
            instance
                .metres
                .iter()
                .map(|row| list(row.iter().map(i64::to_string)))
        ),
        rules.rest,
        rules.week_minutes,
        rules.monday,
        rules.night_from,
        rules.night_to,
        rules.least,
        weights.empty,
        weights.nights,
        weights.weekends,
        weights.hours,
        weights.travel,
        weights.groups,
    );
    text
}

fn comma(at: usize) -> &'static str {
    if at == 0 { "" } else { ", " }
}

fn span(span: Span) -> String {
    format!("[{}, {}]", span.start, span.end)
}

fn option(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}
