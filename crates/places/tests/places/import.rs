//! Import of the official codes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{fs, path::PathBuf, time::Instant};

use crate::common::{
    AREAS, CITIES, PROVINCES, STREETS, audit_actions, code, empty_stores, files, now, small,
};
use kit::Lang;
use places::{
    import::{self, FILE_UNREADABLE, Reason},
    model::PlaceKind,
    tree,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use shell::{
    Texts,
    sheet::{Sheet, WRONG_COLUMNS},
};

fn texts() -> Texts {
    Texts::new(&[shell::LOCALES, places::LOCALES])
}

#[tokio::test]
async fn a_second_run_changes_nothing() {
    for store in empty_stores().await {
        let first = import::official(&store, now(), &small()).await.unwrap();
        assert_eq!(
            (first.added, first.renamed, first.unchanged, first.rejected.len()),
            (10, 0, 0, 0)
        );
        let before = places::place::Entity::find().all(store.read()).await.unwrap();
        let second = import::official(&store, now(), &small()).await.unwrap();
        assert_eq!((second.added, second.renamed, second.unchanged), (0, 0, 10));
        assert_eq!(
            places::place::Entity::find().all(store.read()).await.unwrap(),
            before
        );
        assert_eq!(
            audit_actions(&store).await,
            ["place.import"],
            "what changes nothing leaves no trace"
        );

        let street = code(&store, "310107021").await;
        assert_eq!(street.path, "31/3101/310107/310107021/");
        assert_eq!((street.kind, street.community_id), (PlaceKind::Street, street.id));
        assert_eq!(
            (street.pinyin.as_str(), street.initials.as_str()),
            ("wanlijiedao", "wljd")
        );
        assert_eq!(
            tree::full_name(store.read(), &street).await.unwrap(),
            "上海市 普陀区 万里街道"
        );
        let names: Vec<String> = tree::ancestors(store.read(), &street)
            .await
            .unwrap()
            .into_iter()
            .map(|p| p.name)
            .collect();
        assert_eq!(names, ["上海市", "市辖区", "普陀区"]);
    }
}

#[tokio::test]
async fn a_newer_edition_renames_and_adds() {
    for store in empty_stores().await {
        import::official(&store, now(), &small()).await.unwrap();
        let before = code(&store, "310107022").await;
        let streets = STREETS.replace("真如镇街道", "长征镇") + "310105002,江苏路街道,310105,31,3101\n";
        let dir = files(
            PROVINCES.as_bytes(),
            CITIES.as_bytes(),
            AREAS.as_bytes(),
            streets.as_bytes(),
        );
        let report = import::official(&store, now(), &dir).await.unwrap();
        assert_eq!((report.added, report.renamed, report.unchanged), (1, 1, 9));
        let after = code(&store, "310107022").await;
        assert_eq!(
            (
                after.id,
                after.path.as_str(),
                after.name.as_str(),
                after.initials.as_str()
            ),
            (before.id, before.path.as_str(), "长征镇", "czz")
        );
    }
}

#[tokio::test]
async fn damaged_rows_come_back_and_the_rest_is_taken() {
    let long = "很".repeat(61);
    let streets = format!(
        "{STREETS}\
         ,无码街道,310107\n\
         3101070A1,字母街道,310107\n\
         31010709,短码街道,310107\n\
         310107021,又是万里街道,310107\n\
         990107001,无主街道,990107\n\
         310107031,错位街道,310105\n\
         310107032,,310107\n\
         310107033,{long},310107\n\
         310107034,好街道,310107\n"
    );
    for store in empty_stores().await {
        let dir = files(
            PROVINCES.as_bytes(),
            CITIES.as_bytes(),
            AREAS.as_bytes(),
            streets.as_bytes(),
        );
        let report = import::official(&store, now(), &dir).await.unwrap();
        assert_eq!(report.added, 11);
        let reasons: Vec<(usize, Reason)> = report.rejected.iter().map(|r| (r.line, r.reason)).collect();
        assert_eq!(
            reasons,
            [
                (5, Reason::NoCode),
                (6, Reason::NotDigits),
                (7, Reason::WrongLength),
                (8, Reason::Repeated),
                (9, Reason::UnknownParent),
                (10, Reason::OtherParent),
                (11, Reason::NoName),
                (12, Reason::NameTooLong),
            ]
        );
        for lang in Lang::ALL {
            let bytes = import::rejected_workbook(&report.rejected, &texts(), lang).unwrap();
            let sheet = Sheet::read(&bytes).unwrap();
            assert_eq!(sheet.head[..2], ["code", "name"]);
            assert_eq!(sheet.rows.len(), 8);
            assert_eq!(sheet.rows[1].1[0], "3101070A1");
            assert_eq!(
                sheet.rows[1].1.last().unwrap(),
                &texts().get(lang, Reason::NotDigits.key())
            );
            assert!(
                !sheet
                    .rows
                    .iter()
                    .flat_map(|(_, row)| row)
                    .any(|c| c.contains('⟨'))
            );
        }
        assert!(import::rejected_workbook(&[], &texts(), Lang::En).is_ok());
    }
}

#[tokio::test]
async fn offices_save_in_gbk() {
    let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    for store in empty_stores().await {
        let dir = files(&gbk(PROVINCES), &gbk(CITIES), &gbk(AREAS), &gbk(STREETS));
        let report = import::official(&store, now(), &dir).await.unwrap();
        assert_eq!((report.added, report.rejected.len()), (10, 0));
        assert_eq!(code(&store, "310107021").await.name, "万里街道");
    }
}

#[tokio::test]
async fn a_wrong_file_changes_nothing() {
    for store in empty_stores().await {
        let dir = files(
            PROVINCES.as_bytes(),
            CITIES.as_bytes(),
            b"number,name\n1,x\n",
            STREETS.as_bytes(),
        );
        let problem = import::official(&store, now(), &dir).await.unwrap_err();
        assert_eq!(problem.code, WRONG_COLUMNS);
        assert!(problem.args.contains(&("missing", "code".to_owned())));
        assert!(problem.args.contains(&("file", "areas.csv".to_owned())));

        fs::write(dir.join("areas.csv"), AREAS).unwrap();
        fs::write(dir.join("streets.csv"), b"\x89PNG\r\n\x1a\n\0\0").unwrap();
        let problem = import::official(&store, now(), &dir).await.unwrap_err();
        assert_eq!(problem.code, FILE_UNREADABLE);
        fs::remove_file(dir.join("streets.csv")).unwrap();
        let problem = import::official(&store, now(), &dir).await.unwrap_err();
        assert_eq!(problem.code, FILE_UNREADABLE);
        assert_eq!(
            places::place::Entity::find().count(store.read()).await.unwrap(),
            0
        );
    }
}

#[tokio::test]
async fn the_whole_country() {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let dir = std::env::var_os("FANGXIAN_PLACES").map_or(beside, PathBuf::from);
    if !dir.join("streets.csv").is_file() {
        return eprintln!("skipped: the official codes are not at {}", dir.display());
    }
    for store in empty_stores().await {
        let start = Instant::now();
        let report = import::official(&store, now(), &dir).await.unwrap();
        let first = start.elapsed();
        assert_eq!(
            (report.added, report.renamed, report.rejected.len()),
            (44_703, 0, 0)
        );
        let start = Instant::now();
        let report = import::official(&store, now(), &dir).await.unwrap();
        eprintln!("{:?}: {first:?}, again {:?}", store.backend(), start.elapsed());
        assert_eq!((report.added, report.renamed, report.unchanged), (0, 0, 44_703));
        let found = tree::search(store.read(), &store::Scope::Everything, "wljd", 10)
            .await
            .unwrap();
        assert!(found.iter().any(|p| p.code.as_deref() == Some("310107021")));
    }
}
