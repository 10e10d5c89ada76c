//! The wall: who is where now, for the community and for the command. It renews itself.

use accounts::Actor;
use askama::Template;
use axum::extract::State;
use kit::Role;
use shell::{App, ListQuery, Page, problem::Answer};

use crate::{
    pages::place_typed,
    wall::{self, Spot},
};

#[derive(Template)]
#[template(path = "wall.html")]
struct WallPage {
    page: Page,
    title: String,
    place: String,
    typed: String,
    unknown: bool,
    spots: Vec<Spot>,
    sums: [(String, usize); 4],
    more: bool,
}

pub async fn show(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let db = app.store.read();
    let scope = actor.scope(Role::READERS);
    let typed = query.filter("place");
    let chosen = place_typed(db, &scope, &typed).await?;
    let (scope, place) = match chosen {
        Some(id) => {
            let place = places::tree::find(db, &scope, id).await?;
            let scope = store::scope::under(&place.path);
            (scope, places::tree::full_name(db, &place).await?)
        }
        None => (scope, String::new()),
    };
    let (spots, more) = wall::load(db, &scope, app.now()).await?;
    let count = |of: &dyn Fn(&Spot) -> usize| spots.iter().map(of).sum::<usize>();
    let sums = [
        (page.t("wall-posts"), spots.len()),
        (page.t("wall-here"), count(&|spot| spot.here.len())),
        (page.t("wall-missing"), count(&|spot| spot.missing.len())),
        (
            page.t("wall-empty"),
            count(&|spot| usize::try_from(spot.empty).unwrap_or(0)),
        ),
    ];
    Ok(Page::draw(&WallPage {
        title: page.t("wall-title"),
        unknown: !typed.is_empty() && chosen.is_none(),
        more,
        page,
        place,
        typed,
        spots,
        sums,
    })?)
}
