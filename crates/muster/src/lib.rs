//! Mustering: calls for people, the answers to them, posts and shifts, names on shifts, attendance, work done.
//!
//! A call asks organisations for so many people a day; they pledge; shifts are made from a pattern and
//! filled with names, never beyond their places ([`assign`]). What then happens, happens as field records
//! ([`body`]), from which attendance is derived by one pure rule ([`attendance`]).

pub mod activity;
pub mod api;
pub mod assign;
pub mod attendance;
pub mod body;
pub mod call;
pub mod clock;
pub mod close;
pub mod correct;
pub mod gather;
pub mod invitation;
pub mod join;
pub mod loops;
pub mod migration;
mod migration_times;
pub mod model;
pub mod note;
pub mod offer;
mod pages;
pub mod pattern;
pub mod plan;
pub mod projection;
pub mod queries;
pub mod release;
pub mod roll;
pub mod roster;
pub mod shift;
pub mod swap;
pub mod times;
pub mod wall;

use accounts::{Allow, Routes};
use kit::Role;
use shell::NavItem;
use utoipa_axum::routes;

pub use gather::Gather;
pub use migration::migrations;
pub use note::Notes;
pub use projection::Muster;
pub use roll::Rolls;

/// This room's sentences.
pub const LOCALES: shell::texts::Locales = shell::texts::Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};

/// Those who see calls.
const CALLS: Allow = Allow::Roles(&[
    Role::Administrator,
    Role::Commander,
    Role::CommunityWorker,
    Role::Auditor,
    Role::Coordinator,
    Role::TeamLeader,
]);
const STAFF: Allow = Allow::Roles(Role::STAFF);
const READERS: Allow = Allow::Roles(Role::READERS);
const COORDINATORS: Allow = Allow::Roles(&[
    Role::Administrator,
    Role::Commander,
    Role::CommunityWorker,
    Role::Coordinator,
]);
/// Those who arrange who stands where.
const PLANNERS: Allow = COORDINATORS;
const FIELD: Allow = Allow::Roles(Role::FIELD);

/// This room's entries of the navigation.
pub const NAV: &[NavItem] = &[
    NavItem {
        key: "muster-nav-home",
        href: "/",
        icon: "<path d='M5 12H3l9-9 9 9h-2'/><path d='M5 12v7a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-7'/>",
        roles: &Role::ALL,
    },
    NavItem {
        key: "muster-nav-field",
        href: "/field",
        icon: "<path d='M7 4a1 1 0 0 1 1-1h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1z'/><path d='M11 18h2'/>",
        roles: &[Role::TeamLeader, Role::Helper],
    },
    NavItem {
        key: "muster-nav-calls",
        href: "/calls",
        icon: "<path d='M18 8a3 3 0 0 1 0 6'/><path d='M10 8v11a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1v-5'/><path d='M12 8l4.5-3.7a.9.9 0 0 1 1.5.7v12a.9.9 0 0 1-1.5.7L12 14H5a2 2 0 0 1-2-2v-2a2 2 0 0 1 2-2z'/>",
        roles: &[
            Role::Administrator,
            Role::Commander,
            Role::CommunityWorker,
            Role::Auditor,
            Role::Coordinator,
            Role::TeamLeader,
        ],
    },
    NavItem {
        key: "muster-nav-shifts",
        href: "/shifts",
        icon: "<path d='M4 7a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z'/><path d='M16 3v4M8 3v4M4 11h16'/>",
        roles: &Role::ALL,
    },
    NavItem {
        key: "change-nav-offers",
        href: "/offers",
        icon: "<path d='M7 10h14l-4-4M17 14H3l4 4'/>",
        roles: &[Role::TeamLeader, Role::Helper],
    },
    NavItem {
        key: "roster-nav",
        href: "/roster",
        icon: "<path d='M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z'/><path d='M4 10h16M10 4v16M7 14h.01M14 14h3M14 17h3'/>",
        roles: &[
            Role::Administrator,
            Role::Commander,
            Role::CommunityWorker,
            Role::Coordinator,
        ],
    },
    NavItem {
        key: "muster-nav-wall",
        href: "/wall",
        icon: "<path d='M4 5h6v6H4zM14 5h6v6h-6zM4 15h6v4H4zM14 15h6v4h-6z'/>",
        roles: Role::READERS,
    },
    NavItem {
        key: "muster-nav-posts",
        href: "/posts",
        icon: "<path d='M9 11a3 3 0 1 0 6 0 3 3 0 0 0-6 0'/><path d='M17.7 16.7 12 22l-5.7-5.3a8 8 0 1 1 11.4 0'/>",
        roles: Role::READERS,
    },
    NavItem {
        key: "loops-nav",
        href: "/loops",
        icon: "<path d='M12 4a8 8 0 1 0 8 8'/><path d='M20 4v5h-5'/><path d='M9 12h6v4H9zM10 12v-1.500a2 2 0 0 1 4 0V12'/>",
        roles: Role::READERS,
    },
    NavItem {
        key: "muster-nav-activities",
        href: "/activities",
        icon: "<path d='M9 6h11M9 12h11M9 18h11M5 6v.01M5 12v.01M5 18v.01'/>",
        roles: &[Role::Administrator],
    },
];

