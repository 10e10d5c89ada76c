//! Standing: the single fact that a gate must know about a person. Orders and permits write it; gates only read it.
//!
//! A row stands only for those who are not simply free.

use kit::{
    FieldError, Problem, Result, Timestamp,
    id::{HouseholdId, ResidentId},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};
use shell::App;

use accounts::{Actor, audit};
use kit::Role;

use crate::{model::standing, queries};

/// Longest reason, in characters.
pub const MOST_WHY: usize = 100;

/// A span of time for a reason. Without an end it lasts until it is lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// From.
    pub from: Timestamp,
    /// Until, not included; `None`: until it is lifted.
    pub until: Option<Timestamp>,
    /// Why.
    pub why: String,
}

impl Span {
    /// Whether it covers the moment.
    pub fn covers(&self, now: Timestamp) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }
}

/// What a gate must know of a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// May not go out.
    pub confined: Option<Span>,
    /// May go out all the same.
    pub permit: Option<Span>,
}

impl Standing {
    /// Of a row.
    pub fn of(row: &standing::Model) -> Self {
        let span = |from: Option<Timestamp>, until, why: &str| {
            Some(Span {
                from: from?,
                until,
                why: why.to_owned(),
            })
        };
        Self {
            confined: span(row.confined_from, row.confined_until, &row.confined_why),
            permit: span(row.permit_from, row.permit_until, &row.permit_why),
        }
    }

    /// Whether the person may not go out at this moment.
    pub fn confined_at(&self, now: Timestamp) -> bool {
        let covers = |span: &Option<Span>| span.as_ref().is_some_and(|span| span.covers(now));
        covers(&self.confined) && !covers(&self.permit)
    }
}

/// The standing of a resident.
pub async fn of(db: &impl ConnectionTrait, id: ResidentId) -> Result<Standing> {
    let row = standing::Entity::find()
        .filter(standing::Column::ResidentId.eq(id))
        .one(db)
        .await?;
    Ok(row.as_ref().map(Standing::of).unwrap_or_default())
}

/// Two entries of one resident become one: what one of them had and the other had not is kept.
pub(crate) async fn follow(
    tx: &impl ConnectionTrait,
    now: Timestamp,
    kept: &crate::model::resident::Model,
    gone: &crate::model::resident::Model,
) -> Result<()> {
    let (own, other) = (of(tx, kept.id).await?, of(tx, gone.id).await?);
    for (part, own, other) in [
        (Part::Confined, own.confined, other.confined),
        (Part::Permit, own.permit, other.permit),
    ] {
        if let (None, Some(span)) = (own, other) {
            set(tx, now, std::slice::from_ref(kept), part, Some(&span)).await?;
        }
    }
    standing::Entity::delete_many()
        .filter(standing::Column::ResidentId.eq(gone.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Which half of a standing is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Confinement.
    Confined,
    /// A permit to go out.
    Permit,
}

/// Sets or lifts (`None`) one half of the standing of these residents, within the transaction of the order or permit.
pub async fn set(
    tx: &impl ConnectionTrait,
    now: Timestamp,
    residents: &[crate::model::resident::Model],
    part: Part,
    span: Option<&Span>,
) -> Result<()> {
    use standing::Column;
    let (from, until, why) = span.map_or((None, None, String::new()), |span| {
        (Some(span.from), span.until, span.why.clone())
    });
    let columns = match part {
        Part::Confined => [Column::ConfinedFrom, Column::ConfinedUntil, Column::ConfinedWhy],
        Part::Permit => [Column::PermitFrom, Column::PermitUntil, Column::PermitWhy],
    };
    for resident in residents {
        let mut row = standing::ActiveModel {
            community_id: Set(resident.community_id),
            resident_id: Set(resident.id),
            confined_from: Set(None),
            confined_until: Set(None),
            confined_why: Set(String::new()),
            permit_from: Set(None),
            permit_until: Set(None),
            permit_why: Set(String::new()),
            updated_at: Set(now),
        };
        match part {
            Part::Confined => {
                row.confined_from = Set(from);
                row.confined_until = Set(until);
                row.confined_why = Set(why.clone());
            }
            Part::Permit => {
                row.permit_from = Set(from);
                row.permit_until = Set(until);
                row.permit_why = Set(why.clone());
            }
        }
        standing::Entity::insert(row)
            .on_conflict(
                OnConflict::columns([Column::CommunityId, Column::ResidentId])
                    .update_columns(columns.into_iter().chain([Column::UpdatedAt]))
                    .to_owned(),
            )
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Sets one half of the standing by hand, for a resident or a whole household, with a trace. The reason is required
/// when something is set.
pub async fn by_hand(
    app: &App,
    actor: &Actor,
    household: HouseholdId,
    only: Option<ResidentId>,
    part: Part,
    span: Option<Span>,
) -> Result<()> {
    if let Some(span) = &span {
        if span.until.is_some_and(|until| until <= span.from) {
            return Err(Problem::invalid(vec![FieldError::new("until", "before-start")]));
        }
        if part == Part::Permit && span.until.is_none() {
            return Err(Problem::invalid(vec![FieldError::new("until", "required")]));
        }
    }
    let tx = app.store.begin().await?;
    let scope = actor.scope(Role::STAFF);
    let it = queries::household(&tx, &scope, household).await?;
    let mut residents = queries::residents_of(&tx, it.community_id, it.id).await?;
    if let Some(only) = only {
        residents.retain(|resident| resident.id == only);
    }
    if residents.is_empty() {
        return Err(Problem::not_found());
    }
    let now = app.now();
    set(&tx, now, &residents, part, span.as_ref()).await?;
    let action = match (part, span.is_some()) {
        (Part::Confined, true) => "standing.confine",
        (Part::Confined, false) => "standing.lift",
        (Part::Permit, true) => "standing.permit",
        (Part::Permit, false) => "standing.withdraw",
    };
    for resident in &residents {
        let subject = match &span {
            Some(span) => format!("{} · {}", resident.name, span.why),
            None => resident.name.clone(),
        };
        let entry = audit::Entry {
            action,
            subject: &subject,
            community: Some(it.community_id),
        };
        audit::note(&tx, actor, now, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_opens_what_confinement_closes() {
        let at = Timestamp::from_millis;
        let span = |from, until: Option<i64>| {
            Some(Span {
                from: at(from),
                until: until.map(at),
                why: "x".into(),
            })
        };
        for (case, confined, permit, now, stays) in [
            ("free", None, None, 5, false),
            ("confined", span(1, Some(9)), None, 5, true),
            ("not yet", span(6, Some(9)), None, 5, false),
            ("over at its end", span(1, Some(5)), None, 5, false),
            ("until it is lifted", span(1, None), None, 5, true),
            ("permit", span(1, Some(9)), span(4, Some(6)), 5, false),
            ("permit over", span(1, Some(9)), span(2, Some(5)), 5, true),
        ] {
            assert_eq!(
                Standing { confined, permit }.confined_at(at(now)),
                stays,
                "{case}"
            );
        }
    }
}
