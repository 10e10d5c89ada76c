//! Invitations: a code (and its picture) by which whoever stands at the kerb joins a shift. It ends by itself,
//! can be taken back, and lets in only so many.

use std::time::Duration;

use accounts::{Actor, audit};
use kit::{Code, FieldError, Problem, Result, Timestamp, id::InvitationId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, sea_query::Expr,
};
use shell::{App, form::Typed};

use crate::model::{invitation, post, shift};

/// There is no such invitation, or it was taken back.
pub const UNKNOWN: Code = Code::new("invitation-unknown", 404);
/// It has ended.
pub const ENDED: Code = Code::new("invitation-ended", 410);
/// As many as it says have joined.
pub const USED_UP: Code = Code::new("invitation-used-up", 409);
/// The post has no shift now nor soon.
pub const NO_SHIFT: Code = Code::new("invitation-no-shift", 409);

/// People one invitation lets in at most.
pub const MOST: i64 = 500;
/// Hours an invitation lasts at most: a week.
pub const HOURS: i64 = 7 * 24;
/// How long before its beginning a shift may be joined.
const AHEAD: Duration = Duration::from_secs(12 * 3600);
/// Without 0, 1, I and O, which are read one for the other on a phone in the sun.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const LENGTH: usize = 8;

/// A code as typed: capitals, no blanks or strokes. What cannot be a code stays what it is and is not found.
pub fn tidy(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .take(40)
        .collect()
}

/// A code as shown: `ABCD-EFGH`.
pub fn shown(code: &str) -> String {
    match code.split_at_checked(LENGTH / 2) {
        Some((first, second)) => format!("{first}-{second}"),
        None => code.to_owned(),
    }
}

fn fresh_code() -> Result<String> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|e| Problem::internal(e.to_string()))?;
    Ok(bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect())
}

/// An invitation as filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// How many may join.
    pub most: i64,
    /// For how many hours.
    pub hours: i64,
    /// For every shift of the post, not only this one.
    pub every_shift: bool,
}

impl New {
    /// From the form.
    pub fn read(typed: &Typed) -> Result<Self, Vec<FieldError>> {
        let mut check = typed.check();
        let new = Self {
            most: check.number("most", 1, MOST),
            hours: check.number("hours", 1, HOURS),
            every_shift: typed.ticked("every_shift"),
        };
        check.done(new)
    }
}

