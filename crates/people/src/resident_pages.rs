//! Pages of residents.

use accounts::Actor;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use kit::{
    FieldError, Result, Role,
    id::{HouseholdId, ResidentId},
};
use shell::{
    App, Form, ListQuery, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    fields, helper, household_pages, known, merge,
    model::resident,
    numbers, queries, resident as residents,
    resident::Input,
    resident_list,
    reveal::{self, Subject},
    view::{Links, Thing, mend},
};

/// `GET /residents`
pub(crate) async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let listed = resident_list::answer(&app, &actor, page.clone(), query).await?;
    let mut actions = Vec::new();
    if actor.has(Role::STAFF) {
        actions.push(("/households/new".to_owned(), page.t("people-household-new")));
        actions.push(("/residents/import".to_owned(), page.t("people-import-roster")));
    }
    let title = page.t("people-residents");
    Ok(listed.page(page, title, actions)?)
}

/// `GET /residents/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<ResidentId>,
) -> Answer {
    let db = app.store.read();
    let it = queries::resident(db, &actor.scope(Role::READERS), id).await?;
    let editable = queries::resident(db, &actor.scope(Role::STAFF), id).await.is_ok();
    let mut thing = Thing::new(&page, it.name.clone());
    if editable {
        thing = thing.action(format!("/residents/{id}/edit"), "edit");
    }
    let thing = facts(&app, &actor, thing, &it).await?;
    let thing = parts(&app, &actor, &page, thing, &it, editable).await?;
    Ok(thing.answer()?)
}

async fn facts(app: &App, actor: &Actor, thing: Thing, it: &resident::Model) -> Result<Thing> {
    let db = app.store.read();
    let household = queries::household(db, &actor.scope(Role::READERS), it.household_id).await?;
    let address = household_pages::address(db, &household).await?;
    Ok(thing
        .link(
            "people-household",
            address,
            format!("/households/{}", household.id),
        )
        .fact(
            "people-phone",
            numbers::masked_phone(&app.cipher, it.phone_sealed.as_ref()),
        )
        .fact(
            "people-identity",
            numbers::masked_identity(&app.cipher, it.identity_sealed.as_ref()),
        )
        .fact("people-born", known(it.born, 0))
        .fact("people-doses", known(it.doses, -1))
        .fact("people-language", it.language.clone())
        .truth("people-lives-alone", it.lives_alone)
        .truth("people-cannot-shop", it.cannot_shop)
        .fact("people-needs", it.needs.clone()))
}

/// A number as it is shown; nothing when it is not known.
fn known(n: i64, unknown: i64) -> String {
    if n == unknown {
        String::new()
    } else {
        n.to_string()
    }
}

async fn parts(
    app: &App,
    actor: &Actor,
    page: &Page,
    mut thing: Thing,
    it: &resident::Model,
    editable: bool,
) -> Result<Thing> {
    let db = app.store.read();
    match helper::of_resident(db, it.id).await? {
        Some(helper) => thing = thing.link("people-helper", helper.name, format!("/helpers/{}", helper.id)),
        None if editable => {
            let form = Form::new(
                page,
                format!("/residents/{}/helper", it.id),
                "people-becomes-helper",
            );
            thing = thing.form("people-becomes-helper-heading", &form)?;
        }
        None => {}
    }
    let suspects = residents::suspects(db, &actor.scope(Role::READERS), it).await?;
    if !suspects.is_empty() {
        let links = suspects
            .into_iter()
            .map(|other| {
                let href = if editable {
                    format!("/residents/{}/merge?with={}", it.id, other.id)
                } else {
                    format!("/residents/{}", other.id)
                };
                let phone = numbers::masked_phone(&app.cipher, other.phone_sealed.as_ref());
                (href, other.name, phone)
            })
            .collect();
        thing = thing.part(
            "people-suspects",
            &Links {
                links,
                none: String::new(),
            },
        )?;
    }
    thing = known::part(app, page, thing, it.community_id, kit::id::TargetId(it.id.0)).await?;
    if editable && subject(it).has_any() {
        thing = thing.form("people-reveal-heading", &subject(it).form(page))?;
    }
    Ok(thing)
}

fn subject(it: &resident::Model) -> Subject<'_> {
    Subject {
        href: format!("/residents/{}", it.id),
        name: &it.name,
        action: "resident.reveal",
        community: Some(it.community_id),
        phone: it.phone_sealed.as_ref(),
        identity: it.identity_sealed.as_ref(),
    }
}

/// `POST /residents/{id}/reveal`
pub(crate) async fn reveal(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<ResidentId>,
    typed: Typed,
) -> Answer {
    let it = queries::resident(app.store.read(), &actor.scope(Role::STAFF), id).await?;
    Ok(reveal::answer(&app, &actor, page, &typed, subject(&it)).await?)
}

/// `POST /residents/{id}/helper`
pub(crate) async fn become_helper(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<ResidentId>,
) -> Answer {
    let helper = helper::from_resident(&app, &actor, id).await?;
    Ok(Redirect::to(&format!("/helpers/{helper}?done=saved")).into_response())
}

