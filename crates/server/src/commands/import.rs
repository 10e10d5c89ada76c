//! `fangxian import`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use accounts::Actor;
use clap::Subcommand;
use kit::{Lang, Problem, Result};

use crate::commands::{Done, Where, progress, records};

/// What is taken in.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Official places: provinces.csv, cities.csv, areas.csv, streets.csv in a directory
    #[command(after_help = "Example:\n  fangxian import places codes/ --data /var/lib/fangxian")]
    Places {
        /// Directory with the four files
        dir: PathBuf,
        #[command(flatten)]
        place: Where,
    },
    /// Records, one envelope a line
    #[command(after_help = "Example:\n  fangxian import records records.ndjson --data /var/lib/fangxian")]
    Records {
        /// File
        file: PathBuf,
        #[command(flatten)]
        place: Where,
    },
    /// Helpers from Excel or CSV
    #[command(
        after_help = "Example:\n  fangxian import helpers helpers.xlsx --create-orgs --data /var/lib/fangxian"
    )]
    Helpers {
        /// File
        file: PathBuf,
        /// Enter organisations that are not known yet
        #[arg(long)]
        create_orgs: bool,
        /// Tell what would happen and keep nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        place: Where,
    },
    /// A community's roster from Excel or CSV: a row per household or resident
    #[command(
        after_help = "Example:\n  fangxian import residents roster.xlsx --community 交暨居民区 --data /var/lib/fangxian"
    )]
    Residents {
        /// File
        file: PathBuf,
        /// Name or id of the community
        #[arg(long, value_name = "NAME")]
        community: String,
        /// Tell what would happen and keep nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        place: Where,
    },
}

/// Runs the import.
pub async fn run(import: Import) -> Result<Done> {
    match import {
        Import::Places { dir, place } => {
            let house = place.open().await?;
            let bar = progress("places");
            let report = places::import::official(&house.app.store, house.app.now(), &dir).await?;
            bar.finish_and_clear();
            println!(
                "added {}, renamed {}, unchanged {}, rejected {}",
                report.added,
                report.renamed,
                report.unchanged,
                report.rejected.len()
            );
            let mut done = Done::Well;
            if !report.rejected.is_empty() {
                let sheet = places::import::rejected_workbook(&report.rejected, &house.app.texts, lang())?;
                write_rejected(&dir.join("rejected.xlsx"), &sheet)?;
                done = Done::Found;
            }
            house.close().await?;
            Ok(done)
        }
        Import::Records { file, place } => {
            let house = place.open().await?;
            let done = records::import(&house, &file).await?;
            house.close().await?;
            Ok(done)
        }
        Import::Helpers {
            file,
            create_orgs,
            dry_run,
            place,
        } => {
            let house = place.open().await?;
            let bar = progress("helpers");
            let options = people::import::HelperOptions { dry_run, create_orgs };
            let bytes = read(&file)?;
            let report = people::import::helpers(&house.app, &Actor::command_line(), bytes, options).await?;
            bar.finish_and_clear();
            let done = told(&house.app.texts, &report, &file)?;
            house.close().await?;
            Ok(done)
        }
        Import::Residents {
            file,
            community,
            dry_run,
            place,
        } => {
            let house = place.open().await?;
            let scope = store::Scope::Everything;
            let db = house.app.store.read();
            let id = match community.parse() {
                Ok(id) => id,
                Err(_) => match places::tree::by_name(db, &scope, &community, None)
                    .await?
                    .as_slice()
                {
                    [one] => one.id,
                    [] => {
                        return Err(Problem::invalid(vec![kit::FieldError::new(
                            "community",
                            "unknown",
                        )]));
                    }
                    _ => {
                        return Err(Problem::invalid(vec![kit::FieldError::new(
                            "community",
                            "invalid",
                        )]));
                    }
                },
            };
            let bar = progress("residents");
            let options = people::import::RosterOptions {
                community: id,
                dry_run,
            };
            let report =
                people::import::roster(&house.app, &Actor::command_line(), read(&file)?, options).await?;
            bar.finish_and_clear();
            let done = told(&house.app.texts, &report, &file)?;
            house.close().await?;
            Ok(done)
        }
    }
}

fn told(texts: &shell::Texts, report: &people::import::ImportReport, file: &Path) -> Result<Done> {
    println!(
        "rows {}, added {}, changed {}, unchanged {}, households {}, places {}, organisations {}, suspected duplicates {}, rejected {}",
        report.rows,
        report.added,
        report.changed,
        report.unchanged,
        report.households,
        report.places,
        report.orgs,
        report.suspected,
        report.rejected.len()
    );
    match report.rejected_sheet(texts, lang())? {
        Some(sheet) => {
            write_rejected(&file.with_extension("rejected.xlsx"), &sheet)?;
            Ok(Done::Found)
        }
        None => Ok(Done::Well),
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|e| Problem::unavailable(format!("{}: {e}", file.display())))
}

fn write_rejected(file: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(file, bytes).map_err(|e| Problem::unavailable(format!("{}: {e}", file.display())))?;
    println!("rejected rows with their reasons: {}", file.display());
    Ok(())
}

/// The terminal's language.
pub fn lang() -> Lang {
    std::env::var("LANG")
        .ok()
        .and_then(|tag| Lang::from_tag(&tag))
        .unwrap_or(Lang::En)
}
