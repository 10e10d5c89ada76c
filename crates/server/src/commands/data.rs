//! `fangxian export | report | check | rebuild | migrate | openapi`.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use kit::{Lang, Problem, Result};
use muster::model::attendance;
use reports::{Kind, Wish};
use sea_orm::{EntityTrait, QueryOrder};
use shell::{Cell, sheet};

use crate::{
    commands::{Done, Format, ReportArgs, Where, import::lang, progress, records},
    house,
};

/// What is written out.
#[derive(Debug, Subcommand)]
pub enum Export {
    /// The journal, one envelope a line: can be imported again anywhere
    #[command(after_help = "Example:\n  fangxian export records backup.ndjson --data /var/lib/fangxian")]
    Records {
        /// File
        file: PathBuf,
        #[command(flatten)]
        place: Where,
    },
    /// All attendances as Excel
    #[command(
        after_help = "Example:\n  fangxian export attendances attendances.xlsx --data /var/lib/fangxian"
    )]
    Attendances {
        /// File
        file: PathBuf,
        #[command(flatten)]
        place: Where,
    },
}

/// Writes it.
pub async fn run(export: Export) -> Result<Done> {
    match export {
        Export::Records { file, place } => {
            let house = place.open_existing().await?;
            let done = records::export(&house, &file).await?;
            house.close().await?;
            Ok(done)
        }
        Export::Attendances { file, place } => attendances(&file, &place).await,
    }
}

async fn attendances(file: &Path, place: &Where) -> Result<Done> {
    let house = place.open_existing().await?;
    let db = house.app.store.read();
    let rows = attendance::Entity::find()
        .order_by_asc(attendance::Column::Day)
        .order_by_asc(attendance::Column::ShiftId)
        .all(db)
        .await?;
    let orgs = people::queries::org_names(db, rows.iter().map(|row| row.org_id)).await?;
    let helpers = people::queries::helper_names(db, rows.iter().map(|row| row.helper_id)).await?;
    let places = places::tree::names(db, rows.iter().map(|row| row.place_id)).await?;
    let texts = &house.app.texts;
    let head: Vec<String> = [
        "muster-days",
        "muster-org",
        "muster-helper",
        "muster-place",
        "muster-in",
        "muster-out",
        "muster-hours-done",
    ]
    .iter()
    .map(|key| texts.get(lang(), key))
    .collect();
    let cells: Vec<Vec<Cell>> = rows
        .into_iter()
        .map(|row| {
            vec![
                row.day.to_string().into(),
                orgs.get(&row.org_id).cloned().unwrap_or_default().into(),
                helpers.get(&row.helper_id).cloned().unwrap_or_default().into(),
                places.get(&row.place_id).cloned().unwrap_or_default().into(),
                row.in_at
                    .map(kit::Timestamp::minute_text)
                    .unwrap_or_default()
                    .into(),
                row.out_at
                    .map(kit::Timestamp::minute_text)
                    .unwrap_or_default()
                    .into(),
                Cell::Number(f64::from(i32::try_from(row.tenths).unwrap_or(0)) / 10.0),
            ]
        })
        .collect();
    let count = cells.len();
    write(file, &sheet::workbook("attendances", &head, &cells)?)?;
    let tx = house.app.store.begin().await?;
    let entry = accounts::audit::Entry {
        action: "report.export",
        subject: "attendances",
        community: None,
    };
    accounts::audit::note(&tx, &accounts::Actor::command_line(), house.app.now(), entry).await?;
    tx.commit().await?;
    house.close().await?;
    println!("{count} attendances");
    Ok(Done::Well)
}

fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(file, bytes).map_err(|e| Problem::unavailable(format!("{}: {e}", file.display())))
}

