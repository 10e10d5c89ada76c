//! Import of helpers: good rows in, bad rows back.

use axum::http::StatusCode;
use base64::{Engine, prelude::BASE64_STANDARD};
use kit::{Lang, Role};
use people::import::{HelperOptions, ImportReport, helpers};
use sea_orm::EntityTrait;
use shell::sheet::Sheet;

use crate::common::{House, actor, admin, excel, houses, worker};

const HEAD: [&str; 9] = [
    "姓名*",
    "单位*",
    "电话",
    "身份证号",
    "职级",
    "类别",
    "技能",
    "保险至",
    "居住社区",
];

async fn import(house: &House, who: &accounts::Actor, file: Vec<u8>, options: HelperOptions) -> ImportReport {
    helpers(&house.app, who, file, options).await.unwrap()
}

fn counts(report: &ImportReport) -> [usize; 4] {
    [
        report.added,
        report.changed,
        report.unchanged,
        report.rejected.len(),
    ]
}

const KEEP: HelperOptions = HelperOptions {
    dry_run: false,
    create_orgs: false,
};

#[tokio::test]
async fn again_changes_nothing() {
    for house in houses().await {
        let rows: [&[&str]; 3] = [
            &[
                "王一",
                "体育局",
                "00013800001",
                "999999200001010001",
                "处级",
                "公务",
                "司机、医护",
                "2020/3/1",
                "香泉",
            ],
            &[
                "王二",
                "体育局",
                "00013800002",
                "",
                "",
                "志愿者",
                "",
                "2020年3月1日",
                "jiaoji",
            ],
            &["王三", "税务局", "", "", "", "", "", "", ""],
        ];
        let file = excel(&HEAD, &rows);
        let root = admin();
        let tried = HelperOptions {
            dry_run: true,
            ..KEEP
        };
        assert_eq!(
            counts(&import(&house, &root, file.clone(), tried).await),
            [3, 0, 0, 0]
        );
        assert_eq!(house.count("SELECT COUNT(*) FROM helpers").await, 0);
        assert!(house.audit("helper.import").await.is_empty());
        assert_eq!(
            counts(&import(&house, &root, file.clone(), KEEP).await),
            [3, 0, 0, 0]
        );
        assert_eq!(counts(&import(&house, &root, file, KEEP).await), [0, 0, 3, 0]);
        assert_eq!(house.count("SELECT COUNT(*) FROM helpers").await, 3);
        assert_eq!(house.audit("helper.import").await, ["+0 ~0", "+3 ~0"]);
        let kept = people::model::helper::Entity::find()
            .all(house.app.store.read())
            .await
            .unwrap();
        let one = kept.iter().find(|h| h.name == "王一").unwrap();
        assert!(one.official && one.skills == ",medical,driver," && one.home_id == Some(house.a.id));
        assert_eq!(one.cover_until.unwrap().to_string(), "2020-03-01");
        assert_eq!((one.pinyin.as_str(), one.initials.as_str()), ("wangyi", "wy"));

        // Without telephone numbers they are the same people; a new number is a change, by identity number.
        let file = excel(
            &["name", "org", "rank"],
            &[&["王一", "体育局", ""], &["王二", "体育局", "科级"]],
        );
        assert_eq!(counts(&import(&house, &root, file, KEEP).await), [0, 1, 1, 0]);
        let file = excel(
            &HEAD[..4],
            &[&["王一", "体育局", "00013800009", "999999200001010001"]],
        );
        let report = import(&house, &root, file, KEEP).await;
        assert_eq!(counts(&report), [0, 1, 0, 0]);
        assert_eq!(report.changes[0].columns, ["people-phone"]);
        // Another number without an identity number is another person.
        let file = excel(&HEAD[..3], &[&["王二", "体育局", "00013800003"]]);
        assert_eq!(counts(&import(&house, &root, file, KEEP).await), [1, 0, 0, 0]);
        // Now nobody can tell whom a bare name means.
        let file = excel(&HEAD[..2], &[&["王二", "体育局"]]);
        assert_eq!(counts(&import(&house, &root, file, KEEP).await), [0, 0, 0, 1]);
    }
}

