//! What is asked at a door: a form from a spreadsheet.

use super::*;

/// An XLSForm of these rows: type, name, label, English label, required, relevant, constraint.
fn xlsform(survey: &[[&str; 7]], choices: &[[&str; 4]]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let head = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let cells = |row: &[&str]| {
        row.iter()
            .map(|text| shell::Cell::from(*text))
            .collect::<Vec<_>>()
    };
    let rows: Vec<_> = survey.iter().map(|row| cells(row)).collect();
    let names = [
        "type",
        "name",
        "label",
        "label::English (en)",
        "required",
        "relevant",
        "constraint",
    ];
    shell::sheet::add_sheet(&mut book, "survey", &head(&names), &rows).unwrap();
    let rows: Vec<_> = choices.iter().map(|row| cells(row)).collect();
    shell::sheet::add_sheet(
        &mut book,
        "choices",
        &head(&["list_name", "name", "label", "label::English (en)"]),
        &rows,
    )
    .unwrap();
    book.save_to_buffer().unwrap()
}

async fn upload(client: &Client, name: &str, file: &[u8]) -> Reply {
    let mut body =
        format!("--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n{name}\r\n").into_bytes();
    body.extend(b"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.xlsx\"\r\n\r\n");
    body.extend(file);
    body.extend(b"\r\n--B--\r\n");
    client
        .send(
            Method::POST,
            "/forms",
            "multipart/form-data; boundary=B",
            &[],
            body,
        )
        .await
}

const YES_NO: [[&str; 4]; 2] = [["yn", "yes", "是", "Yes"], ["yn", "no", "否", "No"]];

#[tokio::test]
async fn a_form_is_taken_in_asked_and_answered() {
    for world in worlds().await {
        walk_up(&world, "1号楼").await;
        let staff = world.worker().await;
        let good = xlsform(
            &[
                [
                    "select_one yn",
                    "away",
                    "14天内离开过本市吗？",
                    "Away within 14 days?",
                    "yes",
                    "",
                    "",
                ],
                [
                    "date",
                    "since",
                    "哪天回来的？",
                    "Back since?",
                    "yes",
                    "${away} = 'yes'",
                    "",
                ],
                [
                    "decimal",
                    "degrees",
                    "体温",
                    "Temperature",
                    "",
                    "",
                    ". >= 34.0 and . <= 43.0",
                ],
            ],
            &YES_NO,
        );
        let path = made(&upload(&staff, "返沪排摸", &good).await);
        let preview = staff.get(&path).await;
        assert!(
            preview.text().contains("14天内离开过本市吗") && preview.text().contains("34.0 – 43.0"),
            "{}",
            preview.text()
        );
        // What is not supported is named; nothing is taken in by halves.
        for (rows, named) in [
            (vec![["barcode", "where", "在哪里", "", "", "", ""]], "barcode"),
            (vec![["text", "a", "甲", "", "", "${b} != 'x'", ""]], "!="),
            (vec![["text", "a", "甲", "", "", "", "regex(., 'x')"]], "regex"),
            (
                vec![
                    ["text", "a", "甲", "", "", "${b} = 'x'", ""],
                    ["text", "b", "乙", "", "", "${a} = 'x'", ""],
                ],
                "earlier question",
            ),
            (
                vec![["select_one nothing", "a", "甲", "", "", "", ""]],
                "no choices",
            ),
            (vec![["text", "a", "甲", "", "", "", ""]; 61], "60 at most"),
            (vec![["text", "a", "甲", "", "", "", ""]; 5_000], "5000"),
            (vec![], "no questions"),
        ] {
            let answer = upload(&staff, "坏表", &xlsform(&rows, &YES_NO)).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{named}");
            assert!(answer.text().contains(named), "{named}: {}", answer.text());
        }
        assert_eq!(
            upload(&staff, "坏表", b"no spreadsheet").await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        assert!(!staff.get("/forms").await.text().contains("坏表"));

        let form = path.rsplit('/').next().unwrap().parse().unwrap();
        let asking = Wish {
            form: Some(form),
            kind: RoundKind::Screening,
            ..letter(&world)
        };
        let round = open::open(&world.house.app, &Actor::command_line(), &asking)
            .await
            .unwrap()
            .id;
        let works = staff.get("/api/rounds").await.json();
        assert_eq!(
            works["rounds"][0]["form"]["questions"][1]["only_if"],
            json!({"question": "away", "is": "yes"})
        );
        let all = targets(&world, round).await;
        let records = [
            visited(
                round,
                &all[0],
                minute(1),
                None,
                &json!({"outcome": "done", "answers": {"away": "yes", "since": "2020-02-09", "degrees": 365}}),
            ),
            visited(
                round,
                &all[1],
                minute(1),
                None,
                &json!({"outcome": "done", "answers": {"away": "yes"}}),
            ),
            visited(round, &all[2], minute(1), None, &json!({"outcome": "nobody-in"})),
        ];
        assert_eq!(staff.records(&records).await, accepted(3));
        world.house.field.settled().await;
        assert_eq!(
            coverage(&world, round).await.finals,
            2,
            "what does not fit counts all the same"
        );
        let issues = field::model::issue::Entity::find()
            .filter(field::model::issue::Column::Code.eq(rounds::projection::UNFIT))
            .count(world.house.app.store.read())
            .await
            .unwrap();
        assert_eq!(issues, 1);
        let kept = outcome::Entity::find()
            .all(world.house.app.store.read())
            .await
            .unwrap();
        assert!(kept.iter().all(|row| {
            row.answers_sealed
                .as_ref()
                .is_none_or(|sealed| !String::from_utf8_lossy(sealed).contains("away"))
        }));
        // A new version leaves what was asked as it was.
        let more = [
            ("zh", "有什么困难？"),
            ("en", ""),
            ("kind", "text"),
            ("choices", ""),
            ("least", ""),
            ("most", ""),
            ("only_if", "away=yes"),
        ];
        assert_eq!(
            staff.form(&format!("{path}/questions"), &more).await.status,
            StatusCode::SEE_OTHER
        );
        assert!(staff.get(&path).await.text().contains("Version 2"));
        let works = staff.get("/api/rounds").await.json();
        assert_eq!(
            works["rounds"][0]["form"]["questions"].as_array().unwrap().len(),
            3
        );
        let page = staff.get(&format!("/rounds/{round}/targets/{}", all[0].id)).await;
        assert!(
            page.text().contains("36.5 ℃") && page.text().contains("Away within 14 days?"),
            "{}",
            page.text()
        );
        let wrong = [
            ("zh", "选哪个"),
            ("kind", "choice"),
            ("choices", "甲\n甲"),
            ("least", "x"),
        ];
        let answer = staff.form(&format!("{path}/questions"), &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains("选哪个"), "what was typed is kept");
        let other = world
            .client(
                "另一位",
                &[world.at(Role::CommunityWorker, &world.here, None)],
                None,
            )
            .await;
        let refused = other.form(&format!("{path}/questions/away/remove"), &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "somebody else's form");
        assert_eq!(
            staff
                .form(&format!("{path}/questions/away/remove"), &[])
                .await
                .status,
            StatusCode::SEE_OTHER
        );
    }
}
