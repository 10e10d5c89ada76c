//! The commands. Exit codes: 0 done; 1 done, and it found something (differences, rejected rows);
//! 2 not done.

mod data;
mod import;
mod pass;
mod records;
mod serve;
mod user;

use std::{fmt::Write as _, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand, ValueEnum};
use kit::{Code, Day, Problem, Result};

use crate::{House, Options, demo};

/// Holds a community's line in an outbreak: calls, rosters, check-ins, records from the ground, report cards.
#[derive(Debug, Parser)]
#[command(name = "fangxian", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// There is no deployment in this directory.
const NO_DEPLOYMENT: Code = Code::new("no-deployment", 404);

/// Where the deployment is.
#[derive(Debug, Clone, Args)]
pub struct Where {
    /// Directory of the deployment (database, key).
    #[arg(long, value_name = "DIR", env = "FANGXIAN_DATA")]
    data: PathBuf,
    /// PostgreSQL instead of SQLite: postgres://user:password@host/name
    #[arg(long, value_name = "URL", env = "FANGXIAN_DATABASE", hide_env_values = true)]
    database: Option<String>,
}

impl Where {
    fn options(&self) -> Options {
        Options::new(self.data.clone(), self.database.clone())
    }

    async fn open(&self) -> Result<House> {
        House::open(self.options()).await
    }

    /// As [`Where::open`], for commands that make no sense on a deployment that does not exist yet: a
    /// mistyped directory must not become one.
    async fn open_existing(&self) -> Result<House> {
        if self.database.is_none() && !self.data.join("fangxian.db").is_file() {
            return Err(Problem::new(NO_DEPLOYMENT).with("dir", self.data.display()));
        }
        self.open().await
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the pages and the interface
    #[command(
        after_help = "Examples:\n  fangxian serve --data /var/lib/fangxian --listen 0.0.0.0:8080\n  fangxian serve --data /var/lib/fangxian --listen 0.0.0.0:8443 --tls-local --redirect 0.0.0.0:8080\n  fangxian serve --data /var/lib/fangxian --listen 0.0.0.0:443 --tls-acme --tls-name gate.example.org"
    )]
    Serve {
        #[command(flatten)]
        place: Where,
        #[command(flatten)]
        listen: serve::Listen,
        /// Pages are reached by HTTPS (through a proxy): cookies are marked secure
        #[arg(long)]
        secure: bool,
        /// A proxy on another machine that says in X-Forwarded-For for whom it speaks; may be given again
        #[arg(
            long = "proxy",
            value_name = "ADDRESS",
            env = "FANGXIAN_PROXY",
            value_delimiter = ','
        )]
        proxies: Vec<std::net::IpAddr>,
    },
    /// Fill an empty store with the demonstration, and serve it
    #[command(after_help = "Example:\n  fangxian demo --data /tmp/fangxian-demo")]
    Demo {
        #[command(flatten)]
        place: Where,
        #[command(flatten)]
        listen: serve::Listen,
        /// Only fill the store
        #[arg(long)]
        no_serve: bool,
        /// Send people through the gates while it serves, so that boards move: so many a minute
        #[arg(
            long,
            value_name = "PACE",
            num_args = 0..=1,
            default_missing_value = "30",
            value_parser = clap::value_parser!(u32).range(1..=6_000)
        )]
        live: Option<u32>,
    },
    /// Take in places, helpers, residents or records from files
    #[command(subcommand)]
    Import(import::Import),
    /// Write records or attendances to a file
    #[command(subcommand)]
    Export(data::Export),
    /// The report card of an organisation, a place or a helper
    #[command(
        after_help = "Example:\n  fangxian report --data DIR --org 区国资委 --from 2020-02-10 --to 2020-02-24 --format json"
    )]
    Report(ReportArgs),
    /// Users: add, list, give a password, shut out
    #[command(subcommand)]
    User(user::User),
    /// Passes: explain a code, list and rotate the keys that sign
    #[command(subcommand)]
    Pass(pass::Pass),
    /// Recount every tally from the records; exit 1 with the differences when there are some
    #[command(after_help = "Example:\n  fangxian check --data /var/lib/fangxian")]
    Check {
        #[command(flatten)]
        place: Where,
    },
    /// Drop everything derived and make it again from the journal; stop the servers first
    #[command(after_help = "Example:\n  fangxian rebuild --data /var/lib/fangxian")]
    Rebuild {
        #[command(flatten)]
        place: Where,
    },
    /// Bring the database to the newest shape (serve does so by itself)
    #[command(after_help = "Example:\n  fangxian migrate --data /var/lib/fangxian")]
    Migrate {
        #[command(flatten)]
        place: Where,
    },
    /// Print the description of the JSON interface (OpenAPI 3.1)
    #[command(after_help = "Example:\n  fangxian openapi > openapi.json")]
    Openapi,
}

