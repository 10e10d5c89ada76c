//! Ids: UUIDv7 newtypes, so that a resident cannot be passed where a shift is wanted.

use std::sync::atomic::{AtomicU32, Ordering};

use uuid::Uuid;

use crate::Timestamp;

/// Bits of an id that count on, so that ids of one millisecond sort as they were made: an import of thousands then writes
/// its indexes from one end to the other. The remaining 48 bits are random.
const COUNTER: u8 = 26;

/// A fresh UUIDv7 whose time part is `now`; ids made later sort later.
pub fn fresh(now: Timestamp) -> Uuid {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let millis = u64::try_from(now.millis()).unwrap_or(0);
    let (seconds, nanos) = (millis / 1000, (millis % 1000) * 1_000_000);
    let counter = NEXT.fetch_add(1, Ordering::Relaxed) & ((1 << COUNTER) - 1);
    Uuid::new_v7(uuid::Timestamp::from_unix_time(
        seconds,
        u32::try_from(nanos).unwrap_or(0),
        counter.into(),
        COUNTER,
    ))
}

/// Defines an id type over [`Uuid`] that the database, JSON and forms understand.
#[macro_export]
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
            ::serde::Serialize, ::serde::Deserialize, ::sea_orm::DeriveValueType,
        )]
        #[serde(transparent)]
        pub struct $name(pub ::uuid::Uuid);

        impl $name {
            /// A fresh id made at `now`.
            pub fn fresh(now: $crate::Timestamp) -> Self {
                Self($crate::id::fresh(now))
            }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl ::std::str::FromStr for $name {
            type Err = ::uuid::Error;
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
        impl From<::uuid::Uuid> for $name {
            fn from(id: ::uuid::Uuid) -> Self {
                Self(id)
            }
        }
        impl From<$name> for ::uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
        impl ::sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> ::std::result::Result<Self, ::sea_orm::DbErr> {
                Err(::sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    };
}

id!(/** A node of the place tree. */ PlaceId);
id!(/** An organisation that sends people. */ OrgId);
id!(/** A member of an organisation, or a resident, who does work. */ HelperId);
id!(/** Somebody who signs in. */ UserId);
id!(/** A household. */ HouseholdId);
id!(/** A resident. */ ResidentId);
id!(/** A business. */ BusinessId);
id!(/** A call for people. */ CallId);
id!(/** An organisation's answer to a call. */ PledgeId);
id!(/** A duty at a place. */ PostId);
id!(/** A post for a span of time. */ ShiftId);
id!(/** An invitation to a shift, by code. */ InvitationId);
id!(/** A message to a helper. */ MessageId);
id!(/** One helper asks another to take their place on a shift. */ SwapId);
id!(/** A roll-call in an emergency. */ RollCallId);
id!(/** A record from the ground; made by the phone. */ RecordId);
id!(/** Records that were taken in one transaction. */ BatchId);
id!(/** A closed loop: a post whose people stay on site. */ LoopId);
id!(/** One stay of one helper in a closed loop. */ LoopEntryId);
id!(/** A pass: the signed code that lets somebody through a gate. */ PassId);
id!(/** A key that signs passes. */ PassKeyId);
id!(/** An order that sets the rules of gates. */ GateRuleId);
id!(/** A round: every target in an area is to be reached by a time. */ RoundId);
id!(/** A piece of a round: usually a building. */ PieceId);
id!(/** What is asked at the targets of a round. */ FormId);
id!(/** What a round must reach: the id of a household, a resident, a building unit or a business. */ TargetId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_moment_sort_as_they_were_made() {
        let now = Timestamp::from_millis(1_640_000_000_123);
        let ids: Vec<Uuid> = (0..1_000).map(|_| fresh(now)).collect();
        // Other tests make ids too; the counter may begin anew once.
        let backward = ids.windows(2).filter(|pair| pair[0] >= pair[1]).count();
        assert!(backward <= 1, "{backward}");
        for id in ids {
            assert_eq!(id.get_version_num(), 7);
            assert_eq!(
                id.get_timestamp().map(|at| at.to_unix()),
                Some((1_640_000_000, 123_000_000))
            );
        }
    }

    #[test]
    fn later_ids_sort_later() {
        let early = PlaceId::fresh(Timestamp::from_millis(1_000));
        let late = PlaceId::fresh(Timestamp::from_millis(2_000));
        assert!(early < late);
        assert_eq!(early.0.get_version_num(), 7);
    }
}
