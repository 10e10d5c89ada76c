//! Import of a roster: households and residents.

use std::time::Instant;

use axum::http::StatusCode;
use people::import::{ImportReport, RosterOptions, roster};
use sea_orm::EntityTrait;
use shell::sheet::Sheet;

use crate::common::{House, admin, excel, houses, worker};

const HEAD: [&str; 12] = [
    "小区",
    "楼栋*",
    "单元",
    "室号*",
    "楼层",
    "姓名",
    "电话",
    "身份证号",
    "语言",
    "独居",
    "不会网购",
    "特殊需要",
];

async fn import(house: &House, file: Vec<u8>, dry_run: bool) -> ImportReport {
    let options = RosterOptions {
        community: house.a.id,
        dry_run,
    };
    roster(&house.app, &worker(&house.a), file, options)
        .await
        .unwrap()
}

fn counts(report: &ImportReport) -> [usize; 6] {
    [
        report.places,
        report.households,
        report.added,
        report.changed,
        report.unchanged,
        report.rejected.len(),
    ]
}

fn good() -> Vec<u8> {
    excel(
        &HEAD,
        &[
            &[
                "香泉小区",
                "3号楼",
                "1单元",
                "502",
                "",
                "王一",
                "00013800001",
                "999999200001010001",
                "",
                "否",
                "",
                "",
            ],
            &[
                "香泉小区",
                "3号楼",
                "1单元",
                "502",
                "",
                "王二",
                "",
                "",
                "维吾尔语",
                "",
                "是",
                "透析",
            ],
            &[
                "香泉小区",
                "3号楼",
                "1单元",
                "503",
                "",
                "",
                "",
                "",
                "",
                "",
                "是",
                "无电梯",
            ],
            &["", "老楼", "", "底层", "1", "李老", "", "", "", "yes", "", ""],
        ],
    )
}

#[tokio::test]
async fn again_changes_nothing() {
    for house in houses().await {
        let places = house.count("SELECT COUNT(*) FROM places").await;
        assert_eq!(counts(&import(&house, good(), true).await), [4, 3, 3, 0, 0, 0]);
        for table in ["households", "residents"] {
            assert_eq!(house.count(&format!("SELECT COUNT(*) FROM {table}")).await, 0);
        }
        assert_eq!(house.count("SELECT COUNT(*) FROM places").await, places);
        assert!(house.audit("resident.import").await.is_empty());
        assert_eq!(counts(&import(&house, good(), false).await), [4, 3, 3, 0, 0, 0]);
        assert_eq!(counts(&import(&house, good(), false).await), [0, 0, 0, 0, 4, 0]);
        assert_eq!(house.audit("resident.import").await, ["+0 ~0", "+3 ~0"]);
        let homes = people::model::household::Entity::find()
            .all(house.app.store.read())
            .await
            .unwrap();
        let floors: Vec<i64> = ["502", "503", "底层"]
            .map(|label| homes.iter().find(|h| h.label == label).unwrap().floor)
            .into();
        assert_eq!(floors, [5, 5, 1]);
        let empty = homes.iter().find(|h| h.label == "503").unwrap();
        assert!(empty.cannot_shop && empty.needs == "无电梯");
        assert!(
            homes
                .iter()
                .all(|h| h.community_id == house.a.id && h.place_path.starts_with(&house.a.path))
        );

        // A corrected name by identity number, a new telephone number by name, a household's needs, a floor.
        let file = excel(
            &HEAD,
            &[
                &[
                    "香泉小区",
                    "3号楼",
                    "1单元",
                    "502",
                    "",
                    "王壹",
                    "",
                    "999999200001010001",
                    "",
                    "",
                    "",
                    "",
                ],
                &[
                    "香泉小区",
                    "3号楼",
                    "1单元",
                    "502",
                    "",
                    "王二",
                    "00013800002",
                    "",
                    "",
                    "是",
                    "否",
                    "",
                ],
                &[
                    "香泉小区",
                    "3号楼",
                    "1单元",
                    "503",
                    "6",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "轮椅",
                ],
            ],
        );
        let report = import(&house, file.clone(), false).await;
        assert_eq!(counts(&report), [0, 0, 0, 4, 0, 0]);
        assert_eq!(report.changes[0].columns, ["people-name"]);
        assert_eq!(
            report.changes[1].columns,
            ["people-phone", "people-lives-alone", "people-cannot-shop"]
        );
        assert_eq!(counts(&import(&house, file, false).await), [0, 0, 0, 0, 3, 0]);
        let list = house
            .get(&worker(&house.a), "/residents?q=00013800002")
            .await
            .text();
        assert!(list.contains("王二"));
        assert_eq!(house.count("SELECT COUNT(*) FROM residents").await, 3);
    }
}