/// `fangxian report`.
pub async fn report(args: ReportArgs) -> Result<Done> {
    let house = args.place.open_existing().await?;
    let (kind, name) = match (args.subject.org, args.subject.place_name, args.subject.helper) {
        (Some(name), ..) => (Kind::Org, name),
        (_, Some(name), _) => (Kind::Place, name),
        (.., name) => (Kind::Helper, name.unwrap_or_default()),
    };
    let format = match args.format {
        Format::Json => reports::Format::Json,
        Format::Xlsx => reports::Format::Xlsx,
        Format::Pdf => reports::Format::Pdf,
        Format::Md => reports::Format::Md,
    };
    let names = [name];
    let wish = Wish {
        kind,
        names: &names,
        from: Some(args.from),
        to: Some(args.to),
    };
    let lang = Lang::from_tag(&args.lang).unwrap_or_default();
    let written = reports::report(&house.app, &wish, format, lang).await;
    house.close().await?;
    let bytes = written?;
    match args.output {
        Some(file) => write(&file, &bytes)?,
        None => std::io::stdout()
            .write_all(&bytes)
            .map_err(|e| Problem::unavailable(e.to_string()))?,
    }
    Ok(Done::Well)
}

/// `fangxian check`: tallies against attendances and counts, and against the journal.
pub async fn check(place: &Where) -> Result<Done> {
    let house = place.open_existing().await?;
    let mut lines: Vec<String> = reports::check(&house.app.store)
        .await?
        .iter()
        .map(ToString::to_string)
        .collect();
    let bar = progress("journal");
    let replayed =
        field::rebuild::verify(&house.app, house.field.registry(), |n| bar.set_position(n)).await?;
    bar.finish_and_clear();
    let db = house.app.store.read();
    let places = places::tree::names(db, replayed.iter().map(|d| d.tally.community_id)).await?;
    let orgs = people::queries::org_names(db, replayed.iter().map(|d| d.tally.org_id)).await?;
    let helpers = people::queries::helper_names(db, replayed.iter().map(|d| d.tally.helper_id)).await?;
    for difference in &replayed {
        let tally = &difference.tally;
        lines.push(format!(
            "{}, {}, {}, {}: {}: tally {}, journal {}",
            places
                .get(&tally.community_id)
                .cloned()
                .unwrap_or_else(|| tally.community_id.to_string()),
            tally.day,
            orgs.get(&tally.org_id).map_or("-", String::as_str),
            helpers
                .get(&tally.helper_id)
                .cloned()
                .unwrap_or_else(|| tally.helper_id.to_string()),
            tally.activity,
            tally.quantity,
            difference.replayed,
        ));
    }
    house.close().await?;
    if lines.is_empty() {
        println!("ok: every tally equals its recount from the records");
        return Ok(Done::Well);
    }
    for line in lines {
        println!("{line}");
    }
    Ok(Done::Found)
}

/// `fangxian rebuild`.
pub async fn rebuild(place: &Where) -> Result<Done> {
    let house = place.open_existing().await?;
    let bar = progress("records");
    let replayed =
        field::rebuild::rebuild(&house.app, house.field.registry(), |n| bar.set_position(n)).await?;
    bar.finish_and_clear();
    house.close().await?;
    println!("rebuilt from {replayed} records");
    Ok(Done::Well)
}

/// `fangxian migrate`.
pub async fn migrate(place: &Where) -> Result<Done> {
    let options = place.options();
    let location = store::Location {
        data: options.data,
        database: options.database,
    };
    let store = store::Store::open(&location).await?;
    let pending =
        house::migrations().pending(&store).await? + house::journal_migrations().pending(&store).await?;
    house::migrations().run(&store).await?;
    house::journal_migrations().run(&store).await?;
    store.close().await?;
    println!("{pending} migrations run");
    Ok(Done::Well)
}

/// `fangxian openapi`.
pub fn openapi() -> Result<Done> {
    let text = house::openapi().to_pretty_json().map_err(Problem::internal)?;
    println!("{text}");
    Ok(Done::Well)
}
