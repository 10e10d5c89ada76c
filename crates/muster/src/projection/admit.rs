//! Whether a record is taken: what it is, about which shift, from whom.

use std::collections::{HashMap, HashSet};

use accounts::Actor;
use field::{
    Admission, Envelope,
    record::{Refusal, VOID, Void, refusal},
};
use kit::{Result, id::ShiftId};
use serde_json::value::RawValue;
use shell::App;

use crate::{
    body::{CLOSE, CONFIRM, MOST_QUANTITY, Presence, WORK, Work},
    roster::Roster,
};

/// No such activity is counted here.
const UNKNOWN_ACTIVITY: Refusal = Refusal("unknown-activity");
/// The quantity is not from 1 to [`MOST_QUANTITY`].
const IMPOSSIBLE_QUANTITY: Refusal = Refusal("impossible-quantity");
/// Only the system closes shifts.
const SYSTEM_ONLY: Refusal = Refusal("system-only");

/// Takes or refuses one record by what the rosters say.
pub(super) fn admit(
    actor: &Actor,
    envelope: &Envelope,
    rosters: &HashMap<ShiftId, std::sync::Arc<Roster>>,
    activities: &HashSet<String>,
) -> Admission {
    let shift = envelope.shift.ok_or(refusal::MALFORMED)?;
    let helper = match envelope.kind.as_str() {
        VOID => {
            let body: Void = parse(&envelope.body)?;
            let reason = body.reason.trim().chars().count();
            if !(1..=500).contains(&reason) {
                return Err(refusal::MALFORMED);
            }
            None
        }
        WORK => {
            let body: Work = parse(&envelope.body)?;
            if !activities.contains(&body.activity) {
                return Err(UNKNOWN_ACTIVITY);
            }
            if !(1..=MOST_QUANTITY).contains(&body.quantity) {
                return Err(IMPOSSIBLE_QUANTITY);
            }
            Some(body.helper)
        }
        _ => Some(parse::<Presence>(&envelope.body)?.helper),
    };
    let roster = rosters.get(&shift).ok_or(refusal::UNKNOWN_SHIFT)?;
    let right = match (envelope.kind.as_str(), helper) {
        (CLOSE, _) if actor.user_id.is_some() => return Err(SYSTEM_ONLY),
        (CONFIRM, Some(_)) | (VOID, _) => actor.may(kit::Role::STAFF, &roster.path) || roster.leads(actor),
        (_, Some(helper)) => roster.admits(actor, helper),
        (_, None) => false,
    };
    if right {
        Ok(roster.community)
    } else {
        Err(refusal::NO_RIGHT)
    }
}

/// Voids a record of a shift that lies elsewhere than the shift's own place: at a building of a round, say, of a team posted
/// for the whole sub-district. The place must lie where the shift is.
pub(super) async fn void_at(
    app: &App,
    actor: &Actor,
    envelope: &Envelope,
    rosters: &HashMap<ShiftId, std::sync::Arc<Roster>>,
    admission: Admission,
) -> Result<Admission> {
    let Ok(Void {
        record,
        place: Some(place),
        ..
    }) = parse(&envelope.body)
    else {
        return Ok(admission);
    };
    let Some(roster) = envelope.shift.and_then(|shift| rosters.get(&shift)) else {
        return Ok(admission);
    };
    let Ok(place) = places::tree::load(app.store.read(), place).await else {
        return Ok(Err(refusal::NO_RIGHT));
    };
    if !place.path.starts_with(roster.path.as_str()) {
        return Ok(Err(refusal::NO_RIGHT));
    }
    let own = match field::journal::find(app, place.community_id, record).await? {
        Some(target) => target.sender.is_some() && target.sender == actor.user_id,
        // It has overtaken the record it voids.
        None => roster.lists(actor),
    };
    Ok(match admission {
        Ok(_) => Ok(place.community_id),
        Err(refusal::NO_RIGHT) if own => Ok(place.community_id),
        refused => refused,
    })
}

/// Voids a record that belongs to no shift: staff of the place may, and whoever recorded it.
pub(super) async fn placed_void(app: &App, actor: &Actor, envelope: &Envelope) -> Result<Admission> {
    let Ok(Void {
        record,
        place: Some(place),
        ..
    }) = parse(&envelope.body)
    else {
        return Ok(Err(refusal::MALFORMED));
    };
    let Ok(place) = places::tree::load(app.store.read(), place).await else {
        return Ok(Err(refusal::NO_RIGHT));
    };
    let own = field::journal::find(app, place.community_id, record)
        .await?
        .is_some_and(|target| target.sender.is_some() && target.sender == actor.user_id);
    Ok(if own || actor.may(kit::Role::STAFF, &place.path) {
        Ok(place.community_id)
    } else {
        Err(refusal::NO_RIGHT)
    })
}

/// Whoever recorded something may void it, as long as their name is on the shift.
pub(super) async fn own_void(
    app: &App,
    actor: &Actor,
    envelope: &Envelope,
    rosters: &HashMap<ShiftId, std::sync::Arc<Roster>>,
) -> Result<Admission> {
    let Some(roster) = envelope.shift.and_then(|shift| rosters.get(&shift)) else {
        return Ok(Err(refusal::UNKNOWN_SHIFT));
    };
    let Ok(body) = parse::<Void>(&envelope.body) else {
        return Ok(Err(refusal::MALFORMED));
    };
    if body.place.is_some() {
        // It lies there: [`void_at`] looks.
        return Ok(Err(refusal::NO_RIGHT));
    }
    let own = match field::journal::find(app, roster.community, body.record).await? {
        Some(target) => target.sender.is_some() && target.sender == actor.user_id,
        // It has overtaken the record it voids.
        None => roster.lists(actor),
    };
    Ok(if own {
        Ok(roster.community)
    } else {
        Err(refusal::NO_RIGHT)
    })
}

fn parse<'a, T: serde::Deserialize<'a>>(body: &'a RawValue) -> std::result::Result<T, Refusal> {
    serde_json::from_str(body.get()).map_err(|_| refusal::MALFORMED)
}
