//! What a one-time link opens: choosing a name and a password.

use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::CookieJar;
use kit::{Problem, Result, problem::code};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    Actor, Sessions,
    address::Origin,
    identity::{self, Phone},
    link,
    model::user,
    password, session, sign_in, user as users,
};

fn form(page: &Page, secret: &str, typed: &Typed) -> Form {
    Form::new(page, format!("/welcome/{secret}"), "accounts-welcome-submit")
        .required(page, "name", "accounts-name", Control::Text)
        .field(page, "phone", "accounts-phone", Control::Phone)
        .required(page, "new_password", "accounts-new-password", Control::Password)
        .required(page, "again", "accounts-again", Control::Password)
        .fill(typed)
}

/// `GET /welcome/{secret}`
pub async fn page(State(app): State<App>, page: Page, Path(secret): Path<String>) -> Answer {
    let user = link::holder(app.store.read(), &app, &secret).await?;
    let typed = Typed::default()
        .set("name", &user.name)
        .set("phone", identity::masked_phone(&app, &user)?);
    let title = page.t("accounts-welcome");
    Ok(form(&page, &secret, &typed).answer(page, title)?)
}

/// `POST /welcome/{secret}`
pub async fn submit(
    State(app): State<App>,
    page: Page,
    Extension(sessions): Extension<Sessions>,
    Path(secret): Path<String>,
    origin: Origin,
    jar: CookieJar,
    typed: Typed,
) -> Answer {
    let user = link::holder(app.store.read(), &app, &secret).await?;
    let mut check = typed.check();
    let name = identity::name(&mut check);
    let phone = identity::phone(&mut check, &typed, &identity::masked_phone(&app, &user)?);
    let digits = match &phone {
        Phone::Set(digits) => digits.as_deref(),
        Phone::Keep => None,
    };
    let chosen = password::typed_twice(&mut check, &typed, &name, digits);
    let cookie = if let Err(errors) = check.done(()) {
        Err(Problem::invalid(errors))
    } else {
        let choice = Choice {
            name,
            phone,
            hash: password::hash(&chosen).await?,
        };
        accept(&app, &origin, &jar, &secret, choice).await
    };
    match cookie {
        Ok(cookie) => {
            sessions.forget();
            Ok((jar.add(cookie), Redirect::to("/")).into_response())
        }
        Err(problem) if problem.code == code::INVALID => {
            let title = page.t("accounts-welcome");
            let form = form(&page, &secret, &typed).errors(&page, &problem.fields);
            Ok(form.answer(page, title)?)
        }
        Err(problem) => Err(problem.into()),
    }
}

struct Choice {
    name: String,
    phone: Phone,
    hash: String,
}

/// Uses the link up, keeps what was chosen, ends older sessions and starts one: all or nothing.
async fn accept(
    app: &App,
    origin: &Origin,
    jar: &CookieJar,
    secret: &str,
    choice: Choice,
) -> Result<axum_extra::extract::cookie::Cookie<'static>> {
    let tx = app.store.begin().await?;
    let user = link::spend(&tx, app, secret).await?;
    let mut new = identity::checked(&tx, app, &user, &choice.name, &choice.phone).await?;
    new.password = Set(Some(choice.hash));
    user::Entity::update_many()
        .set(new)
        .filter(user::Column::Id.eq(user.id))
        .exec(&tx)
        .await
        .map_err(identity::taken)?;
    session::end_all(&tx, user.id, None).await?;
    let actor = Actor {
        user_id: Some(user.id),
        name: choice.name,
        helper_id: None,
        grants: vec![],
        only: None,
        address: origin.address.clone(),
    };
    users::note(&tx, app, &actor, "link.use", &actor.name).await?;
    let cookie = sign_in::enter(&tx, app, origin, jar, user.id).await?;
    tx.commit().await?;
    Ok(cookie)
}
