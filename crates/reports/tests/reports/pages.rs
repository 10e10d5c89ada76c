//! Pages, files and JSON, through the router.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{io::Cursor, sync::Arc};

use crate::world::{World, worlds};
use accounts::{Actor, model::audit};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Request, StatusCode, header},
    middleware::Next,
    response::Response,
};
use calamine::{Reader, Xlsx};
use http_body_util::BodyExt;
use kit::{Lang, Role};
use reports::{Format, Kind, Wish};
use sea_orm::EntityTrait;
use shell::sheet::Sheet;
use tower::ServiceExt;

const DAYS: &str = "from=2020-02-10&to=2020-02-24";

struct Got {
    status: StatusCode,
    kind: String,
    body: Vec<u8>,
}

impl Got {
    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

fn router(world: &World) -> Router {
    let (router, ..) = reports::routes().finish();
    router
        .layer(axum::middleware::from_fn_with_state(world.app.clone(), around))
        .with_state(world.app.clone())
}

async fn get(world: &World, actor: &Actor, path: &str, lang: Lang) -> Got {
    let mut request = Request::get(path)
        .header(header::ACCEPT, "text/html")
        .header(header::ACCEPT_LANGUAGE, lang.tag())
        .body(Body::empty())
        .unwrap();
    request.extensions_mut().insert(actor.viewer());
    request.extensions_mut().insert(Arc::new(actor.clone()));
    let response = router(world).oneshot(request).await.unwrap();
    Got {
        status: response.status(),
        kind: response
            .headers()
            .get(header::CONTENT_TYPE)
            .map(|v| v.to_str().unwrap().to_owned())
            .unwrap_or_default(),
        body: response.into_body().collect().await.unwrap().to_bytes().to_vec(),
    }
}

fn address(path: &str, query: &[(&str, &str)]) -> String {
    format!("{path}?{}", serde_urlencoded::to_string(query).unwrap())
}

#[tokio::test]
async fn a_card_in_both_languages() {
    for world in worlds().await {
        let actor = world.commander();
        let path = format!("/reports/card?org={}&{DAYS}", world.assets);
        for (lang, words) in [(Lang::ZhCn, "出勤人次"), (Lang::En, "Person-times")] {
            let got = get(&world, &actor, &path, lang).await;
            let text = got.text();
            assert_eq!(got.status, StatusCode::OK, "{text}");
            for part in [
                words,
                "895",
                "区国资委",
                "交暨",
                "data-chart",
                "card.xlsx?org=",
                "处级",
            ] {
                assert!(text.contains(part), "{lang:?} lacks {part}");
            }
            assert!(!text.contains('⟨'), "a sentence is missing");
        }
        let several = format!("/reports/card?org={}&org={}&{DAYS}", world.assets, world.sports);
        let text = get(&world, &actor, &several, Lang::ZhCn).await.text();
        for part in ["并排对比", "895", "5.5", "区体育局"] {
            assert!(text.contains(part), "{part}");
        }
        let typed = address("/reports/card", &[("org", "区国资委、区体育局")]);
        assert!(
            get(&world, &actor, &typed, Lang::ZhCn)
                .await
                .text()
                .contains("并排对比")
        );
        let nothing = format!("/reports/card?org={}&from=2020-01-01&to=2020-01-02", world.assets);
        assert!(
            get(&world, &actor, &nothing, Lang::ZhCn)
                .await
                .text()
                .contains("这段时间没有记录")
        );
    }
}

#[tokio::test]
async fn the_chooser_and_what_it_answers() {
    for world in worlds().await {
        let actor = world.commander();
        for lang in Lang::ALL {
            let got = get(&world, &actor, "/reports", lang).await;
            let text = got.text();
            assert_eq!(got.status, StatusCode::OK);
            assert!(
                text.contains("区国资委") && text.contains("万里街道") && !text.contains('⟨'),
                "{text}"
            );
        }
        for (query, said) in [
            (
                vec![("org", "区国资"), ("from", "2020-02-10")],
                "没有找到“区国资”",
            ),
            (
                vec![("org", "区国资委"), ("from", "2020-02-24"), ("to", "2020-02-10")],
                "结束不能早于开始",
            ),
            (vec![("org", "区国资委"), ("from", "2020-02-31")], "请填有效日期"),
            (vec![("from", "2020-02-10")], "请填写单位、地点或志愿者中的一项"),
            (vec![("org", "区国资委"), ("place", "交暨")], "只能填一项"),
            (vec![("place", "香泉")], "有几个同名的"),
        ] {
            let got = get(&world, &actor, &address("/reports/card", &query), Lang::ZhCn).await;
            let text = got.text();
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{query:?}");
            assert!(text.contains(said), "{said}: {text}");
            for (_, value) in query {
                assert!(text.contains(&format!("value=\"{value}\"")), "{value} was lost");
            }
        }
        let text = get(
            &world,
            &actor,
            &address("/reports/card", &[("place", "香泉")]),
            Lang::ZhCn,
        )
        .await
        .text();
        assert!(text.contains("普陀区 长寿路街道") && text.contains(&format!("place={}", world.xiangquan)));

        let helper = Actor {
            helper_id: Some(world.wang),
            ..world.actor(Role::Helper, None, None)
        };
        let text = get(&world, &helper, "/reports", Lang::ZhCn).await.text();
        assert!(text.contains(&format!("helper={}", world.wang)) && !text.contains("区国资委"));
        let other = world.actor(Role::Coordinator, None, Some(world.sports));
        for query in [("org", "区国资委"), ("org", "没有的单位"), ("place", "交暨")] {
            let got = get(&world, &other, &address("/reports/card", &[query]), Lang::ZhCn).await;
            assert_eq!(got.status, StatusCode::NOT_FOUND, "{query:?}");
        }
    }
}

#[tokio::test]
async fn json_has_the_agreed_keys() {
    for world in worlds().await {
        let actor = world.commander();
        let path = format!("{}&{DAYS}", address("/api/reports/card", &[("org", "区国资委")]));
        let json = get(&world, &actor, &path, Lang::ZhCn).await.json();
        let mut keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "asked",
                "asked_per_day",
                "by_area",
                "by_day",
                "by_ledger",
                "by_rank",
                "counts",
                "from",
                "hours",
                "people",
                "person_times",
                "planned",
                "pledged",
                "subject",
                "title",
                "to"
            ]
        );
        assert_eq!(
            (json["person_times"].as_i64(), json["hours"].as_f64()),
            (Some(130), Some(895.0))
        );
        assert_eq!(json["from"], "2020-02-10");
        // Without days: from the first to the last day with work.
        let whole = get(
            &world,
            &actor,
            &address("/api/reports/card", &[("org", "区国资委")]),
            Lang::ZhCn,
        )
        .await;
        assert_eq!(whole.json()["from"], "2020-02-09");
        assert_eq!(whole.json()["person_times"], 132);
        let several = get(
            &world,
            &actor,
            &address("/api/reports/card", &[("place", "香泉")]),
            Lang::ZhCn,
        )
        .await;
        assert_eq!(several.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(several.json()["errors"][0]["code"], "reports-several");
        let stranger = world.actor(Role::Coordinator, None, Some(world.sports));
        assert_eq!(
            get(&world, &stranger, &path, Lang::ZhCn).await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn excel_holds_the_same_figures() {
    for world in worlds().await {
        let actor = world.commander();
        let path = format!("/reports/card.xlsx?org={}&{DAYS}", world.assets);
        let got = get(&world, &actor, &path, Lang::ZhCn).await;
        assert_eq!(
            (got.status, got.kind.as_str()),
            (StatusCode::OK, shell::sheet::XLSX)
        );
        let overview = Sheet::read(&got.body).unwrap();
        let value = |name: &str| {
            let row = overview.rows.iter().find(|(_, row)| row[0] == name);
            row.unwrap_or_else(|| panic!("{name}")).1[1].clone()
        };
        for (name, figure) in [
            ("对象", "区国资委"),
            ("起始日期", "2020-02-10"),
            ("出勤人次", "130"),
            ("小时", "895"),
            ("人数", "10"),
            ("召集人次", "88"),
            ("召集每日人数", "8"),
            ("认领人次", "66"),
            ("排班人次", "132"),
            ("发放口罩", "120"),
        ] {
            assert_eq!(value(name), figure, "{name}");
        }
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(&got.body)).unwrap();
        assert_eq!(book.sheet_names(), ["概况", "按日", "按地点", "按职级"]);
        let sum = |book: &mut Xlsx<_>, sheet: &str, column: usize| -> f64 {
            let range = book.worksheet_range(sheet).unwrap();
            range
                .rows()
                .skip(1)
                .filter_map(|row| row[column].to_string().parse::<f64>().ok())
                .sum()
        };
        assert!((sum(&mut book, "按日", 4) - 130.0).abs() < 1e-9);
        assert!((sum(&mut book, "按日", 6) - 895.0).abs() < 1e-9);
        assert!((sum(&mut book, "按地点", 2) - 130.0).abs() < 1e-9);
        assert!((sum(&mut book, "按职级", 3) - 895.0).abs() < 1e-9);

        let trail = audit::Entity::find().all(world.app.store.read()).await.unwrap();
        assert_eq!(trail.len(), 1);
        assert_eq!(trail[0].action, "report.export");
        assert_eq!(trail[0].subject, "区国资委 xlsx 2020-02-10..2020-02-24");
    }
}

#[tokio::test]
async fn the_paper_is_readable() {
    for world in worlds().await {
        let actor = world.commander();
        for (name, lang, query) in [
            ("zh", Lang::ZhCn, format!("org={}", world.assets)),
            ("en", Lang::En, format!("org={}", world.assets)),
            (
                "several",
                Lang::ZhCn,
                format!("org={}&org={}", world.assets, world.sports),
            ),
            ("place", Lang::ZhCn, format!("place={}", world.wanli)),
            ("helper", Lang::ZhCn, format!("helper={}", world.wang)),
        ] {
            let got = get(&world, &actor, &format!("/reports/card.pdf?{query}&{DAYS}"), lang).await;
            assert_eq!(
                (got.status, got.kind.as_str()),
                (StatusCode::OK, "application/pdf"),
                "{name}"
            );
            assert!(got.body.starts_with(b"%PDF"));
            // A subset of the font, not the whole ten megabytes.
            assert!(
                got.body.windows(10).any(|w| w == b"NotoSansSC"),
                "the type is missing"
            );
            assert!(got.body.len() < 1_000_000, "{} bytes", got.body.len());
            let file = std::env::temp_dir().join(format!("fangxian-report-{name}.pdf"));
            std::fs::write(&file, &got.body).unwrap();
            let Ok(text) = std::process::Command::new("pdftotext")
                .arg(&file)
                .arg("-")
                .output()
            else {
                continue;
            };
            let text = String::from_utf8_lossy(&text.stdout).into_owned();
            if name == "zh" {
                for part in ["895", "区国资委", "支援成绩单", "2020-02-10", "第 1 页"] {
                    assert!(text.contains(part), "{part} is not in: {text}");
                }
            }
            assert!(!text.contains('⟨'), "{text}");
        }
    }
}

#[tokio::test]
async fn the_command_line_writes_all_formats() {
    for world in worlds().await {
        let names = ["区国资委".to_owned()];
        let wish = Wish {
            kind: Kind::Org,
            names: &names,
            from: Some(crate::world::day("2020-02-10")),
            to: Some(crate::world::day("2020-02-24")),
        };
        let write = |format: Format| reports::report(&world.app, &wish, format, Lang::ZhCn);
        let json: serde_json::Value = serde_json::from_slice(&write(Format::Json).await.unwrap()).unwrap();
        assert_eq!(json["hours"], 895.0);
        let md = String::from_utf8(write(Format::Md).await.unwrap()).unwrap();
        assert!(
            md.contains("**895**") && md.contains("| 2020-02-10 | 8 | 6 | 10 | 10 | 10 | 69 |"),
            "{md}"
        );
        assert!(write(Format::Xlsx).await.unwrap().starts_with(b"PK"));
        assert!(write(Format::Pdf).await.unwrap().starts_with(b"%PDF"));
        let unknown = ["区国资".to_owned()];
        let problem = reports::report(
            &world.app,
            &Wish {
                names: &unknown,
                ..wish.clone()
            },
            Format::Md,
            Lang::En,
        )
        .await
        .unwrap_err();
        assert_eq!(problem.fields[0].kind, "reports-unknown");
    }
}

#[test]
fn both_languages_say_everything() {
    let keys = |text: &str| -> Vec<String> {
        let mut keys: Vec<String> = text
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|line| Some(line.split_once(" =")?.0.to_owned()))
            .collect();
        keys.sort_unstable();
        keys
    };
    assert_eq!(keys(reports::LOCALES.zh), keys(reports::LOCALES.en));
}

async fn around(State(app): State<shell::App>, request: axum::extract::Request, next: Next) -> Response {
    shell::http::around(&app, request, async |request| next.run(request).await).await
}