/// Whose report card, of which days, in which shape.
#[derive(Debug, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    subject: SubjectArgs,
    /// First day, such as 2020-02-10
    #[arg(long, value_name = "DATE")]
    from: Day,
    /// Last day
    #[arg(long, value_name = "DATE")]
    to: Day,
    /// Shape
    #[arg(long, value_enum, default_value_t = Format::Md)]
    format: Format,
    /// Language of headings: zh-CN or en
    #[arg(long, default_value = "zh-CN")]
    lang: String,
    /// File to write; the standard output when left out
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// One of three.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct SubjectArgs {
    /// Name of an organisation
    #[arg(long, value_name = "NAME")]
    org: Option<String>,
    /// Name or code of a place
    #[arg(long = "place", value_name = "NAME")]
    place_name: Option<String>,
    /// Name of a helper
    #[arg(long, value_name = "NAME")]
    helper: Option<String>,
}

/// Shape of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// JSON
    Json,
    /// Excel
    Xlsx,
    /// PDF
    Pdf,
    /// Markdown
    Md,
}

/// How a command ended, when it ended.
pub enum Done {
    /// All is well.
    Well,
    /// It found something: differences, rejected rows.
    Found,
}

/// Runs a command.
pub async fn run(cli: Cli) -> ExitCode {
    serve::logging(matches!(
        cli.command,
        Command::Serve { .. } | Command::Demo { .. }
    ));
    let done = match cli.command {
        Command::Serve {
            place,
            listen,
            secure,
            proxies,
        } => {
            serve::serve(
                Options {
                    secure,
                    proxies,
                    ..place.options()
                },
                &listen,
            )
            .await
        }
        Command::Demo {
            place,
            listen,
            no_serve,
            live,
        } => demo_command(place, listen, no_serve, live).await,
        Command::Import(import) => import::run(import).await,
        Command::Export(export) => data::run(export).await,
        Command::Report(args) => data::report(args).await,
        Command::User(user) => user::run(user).await,
        Command::Pass(pass) => pass::run(pass).await,
        Command::Check { place } => data::check(&place).await,
        Command::Rebuild { place } => data::rebuild(&place).await,
        Command::Migrate { place } => data::migrate(&place).await,
        Command::Openapi => data::openapi(),
    };
    match done {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::Found) => ExitCode::from(1),
        Err(problem) => {
            eprintln!("fangxian: {}", words(&problem));
            ExitCode::from(2)
        }
    }
}

async fn demo_command(
    place: Where,
    listen: serve::Listen,
    no_serve: bool,
    live: Option<u32>,
) -> Result<Done> {
    demo::load(&place.options()).await?;
    if no_serve {
        return Ok(Done::Well);
    }
    serve::serve(
        Options {
            demo: true,
            live,
            ..place.options()
        },
        &listen,
    )
    .await
}

/// A problem on the terminal: its sentence in the terminal's language, and what lies behind it.
fn words(problem: &Problem) -> String {
    let texts = shell::Texts::new(crate::house::LOCALES);
    let lang = import::lang();
    let mut text = texts.with(lang, &format!("problem-{}", problem.code.name), &problem.args);
    for field in &problem.fields {
        let _ = write!(
            text,
            "\n  {}: {}",
            field.field,
            shell::problem::field_text(field, &texts, lang)
        );
    }
    if let Some(source) = &problem.source {
        let _ = write!(text, "\n  {source}");
    }
    text
}

/// A line of progress on the terminal; silent when nobody looks.
fn progress(what: &'static str) -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new_spinner();
    bar.set_message(what);
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}
