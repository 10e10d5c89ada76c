//! Results of the laboratory, tube by tube: from a file or another program. A positive tube isolates its people for the
//! moment and opens a round of single swabs for exactly them; nobody is called positive by the system. A negative single
//! swab lifts what the positive tube had set.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use accounts::{Actor, audit};
use kit::{Lang, Result, Role, Timestamp, id::RoundId};
use people::{
    model::{resident, standing},
    standing::{Part, Span},
};
use rounds::model::{round, target};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter};
use shell::{App, list::Cell, sheet, texts::Texts};

use crate::{
    body,
    model::{Verdict, result, sample, tube},
};

/// A positive tube isolates its people for so long, unless something else is decided: until the single swab is read.
pub const HOLD: Duration = Duration::from_secs(24 * 3600);
/// Why, on the standing of its people; a negative single swab lifts this and nothing else.
pub const WHY: &str = "混管待复核";
/// Rows of a file at most.
pub const MOST: usize = 200_000;
const STEP: usize = 1_000;

/// Columns of a file: tube, result.
pub const COLUMNS: [(&[&str], bool); 2] = [
    (&["试管", "试管编号", "条码", "tube", "barcode"], true),
    (&["结果", "检测结果", "result"], true),
];

/// One line of the laboratory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Line of the file, from 1.
    pub line: usize,
    /// The tube as written.
    pub tube: String,
    /// The result as written.
    pub verdict: String,
}

/// A line that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The line.
    pub line: Line,
    /// Why: `sampling-no-code`, `sampling-no-verdict`, `sampling-unknown-tube`, `sampling-open-tube`,
    /// `sampling-other-verdict`.
    pub why: &'static str,
}

/// What became of the lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Results entered.
    pub added: usize,
    /// Known before, and the same.
    pub unchanged: usize,
    /// Tubes that were positive.
    pub positive: usize,
    /// Rounds of single swabs that were opened.
    pub follow_ups: Vec<RoundId>,
    /// Lines that were not taken.
    pub rejected: Vec<Rejected>,
}

impl Report {
    /// The rejected lines as a file, with the reason in a column.
    pub fn rejected_sheet(&self, texts: &Texts, lang: Lang) -> Result<Vec<u8>> {
        let head = [
            "sampling-line",
            "sampling-tube",
            "sampling-result",
            "sampling-why",
        ]
        .map(|key| texts.get(lang, key));
        let rows: Vec<Vec<Cell>> = self
            .rejected
            .iter()
            .map(|one| {
                vec![
                    Cell::int(one.line.line),
                    one.line.tube.clone().into(),
                    one.line.verdict.clone().into(),
                    texts.get(lang, one.why).into(),
                ]
            })
            .collect();
        sheet::workbook("rejected", &head, &rows)
    }
}

/// The lines of a file.
pub fn read(bytes: &[u8]) -> Result<Vec<Line>> {
    let sheet = sheet::Sheet::read(bytes)?;
    let at = sheet.columns(COLUMNS)?;
    let cell = |cells: &[String], column: usize| {
        at[column]
            .and_then(|at| cells.get(at))
            .map(|text| text.trim().to_owned())
            .unwrap_or_default()
    };
    Ok(sheet
        .rows
        .iter()
        .take(MOST)
        .map(|(line, cells)| Line {
            line: *line,
            tube: cell(cells, 0),
            verdict: cell(cells, 1),
        })
        .filter(|line| !(line.tube.is_empty() && line.verdict.is_empty()))
        .collect())
}