#[tokio::test]
async fn bad_rows_come_back() {
    for house in houses().await {
        let long = "长".repeat(300);
        let good: Vec<[String; 3]> = (0..45)
            .map(|n| [format!("王{n}"), "体育局".to_owned(), format!("000138{n:05}")])
            .collect();
        let mut rows: Vec<Vec<&str>> = good
            .iter()
            .map(|row| {
                let mut cells: Vec<&str> = row.iter().map(String::as_str).collect();
                cells.resize(9, "");
                cells
            })
            .collect();
        for bad in [
            ["", "体育局", "", "", "", "", "", "", ""],
            ["赵", "没有局", "", "", "", "", "", "", ""],
            ["钱", "体育局", "电话", "x", "", "", "", "", ""],
            ["孙", "体育局", "", "", "", "临时", "杂耍", "明天", "没有"],
            [&long, &long, &long, &long, &long, &long, &long, &long, &long],
        ] {
            rows.push(bad.to_vec());
        }
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        let report = import(&house, &admin(), excel(&HEAD, &rows), KEEP).await;
        assert_eq!(counts(&report), [45, 0, 0, 5]);
        let reasons: Vec<usize> = report.rejected.iter().map(|row| row.reasons.len()).collect();
        assert_eq!(reasons[..4], [1, 1, 2, 4]);
        assert_eq!(report.rejected[0].line, 47);
        for (lang, last, words) in [
            (
                Lang::ZhCn,
                "未收的原因",
                "电话：电话号码应为 5 到 15 位数字。；身份证号：",
            ),
            (
                Lang::En,
                "Why not taken",
                "Telephone: A telephone number has 5 to 15 digits.; Identity number:",
            ),
        ] {
            let file = report.rejected_sheet(&house.app.texts, lang).unwrap().unwrap();
            let back = Sheet::read(&file).unwrap();
            assert_eq!(back.head.last().unwrap(), last);
            assert_eq!(back.rows.len(), 5);
            assert!(back.rows[2].1[9].contains(words), "{}", back.rows[2].1[9]);
            // What came back can be sent again; it is as bad as before.
            let again = import(&house, &admin(), file, KEEP).await;
            assert_eq!(counts(&again), [0, 0, 0, 5]);
            let file = again.rejected_sheet(&house.app.texts, lang).unwrap().unwrap();
            assert_eq!(Sheet::read(&file).unwrap().head.len(), 10);
        }
        // Missing organisations are made when that is asked for, and only by those who may.
        let file = excel(&HEAD[..2], &[&["赵", "没有局"]]);
        let create = HelperOptions {
            create_orgs: true,
            ..KEEP
        };
        let coordinator = actor(Role::Coordinator, None, Some(house.x));
        assert_eq!(
            counts(&import(&house, &coordinator, file.clone(), create).await),
            [0, 0, 0, 1]
        );
        let report = import(&house, &admin(), file, create).await;
        assert_eq!((report.added, report.orgs), (1, 1));
    }
}

#[tokio::test]
async fn duplicates_are_suspected() {
    for house in houses().await {
        let root = admin();
        let file = excel(
            &HEAD[..4],
            &[&["王一", "体育局", "00013800001", "999999200001010001"]],
        );
        import(&house, &root, file, KEEP).await;
        let file = excel(
            &HEAD[..4],
            &[
                &["王一", "税务局", "00013800001", ""],
                &["汪一", "税务局", "00013800005", "999999200001010001"],
                &["李四", "税务局", "00013800001", ""],
            ],
        );
        let report = import(
            &house,
            &root,
            file.clone(),
            HelperOptions {
                dry_run: true,
                ..KEEP
            },
        )
        .await;
        assert_eq!((report.added, report.suspected), (3, 2));
        assert!(!report.suspects[0].same_identity && report.suspects[1].same_identity);
        assert_eq!(report.suspects[0].other, "体育局");
        // A coordinator learns nothing of another organisation's people.
        let coordinator = actor(Role::Coordinator, None, Some(house.y));
        let report = import(&house, &coordinator, file, KEEP).await;
        assert_eq!((report.added, report.suspected), (3, 0));
        let id = people::model::helper::Entity::find()
            .all(house.app.store.read())
            .await
            .unwrap();
        let first = id.iter().find(|h| h.org_id == Some(house.x)).unwrap().id;
        let page = house.get(&root, &format!("/helpers/{first}")).await.text();
        assert!(page.contains("疑似重复") && page.contains("汪一") && !page.contains("李四"));
        let mine = actor(Role::Coordinator, None, Some(house.x));
        let page = house.get(&mine, &format!("/helpers/{first}")).await.text();
        assert!(!page.contains("疑似重复"));
    }
}