#[tokio::test]
async fn bad_rows_come_back_and_duplicates_are_told() {
    for house in houses().await {
        let long = "长".repeat(600);
        let names: Vec<String> = (0..18).map(|n| format!("王{n}")).collect();
        let mut rows: Vec<Vec<&str>> = names
            .iter()
            .map(|name| vec!["", "1号楼", "", "101", "", name, "", "", "", "", "", ""])
            .collect();
        rows.push(vec!["", "", "", "", "顶楼", "", "1", "?", "", "也许", "", ""]);
        rows.push(vec![&long; 12]);
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        let report = import(&house, excel(&HEAD, &rows), false).await;
        assert_eq!(counts(&report), [1, 1, 18, 0, 0, 2]);
        let fields: Vec<&str> = report.rejected[0]
            .reasons
            .iter()
            .map(|e| e.field.as_ref())
            .collect();
        assert_eq!(
            fields,
            [
                "people-building",
                "people-flat",
                "people-floor",
                "people-phone",
                "people-identity",
                "people-lives-alone",
                "people-name",
            ]
        );
        assert_eq!(report.rejected[1].reasons.len(), 12);

        let file = excel(
            &HEAD[..8],
            &[
                &[
                    "",
                    "1号楼",
                    "",
                    "102",
                    "",
                    "赵",
                    "00013800001",
                    "999999200001010009",
                ],
                &["", "1号楼", "", "103", "", "赵", "00013800001", ""],
                &["", "1号楼", "", "104", "", "兆", "", "999999200001010009"],
                &["", "1号楼", "", "102", "", "孙", "00013800001", ""],
            ],
        );
        let report = import(&house, file.clone(), false).await;
        assert_eq!((report.added, report.suspected), (4, 2));
        assert_eq!(report.suspects[0].other, "1号楼 102");
        assert!(!report.suspects[0].same_identity && report.suspects[1].same_identity);
        // In another community: told to those who see both.
        let options = RosterOptions {
            community: house.b.id,
            dry_run: true,
        };
        for (who, told) in [(worker(&house.b), 2), (worker(&house.street), 4), (admin(), 4)] {
            let report = roster(&house.app, &who, file.clone(), options).await.unwrap();
            assert_eq!((report.added, report.suspected), (4, told));
        }
        for (community, code) in [(house.b.id, "not-found"), (house.street.id, "not-found")] {
            let options = RosterOptions {
                community,
                dry_run: true,
            };
            let problem = roster(&house.app, &worker(&house.a), good(), options)
                .await
                .unwrap_err();
            assert_eq!(problem.code.name, code);
        }
    }
}

#[tokio::test]
async fn by_page() {
    for house in houses().await {
        let who = worker(&house.street);
        for (lang, head) in [("zh-CN", "楼栋*"), ("en", "building*")] {
            let template = house.get_in(&who, "/residents/template.xlsx", lang).await.body;
            assert_eq!(Sheet::read(&template).unwrap().head[1], head);
            let form = house.get_in(&who, "/residents/import", lang).await.text();
            assert!(form.contains("香泉") && form.contains("/residents/template.xlsx"));
        }
        // Whoever works for one community finds it filled in.
        let form = house.get(&worker(&house.b), "/residents/import").await.text();
        assert!(form.contains("value=\"上海市 普陀区 万里街道 交暨\""));
        let to = [("community", "上海市 普陀区 万里街道 香泉")];
        let page = house.upload(&who, "/residents/import", &to, &good()).await;
        assert!(page.text().contains("导入完成"), "{}", page.text());
        let english = house
            .upload(&who, "/residents/import", &[to[0], ("dry_run", "on")], &good())
            .await;
        assert!(english.text().contains("试算"));
        assert_eq!(house.count("SELECT COUNT(*) FROM residents").await, 3);
        let (gbk, _, _) = encoding_rs::GBK.encode("楼栋,室号,姓名\n9号楼,101,周\n");
        assert!(
            house
                .upload(&who, "/residents/import", &to, &gbk)
                .await
                .text()
                .contains("导入完成")
        );
        assert_eq!(house.count("SELECT COUNT(*) FROM residents").await, 4);
        for (community, file, words) in [
            ("没有", good(), "没有找到"),
            ("", good(), "请填写此项"),
            ("香泉", Vec::new(), "请填写此项"),
            ("香泉", b"\0\0".to_vec(), "不是 Excel"),
            ("香泉", "姓名\n王\n".into(), "表头缺少这些列：楼栋、室号"),
        ] {
            let page = house
                .upload(&who, "/residents/import", &[("community", community)], &file)
                .await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.text().contains(words), "{words}");
        }
        let other = house
            .upload(&worker(&house.b), "/residents/import", &to, &good())
            .await;
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

/// The speed of a large roster: `cargo test --release -p people -- --ignored --nocapture large`.
#[tokio::test]
#[ignore = "measures; takes minutes without optimisation"]
async fn large() {
    let rows: usize = std::env::var("ROWS").map_or(100_000, |n| n.parse().unwrap());
    for house in houses().await {
        let engine = house.app.store.backend();
        let file = excel_of(rows);
        let size = file.len();
        for pass in ["first", "again"] {
            let start = Instant::now();
            let report = import(&house, file.clone(), false).await;
            println!(
                "{engine:?} {pass}: {rows} rows ({size} bytes) in {:.1} s: {:?}",
                start.elapsed().as_secs_f64(),
                counts(&report)
            );
        }
    }
}

fn excel_of(rows: usize) -> Vec<u8> {
    let cells: Vec<[String; 12]> = (0..rows).map(crate::plans::row).collect();
    let cells: Vec<Vec<&str>> = cells
        .iter()
        .map(|r| r.iter().map(String::as_str).collect())
        .collect();
    let cells: Vec<&[&str]> = cells.iter().map(Vec::as_slice).collect();
    excel(&HEAD, &cells)
}
