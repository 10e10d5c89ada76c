//! Import of a community's businesses: a row each.

use std::collections::HashMap;

use accounts::{Actor, audit};
use kit::{
    FieldError, Problem, Result, Role,
    id::{BusinessId, TargetId},
};
use places::{compounds::Cache, model::PlaceKind, tree};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use shell::App;

use crate::{
    business::{self, BusinessKind, Input, NAME, WORKERS},
    household::{self, LABEL, PLACE},
    import::{ImportReport, Rejected, RosterOptions, read},
    import_rows::Reader,
    known::{self, Whose},
    model::business as table,
    numbers::Number,
};

/// The columns: what heads them (Chinese first), whether the file must have them.
pub(crate) const COLUMNS: [(&[&str], bool); 11] = [
    (&["名称", "企业名称", "店名", "name"], true),
    (&["类别", "kind"], false),
    (&["小区", "compound"], false),
    (&["楼栋", "楼号", "building"], false),
    (&["单元", "unit"], false),
    (&["门牌", "室号", "铺位", "room"], false),
    (&["楼层", "floor"], false),
    (&["联系人", "负责人", "contact"], false),
    (&["电话", "手机", "联系电话", "phone"], false),
    (&["员工数", "人数", "workers"], false),
    (&["返岗人数", "返沪人数", "returning"], false),
];

const KEYS: [&str; 11] = [
    "business-name",
    "business-kind",
    "people-compound",
    "people-building",
    "people-unit",
    "business-label",
    "people-floor",
    "people-contact",
    "people-phone",
    "business-workers",
    "business-returning",
];