/// Makes an invitation to a shift; returns its code. The caller has asked for the right.
pub async fn create(
    app: &App,
    actor: &Actor,
    (shift, post): (&shift::Model, &post::Model),
    new: &New,
) -> Result<String> {
    let now = app.now();
    let code = fresh_code()?;
    let hours = u64::try_from(new.hours).unwrap_or(1);
    let tx = app.store.begin().await?;
    invitation::Entity::insert(invitation::ActiveModel {
        community_id: Set(shift.community_id),
        id: Set(InvitationId::fresh(now)),
        code: Set(code.clone()),
        post_id: Set(post.id),
        shift_id: Set((!new.every_shift).then_some(shift.id)),
        most: Set(new.most),
        used: Set(0),
        expires_at: Set(now + Duration::from_secs(hours * 3600)),
        withdrawn: Set(false),
        created_by: Set(actor.user_id),
        created_at: Set(now),
    })
    .exec_without_returning(&tx)
    .await?;
    let entry = audit::Entry {
        action: "invitation.create",
        subject: &post.name,
        community: Some(shift.community_id),
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    Ok(code)
}

/// Takes an invitation back. Who has joined stays.
pub async fn withdraw(app: &App, actor: &Actor, invitation: &invitation::Model) -> Result<()> {
    let tx = app.store.begin().await?;
    invitation::Entity::update_many()
        .col_expr(invitation::Column::Withdrawn, Expr::value(true))
        .filter(invitation::Column::CommunityId.eq(invitation.community_id))
        .filter(invitation::Column::Id.eq(invitation.id))
        .exec(&tx)
        .await?;
    let entry = audit::Entry {
        action: "invitation.withdraw",
        subject: &shown(&invitation.code),
        community: Some(invitation.community_id),
    };
    audit::note(&tx, actor, app.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}

/// The invitations that still let somebody join a shift, the newest first.
pub async fn standing(
    db: &impl ConnectionTrait,
    shift: &shift::Model,
    now: Timestamp,
) -> Result<Vec<invitation::Model>> {
    Ok(invitation::Entity::find()
        .filter(invitation::Column::PostId.eq(shift.post_id))
        .filter(invitation::Column::ExpiresAt.gt(now))
        .filter(invitation::Column::Withdrawn.eq(false))
        .filter(
            Condition::any()
                .add(invitation::Column::ShiftId.eq(shift.id))
                .add(invitation::Column::ShiftId.is_null()),
        )
        .order_by_desc(invitation::Column::CreatedAt)
        .all(db)
        .await?)
}

/// The invitation with this code, if it still stands.
pub async fn by_code(db: &impl ConnectionTrait, code: &str, now: Timestamp) -> Result<invitation::Model> {
    let found = invitation::Entity::find()
        .filter(invitation::Column::Code.eq(tidy(code)))
        .one(db)
        .await?
        .filter(|found| !found.withdrawn)
        .ok_or_else(|| Problem::new(UNKNOWN))?;
    if found.expires_at <= now {
        return Err(Problem::new(ENDED));
    }
    Ok(found)
}

/// The shift that somebody who comes now joins: the one named, or the post's shift that is on, or its next.
pub async fn shift_for(
    db: &impl ConnectionTrait,
    invitation: &invitation::Model,
    now: Timestamp,
) -> Result<shift::Model> {
    let mut select = shift::Entity::find()
        .filter(shift::Column::CommunityId.eq(invitation.community_id))
        .filter(shift::Column::Cancelled.eq(false))
        .filter(shift::Column::EndsAt.gt(now));
    select = match invitation.shift_id {
        Some(id) => select.filter(shift::Column::Id.eq(id)),
        None => select
            .filter(shift::Column::PostId.eq(invitation.post_id))
            .filter(shift::Column::StartsAt.lt(now + AHEAD)),
    };
    select
        .order_by_asc(shift::Column::StartsAt)
        .order_by_asc(shift::Column::Id)
        .one(db)
        .await?
        .ok_or_else(|| Problem::new(NO_SHIFT))
}

/// Counts one more who has joined, in one conditional write.
pub(crate) async fn use_up(db: &impl ConnectionTrait, invitation: &invitation::Model) -> Result<()> {
    let used = invitation::Entity::update_many()
        .col_expr(
            invitation::Column::Used,
            Expr::col(invitation::Column::Used).add(1),
        )
        .filter(invitation::Column::CommunityId.eq(invitation.community_id))
        .filter(invitation::Column::Id.eq(invitation.id))
        .filter(invitation::Column::Withdrawn.eq(false))
        .filter(Expr::col(invitation::Column::Used).lt(Expr::col(invitation::Column::Most)))
        .exec(db)
        .await?;
    if used.rows_affected == 0 {
        Err(Problem::new(USED_UP))
    } else {
        Ok(())
    }
}

/// The picture of an address, as SVG.
pub fn picture(address: &str) -> Result<String> {
    let code = qrcode::QrCode::new(address.as_bytes()).map_err(Problem::internal)?;
    Ok(code
        .render::<qrcode::render::svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build()
        .split_once("?>")
        .map_or_else(String::new, |(_, svg)| svg.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(tidy(" abcd-ef gh "), "ABCDEFGH");
        assert_eq!(shown("ABCDEFGH"), "ABCD-EFGH");
        assert_eq!(tidy("口令"), "");
        let code = fresh_code().unwrap();
        assert_eq!((tidy(&shown(&code)), code.len()), (code.clone(), LENGTH));
    }

    #[test]
    fn an_address_becomes_a_picture() {
        assert!(
            picture("https://x.example/join/ABCDEFGH")
                .unwrap()
                .starts_with("<svg")
        );
    }
}
