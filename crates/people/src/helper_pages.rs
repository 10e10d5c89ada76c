//! Pages of helpers.

use accounts::Actor;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use kit::{FieldError, Result, Role, id::HelperId};
use shell::{
    App, Form, ListQuery, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    KEEPERS, fields,
    helper::{self as helpers, Input},
    helper_list, home,
    model::{helper, resident},
    numbers, queries,
    reveal::{self, Subject},
    skills,
    view::{Links, Thing, mend},
};

/// `GET /helpers`
pub(crate) async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let listed = helper_list::answer(&app, &actor, page.clone(), query, None).await?;
    let mut actions = Vec::new();
    if actor.has(KEEPERS) {
        actions.push(("/helpers/new".to_owned(), page.t("people-helper-new")));
        actions.push(("/helpers/import".to_owned(), page.t("people-import-helpers")));
    }
    let title = page.t("people-helpers");
    Ok(listed.page(page, title, actions)?)
}

/// `GET /helpers/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<HelperId>,
) -> Answer {
    let db = app.store.read();
    let it = queries::helper(db, &actor, id).await?;
    let editable = helpers::may_edit(db, &actor, id).await?;
    let mut thing = Thing::new(&page, it.name.clone());
    if editable {
        thing = thing.action(format!("/helpers/{id}/edit"), "edit");
    }
    let thing = facts(&app, &actor, &page, thing, &it).await?;
    Ok(parts(&app, &actor, &page, thing, &it, editable).await?.answer()?)
}

async fn facts(app: &App, actor: &Actor, page: &Page, mut thing: Thing, it: &helper::Model) -> Result<Thing> {
    let db = app.store.read();
    let name = match it.org_id {
        Some(org) => queries::org_names(db, [org]).await?.remove(&org),
        None => None,
    };
    thing = match (it.org_id, name) {
        (Some(org), Some(name)) if queries::org(db, actor, org).await.is_ok() => {
            thing.link("people-org", name, format!("/orgs/{org}"))
        }
        // A helper may know the name of their organisation, though its page is not for them.
        (_, name) => thing.fact("people-org", name.unwrap_or_default()),
    };
    let kind = if it.official {
        "people-kind-official"
    } else {
        "people-kind-volunteer"
    };
    thing = thing
        .fact("people-kind", page.t(kind))
        .fact("people-rank", it.rank.clone())
        .fact("people-skills", skills::words(page, &it.skills))
        .fact(
            "people-phone",
            numbers::masked_phone(&app.cipher, it.phone_sealed.as_ref()),
        )
        .fact(
            "people-identity",
            numbers::masked_identity(&app.cipher, it.identity_sealed.as_ref()),
        )
        .fact(
            "people-cover-until",
            it.cover_until.map(|day| day.to_string()).unwrap_or_default(),
        )
        .fact("people-home", home::name(db, it.home_id).await?)
        .truth("people-active", it.active);
    if it.cover_until.is_some_and(|day| day < page.now.day()) {
        thing.note = page.t("people-cover-ended");
    }
    if let Some(resident) = resident_of(app, actor, it).await? {
        thing = thing.link(
            "people-resident",
            resident.name,
            format!("/residents/{}", resident.id),
        );
    }
    Ok(thing)
}

/// The resident a helper is, if the actor may see residents there.
async fn resident_of(app: &App, actor: &Actor, it: &helper::Model) -> Result<Option<resident::Model>> {
    match it.resident_id {
        Some(id) => {
            let found = queries::resident(app.store.read(), &actor.scope(Role::READERS), id).await;
            Ok(found.ok())
        }
        None => Ok(None),
    }
}

async fn parts(
    app: &App,
    actor: &Actor,
    page: &Page,
    mut thing: Thing,
    it: &helper::Model,
    editable: bool,
) -> Result<Thing> {
    let db = app.store.read();
    let suspects = helpers::suspects(db, actor, it).await?;
    if !suspects.is_empty() {
        let orgs = queries::org_names(db, suspects.iter().filter_map(|h| h.org_id)).await?;
        let links = suspects
            .into_iter()
            .map(|h| {
                let org = h.org_id.and_then(|id| orgs.get(&id).cloned());
                (format!("/helpers/{}", h.id), h.name, org.unwrap_or_default())
            })
            .collect();
        thing = thing.part(
            "people-suspects-helpers",
            &Links {
                links,
                none: String::new(),
            },
        )?;
    }
    if editable && subject(it).has_any() {
        thing = thing.form("people-reveal-heading", &subject(it).form(page))?;
    }
    if editable && it.active {
        thing = thing.form("people-user-heading", &crate::account::form(page, it))?;
    }
    Ok(thing)
}

