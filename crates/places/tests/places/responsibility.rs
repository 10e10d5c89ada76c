//! Who answers for a place.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::common::{actor, audit_actions, code, kinds, now, put, stores};
use kit::Role;
use places::{
    PlaceKind,
    responsibility::{self, Answerer},
};
use store::{Cipher, Scope, scope::under};

#[tokio::test]
async fn somebody_answers_for_a_place() {
    let cipher = Cipher::new(&[3; 32]);
    for store in stores().await {
        let street = code(&store, "310107021").await;
        let community = put(&store, &street, PlaceKind::Community, "中浩云居民区").await;
        let compound = put(&store, &community, PlaceKind::Compound, "中浩云公寓").await;
        let other = put(&store, &community, PlaceKind::Compound, "中浩云花园").await;
        let unanswered = async |scope: Scope, kinds: &[PlaceKind]| -> Vec<String> {
            let mut names = Vec::new();
            for kind in kinds {
                let some = responsibility::unanswered(&scope, *kind).all(store.read()).await;
                names.extend(some.unwrap().into_iter().map(|p| p.name));
            }
            names
        };
        assert_eq!(
            unanswered(Scope::Everything, &[PlaceKind::Compound]).await.len(),
            2
        );

        let me = actor(Role::CommunityWorker, &community.path);
        let answerer = |person: &str, phone: &str| Answerer {
            unit: "区少体校".to_owned(),
            person: person.to_owned(),
            phone: phone.to_owned(),
            since: "2020-02-10".parse().unwrap(),
        };
        let tx = store.begin().await.unwrap();
        responsibility::set(
            &tx,
            now(),
            &me,
            &cipher,
            compound.id,
            answerer("周建国", "00013800000"),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            unanswered(Scope::Everything, &[PlaceKind::Compound]).await,
            ["中浩云花园"]
        );
        assert!(
            unanswered(under(&compound.path), &responsibility::ANSWERABLE)
                .await
                .is_empty()
        );
        let on_file = responsibility::of(store.read(), &compound)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (on_file.unit.as_str(), on_file.noted_by),
            ("区少体校", me.user_id)
        );
        assert!(!String::from_utf8_lossy(&on_file.phone_sealed.unwrap()).contains("138"));

        // The number stays with its person and goes with it.
        let tx = store.begin().await.unwrap();
        responsibility::set(&tx, now(), &me, &cipher, compound.id, answerer("周建国", ""))
            .await
            .unwrap();
        assert_eq!(
            responsibility::reveal(&tx, now(), &me, &cipher, compound.id)
                .await
                .unwrap(),
            "00013800000"
        );
        responsibility::set(&tx, now(), &me, &cipher, compound.id, answerer("钱丽", ""))
            .await
            .unwrap();
        assert!(
            responsibility::reveal(&tx, now(), &me, &cipher, compound.id)
                .await
                .is_err()
        );
        let problem = responsibility::set(&tx, now(), &me, &cipher, compound.id, answerer(" ", ""))
            .await
            .unwrap_err();
        assert_eq!(kinds(&problem), [("person", "required")]);
        responsibility::remove(&tx, now(), &me, compound.id)
            .await
            .unwrap();
        assert!(
            responsibility::remove(&tx, now(), &me, compound.id)
                .await
                .is_err()
        );
        let stranger = actor(Role::CommunityWorker, &other.path);
        let problem = responsibility::set(&tx, now(), &stranger, &cipher, compound.id, answerer("外人", ""))
            .await
            .unwrap_err();
        assert_eq!(problem.code.status, 404);
        tx.commit().await.unwrap();
        let actions = audit_actions(&store).await;
        for action in [
            "responsibility.set",
            "responsibility.reveal",
            "responsibility.remove",
        ] {
            assert!(actions.iter().any(|a| a == action), "{action}");
        }
    }
}
