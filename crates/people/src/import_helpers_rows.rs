//! The rows of a list of helpers: their columns, and the organisations and communities they refer to.

use std::collections::{HashMap, HashSet};

use accounts::Actor;
use kit::{
    Day, Result, Role, Timestamp,
    id::{OrgId, PlaceId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use shell::{Texts, sheet::Sheet};
use store::Scope;

use crate::{
    helper::{NAME, RANK},
    home,
    import_rows::Reader,
    model::org,
    queries::AT_ONCE,
    scope::{enters_for, org_scope},
    skills,
};

/// The columns: what heads them (Chinese first), whether the file must have them.
pub(crate) const COLUMNS: [(&[&str], bool); 9] = [
    (&["姓名", "name"], true),
    (&["单位", "org", "organisation", "organization"], true),
    (&["电话", "手机", "手机号", "联系电话", "phone"], false),
    (&["身份证号", "身份证", "证件号码", "identity"], false),
    (&["职级", "rank"], false),
    (&["类别", "kind"], false),
    (&["技能", "skills"], false),
    (&["保险至", "cover until"], false),
    (&["居住社区", "home"], false),
];

/// What the columns are called (locale keys).
pub(crate) const KEYS: [&str; 9] = [
    "people-name",
    "people-org",
    "people-phone",
    "people-identity",
    "people-rank",
    "people-kind",
    "people-skills",
    "people-cover-until",
    "people-home",
];

/// What a row that can be read says.
pub(crate) struct Good {
    pub name: String,
    pub org: OrgId,
    pub phone: String,
    pub identity: String,
    pub rank: String,
    pub official: Option<bool>,
    pub skills: Option<String>,
    pub cover_until: Option<Day>,
    pub home: Option<PlaceId>,
    /// The actor may enter a new helper of this organisation with this home.
    pub mine: bool,
}

/// A community in which helpers live.
#[derive(Clone, Copy)]
struct Live {
    id: PlaceId,
    /// The actor arranges the work there.
    mine: bool,
}

/// What the rows refer to, read once.
#[derive(Default)]
pub(crate) struct Refs {
    /// Organisations by name; those the actor may not see are not there.
    orgs: HashMap<String, OrgId>,
    /// Those of them that are new, and entered when the first row of theirs is taken.
    new_orgs: HashMap<OrgId, String>,
    /// Organisations for which the actor may enter helpers wherever these live.
    own: HashSet<OrgId>,
    /// Communities by what a row calls them, or what is wrong with that.
    homes: HashMap<String, Result<Option<Live>, &'static str>>,
}

impl Refs {
    /// Looks up all that the rows of a file name. With `create` unknown organisations are new ones.
    pub async fn read(
        db: &impl ConnectionTrait,
        actor: &Actor,
        now: Timestamp,
        create: bool,
        (sheet, at): (&Sheet, &[Option<usize>; 9]),
    ) -> Result<Self> {
        let words = |column: usize| -> HashSet<String> {
            let of = |cells: &Vec<String>| at[column].map(|at| cells[at].replace('\n', " "));
            sheet
                .rows
                .iter()
                .filter_map(|(_, cells)| of(cells))
                .filter(|word| !word.is_empty())
                .collect()
        };
        let mut refs = Self::default();
        let names: Vec<String> = words(1)
            .into_iter()
            .filter(|name| name.chars().count() <= crate::org::NAME)
            .collect();
        refs.read_orgs(db, actor, &names).await?;
        let staff = actor.scope(Role::STAFF);
        if create {
            for name in names {
                refs.new_org(now, name, staff == Scope::Everything);
            }
        }
        for word in words(8) {
            let found = home::community(db, &Scope::Everything, &word).await?;
            let found = found.map(|place| {
                place.map(|p| Live {
                    id: p.id,
                    mine: staff.holds(&p.path),
                })
            });
            refs.homes.insert(word, found);
        }
        Ok(refs)
    }

    async fn read_orgs(&mut self, db: &impl ConnectionTrait, actor: &Actor, names: &[String]) -> Result<()> {
        for some in names.chunks(AT_ONCE) {
            let these = org::Entity::find()
                .select_only()
                .columns([org::Column::Name, org::Column::Id])
                .filter(org::Column::Name.is_in(some.iter().map(String::as_str)));
            let seen: Vec<(String, OrgId)> = these
                .clone()
                .filter(org_scope(actor))
                .into_tuple()
                .all(db)
                .await?;
            self.orgs.extend(seen);
            let own: Vec<(String, OrgId)> = these.filter(enters_for(actor)).into_tuple().all(db).await?;
            self.own.extend(own.into_iter().map(|(_, id)| id));
        }
        Ok(())
    }

    fn new_org(&mut self, now: Timestamp, name: String, own: bool) {
        if self.orgs.contains_key(&name) {
            return;
        }
        let id = OrgId::fresh(now);
        self.orgs.insert(name.clone(), id);
        self.new_orgs.insert(id, name);
        if own {
            self.own.insert(id);
        }
    }

    /// All organisations that were there before.
    pub fn known_orgs(&self) -> Vec<OrgId> {
        let all = self.orgs.values().copied();
        all.filter(|id| !self.new_orgs.contains_key(id)).collect()
    }

    /// The name of an organisation that is new, the first time it is asked for.
    pub fn take_new(&mut self, id: OrgId) -> Option<String> {
        self.new_orgs.remove(&id)
    }

    /// Reads a row; `None` when something is wrong, which the reader then tells.
    pub fn row(&self, texts: &Texts, reader: &mut Reader<'_, 9>) -> Option<Good> {
        let name = reader.required(0, NAME);
        let org = reader.required(1, crate::org::NAME);
        let org = self.orgs.get(&org).copied();
        if org.is_none() && reader.errors.iter().all(|e| e.field != KEYS[1]) {
            reader.error(1, "unknown");
        }
        let home = match self.homes.get(&reader.raw(8).replace('\n', " ")) {
            Some(Ok(live)) => *live,
            Some(Err(kind)) => {
                reader.error(8, kind);
                None
            }
            None => None,
        };
        let good = Good {
            name,
            org: org.unwrap_or_default(),
            phone: reader.phone(2),
            identity: reader.identity(3),
            rank: reader.text(4, RANK),
            official: kind(reader),
            skills: skills_of(texts, reader),
            cover_until: reader.day(7),
            home: home.map(|live| live.id),
            mine: home.is_some_and(|live| live.mine) || org.is_some_and(|org| self.own.contains(&org)),
        };
        reader.errors.is_empty().then_some(good)
    }
}

fn skills_of(texts: &Texts, reader: &mut Reader<'_, 9>) -> Option<String> {
    let cell = reader.raw(6);
    if cell.is_empty() {
        return None;
    }
    let skills = skills::read(texts, cell);
    if skills.is_none() {
        reader.error(6, "people-skill");
    }
    skills
}

fn kind(reader: &mut Reader<'_, 9>) -> Option<bool> {
    match reader.raw(5).to_lowercase().as_str() {
        "" => None,
        "公务" | "公务人员" | "公务员" | "在职" | "下沉人员" | "official" => Some(true),
        "志愿" | "志愿者" | "volunteer" => Some(false),
        _ => {
            reader.error(5, "people-kind");
            None
        }
    }
}