fn subject(it: &helper::Model) -> Subject<'_> {
    Subject {
        href: format!("/helpers/{}", it.id),
        name: &it.name,
        action: "helper.reveal",
        community: it.home_id,
        phone: it.phone_sealed.as_ref(),
        identity: it.identity_sealed.as_ref(),
    }
}

/// `POST /helpers/{id}/reveal`
pub(crate) async fn reveal(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<HelperId>,
    typed: Typed,
) -> Answer {
    let it = helpers::editable(app.store.read(), &actor, id).await?;
    Ok(reveal::answer(&app, &actor, page, &typed, subject(&it)).await?)
}

/// `GET /helpers/new`
pub(crate) async fn new(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let mut typed = Typed::default().set("active", "on").set("kind", "volunteer");
    let asked = query.filter("org");
    if !asked.is_empty()
        && let Some(org) = queries::org_typed(app.store.read(), &actor, &asked).await?
    {
        typed = typed.set("org", org.name);
    }
    draw(&app, &actor, page, None, &typed, &[]).await
}

/// `POST /helpers/new`
pub(crate) async fn create(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let done = match Input::typed(&typed) {
        Ok(input) => helpers::create(&app, &actor, &input).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(id) => Ok(Redirect::to(&format!("/helpers/{id}?done=saved")).into_response()),
        Err(problem) => draw(&app, &actor, page, None, &typed, &mend(problem)?).await,
    }
}

/// `GET /helpers/{id}/edit`
pub(crate) async fn edit(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<HelperId>,
) -> Answer {
    let db = app.store.read();
    let it = helpers::editable(db, &actor, id).await?;
    let org = queries::org_names(db, it.org_id).await?;
    let typed = Typed::default()
        .set("name", &it.name)
        .set("org", org.into_values().next().unwrap_or_default())
        .set("kind", if it.official { "official" } else { "volunteer" })
        .set("rank", &it.rank)
        .set("skills", skills::split(&it.skills).join(","))
        .set(
            "cover_until",
            it.cover_until.map(|day| day.to_string()).unwrap_or_default(),
        )
        .set("home", home::name(db, it.home_id).await?)
        .set("active", if it.active { "on" } else { "" });
    draw(&app, &actor, page, Some(&it), &typed, &[]).await
}

/// `POST /helpers/{id}/edit`
pub(crate) async fn change(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<HelperId>,
    typed: Typed,
) -> Answer {
    let it = helpers::editable(app.store.read(), &actor, id).await?;
    let done = match Input::typed(&typed) {
        Ok(input) => helpers::edit(&app, &actor, id, &input).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/helpers/{id}?done=saved")).into_response()),
        Err(problem) => draw(&app, &actor, page, Some(&it), &typed, &mend(problem)?).await,
    }
}

async fn draw(
    app: &App,
    actor: &Actor,
    page: Page,
    it: Option<&helper::Model>,
    typed: &Typed,
    errors: &[FieldError],
) -> Answer<Response> {
    let (action, title, back) = match it {
        Some(it) => (
            format!("/helpers/{}/edit", it.id),
            it.name.clone(),
            format!("/helpers/{}", it.id),
        ),
        None => (
            "/helpers/new".into(),
            page.t("people-helper-new"),
            "/helpers".into(),
        ),
    };
    let kinds = [
        ("volunteer", "people-kind-volunteer"),
        ("official", "people-kind-official"),
    ]
    .map(|(value, key)| (value.to_owned(), page.t(key)));
    let mut form = Form::new(&page, action, "save")
        .required(&page, "name", "people-name", Control::Text)
        .field(&page, "org", "people-org", Control::Text);
    if let Some(org) = form.fields.last_mut() {
        org.suggest = queries::org_offers(app.store.read(), actor).await?;
    }
    let phone = it.and_then(|it| it.phone_sealed.as_ref());
    let identity = it.and_then(|it| it.identity_sealed.as_ref());
    form = fields::phone(form, &page, &numbers::masked_phone(&app.cipher, phone));
    form = fields::identity(form, &page, &numbers::masked_identity(&app.cipher, identity));
    let form = form
        .field(&page, "kind", "people-kind", Control::Select(kinds.into()))
        .field(&page, "rank", "people-rank", Control::Text)
        .field(
            &page,
            "skills",
            "people-skills",
            Control::Checks(skills::choices(&page)),
        )
        .field(&page, "cover_until", "people-cover-until", Control::Date)
        .field(&page, "home", "people-home", Control::Text)
        .field(&page, "active", "people-active", Control::Check)
        .fill(typed)
        .errors(&page, errors)
        .cancel(&page, &back);
    Ok(form.answer(page, title)?)
}