/// Enters results of tubes in the actor's places.
pub async fn enter(app: &App, actor: &Actor, lines: Vec<Line>) -> Result<Report> {
    let now = app.now();
    let mut report = Report::default();
    let tx = app.store.begin().await?;
    let known = tubes(&tx, actor, &lines).await?;
    let mut positive = BTreeMap::<(RoundId, Vec<u8>), tube::Model>::new();
    let mut negative = Vec::new();
    let mut seen = HashMap::<String, Verdict>::new();
    for line in lines {
        let verdict = match judge(&line, &known, &seen) {
            Ok(verdict) => verdict,
            Err(why) => {
                report.rejected.push(Rejected { line, why });
                continue;
            }
        };
        let Some((tube, before)) = body::tube(&line.tube).and_then(|code| known.get(&code)) else {
            continue;
        };
        if before.is_some() || seen.insert(tube.code.clone(), verdict).is_some() {
            report.unchanged += 1;
            continue;
        }
        result::Entity::insert(result::ActiveModel {
            community_id: Set(tube.community_id),
            code: Set(tube.code.clone()),
            verdict: Set(verdict),
            at: Set(now),
            by: Set(actor.user_id),
            follow_up: Set(None),
        })
        .exec_without_returning(&tx)
        .await?;
        report.added += 1;
        match verdict {
            Verdict::Positive => {
                report.positive += 1;
                positive.insert((tube.round_id, tube.code.clone().into_bytes()), tube.clone());
            }
            Verdict::Negative => negative.push(tube.clone()),
            Verdict::Invalid => {}
        }
    }
    report.follow_ups = follow_up(&tx, actor, positive.into_values().collect(), now).await?;
    lift(&tx, &negative, now).await?;
    let subject = report.added.to_string();
    let entry = audit::Entry {
        action: "sampling.results",
        subject: &subject,
        community: None,
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    Ok(report)
}

type Known = HashMap<String, (tube::Model, Option<Verdict>)>;

fn judge(line: &Line, known: &Known, seen: &HashMap<String, Verdict>) -> Result<Verdict, &'static str> {
    let code = body::tube(&line.tube).ok_or("sampling-no-code")?;
    let verdict = Verdict::read(&line.verdict).ok_or("sampling-no-verdict")?;
    let (tube, before) = known.get(&code).ok_or("sampling-unknown-tube")?;
    if tube.sealed_at.is_none() {
        // A result of a tube into which people are still sampled is a slip somewhere.
        return Err("sampling-open-tube");
    }
    match before.or(seen.get(&code).copied()) {
        Some(before) if before != verdict => Err("sampling-other-verdict"),
        _ => Ok(verdict),
    }
}

/// The tubes that are named, as far as they lie in the actor's places.
async fn tubes(tx: &DatabaseTransaction, actor: &Actor, lines: &[Line]) -> Result<Known> {
    let codes: Vec<String> = lines.iter().filter_map(|line| body::tube(&line.tube)).collect();
    let scope = actor.scope(Role::STAFF);
    let mut known = Known::new();
    for some in codes.chunks(STEP) {
        let rows = tube::Entity::find()
            .filter(tube::Column::Code.is_in(some))
            .filter(scope.community(tube::Column::CommunityId))
            .all(tx)
            .await?;
        known.extend(rows.into_iter().map(|row| (row.code.clone(), (row, None))));
        let rows = result::Entity::find()
            .filter(result::Column::Code.is_in(some))
            .all(tx)
            .await?;
        for row in rows {
            if let Some((tube, verdict)) = known.get_mut(&row.code)
                && tube.community_id == row.community_id
            {
                *verdict = Some(row.verdict);
            }
        }
    }
    Ok(known)
}

/// The people in these tubes who are known.
async fn members(tx: &DatabaseTransaction, tubes: &[tube::Model]) -> Result<Vec<sample::Model>> {
    let mut members = Vec::new();
    for some in tubes.chunks(STEP) {
        let rows = sample::Entity::find()
            .filter(sample::Column::Tube.is_in(some.iter().map(|tube| tube.code.as_str())))
            .filter(sample::Column::TargetId.is_not_null())
            .all(tx)
            .await?;
        members.extend(rows.into_iter().filter(|row| {
            some.iter()
                .any(|tube| tube.code == row.tube && tube.community_id == row.community_id)
        }));
    }
    Ok(members)
}

async fn residents(tx: &DatabaseTransaction, members: &[sample::Model]) -> Result<Vec<resident::Model>> {
    let mut residents = Vec::new();
    let ids: Vec<kit::id::ResidentId> = members
        .iter()
        .filter_map(|row| row.target_id.map(|id| id.0.into()))
        .collect();
    for some in ids.chunks(STEP) {
        residents.extend(
            resident::Entity::find()
                .filter(resident::Column::Id.is_in(some.iter().copied()))
                .all(tx)
                .await?,
        );
    }
    Ok(residents)
}

