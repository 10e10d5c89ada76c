//! Joining at the kerb: whoever has an invitation's code gives a name and a telephone number, agrees to the
//! rules, and stands on the shift, without an account or a password. A whole team joins by one list.

use std::time::Duration;

use accounts::Actor;
use kit::{Code, FieldError, Problem, Result, Role, id::ShiftId};
use people::model::helper;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait, IntoActiveModel};
use shell::{App, form::Typed};

use crate::{
    assign::{self, ALREADY_THERE},
    invitation,
    model::{Source, invitation as invitations, shift},
};

/// This telephone number belongs to somebody who has a password.
pub const SIGN_IN: Code = Code::new("join-sign-in", 409);
/// How long after the end of the shift the phone may still send what it recorded.
const AFTER: Duration = Duration::from_secs(12 * 3600);
/// Names in one list at most.
const MOST_NAMES: usize = 200;

/// Who joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walker {
    /// Name.
    pub name: String,
    /// Telephone number in digits.
    pub phone: String,
}

impl Walker {
    /// From the form; the two boxes must be ticked.
    pub fn read(typed: &Typed) -> Result<Self, Vec<FieldError>> {
        let mut check = typed.check();
        let name = check.text("name", people::helper::NAME);
        if typed.get("phone").is_empty() {
            check.error(FieldError::new("phone", "required"));
        }
        let phone = check.phone("phone");
        for name in ["rules", "cover"] {
            if !typed.ticked(name) {
                check.error(FieldError::new(name, "must-agree"));
            }
        }
        check.done(Self { name, phone })
    }
}

/// Puts a walker on the invitation's shift. Returns the shift and the secret of a session that lasts as long
/// as the shift, and a little. Whoever is on the shift already only gets the session. Whoever came in by another code
/// before, on the same phone, keeps what that reached.
pub async fn join(
    app: &App,
    (address, before): (&str, Option<&Actor>),
    found: &invitations::Model,
    walker: &Walker,
) -> Result<(ShiftId, String)> {
    let tx = app.store.begin().await?;
    let shift = invitation::shift_for(&tx, found, app.now()).await?;
    let helper = helper_of(&tx, app, &shift, walker).await?;
    let label = invitation::shown(&found.code);
    let left = shift.ends_at.since(app.now()).max(0);
    let lasts = Duration::from_millis(u64::try_from(left).unwrap_or(0)) + AFTER;
    let mut shifts = vec![shift.id];
    if let Some(before) = before.filter(|before| before.helper_id == Some(helper.id)) {
        shifts.extend(before.only.iter().flatten().filter(|id| **id != shift.id));
    }
    let secret = accounts::user::join(&tx, app, helper.id, &walker.name, &shifts, (&label, lasts))
        .await?
        .ok_or_else(|| Problem::new(SIGN_IN))?;
    let actor = Actor {
        user_id: None,
        name: walker.name.clone(),
        helper_id: Some(helper.id),
        grants: vec![],
        only: None,
        address: address.to_owned(),
    };
    enter(&tx, app, &actor, found, &shift, &helper).await?;
    tx.commit().await?;
    Ok((shift.id, secret))
}

/// Puts somebody who is signed in on the invitation's shift.
pub async fn join_signed_in(app: &App, actor: &Actor, found: &invitations::Model) -> Result<ShiftId> {
    let helper = actor.helper_id.ok_or_else(Problem::forbidden)?;
    let tx = app.store.begin().await?;
    let shift = invitation::shift_for(&tx, found, app.now()).await?;
    let helper = helper::Entity::find_by_id(helper)
        .one(&tx)
        .await?
        .ok_or_else(Problem::not_found)?;
    enter(&tx, app, actor, found, &shift, &helper).await?;
    tx.commit().await?;
    Ok(shift.id)
}

/// Whoever stands on the shift already does not use the invitation up.
async fn enter(
    tx: &DatabaseTransaction,
    app: &App,
    actor: &Actor,
    found: &invitations::Model,
    shift: &shift::Model,
    helper: &helper::Model,
) -> Result<()> {
    if assign::stands(tx, shift, helper.id).await? {
        return Ok(());
    }
    invitation::use_up(tx, found).await?;
    assign::put(tx, app, actor, shift, helper, (false, Source::Invitation)).await
}

async fn helper_of(
    tx: &DatabaseTransaction,
    app: &App,
    shift: &shift::Model,
    walker: &Walker,
) -> Result<helper::Model> {
    let who = (walker.name.as_str(), walker.phone.as_str());
    let helper = people::helper::walk_up(tx, app, who, shift.org_id, shift.community_id).await?;
    if helper.cover_until.is_some_and(|until| until >= shift.day) {
        return Ok(helper);
    }
    // They have just confirmed that they are covered on this day.
    let mut row = helper.into_active_model();
    row.cover_until = Set(Some(shift.day));
    Ok(row.update(tx).await?)
}

/// What became of a list: how many stand on the shift now, and the lines that do not fit, each with the
/// code of its problem.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Names put on the shift.
    pub joined: usize,
    /// Lines left over.
    pub left: Vec<(String, &'static str)>,
}

/// Puts a team on a shift: a line a person, name and telephone number. The good lines go in.
pub async fn team(app: &App, actor: &Actor, shift: &shift::Model, list: &str) -> Result<Listed> {
    let source = if actor.may(Role::STAFF, &shift.place_path) {
        Source::Committee
    } else {
        Source::Org
    };
    let mut listed = Listed::default();
    for (i, line) in list
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .enumerate()
    {
        if i >= MOST_NAMES {
            listed.left.push((line.to_owned(), "too-many-lines"));
            continue;
        }
        let Some(walker) = walker(line) else {
            listed.left.push((line.to_owned(), "line-unreadable"));
            continue;
        };
        match put(app, actor, shift, &walker, source).await {
            Ok(()) => listed.joined += 1,
            Err(problem) if problem.code == ALREADY_THERE => listed.joined += 1,
            Err(problem) if problem.code.status == 409 => {
                listed.left.push((line.to_owned(), problem.code.name));
            }
            Err(problem) => return Err(problem),
        }
    }
    Ok(listed)
}

async fn put(app: &App, actor: &Actor, shift: &shift::Model, walker: &Walker, source: Source) -> Result<()> {
    let tx = app.store.begin().await?;
    let helper = helper_of(&tx, app, shift, walker).await?;
    assign::put(&tx, app, actor, shift, &helper, (false, source)).await?;
    tx.commit().await?;
    Ok(())
}

/// `王建国 13800000000`, with blanks, commas or tabs between.
fn walker(line: &str) -> Option<Walker> {
    let (name, phone) = line
        .trim_end()
        .rsplit_once(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';' | '；'))?;
    let name =
        kit::text::tidy(name.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、')));
    let phone = kit::text::phone(phone)?;
    let fits = !name.is_empty() && name.chars().count() <= people::helper::NAME;
    fits.then_some(Walker { name, phone })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_list() {
        let read = |line| walker(line).map(|walker| (walker.name, walker.phone));
        let wang = Some(("王建国".to_owned(), "00012345678".to_owned()));
        for line in [
            "王建国 00012345678",
            "王建国,00012345678",
            "王建国\t00012345678",
            " 王建国 ， 00012345678 ",
        ] {
            assert_eq!(read(line), wang, "{line}");
        }
        for line in ["王建国", "00012345678", "王建国 电话", ", 00012345678"] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
