//! What is counted on shifts: a list that the deployment may change.

use accounts::{Actor, audit};
use kit::{FieldError, Result};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryOrder, sea_query::OnConflict};
use shell::{App, form::Typed};

use crate::model::activity;

/// The list a new deployment starts with: what the five stories counted. Code, Chinese, English.
pub const FIRST: &[(&str, &str, &str)] = &[
    ("temperature-taken", "测温人次", "Temperatures taken"),
    ("visitors-registered", "登记来访", "Visitors registered"),
    ("masks-handed-out", "发放口罩", "Masks handed out"),
    (
        "mask-registrations",
        "口罩预约登记",
        "Mask reservations registered",
    ),
    ("test-kits", "发放试剂", "Antigen test kits handed out"),
    ("tests-assisted", "协助核酸检测", "Nucleic acid tests assisted"),
    ("patrol-hours", "执勤巡逻（小时）", "Patrol and duty hours"),
    (
        "supplies-delivered",
        "配送生活物资",
        "Supplies delivered, portions",
    ),
    ("units-disinfected", "消杀单元", "Building units disinfected"),
    ("rubbish-loads", "运送垃圾", "Loads of rubbish carried away"),
    (
        "households-phoned",
        "电话摸排户数",
        "Households screened by telephone",
    ),
    ("households-visited", "上门摸排户数", "Households visited"),
    ("records-entered", "录入数据条数", "Records entered"),
    ("businesses-visited", "走访企业", "Businesses visited"),
    ("passes-issued", "发放出入证", "Passes issued"),
    ("parcels-sorted", "整理快递", "Parcels sorted"),
];

/// Fills an empty list; an existing one is left alone.
pub async fn seed(db: &impl ConnectionTrait) -> Result<()> {
    if activity::Entity::find().one(db).await?.is_some() {
        return Ok(());
    }
    let rows = FIRST
        .iter()
        .zip(1..)
        .map(|((code, zh, en), position)| activity::ActiveModel {
            code: Set((*code).to_owned()),
            zh: Set((*zh).to_owned()),
            en: Set((*en).to_owned()),
            position: Set(position),
            active: Set(true),
        });
    activity::Entity::insert_many(rows)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Adds an activity that a room counts by itself, where it is missing; one that the deployment has renamed stays so.
pub async fn ensure(db: &impl ConnectionTrait, (code, zh, en): (&str, &str, &str)) -> Result<()> {
    let rows = all(db).await?;
    if rows.iter().any(|row| row.code == code) {
        return Ok(());
    }
    let last = rows.iter().map(|row| row.position).max().unwrap_or(0);
    activity::Entity::insert(activity::ActiveModel {
        code: Set(code.to_owned()),
        zh: Set(zh.to_owned()),
        en: Set(en.to_owned()),
        position: Set(last + 1),
        active: Set(true),
    })
    .on_conflict(OnConflict::new().do_nothing().to_owned())
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// All activities, in order.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<activity::Model>> {
    Ok(activity::Entity::find()
        .order_by_asc(activity::Column::Position)
        .all(db)
        .await?)
}

/// Reads the form of one activity.
pub fn read(typed: &Typed) -> Result<activity::Model, Vec<FieldError>> {
    let mut check = typed.check();
    let code = check.text("code", 40);
    let plain = code
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !plain || [crate::projection::HOURS, crate::projection::PERSON_TIMES].contains(&code.as_str()) {
        check.error(FieldError::new("code", "code"));
    }
    let row = activity::Model {
        code,
        zh: check.text("zh", 40),
        en: check.text("en", 60),
        position: check.number("position", 1, 10_000),
        active: typed.ticked("active"),
    };
    check.done(row)
}

/// Adds or changes an activity; its code stays for ever, because records name it.
pub async fn save(app: &App, actor: &Actor, row: activity::Model) -> Result<()> {
    let tx = app.store.begin().await?;
    let subject = row.code.clone();
    let new = activity::ActiveModel {
        code: Set(row.code),
        zh: Set(row.zh),
        en: Set(row.en),
        position: Set(row.position),
        active: Set(row.active),
    };
    activity::Entity::insert(new)
        .on_conflict(
            OnConflict::column(activity::Column::Code)
                .update_columns([
                    activity::Column::Zh,
                    activity::Column::En,
                    activity::Column::Position,
                    activity::Column::Active,
                ])
                .to_owned(),
        )
        .exec_without_returning(&tx)
        .await?;
    audit::note(
        &tx,
        actor,
        app.now(),
        audit::Entry {
            action: "activity.save",
            subject: &subject,
            community: None,
        },
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