/// For each round, one round of single swabs for the people of its positive tubes.
async fn follow_up(
    tx: &DatabaseTransaction,
    actor: &Actor,
    positive: Vec<tube::Model>,
    now: Timestamp,
) -> Result<Vec<RoundId>> {
    let mut by_round = BTreeMap::<RoundId, Vec<tube::Model>>::new();
    for tube in positive {
        by_round.entry(tube.round_id).or_default().push(tube);
    }
    let mut opened = Vec::new();
    for (id, tubes) in by_round {
        let members = members(tx, &tubes).await?;
        let Some(of) = round::Entity::find_by_id(id).one(tx).await? else {
            continue;
        };
        if members.is_empty() {
            continue;
        }
        let confined = residents(tx, &members).await?;
        let span = Span {
            from: now,
            until: Some(now + HOLD),
            why: WHY.to_owned(),
        };
        let free = not_confined(tx, confined, now).await?;
        people::standing::set(tx, now, &free, Part::Confined, Some(&span)).await?;
        let wanted: Vec<kit::id::TargetId> = members.iter().filter_map(|row| row.target_id).collect();
        let targets = target::Entity::find()
            .filter(target::Column::RoundId.eq(id))
            .filter(target::Column::Id.is_in(wanted))
            .all(tx)
            .await?;
        let name: String = format!("{} · 单人复核", of.name).chars().take(60).collect();
        let opened_id = rounds::open::open_for(tx, actor, &of, (name, now + HOLD), &targets, now).await?;
        for tube in &tubes {
            result::Entity::update(result::ActiveModel {
                community_id: Set(tube.community_id),
                code: Set(tube.code.clone()),
                follow_up: Set(Some(opened_id)),
                ..Default::default()
            })
            .exec(tx)
            .await?;
        }
        opened.push(opened_id);
    }
    Ok(opened)
}

/// Those whom nothing confines now: whoever is confined for longer stays so.
async fn not_confined(
    tx: &DatabaseTransaction,
    all: Vec<resident::Model>,
    now: Timestamp,
) -> Result<Vec<resident::Model>> {
    let mut confined = std::collections::HashSet::new();
    let ids: Vec<kit::id::ResidentId> = all.iter().map(|one| one.id).collect();
    for some in ids.chunks(STEP) {
        let rows = standing::Entity::find()
            .filter(standing::Column::ResidentId.is_in(some.iter().copied()))
            .filter(standing::Column::ConfinedFrom.is_not_null())
            .filter(
                standing::Column::ConfinedUntil
                    .is_null()
                    .or(standing::Column::ConfinedUntil.gt(now)),
            )
            .all(tx)
            .await?;
        confined.extend(rows.into_iter().map(|row| row.resident_id));
    }
    Ok(all
        .into_iter()
        .filter(|one| !confined.contains(&one.id))
        .collect())
}

/// A negative single swab lifts what the positive tube had set.
async fn lift(tx: &DatabaseTransaction, negative: &[tube::Model], now: Timestamp) -> Result<()> {
    let single: Vec<tube::Model> = negative.iter().filter(|tube| tube.taken == 1).cloned().collect();
    let members = members(tx, &single).await?;
    let ids: Vec<kit::id::ResidentId> = members
        .iter()
        .filter_map(|row| row.target_id.map(|id| id.0.into()))
        .collect();
    let mut held = Vec::new();
    for some in ids.chunks(STEP) {
        let rows = standing::Entity::find()
            .filter(standing::Column::ResidentId.is_in(some.iter().copied()))
            .filter(standing::Column::ConfinedWhy.eq(WHY))
            .all(tx)
            .await?;
        held.extend(rows.into_iter().map(|row| row.resident_id));
    }
    for some in held.chunks(STEP) {
        let lifted = resident::Entity::find()
            .filter(resident::Column::Id.is_in(some.iter().copied()))
            .all(tx)
            .await?;
        people::standing::set(tx, now, &lifted, Part::Confined, None).await?;
    }
    Ok(())
}