/// `GET /residents/{id}/merge?with=ID`: what would be joined, and the question.
pub(crate) async fn ask_merge(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<ResidentId>,
    query: ListQuery,
) -> Answer {
    let db = app.store.read();
    let scope = actor.scope(Role::STAFF);
    let kept = queries::resident(db, &scope, id).await?;
    let with: ResidentId = query
        .filter("with")
        .parse()
        .map_err(|_| kit::Problem::not_found())?;
    let gone = queries::resident(db, &scope, with).await?;
    let form = Form::new(&page, format!("/residents/{id}/merge"), "people-merge")
        .field(&page, "with", "people-merge", Control::Hidden)
        .fill(&Typed::default().set("with", with))
        .cancel(&page, &format!("/residents/{id}"));
    let mut thing = Thing::new(&page, page.t1("people-merge-title", "name", &kept.name))
        .action(format!("/residents/{id}"), "back")
        .action(
            format!("/residents/{with}/merge?with={id}"),
            "people-merge-other-way",
        );
    thing.note = page.t("people-merge-note");
    for (heading, it) in [("people-merge-kept", &kept), ("people-merge-gone", &gone)] {
        thing = thing.fact(heading, it.name.clone());
        thing = facts(&app, &actor, thing, it).await?;
    }
    Ok(thing.form("people-merge-heading", &form)?.answer()?)
}

/// `POST /residents/{id}/merge`
pub(crate) async fn do_merge(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<ResidentId>,
    typed: Typed,
) -> Answer {
    let with = typed.get("with").parse().map_err(|_| kit::Problem::not_found())?;
    merge::residents(&app, &actor, id, with).await?;
    Ok(Redirect::to(&format!("/residents/{id}?done=people-merged")).into_response())
}

/// `GET /households/{id}/residents/new`
pub(crate) async fn new(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(household): Path<HouseholdId>,
) -> Answer {
    queries::household(app.store.read(), &actor.scope(Role::STAFF), household).await?;
    draw(&app, page, Of::Household(household), &Typed::default(), &[])
}

/// `POST /households/{id}/residents/new`
pub(crate) async fn create(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(household): Path<HouseholdId>,
    typed: Typed,
) -> Answer {
    let done = match Input::typed(&typed) {
        Ok(input) => residents::create(&app, &actor, household, &input).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/households/{household}?done=saved")).into_response()),
        Err(problem) => draw(&app, page, Of::Household(household), &typed, &mend(problem)?),
    }
}

/// `GET /residents/{id}/edit`
pub(crate) async fn edit(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<ResidentId>,
) -> Answer {
    let it = queries::resident(app.store.read(), &actor.scope(Role::STAFF), id).await?;
    let tick = |on: bool| if on { "on" } else { "" };
    let typed = Typed::default()
        .set("name", &it.name)
        .set("born", known(it.born, 0))
        .set("doses", known(it.doses, -1))
        .set("language", &it.language)
        .set("lives_alone", tick(it.lives_alone))
        .set("cannot_shop", tick(it.cannot_shop))
        .set("needs", &it.needs);
    draw(&app, page, Of::Resident(&it), &typed, &[])
}

/// `POST /residents/{id}/edit`
pub(crate) async fn change(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<ResidentId>,
    typed: Typed,
) -> Answer {
    let it = queries::resident(app.store.read(), &actor.scope(Role::STAFF), id).await?;
    let done = match Input::typed(&typed) {
        Ok(input) => residents::edit(&app, &actor, id, &input).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/residents/{id}?done=saved")).into_response()),
        Err(problem) => draw(&app, page, Of::Resident(&it), &typed, &mend(problem)?),
    }
}

/// Whose form it is: a new resident's of a household, or one that is there.
enum Of<'a> {
    Household(HouseholdId),
    Resident(&'a resident::Model),
}

fn draw(app: &App, page: Page, of: Of<'_>, typed: &Typed, errors: &[FieldError]) -> Answer<Response> {
    let (action, title, back, it) = match of {
        Of::Household(id) => (
            format!("/households/{id}/residents/new"),
            page.t("people-resident-new"),
            format!("/households/{id}"),
            None,
        ),
        Of::Resident(it) => (
            format!("/residents/{}/edit", it.id),
            it.name.clone(),
            format!("/residents/{}", it.id),
            Some(it),
        ),
    };
    let phone = it.and_then(|it| it.phone_sealed.as_ref());
    let identity = it.and_then(|it| it.identity_sealed.as_ref());
    let mut form = Form::new(&page, action, "save").required(&page, "name", "people-name", Control::Text);
    form = fields::phone(form, &page, &numbers::masked_phone(&app.cipher, phone));
    form = fields::identity(form, &page, &numbers::masked_identity(&app.cipher, identity));
    let form = form
        .field(
            &page,
            "born",
            "people-born",
            Control::Number(residents::BORN.0, residents::BORN.1),
        )
        .field(
            &page,
            "doses",
            "people-doses",
            Control::Number(0, residents::DOSES),
        )
        .field(&page, "language", "people-language", Control::Text)
        .field(&page, "lives_alone", "people-lives-alone", Control::Check)
        .field(&page, "cannot_shop", "people-cannot-shop", Control::Check)
        .field(&page, "needs", "people-needs", Control::Area)
        .fill(typed)
        .errors(&page, errors)
        .cancel(&page, &back);
    Ok(form.answer(page, title)?)
}
