//! The plan: so many people by such a time gives sites, lanes, samplers, helpers and how long people queue.

use askama::Template;
use shell::{ListQuery, Page, form::Typed, problem::Answer};

use crate::plan::{self, Held, Plan, Queue};

const MINUTE: f64 = 60.0;

#[derive(Template)]
#[template(path = "plan.html")]
struct PlanPage {
    page: Page,
    title: String,
    people: String,
    hours: String,
    waves: String,
    service: String,
    error: Option<String>,
    found: Option<Found>,
}

struct Found {
    plan: Plan,
    held: Held,
    lanes: i64,
    wait: i64,
    wait_90: i64,
    end: String,
    late: bool,
    enough: i64,
}

#[allow(clippy::cast_possible_truncation, reason = "minutes of a day")]
fn minutes(seconds: f64) -> i64 {
    (seconds / MINUTE).ceil() as i64
}

#[allow(clippy::cast_precision_loss, reason = "hours of a day")]
fn held(people: i64, hours: i64, waves: i64, service: i64, lanes: i64) -> Held {
    let queue = Queue {
        people,
        waves,
        slot: hours as f64 * 3600.0 / waves as f64,
        service: service as f64,
        lanes,
    };
    plan::simulate(&queue, 20_211_225)
}

/// `GET /sampling/plan`: everything is in the address, so that a plan can be passed on.
pub async fn show(page: Page, query: ListQuery) -> Answer {
    let or = |name: &str, default: &str| {
        let value = query.filter(name);
        if value.is_empty() {
            default.to_owned()
        } else {
            value
        }
    };
    let (people, hours, waves, service) = (
        or("people", "2500"),
        or("hours", "8"),
        or("waves", "12"),
        or("service", "25"),
    );
    let typed = Typed::default()
        .set("people", &people)
        .set("hours", &hours)
        .set("waves", &waves)
        .set("service", &service);
    let mut check = typed.check();
    let values = (
        check.number("people", 1, 200_000),
        check.number("hours", 1, 72),
        check.number("waves", 1, 500),
        check.number("service", 5, 300),
    );
    let (error, found) = match check.done(values) {
        Ok((n, h, w, s)) => (None, Some(find(&page, n, h, w, s))),
        Err(_) => (Some(page.t("sampling-plan-wrong")), None),
    };
    Ok(Page::draw(&PlanPage {
        title: page.t("sampling-plan"),
        people,
        hours,
        waves,
        service,
        error,
        found,
        page,
    })?)
}

fn find(page: &Page, people: i64, hours: i64, waves: i64, service: i64) -> Found {
    let plan = plan::plan(people);
    let lanes = plan.lanes;
    let held_now = held(people, hours, waves, service, lanes);
    #[allow(clippy::cast_precision_loss, reason = "hours of a day")]
    let late = held_now.end > (hours as f64).mul_add(3600.0, 600.0);
    // The fewest lanes with which nine of ten wait less than a quarter of an hour and all is done in time.
    let mut enough = lanes;
    while enough < lanes * 8 + 8 {
        let tried = held(people, hours, waves, service, enough);
        #[allow(clippy::cast_precision_loss, reason = "hours of a day")]
        let in_time = tried.end <= (hours as f64).mul_add(3600.0, 600.0);
        if in_time && tried.wait_90 <= 15.0 * MINUTE {
            break;
        }
        enough += 1;
    }
    let end = minutes(held_now.end);
    Found {
        plan,
        lanes,
        wait: minutes(held_now.wait),
        wait_90: minutes(held_now.wait_90),
        end: page.tn(
            "sampling-hours-minutes",
            &[
                ("hours", (end / 60).to_string()),
                ("minutes", (end % 60).to_string()),
            ],
        ),
        late,
        enough,
        held: held_now,
    }
}
