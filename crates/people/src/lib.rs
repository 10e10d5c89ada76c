//! People: organisations and their helpers, households and their residents.
//!
//! Telephone and identity numbers are encrypted in the database, found by a keyed index, masked on
//! screen; the whole number needs the right to change the entry and a written reason, which is kept in
//! the audit trail. Who sees which helpers is in [`scope`]; residents follow the place tree.

pub mod account;
pub mod business;
mod business_pages;
mod fields;
pub mod helper;
mod helper_list;
mod helper_pages;
pub mod home;
pub mod household;
mod household_pages;
pub mod import;
mod import_businesses;
mod import_helpers;
mod import_helpers_rows;
mod import_helpers_write;
mod import_pages;
mod import_roster;
mod import_roster_rows;
mod import_roster_write;
mod import_rows;
pub mod known;
pub mod merge;
pub mod message;
mod message_pages;
pub mod migration;
pub mod model;
pub mod numbers;
pub mod org;
mod org_pages;
pub mod queries;
pub mod resident;
mod resident_list;
mod resident_pages;
mod reveal;
pub mod scope;
mod search;
pub mod skills;
pub mod standing;
mod standing_pages;
mod view;

use accounts::{Allow, Routes};
use kit::Role;
use places::merge::PathUser;
use shell::{NavItem, texts::Locales};
use utoipa_axum::routes;

pub use migration::migrations;
pub use scope::helper_scope;

/// This room's sentences.
pub const LOCALES: Locales = Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};

/// Those who have to do with organisations.
const ORG_READERS: &[Role] = &[
    Role::Administrator,
    Role::Commander,
    Role::CommunityWorker,
    Role::Coordinator,
    Role::TeamLeader,
    Role::Auditor,
];

/// Those who keep lists of helpers.
const KEEPERS: &[Role] = &[
    Role::Administrator,
    Role::Commander,
    Role::CommunityWorker,
    Role::Coordinator,
];

/// This room's places in the navigation.
pub const NAV: &[NavItem] = &[
    NavItem {
        key: "message-nav",
        href: "/messages",
        icon: r#"<path d="M10 5a2 2 0 1 1 4 0a7 7 0 0 1 4 6v3a4 4 0 0 0 2 3H4a4 4 0 0 0 2-3v-3a7 7 0 0 1 4-6M9 17v1a3 3 0 0 0 6 0v-1"/>"#,
        roles: &[Role::TeamLeader, Role::Helper],
    },
    NavItem {
        key: "people-orgs",
        href: "/orgs",
        icon: r#"<path d="M3 21h18M5 21V5l7-2v18M19 21V9l-7-2M8 8h1M8 12h1M8 16h1M15 12h1M15 16h1"/>"#,
        roles: ORG_READERS,
    },
    NavItem {
        key: "people-helpers",
        href: "/helpers",
        icon: r#"<path d="M9 7m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0M3 21v-2a4 4 0 0 1 4-4h4a4 4 0 0 1 4 4v2M16 3.1a4 4 0 0 1 0 7.8M21 21v-2a4 4 0 0 0-3-3.9"/>"#,
        roles: ORG_READERS,
    },
    NavItem {
        key: "people-residents",
        href: "/residents",
        icon: r#"<path d="M5 12H3l9-9 9 9h-2M5 12v7a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-7M9 21v-6a2 2 0 0 1 2-2h2a2 2 0 0 1 2 2v6"/>"#,
        roles: Role::READERS,
    },
    NavItem {
        key: "businesses",
        href: "/businesses",
        icon: r#"<path d="M3 21h18M3 7v1a3 3 0 0 0 6 0V7m0 1a3 3 0 0 0 6 0V7m0 1a3 3 0 0 0 6 0V7H3l2-4h14l2 4M5 21V10.9M19 21V10.9M9 21v-4a2 2 0 0 1 2-2h2a2 2 0 0 1 2 2v4"/>"#,
        roles: Role::READERS,
    },
];

