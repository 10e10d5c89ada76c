//! Story D, lived through, then asked over HTTP: the figures come out of the records, on the page, in Excel,
//! PDF and JSON; a deleted attendance is found and mended.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::{path::Path, sync::Arc};

use crate::common::Client;
use axum::http::StatusCode;
use kit::SystemClock;
use muster::model::attendance;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use server::{House, Options, demo, house::rules};
use shell::sheet::Sheet;
use store::testing::stores;

/// The figures that must come out: the shared ones when they are beside the checkout, else the project's copy.
fn expected() -> Value {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = here.join("../../../shared/stories/expected.json");
    let text = std::fs::read_to_string(shared)
        .or_else(|_| std::fs::read_to_string(here.join("demo/expected.json")))
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Signs in as the demonstration does: by one tap on a role.
async fn tap(house: &House, role: &str) -> Client {
    let nobody = Client {
        router: house.router(),
        token: String::new(),
        lang: "zh-CN",
    };
    let reply = nobody.form("/demo/sign-in", &[("role", role)]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    let cookie = reply.headers["set-cookie"].to_str().unwrap();
    let token = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    Client { token, ..nobody }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_figures_of_wanli() {
    for test in stores().await.unwrap() {
        let options = Options {
            demo: true,
            clock: Arc::new(SystemClock),
            ..Options::new(test.location.data.clone(), test.location.database.clone())
        };
        test.store.close().await.unwrap();
        demo::load(&options).await.unwrap();
        demo::load(&options)
            .await
            .expect("a second start leaves the demonstration alone");
        let house = House::open(options).await.unwrap();
        let auditor = tap(&house, "auditor").await;
        for (org, wanted) in expected()["d-wanli"].as_object().unwrap() {
            figures(&auditor, org, wanted).await;
        }
        small_units(&auditor).await;
        every_page(&house).await;
        tampering(&house).await;
        house.close().await.unwrap();
    }
}

async fn figures(auditor: &Client, org: &str, wanted: &Value) {
    let (from, to) = (wanted["from"].as_str().unwrap(), wanted["to"].as_str().unwrap());
    let query = serde_urlencoded::to_string([("org", org), ("from", from), ("to", to)]).unwrap();
    let reply = auditor.get(&format!("/api/reports/card?{query}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let card = reply.json();
    assert_eq!(card["person_times"], wanted["person_times"], "{org}");
    for key in [
        "asked", "pledged", "planned", "people", "counts", "by_rank", "by_area", "by_day",
    ] {
        assert!(!card[key].is_null(), "{org} {key}");
    }
    if let Some(hours) = wanted["hours"].as_f64() {
        assert!((card["hours"].as_f64().unwrap() - hours).abs() < 1e-9, "{org}");
    }
    if let Some(areas) = wanted["areas"].as_u64() {
        assert_eq!(card["by_area"].as_array().unwrap().len() as u64, areas, "{org}");
    }
    if let Some(planned) = wanted["planned_per_day"].as_i64() {
        assert_eq!(
            card["asked"].as_i64().unwrap(),
            planned * 17,
            "{org}: asked on 17 days"
        );
    }
    if let Some(ranked) = wanted["division_rank_person_times"].as_i64() {
        let rank = card["by_rank"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["rank"] == "处级")
            .unwrap();
        assert_eq!(rank["person_times"], ranked, "{org}");
    }
    ledgers(auditor, (org, from, to), &card).await;
    // Day by day and area by area add up to the whole.
    for part in ["by_day", "by_area", "by_rank"] {
        let sum: i64 = card[part]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["person_times"].as_i64().unwrap())
            .sum();
        assert_eq!(sum, card["person_times"].as_i64().unwrap(), "{org} {part}");
    }

    let person_times = wanted["person_times"].to_string();
    for lang in ["zh-CN", "en"] {
        let reader = Client {
            lang,
            ..auditor.clone()
        };
        let page = reader.get(&format!("/reports/card?{query}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains(&person_times), "{org} page {lang}");
        assert!(
            !page.text().contains('⟨'),
            "{org}: a sentence is missing in {lang}"
        );
    }
    let excel = auditor.get(&format!("/reports/card.xlsx?{query}")).await;
    let sheet = Sheet::read(&excel.bytes).unwrap();
    assert!(
        sheet.rows.iter().any(|(_, row)| row.contains(&person_times)),
        "{org} Excel"
    );
    let pdf = auditor.get(&format!("/reports/card.pdf?{query}")).await;
    assert!(pdf.bytes.starts_with(b"%PDF"), "{org} PDF: {}", pdf.text());
    let markdown = auditor.get(&format!("/reports/card.md?{query}")).await;
    assert!(markdown.text().contains(&person_times), "{org} Markdown");
}

/// The ledgers hold, one by one, what the card says of each; both together are the card's hours.
async fn ledgers(auditor: &Client, (org, from, to): (&str, &str, &str), card: &Value) {
    let id = card["subject"]["id"].as_str().unwrap();
    let mut both = 0.0;
    for part in card["by_ledger"].as_array().unwrap() {
        let ledger = part["ledger"].as_str().unwrap();
        let path = format!("/hours/{ledger}/{from}..{to}?org={id}&format=xlsx");
        let file = auditor.get(&path).await;
        assert_eq!(file.status, StatusCode::OK, "{path}: {}", file.text());
        let sheet = Sheet::read(&file.bytes).unwrap();
        let sum = |column: usize| -> f64 {
            sheet
                .rows
                .iter()
                .map(|(_, row)| row[column].parse::<f64>().unwrap())
                .sum()
        };
        assert!(
            (sum(3) - part["hours"].as_f64().unwrap()).abs() < 1e-6,
            "{org} {ledger}"
        );
        assert!(
            (sum(2) - part["person_times"].as_f64().unwrap()).abs() < 1e-6,
            "{org} {ledger}"
        );
        assert_eq!(
            sheet.rows.len() as u64,
            part["people"].as_u64().unwrap(),
            "{org} {ledger}"
        );
        both += sum(3);
    }
    assert!((both - card["hours"].as_f64().unwrap()).abs() < 1e-6, "{org}");
}

/// People of the units for which the story gives no more than their number.
async fn small_units(auditor: &Client) {
    for (org, people) in [
        ("区生态环境局", 2),
        ("区医保中心", 1),
        ("税务第十六所", 2),
        ("税务第八所", 2),
        ("区行政服务中心", 3),
        ("区少体校", 11),
        ("区规划资源局", 2),
    ] {
        let query = serde_urlencoded::to_string([("org", org), ("from", "2020-01-30"), ("to", "2020-02-29")])
            .unwrap();
        let card = auditor.get(&format!("/api/reports/card?{query}")).await.json();
        assert_eq!(card["people"], people, "{org}");
    }
}

/// Every page without parameters, for every role, in both languages: drawn or refused, never broken.
async fn every_page(house: &House) {
    for role in kit::Role::ALL {
        let client = tap(house, role.name()).await;
        for rule in rules()
            .iter()
            .filter(|rule| rule.method == "GET" && !rule.path.contains('{'))
        {
            for lang in ["zh-CN", "en"] {
                let reply = Client {
                    lang,
                    ..client.clone()
                }
                .get(&rule.path)
                .await;
                let fine = reply.status.is_success()
                    || reply.status.is_redirection()
                    || [
                        StatusCode::BAD_REQUEST,
                        StatusCode::FORBIDDEN,
                        StatusCode::NOT_FOUND,
                        StatusCode::UNPROCESSABLE_ENTITY,
                    ]
                    .contains(&reply.status);
                assert!(fine, "{role} {} {lang}: {}", rule.path, reply.status);
                assert!(
                    !reply.text().contains('⟨'),
                    "{role} {} {lang}: {}",
                    rule.path,
                    missing(&reply.text())
                );
            }
        }
    }
}

fn missing(text: &str) -> String {
    text.split('⟨')
        .nth(1)
        .unwrap_or_default()
        .chars()
        .take(60)
        .collect()
}

/// One attendance deleted by hand is found, and the rebuild mends it.
async fn tampering(house: &House) {
    let store = &house.app.store;
    let registry = house.field.registry();
    assert_eq!(reports::check(store).await.unwrap(), []);
    assert_eq!(
        field::rebuild::verify(&house.app, registry, |_| {})
            .await
            .unwrap(),
        []
    );
    let one = attendance::Entity::find()
        .filter(attendance::Column::Complete.eq(true))
        .one(store.read())
        .await
        .unwrap()
        .unwrap();
    attendance::Entity::delete_many()
        .filter(attendance::Column::ShiftId.eq(one.shift_id))
        .filter(attendance::Column::HelperId.eq(one.helper_id))
        .exec(store.write())
        .await
        .unwrap();
    let found = reports::check(store).await.unwrap();
    assert!(
        found
            .iter()
            .any(|d| d.activity == "person-times" && d.tally == d.recount + 1),
        "{found:?}"
    );
    assert!(found.iter().all(|d| d.day == one.day), "it says where: {found:?}");
    field::rebuild::rebuild(&house.app, registry, |_| {})
        .await
        .unwrap();
    assert_eq!(reports::check(store).await.unwrap(), []);
    let back = attendance::Entity::find_by_id((one.community_id, one.shift_id, one.helper_id))
        .one(store.read())
        .await
        .unwrap();
    assert_eq!(back, Some(one));
}
