//! Import of a community's businesses: a row each.

use std::collections::HashMap;

use accounts::{Actor, audit};
use kit::{
    FieldError, Problem, Result, Role,
    id::{BusinessId, TargetId},
};
use places::{compounds::Cache, model::PlaceKind, place, tree};
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
    let scope = actor.scope(Role::STAFF);
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
        let key = (input.name.clone(), input.label.clone());
        let before = there.get(&key);
        let input = match before {
            Some(before) => merged(before, input, reader.raw(1).is_empty()),
            None => input,
        };
        if business::more_than_all(input.workers, input.returning) {
            reader.wrong(10, "people-more-than-all");
        }
        if !reader.errors.is_empty() {
            let reasons = reader.errors;
            report.rejected.push(Rejected { line, cells, reasons });
            continue;
        }
        let place = match before {
            Some(before) if seat.iter().all(String::is_empty) => tree::load(&tx, before.place_id).await?,
            _ => {
                let names = [seat[0].as_str(), seat[1].as_str(), seat[2].as_str()];
                let place = household::ensure(&tx, now, community.id, names, &mut cache).await?;
                match cache.place(place) {
                    Some(place) => place.clone(),
                    None => tree::load(&tx, place).await?,
                }
            }
        };
        let id = before.map_or_else(|| BusinessId::fresh(now), |before| before.id);
        let phone = input.phone.seal(&app.cipher)?;
        if let Some(before) = before {
            let changed = changes(app, before, &input, &place);
            if changed.is_empty() {
                report.unchanged += 1;
                continue;
            }
            let row = business::row(&input, id, &place, phone);
            table::Entity::update(row).exec_without_returning(&tx).await?;
            let names = input.differs(before);
            let whom = (community.id, TargetId(id.0));
            known::entered(&tx, &app.cipher, Whose::Business, whom, now, &names).await?;
            report.change(line, &input.name, changed);
        } else {
            let mut row = business::row(&input, id, &place, Some(phone.unwrap_or_default()));
            row.created_at = Set(now);
            table::Entity::insert(row).exec_without_returning(&tx).await?;
            report.added += 1;
        }
        // The file may name it again.
        there.insert(key, business::find(&tx, &scope, id).await?);
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
        reader.wrong(1, "business-kind");
    }
    let seat = [2, 3, 4].map(|column| reader.text(column, PLACE));
    if seat[1].is_empty() && !seat[2].is_empty() {
        reader.wrong(3, "required");
    }
    let input = Input {
        name: reader.required(0, NAME),
        kind: kind.unwrap_or(BusinessKind::Other),
        place: String::new(),
        label: reader.text(5, LABEL),
        floor: reader.number(6, -9, 200).unwrap_or(0),
        contact: reader.text(7, NAME),
        phone: Number::cell(reader.phone(8)),
        workers: reader.number(9, 0, WORKERS),
        returning: reader.number(10, 0, WORKERS),
        active: true,
    };
    (input, seat)
}

/// A count as it is kept: -1 where it is not known.
fn counted(count: i64) -> Option<i64> {
    (count >= 0).then_some(count)
}

/// What a row says of a business that is there: an empty cell says nothing.
fn merged(before: &table::Model, input: Input, no_kind: bool) -> Input {
    Input {
        workers: input.workers.or(counted(before.workers)),
        returning: input.returning.or(counted(before.returning)),
        contact: Some(input.contact)
            .filter(|contact| !contact.is_empty())
            .unwrap_or_else(|| before.contact.clone()),
        kind: if no_kind { before.kind } else { input.kind },
        floor: if input.floor == 0 {
            before.floor
        } else {
            input.floor
        },
        active: before.active,
        ..input
    }
}

/// The columns in which it differs from what is kept (locale keys).
fn changes(app: &App, before: &table::Model, input: &Input, place: &place::Model) -> Vec<&'static str> {
    let phone = match &input.phone {
        Number::Set(number) => Some(app.cipher.index(number)),
        _ => before.phone_index.clone(),
    };
    [
        (1, input.kind != before.kind),
        (3, place.id != before.place_id),
        (6, input.floor != before.floor),
        (7, input.contact != before.contact),
        (8, phone != before.phone_index),
        (9, input.workers != counted(before.workers)),
        (10, input.returning != counted(before.returning)),
    ]
    .into_iter()
    .filter_map(|(column, differs)| differs.then_some(KEYS[column]))
    .collect()
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
