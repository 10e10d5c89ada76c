#![allow(clippy::all, clippy::pedantic, clippy::unwrap_used)]
mod common;
use common::*;
use places::*;
use sea_orm::*;
use store::{Scope, scope::under};
use std::time::Instant;
#[tokio::test]
async fn scale() {
    for store in empty_stores().await {
        import::official(&store, now(), &std::path::PathBuf::from("/work/shared/data")).await.unwrap();
        let street = code(&store, "310107021").await;
        let mut first = None;
        for i in 0..1000 { let c = put(&store, &street, PlaceKind::Community, &format!("第{i}居民区")).await; first.get_or_insert(c); }
        let pg = store.backend() == DbBackend::Postgres;
        let (rid, series) = if pg { ("gen_random_uuid()", "generate_series(1,1000)") } else { ("randomblob(16)", "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM s WHERE n<1000) SELECT n FROM s)") };
        let col = if pg { "AS s(n)" } else { "AS s" };
        let (cn, falsy) = if pg { ("CAST(s.n AS text)", "false") } else { ("s.n", "0") };
        let sql = format!("INSERT INTO places (id,parent_id,community_id,kind,code,name,path,pinyin,initials,sort_key,plain,floors,lift,created_at) SELECT {rid}, p.id, p.id, CASE WHEN s.n % 10 = 0 THEN 'compound' ELSE 'building' END, NULL, {cn}||'万号楼'||(s.n%20), p.path||'x'||{cn}||'/', substr('wanabcdefghijklmnopqrstuvwxyz', 1+s.n%20, 5)||{cn}||'haolou', substr('wnabcdefghijklmnopqrstuvwxyz', 1+s.n%20, 2)||'hl'||{cn}, {cn}, {cn}, 0, {falsy}, 0 FROM places p CROSS JOIN {series} {col} WHERE p.kind='community'");
        store.write().execute_unprepared(&sql).await.unwrap();
        if pg { store.write().execute_unprepared("ANALYZE").await.unwrap(); }
        let f = first.unwrap();
        for _ in 0..2 {
        for (label, scope) in [("all", Scope::Everything), ("street", under(&street.path)), ("community", under(&f.path))] {
            for q in ["w", "wa", "wn", "wan", "万", "1", "12", "g", "gh"] {
                let t = Instant::now(); let n = tree::search(store.read(), &scope, q, 20).await.unwrap().len();
                eprintln!("{:?} search {label} {q}: {n} {:?}", store.backend(), t.elapsed());
            }
            for kinds in [&[PlaceKind::Compound][..], &responsibility::ANSWERABLE[..]] {
                let t = Instant::now();
                let n = responsibility::unanswered(&scope, kinds).order_by_asc(place::Column::Path).order_by_asc(place::Column::Id).limit(51).all(store.read()).await.unwrap().len();
                eprintln!("{:?} unanswered {label} {}: {n} {:?}", store.backend(), kinds.len(), t.elapsed());
            }
            let t = Instant::now();
            let n = compounds::duplicates(store.read(), &scope).await.unwrap().len();
            eprintln!("{:?} duplicates {label}: {n} {:?}", store.backend(), t.elapsed());
            let t = Instant::now();
            let n = place::Entity::find().filter(scope.path(place::Column::Path)).filter(tree::begins_with("wa").unwrap()).order_by_asc(place::Column::SortKey).order_by_asc(place::Column::Id).limit(51).all(store.read()).await.unwrap().len();
            eprintln!("{:?} list wa {label}: {n} {:?}", store.backend(), t.elapsed());
        }
        let t = Instant::now(); let n = tree::children(store.read(), &f).await.unwrap().len(); eprintln!("children {n} {:?}", t.elapsed());
        }
    }
}
