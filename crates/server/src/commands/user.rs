//! `fangxian user`.

use std::io::BufRead;

use accounts::Actor;
use clap::Subcommand;
use kit::{Problem, Result, Role};

use crate::commands::{Done, Where};

/// What is done with users.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add a user; prints a one-time link with which they choose a password
    #[command(
        after_help = "Example:\n  fangxian user add 陆静怡 --role community-worker --at 310107021 --data /var/lib/fangxian"
    )]
    Add {
        /// Name
        name: String,
        /// administrator, commander, community-worker, coordinator, team-leader, helper or auditor
        #[arg(long)]
        role: Role,
        /// Official code or id of the place; everywhere when left out
        #[arg(long, value_name = "PLACE")]
        at: Option<String>,
        /// Name of the organisation, for coordinators and team leaders
        #[arg(long, value_name = "NAME")]
        org: Option<String>,
        /// Telephone number to sign in with
        #[arg(long)]
        phone: Option<String>,
        #[command(flatten)]
        place: Where,
    },
    /// List all users
    #[command(after_help = "Example:\n  fangxian user list --data /var/lib/fangxian")]
    List {
        #[command(flatten)]
        place: Where,
    },
    /// Set a password, read from the standard input
    #[command(
        after_help = "Example:\n  fangxian user password 陆静怡 --data /var/lib/fangxian < password.txt"
    )]
    Password {
        /// Name or telephone number
        name: String,
        #[command(flatten)]
        place: Where,
    },
    /// Shut a user out
    #[command(after_help = "Example:\n  fangxian user disable 陆静怡 --data /var/lib/fangxian")]
    Disable {
        /// Name or telephone number
        name: String,
        #[command(flatten)]
        place: Where,
    },
}

/// Does it.
pub async fn run(user: User) -> Result<Done> {
    let actor = Actor::command_line();
    match user {
        User::Add {
            name,
            role,
            at,
            org,
            phone,
            place,
        } => {
            let house = place.open().await?;
            let org = match org {
                Some(name) => Some(
                    people::queries::by_name(house.app.store.read(), &name)
                        .await?
                        .ok_or_else(|| Problem::invalid(vec![kit::FieldError::new("org", "unknown")]))?
                        .id,
                ),
                None => None,
            };
            let (id, link) = accounts::user::create(
                &house.app,
                &actor,
                &name,
                phone.as_deref(),
                role,
                at.as_deref(),
                org,
            )
            .await?;
            println!("{id}\none-time link: {link}");
            house.close().await?;
        }
        User::List { place } => {
            let house = place.open_existing().await?;
            for user in accounts::user::list(&house.app).await? {
                let roles: Vec<&str> = user.roles.iter().map(|role| role.name()).collect();
                let state = if user.disabled { "\tdisabled" } else { "" };
                println!("{}\t{}\t{}{state}", user.id, user.name, roles.join(","));
            }
            house.close().await?;
        }
        User::Password { name, place } => {
            let house = place.open_existing().await?;
            let mut password = String::new();
            std::io::stdin()
                .lock()
                .read_line(&mut password)
                .map_err(Problem::internal)?;
            accounts::user::set_password(&house.app, &actor, &name, password.trim_end_matches(['\r', '\n']))
                .await?;
            house.close().await?;
        }
        User::Disable { name, place } => {
            let house = place.open_existing().await?;
            accounts::user::disable(&house.app, &actor, &name).await?;
            house.close().await?;
        }
    }
    Ok(Done::Well)
}
