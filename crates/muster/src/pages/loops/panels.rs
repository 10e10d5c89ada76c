//! The forms on a loop's page.

use accounts::Actor;
use kit::{Problem, Result, problem::code};
use people::model::helper;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use shell::{
    App, Form, Page,
    form::{Control, Field},
};

use crate::{
    loops::{model::closed_loop, view::View},
    pages::sentence,
};

/// Helpers offered for going in at most.
const OFFERED: u64 = 60;

/// A form of the page.
#[derive(Debug, Clone)]
pub struct Panel {
    /// Name: `enter`, `test`, `leave`, `supply`, `extend`, `end`.
    pub id: &'static str,
    /// Words above it.
    pub title: String,
    /// The form.
    pub form: Form,
}

/// All panels, in the order in which they are needed.
const ALL: [&str; 6] = ["enter", "test", "leave", "supply", "extend", "end"];

/// The field of a helper's bed.
pub fn bed_field(helper: &helper::Model) -> String {
    format!("bed-{}", helper.id)
}

/// A form with a problem told: errors at their fields, anything else above.
pub fn told(form: Form, page: &Page, problem: &Problem) -> Form {
    if problem.code == code::INVALID {
        return form.errors(page, &problem.fields);
    }
    Form {
        error: Some(sentence(page, problem)),
        ..form
    }
}

/// Helpers of the loop's organisation (and those below it) whom the actor sees and who are not inside.
pub async fn candidates(
    app: &App,
    actor: &Actor,
    row: &closed_loop::Model,
    view: &View,
) -> Result<Vec<helper::Model>> {
    let Some(org) = row.org_id else {
        return Ok(vec![]);
    };
    let db = app.store.read();
    let orgs = people::queries::orgs_under(db, org).await?;
    let mut found = helper::Entity::find()
        .filter(people::scope::helper_scope(actor))
        .filter(helper::Column::OrgId.is_in(orgs))
        .filter(helper::Column::Active.eq(true))
        .filter(helper::Column::Id.is_not_in(view.members.iter().map(|member| member.helper)))
        .order_by_asc(helper::Column::Pinyin)
        .order_by_asc(helper::Column::Id)
        .limit(OFFERED)
        .all(db)
        .await?;
    found.dedup_by_key(|helper| helper.id);
    Ok(found)
}

/// The forms that staff find on the page of a loop that is not over. `off` adds the tick that takes names off
/// other shifts.
pub fn all(
    page: &Page,
    row: &closed_loop::Model,
    view: &View,
    (people, off): (&[helper::Model], Option<&str>),
) -> Vec<Panel> {
    ALL.into_iter()
        .filter(|id| match *id {
            "test" | "leave" => !view.members.is_empty(),
            "enter" => page.now < row.span().until,
            _ => true,
        })
        .map(|id| {
            let form = Form::new(page, format!("/loops/{}/{id}", row.id), &format!("loops-do-{id}"));
            let form = match id {
                "enter" => enter(page, form, people),
                "test" => test(page, form, view),
                "leave" => leave(page, form, view),
                "supply" => supply(page, form),
                "extend" => form.required(page, "planned_end", "loops-new-end", Control::Date),
                _ => form.field(page, "reason", "loops-reason", Control::Text),
            };
            let form = if off == Some(id) {
                form.field(page, "off", "loops-off", Control::Check)
            } else {
                form
            };
            Panel {
                id,
                title: page.t(&format!("loops-title-{id}")),
                form,
            }
        })
        .collect()
}

fn enter(page: &Page, mut form: Form, people: &[helper::Model]) -> Form {
    for helper in people {
        form.fields.push(Field {
            name: bed_field(helper),
            label: page.t1("loops-bed-of", "name", &helper.name),
            control: Control::Text,
            value: String::new(),
            hint: String::new(),
            required: false,
            error: None,
            suggest: vec![],
        });
    }
    form.field(page, "other", "loops-other", Control::Text)
        .field(page, "other_bed", "loops-other-bed", Control::Text)
        .required(
            page,
            "test",
            "loops-test-at-entry",
            Control::Select(vec![
                (String::new(), page.t("loops-choose")),
                ("negative".into(), page.t("loops-test-negative-48")),
                ("pending".into(), page.t("loops-test-pending")),
            ]),
        )
        .field(page, "test_day", "loops-test-day", Control::Date)
        .field(page, "entered_at", "loops-entered-at", Control::DateTime)
}

fn test(page: &Page, form: Form, view: &View) -> Form {
    let results = ["negative", "positive", "pending"]
        .map(|name| (name.to_owned(), page.t(&format!("loops-test-{name}"))))
        .to_vec();
    let who = view
        .members
        .iter()
        .map(|member| (member.helper.to_string(), member.name.clone()))
        .collect();
    form.required(page, "who", "loops-who", Control::Checks(who))
        .required(page, "result", "loops-result", Control::Select(results))
        .field(page, "day", "loops-test-day", Control::Date)
}

fn leave(page: &Page, form: Form, view: &View) -> Form {
    let who = view
        .members
        .iter()
        .map(|member| (member.entry.to_string(), member.name.clone()))
        .collect();
    form.required(page, "who", "loops-leaving", Control::Checks(who))
        .field(page, "reason", "loops-reason", Control::Text)
}

fn supply(page: &Page, form: Form) -> Form {
    let per = ["person", "loop"]
        .map(|name| (name.to_owned(), page.t(&format!("loops-per-{name}"))))
        .to_vec();
    form.required(page, "item", "loops-item", Control::Text)
        .required(page, "amount", "loops-amount", Control::Text)
        .required(page, "per", "loops-per", Control::Select(per))
}