/// Imports the businesses of a community. The actor must be staff of it. A business is known again by its name and room.
pub async fn businesses(
    app: &App,
    actor: &Actor,
    bytes: Vec<u8>,
    options: RosterOptions,
) -> Result<ImportReport> {
    let community = tree::load(app.store.read(), options.community).await?;
    actor.require(Role::STAFF, &community.path)?;
    if community.kind != PlaceKind::Community {
        return Err(Problem::invalid(vec![FieldError::new("community", "unknown")]));
    }
    let sheet = read(bytes).await?;
    let at = sheet.columns(COLUMNS)?;
    let now = app.now();
    let tx = app.store.begin().await?;
    household::lock(&tx, community.id).await?;
    let mut there: HashMap<(String, String), table::Model> = table::Entity::find()
        .filter(table::Column::CommunityId.eq(community.id))
        .all(&tx)
        .await?
        .into_iter()
        .map(|row| ((row.name.clone(), row.label.clone()), row))
        .collect();
    let mut report = ImportReport {
        dry_run: options.dry_run,
        rows: sheet.rows.len(),
        head: sheet.head,
        ..ImportReport::default()
    };
    let mut cache = Cache::new();
    for (line, cells) in sheet.rows {
        let mut reader = Reader::new(&cells, &at, &KEYS);
        let (input, seat) = row(app, &mut reader);
        if !reader.errors.is_empty() {
            let reasons = reader.errors;
            report.rejected.push(Rejected { line, cells, reasons });
            continue;
        }
        let names = [seat[0].as_str(), seat[1].as_str(), seat[2].as_str()];
        let place = household::ensure(&tx, now, community.id, names, &mut cache).await?;
        let place = match cache.place(place) {
            Some(place) => place.clone(),
            None => tree::load(&tx, place).await?,
        };
        let key = (input.name.clone(), input.label.clone());
        let Some(before) = there.get(&key) else {
            let id = BusinessId::fresh(now);
            let phone = input.phone.seal(&app.cipher)?.unwrap_or_default();
            let mut fresh = business::row(&input, id, &place, Some(phone));
            fresh.created_at = Set(now);
            table::Entity::insert(fresh).exec_without_returning(&tx).await?;
            there.insert(
                key,
                table::Entity::find_by_id((community.id, id))
                    .one(&tx)
                    .await?
                    .ok_or_else(Problem::not_found)?,
            );
            report.added += 1;
            continue;
        };
        // An empty cell says nothing.
        let merged = Input {
            workers: input.workers.or(Some(before.workers)),
            returning: input.returning.or(Some(before.returning)),
            contact: if input.contact.is_empty() {
                before.contact.clone()
            } else {
                input.contact.clone()
            },
            kind: if reader.raw(1).is_empty() {
                before.kind
            } else {
                input.kind
            },
            floor: if input.floor == 0 {
                before.floor
            } else {
                input.floor
            },
            active: before.active,
            ..input.clone()
        };
        let place = if seat.iter().all(String::is_empty) {
            tree::load(&tx, before.place_id).await?
        } else {
            place
        };
        let index = match &merged.phone {
            Number::Set(number) => Some(app.cipher.index(number)),
            _ => before.phone_index.clone(),
        };
        let mut changed = Vec::new();
        for (i, differs) in [
            (1, merged.kind != before.kind),
            (3, place.id != before.place_id),
            (6, merged.floor != before.floor),
            (7, merged.contact != before.contact),
            (8, index != before.phone_index),
            (9, merged.workers != Some(before.workers)),
            (10, merged.returning != Some(before.returning)),
        ] {
            if differs {
                changed.push(KEYS[i]);
            }
        }
        if changed.is_empty() {
            report.unchanged += 1;
            continue;
        }
        let row = business::row(&merged, before.id, &place, merged.phone.seal(&app.cipher)?);
        table::Entity::update(row).exec_without_returning(&tx).await?;
        let whom = (community.id, TargetId(before.id.0));
        let names = merged.differs(before);
        known::entered(&tx, &app.cipher, Whose::Business, whom, now, &names).await?;
        report.change(line, &merged.name, changed);
    }
    report.places = usize::try_from(cache.created).unwrap_or(usize::MAX);
    if options.dry_run {
        tx.rollback().await?;
        return Ok(report);
    }
    let subject = format!("+{} ~{}", report.added, report.changed);
    let entry = audit::Entry {
        action: "business.import",
        subject: &subject,
        community: Some(community.id),
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    Ok(report)
}

/// What a row says, and the names of compound, building and unit.
fn row(app: &App, reader: &mut Reader<'_, 11>) -> (Input, [String; 3]) {
    let kind = match reader.raw(1) {
        "" => Some(BusinessKind::Shop),
        text => kind(app, text),
    };
    if kind.is_none() {
        reader.errors.push(FieldError::new(KEYS[1], "business-kind"));
    }
    let seat = [2, 3, 4].map(|column| reader.text(column, PLACE));
    if seat[1].is_empty() && !seat[2].is_empty() {
        reader.errors.push(FieldError::new(KEYS[3], "required"));
    }
    let workers = reader.number(9, 0, WORKERS);
    let returning = reader.number(10, 0, WORKERS);
    if business::more_than_all(workers, returning) {
        reader
            .errors
            .push(FieldError::new(KEYS[10], "people-more-than-all"));
    }
    let input = Input {
        name: reader.required(0, NAME),
        kind: kind.unwrap_or(BusinessKind::Other),
        place: String::new(),
        label: reader.text(5, LABEL),
        floor: reader.number(6, -9, 200).unwrap_or(0),
        contact: reader.text(7, NAME),
        phone: Number::cell(reader.phone(8)),
        workers,
        returning,
        active: true,
    };
    (input, seat)
}

/// The kind that a cell names, by its name or its words in either language.
fn kind(app: &App, text: &str) -> Option<BusinessKind> {
    BusinessKind::ALL.iter().copied().find(|kind| {
        let key = format!("business-kind-{}", kind.name());
        kind.name() == text
            || kit::Lang::ALL
                .into_iter()
                .any(|lang| app.texts.get(lang, &key).eq_ignore_ascii_case(text))
    })
}