#[tokio::test]
async fn by_place_only_those_one_would_see() {
    for house in houses().await {
        house.helper("张甲", "体育局", Some(house.b.id)).await;
        let file = excel(
            &["姓名", "单位", "居住社区", "职级"],
            &[
                &["李一", "体育局", "香泉", ""],
                &["李二", "体育局", "交暨", ""],
                &["李三", "体育局", "", ""],
                &["张甲", "体育局", "香泉", "科级"],
            ],
        );
        let report = import(&house, &worker(&house.a), file, KEEP).await;
        assert_eq!(counts(&report), [1, 0, 0, 3]);
        let helper = actor(Role::Helper, Some(&house.a), None);
        let problem = helpers(&house.app, &helper, Vec::new(), KEEP).await.unwrap_err();
        assert_eq!(problem.code.name, "forbidden");
    }
}

#[tokio::test]
async fn by_page() {
    for house in houses().await {
        let root = admin();
        for (lang, head) in [("zh-CN", "姓名*"), ("en", "name*")] {
            let template = house.get_in(&root, "/helpers/template.xlsx", lang).await.body;
            let sheet = Sheet::read(&template).unwrap();
            assert_eq!((sheet.head[0].as_str(), sheet.head.len()), (head, 9));
            assert!(
                house
                    .get_in(&root, "/helpers/import", lang)
                    .await
                    .text()
                    .contains("/helpers/template.xlsx")
            );
            let page = house
                .upload(&root, "/helpers/import", &[("dry_run", "on")], &template)
                .await;
            assert_eq!(page.status, StatusCode::OK);
        }
        let file = excel(
            &HEAD[..3],
            &[&["王一", "体育局", "00013800001"], &["", "体育局", "1"]],
        );
        let page = house
            .upload(&root, "/helpers/import", &[("dry_run", "on")], &file)
            .await
            .text();
        assert!(page.contains("这是试算") && page.contains("请填写此项"));
        assert_eq!(house.count("SELECT COUNT(*) FROM helpers").await, 0);
        let page = house.upload(&root, "/helpers/import", &[], &file).await.text();
        assert!(page.contains("导入完成"));
        assert_eq!(house.count("SELECT COUNT(*) FROM helpers").await, 1);
        // The bad rows travel in the page.
        let data = page.split("base64,").nth(1).unwrap().split('"').next().unwrap();
        let sheet = Sheet::read(&BASE64_STANDARD.decode(data).unwrap()).unwrap();
        assert_eq!(sheet.rows.len(), 1);
        // Chinese offices save CSV in GBK.
        let (gbk, _, _) = encoding_rs::GBK.encode("姓名,单位,电话\n钱二,体育局,00013800002\n");
        assert!(
            house
                .upload(&root, "/helpers/import", &[], &gbk)
                .await
                .text()
                .contains("导入完成")
        );
        assert_eq!(
            house
                .count("SELECT COUNT(*) FROM helpers WHERE name = '钱二'")
                .await,
            1
        );
        for (file, words) in [
            (&b""[..], "请填写此项"),
            (&b"\x89PNG\r\n\x1a\n\0"[..], "不是 Excel"),
            ("姓名,电话\n王,1\n".as_bytes(), "表头缺少这些列：单位"),
        ] {
            let page = house.upload(&root, "/helpers/import", &[], file).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.text().contains(words), "{words}");
        }
    }
}