/// This room's routes.
pub fn routes() -> Routes {
    use pages::{
        activities, attendance, call, calls, changes, clock, field_app, home, invitations, join, loops,
        offers, posts, rolls, shift, shifts, wall,
    };
    Routes::new()
        .get("/", Allow::Joined, home::home)
        .get("/calls", CALLS, calls::list)
        .get("/calls/new", STAFF, calls::new)
        .post("/calls/new", STAFF, calls::create)
        .get("/calls/{id}", CALLS, call::show)
        .post("/calls/{id}/ask", STAFF, call::ask)
        .post("/calls/{id}/send", STAFF, call::send)
        .post("/calls/{id}/close", STAFF, call::close)
        .post("/calls/{id}/cancel", STAFF, call::cancel)
        .get("/calls/{id}/clock", Allow::SignedIn, clock::show)
        .post("/calls/{id}/gather", FIELD, clock::record)
        .post("/calls/{id}/pledge", COORDINATORS, call::pledge)
        .get("/wall", READERS, wall::show)
        .get("/posts", READERS, posts::list)
        .get("/posts/new", STAFF, posts::new)
        .post("/posts/new", STAFF, posts::create)
        .get("/shifts", Allow::SignedIn, shifts::list)
        .get("/shifts/new", STAFF, shifts::new)
        .post("/shifts/new", STAFF, shifts::create)
        .get("/shifts/{id}", Allow::Joined, shift::show)
        .post("/shifts/{id}/assign", FIELD, shift::assign)
        .post("/shifts/{id}/withdraw", FIELD, shift::withdraw)
        .post("/shifts/{id}/cancel", STAFF, shift::cancel)
        .post("/shifts/{id}/record", Allow::Joined, shift::record)
        .get("/shifts/{id}/helpers/{helper}", Allow::Joined, attendance::show)
        .post("/shifts/{id}/helpers/{helper}/times", FIELD, attendance::times)
        .post("/shifts/{id}/helpers/{helper}/void", FIELD, attendance::void)
        .post("/shifts/{id}/invitations", FIELD, invitations::create)
        .post("/shifts/{id}/team", FIELD, invitations::team)
        .get("/shifts/{id}/invitations/{code}", FIELD, invitations::show)
        .post(
            "/shifts/{id}/invitations/{code}/withdraw",
            FIELD,
            invitations::withdraw,
        )
        .get(
            "/shifts/{id}/helpers/{helper}/release",
            Allow::Joined,
            changes::ask,
        )
        .post(
            "/shifts/{id}/helpers/{helper}/release",
            Allow::Joined,
            changes::release,
        )
        .post("/shifts/{id}/offer", STAFF, changes::offer)
        .post("/shifts/{id}/notes", Allow::Joined, changes::note)
        .get("/shifts/{id}/swap", FIELD, changes::swap)
        .post("/shifts/{id}/swap", FIELD, changes::ask_swap)
        .get("/offers", Allow::SignedIn, offers::show)
        .post("/offers/{shift}", FIELD, offers::answer)
        .post("/swaps/{id}", FIELD, offers::swap)
        .get("/rollcalls", READERS, rolls::list)
        .get("/rollcalls/new", STAFF, rolls::new)
        .post("/rollcalls/new", STAFF, rolls::start)
        .get("/rollcalls/{id}", Allow::Joined, rolls::show)
        .post("/rollcalls/{id}/answer", Allow::Joined, rolls::answer)
        .post("/rollcalls/{id}/end", STAFF, rolls::end)
        .get("/join", Allow::Everyone, join::ask)
        .post("/join", Allow::Everyone, join::go)
        .get("/join/{code}", Allow::Everyone, join::show)
        .post("/join/{code}", Allow::Everyone, join::join)
        .get("/field", Allow::Joined, field_app::show)
        .get(
            "/activities",
            Allow::Roles(&[Role::Administrator]),
            activities::list,
        )
        .get(
            "/activities/edit",
            Allow::Roles(&[Role::Administrator]),
            activities::edit,
        )
        .post(
            "/activities/edit",
            Allow::Roles(&[Role::Administrator]),
            activities::save,
        )
        .get("/loops", READERS, loops::list)
        .get("/loops/new", STAFF, loops::new)
        .post("/loops/new", STAFF, loops::create)
        .get("/loops/{id}", READERS, loops::show::show)
        .get("/loops/{id}/sheet", READERS, loops::show::sheet)
        .post("/loops/{id}/enter", STAFF, loops::change::enter)
        .post("/loops/{id}/test", STAFF, loops::change::note_test)
        .post("/loops/{id}/leave", STAFF, loops::change::leave)
        .post("/loops/{id}/supply", STAFF, loops::change::set_supply)
        .post("/loops/{id}/extend", STAFF, loops::change::extend)
        .post("/loops/{id}/end", STAFF, loops::change::end)
        .api(Allow::Joined, routes!(api::duty))
        .merge(planning())
}

/// The roster that fills itself, and when helpers can come.
fn planning() -> Routes {
    use pages::{proposal, roster, times};
    Routes::new()
        .get("/roster", PLANNERS, roster::show)
        .get("/roster/proposal", PLANNERS, proposal::show)
        .post("/roster/proposal", PLANNERS, proposal::again)
        .post("/roster/accept", PLANNERS, proposal::accept)
        // A helper may say when they themself can come.
        .get("/helpers/{id}/times", Allow::SignedIn, times::show)
        .post("/helpers/{id}/times/week", Allow::SignedIn, times::week)
        .post("/helpers/{id}/times/absence", Allow::SignedIn, times::absence)
        .post("/helpers/{id}/times/wishes", Allow::SignedIn, times::wishes)
        .post("/helpers/{id}/times/remove", Allow::SignedIn, times::remove)
}
