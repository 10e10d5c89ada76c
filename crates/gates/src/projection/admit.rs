//! Whether a record is taken: what it is, at which gate, from whom.

use std::{collections::HashMap, sync::Arc};

use accounts::Actor;
use field::{
    Admission, Envelope,
    record::{Refusal, refusal},
};
use kit::{
    Role,
    id::{PlaceId, ShiftId},
};
use muster::roster::Roster;

use crate::{body::Body, gate::Gate};

/// No such place.
const UNKNOWN_GATE: Refusal = Refusal("unknown-gate");

/// Takes or refuses one record: its sender stands at this gate by the roster of the shift, or belongs to its staff.
pub(super) fn admit(
    actor: &Actor,
    envelope: &Envelope,
    body: Result<&Body, &Refusal>,
    gates: &HashMap<PlaceId, Gate>,
    rosters: &HashMap<ShiftId, Arc<Roster>>,
) -> Admission {
    let body = body.map_err(|why| *why)?;
    let gate = gates.get(&body.gate()).ok_or(UNKNOWN_GATE)?;
    if let Some(shift) = envelope.shift {
        let roster = rosters.get(&shift).ok_or(refusal::UNKNOWN_SHIFT)?;
        // The shift's post is this gate, or a place around it.
        let here = gate.path.starts_with(roster.path.as_str());
        if here && stands(actor, roster) {
            return Ok(gate.community);
        }
    }
    if actor.may(Role::STAFF, &gate.path) {
        Ok(gate.community)
    } else {
        Err(refusal::NO_RIGHT)
    }
}

fn stands(actor: &Actor, roster: &Roster) -> bool {
    roster.lists(actor)
        || actor
            .helper_id
            .is_some_and(|_| actor.may(&[Role::TeamLeader], &roster.path))
}
