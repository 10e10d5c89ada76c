//! Who somebody is and what they may do: users, sign-in, roles by place, tokens, audit trail.
//!
//! Every route of the product is registered through [`Routes`] with an [`Allow`] rule, checked
//! before its handler runs; what part of the tree a handler may touch comes from [`Actor::scope`]
//! and [`Actor::require`].

pub mod account;
pub mod actor;
pub mod address;
pub mod audit;
pub mod bootstrap;
pub mod demo;
pub mod grants;
pub mod identity;
pub mod link;
pub mod migration;
pub mod model;
pub mod names;
pub mod password;
mod roles;
pub mod routes;
pub mod session;
pub mod sign_in;
pub mod throttle;
pub mod token;
pub mod trail;
pub mod user;
pub mod user_list;
pub mod user_page;
pub mod welcome;

pub use actor::{Actor, Grant};
pub use bootstrap::first_link;
pub use demo::demo_user;
pub use migration::migrations;
pub use routes::{Allow, Routes};
pub use session::Sessions;

/// This room's sentences.
pub const LOCALES: shell::texts::Locales = shell::texts::Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};

/// This room's part of the navigation.
pub const NAV: &[shell::NavItem] = &[
    shell::NavItem {
        key: "accounts-users",
        href: "/users",
        icon: r#"<path d="M9 7m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0"/><path d="M3 21v-2a4 4 0 0 1 4 -4h4a4 4 0 0 1 4 4v2"/><path d="M16 3.13a4 4 0 0 1 0 7.75"/><path d="M21 21v-2a4 4 0 0 0 -3 -3.85"/>"#,
        roles: grants::MANAGERS,
    },
    shell::NavItem {
        key: "accounts-audit",
        href: "/audit",
        icon: r#"<path d="M9 5h-2a2 2 0 0 0 -2 2v12a2 2 0 0 0 2 2h10a2 2 0 0 0 2 -2v-12a2 2 0 0 0 -2 -2h-2"/><path d="M9 5a2 2 0 0 1 2 -2h2a2 2 0 0 1 2 2a2 2 0 0 1 -2 2h-2a2 2 0 0 1 -2 -2"/><path d="M9 12h6"/><path d="M9 16h6"/>"#,
        roles: trail::READERS,
    },
];

/// This room's routes.
pub fn routes() -> Routes {
    let managers = Allow::Roles(grants::MANAGERS);
    Routes::new()
        .get("/sign-in", Allow::Everyone, sign_in::page)
        .post("/sign-in", Allow::Everyone, sign_in::submit)
        .post("/sign-out", Allow::Everyone, sign_in::sign_out)
        .post("/demo/sign-in", Allow::Everyone, sign_in::demo)
        .get("/welcome/{secret}", Allow::Everyone, welcome::page)
        .post("/welcome/{secret}", Allow::Everyone, welcome::submit)
        .get("/account", Allow::SignedIn, account::page)
        .post("/account/password", Allow::SignedIn, account::change_password)
        .post(
            "/account/sign-out-everywhere",
            Allow::SignedIn,
            account::sign_out_everywhere,
        )
        .post("/account/tokens", Allow::SignedIn, token::create)
        .post(
            "/account/tokens/{id}/revoke",
            Allow::SignedIn,
            account::revoke_token,
        )
        .get("/users", managers, user_list::list)
        .get("/users/new", managers, user_list::new)
        .post("/users/new", managers, user_list::create)
        .get("/users/{id}", managers, user_page::page)
        .post("/users/{id}", managers, user_page::save)
        .post("/users/{id}/grants", managers, user_page::add_grant)
        .post(
            "/users/{id}/grants/{grant}/remove",
            managers,
            user_page::remove_grant,
        )
        .post("/users/{id}/link", managers, user_page::new_link)
        .get("/audit", Allow::Roles(trail::READERS), trail::list)
}
