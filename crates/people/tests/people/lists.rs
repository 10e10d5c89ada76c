//! Lists: pages by key, phases of a search, communities merged.

use crate::common::{House, admin, houses, worker};

/// All names on all pages, in order.
async fn walk(house: &House, who: &accounts::Actor, start: &str) -> Vec<String> {
    let (mut path, mut names) = (start.to_owned(), Vec::new());
    for _ in 0..20 {
        let page = house.get(who, &path).await.text();
        names.extend(
            page.split("<tr>")
                .skip(2)
                .filter_map(|row| row.split("\">").nth(2)?.split('<').next().map(str::to_owned)),
        );
        let Some(next) = page
            .split("btn btn-primary\" href=\"")
            .find(|p| p.contains("after=") && !p.starts_with("<!"))
        else {
            return names;
        };
        path = next
            .split('"')
            .next()
            .unwrap()
            .replace("&amp;", "&")
            .replace("&#38;", "&");
    }
    panic!("no end");
}

#[tokio::test]
async fn every_row_once() {
    for house in houses().await {
        let head = ["楼栋", "室号", "姓名", "独居"];
        let mut rows = Vec::new();
        for n in 0..70 {
            // 王 by pinyin, 文安 by initials `wa`; both are found by `wa`.
            let name = if n % 2 == 0 {
                format!("王{n:02}")
            } else {
                format!("文安{n:02}")
            };
            let alone = if n % 7 == 0 { "是" } else { "" };
            rows.push([
                format!("{}号楼", n % 5),
                format!("{}", 101 + n),
                name,
                alone.to_owned(),
            ]);
        }
        let rows: Vec<Vec<&str>> = rows
            .iter()
            .map(|r| r.iter().map(String::as_str).collect())
            .collect();
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        let file = crate::common::excel(&head, &rows);
        for community in [&house.a, &house.b] {
            let options = people::import::RosterOptions {
                community: community.id,
                dry_run: false,
            };
            let report = people::import::roster(&house.app, &admin(), file.clone(), options)
                .await
                .unwrap();
            assert_eq!((report.added, report.rejected.len()), (70, 0));
        }
        let (one, both) = (worker(&house.a), worker(&house.street));
        for (who, n) in [(&one, 70), (&both, 140), (&admin(), 140)] {
            for start in [
                "/residents",
                "/residents?q=wa",
                "/residents?q=wa&sort=-name",
                "/residents?sort=-name",
            ] {
                let names = walk(&house, who, start).await;
                assert_eq!(names.len(), n, "{start}");
            }
            let names = walk(&house, who, "/residents?q=wa").await;
            let first = names.iter().position(|name| name.starts_with('文')).unwrap();
            assert!(names[..first].iter().all(|name| name.starts_with('王')));
            assert!(names[first..].iter().all(|name| name.starts_with('文')));
            assert!(names[..first].is_sorted());
            let down = walk(&house, who, "/residents?sort=-name").await;
            assert!(down.iter().rev().map(|n| n.replace('文', "龥")).is_sorted());
            assert_eq!(walk(&house, who, "/residents?q=王").await.len(), n / 2);
            assert_eq!(walk(&house, who, "/residents?alone=yes").await.len(), n / 7);
        }
        let file = house.get(&both, "/residents?format=xlsx&q=wa").await.body;
        let sheet = shell::sheet::Sheet::read(&file).unwrap();
        assert_eq!(sheet.rows.len(), 140);
        assert_eq!(house.audit("resident.export").await.len(), 1);
    }
}
