//! A helper's own user: with it they check in on their phone, take places and read their report card.

use accounts::Actor;
use axum::extract::{Path, State};
use kit::{Result, id::HelperId};
use shell::{App, Form, Page, problem::Answer};

use crate::{helper, model::helper as helpers, view::Thing};

/// The button on the helper's page.
pub(crate) fn form(page: &Page, it: &helpers::Model) -> Form {
    Form::new(page, format!("/helpers/{}/user", it.id), "people-user-make")
}

/// `POST /helpers/{id}/user`: makes the user, or a new link for the one there is, and shows the link once.
pub(crate) async fn invite(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<HelperId>,
) -> Answer {
    let it = helper::editable(app.store.read(), &actor, id).await?;
    let path = link(&app, &actor, &it).await?;
    let mut thing = Thing::new(&page, it.name.clone()).fact("people-user-link", path);
    thing.note = page.t("people-user-link-note");
    Ok(thing.answer()?)
}

/// The path of a one-time link with which this helper gets in. The caller has checked the right to
/// change the helper. The role counts where they live, or else where the actor arranges the work.
pub async fn link(app: &App, actor: &Actor, it: &helpers::Model) -> Result<String> {
    let phone = it
        .phone_sealed
        .as_ref()
        .map(|sealed| app.cipher.decrypt(sealed))
        .transpose()?;
    let place = match it.home_id {
        Some(home) => Some(places::tree::load(app.store.read(), home).await?),
        None => None,
    };
    let own = actor.grants.iter().find(|grant| !grant.place_path.is_empty());
    let place = match (&place, own) {
        (Some(place), _) => (Some(place.id), place.path.as_str()),
        (None, Some(grant)) => (grant.place_id, grant.place_path.as_str()),
        // Known nowhere: the role reaches only the shifts on which their name stands.
        (None, None) => (None, accounts::user::NOWHERE),
    };
    accounts::user::invite_helper(app, actor, it.id, &it.name, phone, place).await
}
