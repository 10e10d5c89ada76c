//! `fangxian pass verify | keys | rotate`.

use std::io::Read;

use clap::Subcommand;
use gates::{
    decide::{Seen, Trust, unfit},
    model::{pass, pass_key},
    pass::{code, keys},
};
use kit::{Problem, Result};
use sea_orm::{EntityTrait, QueryOrder};

use crate::commands::{Done, Where, import::lang};

/// Passes and the keys that sign them.
#[derive(Debug, Subcommand)]
pub enum Pass {
    /// Explain a code: is it a pass, whose, is it good now? Exit 1 when it is not good
    #[command(
        after_help = "Examples:\n  fangxian pass verify 'FX1:6BF...' --data DIR\n  zbarimg -q --raw card.png | fangxian pass verify - --data DIR"
    )]
    Verify {
        /// The code, or - to read it from the standard input
        code: String,
        #[command(flatten)]
        place: Where,
    },
    /// List the keys that sign, and have signed, passes
    #[command(after_help = "Example:\n  fangxian pass keys --data /var/lib/fangxian")]
    Keys {
        #[command(flatten)]
        place: Where,
    },
    /// Make a new key; what the old ones have signed stays good
    #[command(after_help = "Example:\n  fangxian pass rotate --data /var/lib/fangxian")]
    Rotate {
        #[command(flatten)]
        place: Where,
    },
}

/// Does it.
pub async fn run(pass: Pass) -> Result<Done> {
    match pass {
        Pass::Verify { code, place } => verify(&code, &place).await,
        Pass::Keys { place } => list(&place).await,
        Pass::Rotate { place } => {
            let house = place.open_existing().await?;
            let kid = keys::rotate(&house.app, &accounts::Actor::command_line()).await?;
            println!("{}", keys::name(&kid));
            house.close().await?;
            Ok(Done::Well)
        }
    }
}

async fn list(place: &Where) -> Result<Done> {
    let house = place.open_existing().await?;
    let rows = pass_key::Entity::find()
        .order_by_asc(pass_key::Column::CreatedAt)
        .all(house.app.store.read())
        .await?;
    for row in rows {
        let retired = row
            .retired_at
            .map_or_else(String::new, kit::Timestamp::minute_text);
        println!(
            "{}\t{}\t{retired}",
            keys::name(&row.kid),
            row.created_at.minute_text()
        );
    }
    house.close().await?;
    Ok(Done::Well)
}

async fn verify(code: &str, place: &Where) -> Result<Done> {
    let mut text = code.to_owned();
    if code == "-" {
        text.clear();
        std::io::stdin()
            .take(64 * 1024)
            .read_to_string(&mut text)
            .map_err(Problem::internal)?;
    }
    let house = place.open_existing().await?;
    let app = &house.app;
    let texts = &app.texts;
    let say = |key: &str, value: &str| println!("{}: {value}", texts.get(lang(), key));
    let known = keys::Keys::load(app.store.read()).await?;
    let claims = match code::verify(&text, |kid| known.get(kid)) {
        Ok(claims) => claims,
        Err(why) => {
            println!("{}", texts.get(lang(), &format!("pass-unreadable-{why}")));
            house.close().await?;
            return Ok(Done::Found);
        }
    };
    println!("{}", texts.get(lang(), "pass-signed"));
    say(
        "pass-kind",
        &texts.get(lang(), &format!("pass-kind-{}", claims.kind.name())),
    );
    say("pass-holder", &claims.label);
    let names = places::tree::names(app.store.read(), [claims.community]).await?;
    say(
        "people-community",
        names.get(&claims.community).map_or("?", String::as_str),
    );
    say("pass-from", &claims.from.minute_text());
    say("pass-until", &claims.until.minute_text());
    let row = pass::Entity::find_by_id((claims.community, claims.id))
        .one(app.store.read())
        .await?;
    let against = match &row {
        None => Some("pass-foreign"),
        Some(row) => {
            say("pass-number", &row.number);
            let seen = Seen {
                state: row.state.name().to_owned(),
                from: row.from_at,
                until: row.until_at,
                trust: Trust::Ok,
            };
            unfit(&seen, app.now())
        }
    };
    let done = match against {
        None => {
            println!("{}", texts.get(lang(), "pass-good-now"));
            Done::Well
        }
        Some(reason) => {
            println!("{}", texts.get(lang(), &format!("gate-reason-{reason}")));
            Done::Found
        }
    };
    house.close().await?;
    Ok(done)
}
