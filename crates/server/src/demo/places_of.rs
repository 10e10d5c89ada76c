//! The places of the five stories.

use std::fs;

use kit::{Problem, Result, id::PlaceId};
use muster::model::Duty;
use places::{
    create::{NewPlace, create},
    model::{PlaceKind, place},
};
use store::Scope;

use crate::{
    House,
    demo::{setter, story},
};

/// The official codes, carried in the binary so that the demonstration needs no other file.
const OFFICIAL: [(&str, &[u8]); 4] = [
    ("provinces.csv", include_bytes!("../../demo/provinces.csv")),
    ("cities.csv", include_bytes!("../../demo/cities.csv")),
    ("areas.csv", include_bytes!("../../demo/areas.csv")),
    ("streets.csv", include_bytes!("../../demo/streets.csv")),
];

/// Wanli and its twelve residential areas.
pub struct Wanli {
    /// 普陀区
    pub district: place::Model,
    /// 万里街道
    pub street: place::Model,
    /// By name: the area and its gate post.
    pub areas: Vec<(&'static str, place::Model, kit::id::PostId)>,
}

impl Wanli {
    /// An area's place and gate post.
    pub fn area(&self, name: &str) -> Result<(&place::Model, kit::id::PostId)> {
        self.areas
            .iter()
            .find(|(area, ..)| *area == name)
            .map(|(_, place, post)| (place, *post))
            .ok_or_else(|| Problem::internal(format!("demonstration: no area {name}")))
    }
}

/// Takes in the official places.
pub async fn official(house: &House) -> Result<()> {
    let directory = std::env::temp_dir().join(format!("fangxian-places-{}", std::process::id()));
    fs::create_dir_all(&directory).map_err(Problem::internal)?;
    for (name, bytes) in OFFICIAL {
        fs::write(directory.join(name), bytes).map_err(Problem::internal)?;
    }
    let imported = places::import::official(&house.app.store, house.app.now(), &directory).await;
    let _ = fs::remove_dir_all(&directory);
    imported?;
    Ok(())
}

/// Takes in the official places and makes those of the stories.
pub async fn load(house: &House) -> Result<Wanli> {
    official(house).await?;

    for (above, community, compounds) in story::OTHER_PLACES {
        let mut parent = None;
        for (i, name) in above.iter().enumerate() {
            let kind = [
                PlaceKind::Province,
                PlaceKind::City,
                PlaceKind::District,
                PlaceKind::Street,
            ][i.min(3)];
            parent = Some(under(house, parent, kind, name).await?);
        }
        let community = under(house, parent, PlaceKind::Community, community).await?;
        for compound in *compounds {
            let compound = under(house, Some(community), PlaceKind::Compound, compound).await?;
            under(house, Some(compound), PlaceKind::Gate, "大门").await?;
        }
    }
    wanli(house).await
}

async fn wanli(house: &House) -> Result<Wanli> {
    let mut parent = None;
    for (kind, name) in [
        (PlaceKind::Province, "上海市"),
        (PlaceKind::City, "市辖区"),
        (PlaceKind::District, "普陀区"),
    ] {
        parent = Some(under(house, parent, kind, name).await?);
    }
    let district = parent.unwrap_or_default();
    let street = under(house, Some(district), PlaceKind::Street, "万里街道").await?;
    let db = house.app.store.read();
    let mut areas = Vec::new();
    for name in story::AREAS {
        let area = under(
            house,
            Some(street),
            PlaceKind::Community,
            &format!("{name}居民区"),
        )
        .await?;
        let compound = under(house, Some(area), PlaceKind::Compound, &format!("{name}小区")).await?;
        let gate = under(house, Some(compound), PlaceKind::Gate, "北门").await?;
        for building in 1..=3 {
            under(
                house,
                Some(compound),
                PlaceKind::Building,
                &format!("{building}号楼"),
            )
            .await?;
        }
        let post =
            muster::shift::create_post(&house.app, &setter(), gate, Duty::GateWatch, "北门卡点").await?;
        areas.push((name, places::tree::load(db, area).await?, post));
    }
    Ok(Wanli {
        district: places::tree::load(db, district).await?,
        street: places::tree::load(db, street).await?,
        areas,
    })
}

/// The place of this kind and name under a parent; made when it is not there.
async fn under(house: &House, parent: Option<PlaceId>, kind: PlaceKind, name: &str) -> Result<PlaceId> {
    let db = house.app.store.read();
    let found = places::tree::by_name(db, &Scope::Everything, name, Some(kind)).await?;
    if let Some(found) = found.into_iter().find(|place| place.parent_id == parent) {
        return Ok(found.id);
    }
    let tx = house.app.store.begin().await?;
    let new = NewPlace {
        parent,
        kind,
        name: name.to_owned(),
        floors: if kind == PlaceKind::Building { 6 } else { 0 },
        lift: false,
    };
    let made = create(&tx, house.app.now(), &setter(), new).await?;
    tx.commit().await?;
    Ok(made.id)
}