/// The columns of this room that hold places, for merging places.
pub const PLACE_USERS: &[PathUser] = &[
    PathUser {
        table: "households",
        path: "place_path",
        id: "place_id",
    },
    PathUser {
        table: "businesses",
        path: "place_path",
        id: "place_id",
    },
];

/// This room's routes.
pub fn routes() -> Routes {
    orgs_and_helpers().merge(households_and_residents())
}

fn orgs_and_helpers() -> Routes {
    let read = Allow::Roles(ORG_READERS);
    let keep = Allow::Roles(KEEPERS);
    let staff = Allow::Roles(Role::STAFF);
    Routes::new()
        .get("/orgs", read, org_pages::list)
        .get("/orgs/new", staff, org_pages::new)
        .post("/orgs/new", staff, org_pages::create)
        .get("/orgs/{id}", read, org_pages::show)
        .get("/orgs/{id}/edit", keep, org_pages::edit)
        .post("/orgs/{id}/edit", keep, org_pages::change)
        .post("/orgs/{id}/reveal", keep, org_pages::reveal)
        .get("/helpers", read, helper_pages::list)
        .get("/helpers/new", keep, helper_pages::new)
        .post("/helpers/new", keep, helper_pages::create)
        .get("/helpers/import", keep, import_pages::helper_import)
        .post("/helpers/import", keep, import_pages::import_helpers)
        .get("/helpers/template.xlsx", keep, import_pages::helper_template)
        // A helper may look at themself.
        .get("/helpers/{id}", Allow::SignedIn, helper_pages::show)
        .get("/helpers/{id}/edit", keep, helper_pages::edit)
        .post("/helpers/{id}/edit", keep, helper_pages::change)
        .post("/helpers/{id}/reveal", keep, helper_pages::reveal)
        .post("/helpers/{id}/user", keep, account::invite)
        .get("/messages", Allow::SignedIn, message_pages::show)
        .post("/messages/read", Allow::SignedIn, message_pages::read)
        .api(Allow::SignedIn, routes!(message_pages::told))
}

fn households_and_residents() -> Routes {
    let read = Allow::Roles(Role::READERS);
    let staff = Allow::Roles(Role::STAFF);
    Routes::new()
        .get("/households/new", staff, household_pages::new)
        .post("/households/new", staff, household_pages::create)
        .get("/households/{id}", read, household_pages::show)
        .post("/households/{id}/standing", staff, standing_pages::set)
        .get("/households/{id}/edit", staff, household_pages::edit)
        .post("/households/{id}/edit", staff, household_pages::change)
        .get("/households/{id}/residents/new", staff, resident_pages::new)
        .post("/households/{id}/residents/new", staff, resident_pages::create)
        .get("/residents", read, resident_pages::list)
        .get("/residents/import", staff, import_pages::roster_import)
        .post("/residents/import", staff, import_pages::import_roster)
        .get("/residents/template.xlsx", staff, import_pages::roster_template)
        .get("/residents/{id}", read, resident_pages::show)
        .get("/residents/{id}/edit", staff, resident_pages::edit)
        .post("/residents/{id}/edit", staff, resident_pages::change)
        .post("/residents/{id}/reveal", staff, resident_pages::reveal)
        .post("/residents/{id}/helper", staff, resident_pages::become_helper)
        .get("/residents/{id}/merge", staff, resident_pages::ask_merge)
        .post("/residents/{id}/merge", staff, resident_pages::do_merge)
        .get("/businesses", read, business_pages::list)
        .get("/businesses/new", staff, business_pages::new)
        .post("/businesses/new", staff, business_pages::create)
        .get("/businesses/import", staff, import_pages::business_import)
        .post("/businesses/import", staff, import_pages::import_businesses)
        .get(
            "/businesses/template.xlsx",
            staff,
            import_pages::business_template,
        )
        .get("/businesses/{id}", read, business_pages::show)
        .get("/businesses/{id}/edit", staff, business_pages::edit)
        .post("/businesses/{id}/edit", staff, business_pages::change)
        .post("/businesses/{id}/reveal", staff, business_pages::reveal)
}
