//! Import of a community's roster: a row a household, or a resident.
//!
//! What the community has is read once, every row is worked out in memory, and what is new is written
//! some thousand rows at a time, all in one transaction: 100,000 residents take seconds.

use std::collections::HashMap;

use accounts::{Actor, audit};
use kit::{
    FieldError, Problem, Result, Role, Timestamp,
    id::{HouseholdId, PlaceId, ResidentId, TargetId},
};
use places::{
    compounds::Cache,
    model::{PlaceKind, place},
    tree,
};
use sea_orm::ConnectionTrait;
use shell::App;

use crate::{
    household,
    import::{ImportReport, Marks, Rejected, Same, Suspect, read, same},
    import_roster_rows::{COLUMNS, Good, Home, KEYS, Person, State},
    import_roster_write as write,
    import_rows::Reader,
    known::Whose,
};

/// How a roster is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whose roster it is.
    pub community: PlaceId,
    /// Tell what would happen, and keep nothing.
    pub dry_run: bool,
}

/// Rows after which other tasks get their turn.
const TURN: usize = 500;

/// Imports a roster. The actor must be staff of the community.
pub async fn roster(app: &App, actor: &Actor, bytes: Vec<u8>, options: Options) -> Result<ImportReport> {
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
    let mut import = Import::read(&tx, app, now, community).await?;
    import.report = ImportReport {
        dry_run: options.dry_run,
        rows: sheet.rows.len(),
        head: sheet.head,
        ..ImportReport::default()
    };
    for (number, (line, cells)) in sheet.rows.into_iter().enumerate() {
        if number % TURN == 0 {
            tokio::task::yield_now().await;
        }
        if let Err(reasons) = import.row(&tx, line, &cells, &at).await? {
            import.report.rejected.push(Rejected { line, cells, reasons });
        }
    }
    let community = import.community.id;
    let report = import.finish(&tx, actor).await?;
    if options.dry_run {
        tx.rollback().await?;
    } else {
        let subject = format!("+{} ~{}", report.added, report.changed);
        let entry = audit::Entry {
            action: "resident.import",
            subject: &subject,
            community: Some(community),
        };
        audit::note(&tx, actor, now, entry).await?;
        tx.commit().await?;
    }
    Ok(report)
}

pub(crate) struct Import<'a> {
    pub app: &'a App,
    pub now: Timestamp,
    pub community: place::Model,
    pub homes: Vec<Home>,
    pub people: Vec<Person>,
    pub cache: Cache,
    pub report: ImportReport,
    /// Facts that the file corrects: what was recorded before does not overwrite them.
    pub said: Vec<(Whose, TargetId, Vec<&'static str>)>,
    by_flat: HashMap<(PlaceId, String), usize>,
    /// The place of a building or unit by what a row calls it, so that most rows ask nobody.
    seats: HashMap<[String; 3], PlaceId>,
}

impl<'a> Import<'a> {
    async fn read(
        tx: &impl ConnectionTrait,
        app: &'a App,
        now: Timestamp,
        community: place::Model,
    ) -> Result<Self> {
        let (homes, people) = write::existing(tx, community.id).await?;
        let mut by_flat = HashMap::with_capacity(homes.len());
        for (at, home) in homes.iter().enumerate() {
            by_flat.entry((home.place, home.label.clone())).or_insert(at);
        }
        Ok(Self {
            app,
            now,
            community,
            homes,
            people,
            cache: Cache::new(),
            report: ImportReport::default(),
            said: Vec::new(),
            by_flat,
            seats: HashMap::new(),
        })
    }

    /// Takes one row; the inner error are the reasons why not.
    async fn row(
        &mut self,
        tx: &impl ConnectionTrait,
        line: usize,
        cells: &[String],
        at: &[Option<usize>; 14],
    ) -> Result<Result<(), Vec<FieldError>>> {
        let mut reader = Reader::new(cells, at, &KEYS);
        let Some((seat, label, good)) = Good::read(&mut reader) else {
            return Ok(Err(reader.errors));
        };
        let place = self.seat(tx, seat).await?;
        let (home, fresh) = self.home(place, label, line, &good);
        if good.name.is_empty() {
            self.household(home, fresh, line, &good);
            return Ok(Ok(()));
        }
        let phone = (!good.phone.is_empty()).then(|| self.app.cipher.index(&good.phone));
        let identity = (!good.identity.is_empty()).then(|| self.app.cipher.index(&good.identity));
        let marks = Marks {
            phone: phone.as_ref(),
            identity: identity.as_ref(),
        };
        match self.same(home, &good.name, marks) {
            Same::One(there) => self.update(there, line, good, phone, identity),
            Same::Nobody => self.add(home, line, good, phone, identity),
            Same::Several => {
                reader.error(7, "people-ambiguous");
                return Ok(Err(reader.errors));
            }
        }
        Ok(Ok(()))
    }

    async fn seat(&mut self, tx: &impl ConnectionTrait, names: [String; 3]) -> Result<PlaceId> {
        if let Some(place) = self.seats.get(&names) {
            return Ok(*place);
        }
        let words = [&names[0], &names[1], &names[2]].map(String::as_str);
        let id = household::ensure(tx, self.now, self.community.id, words, &mut self.cache).await?;
        self.seats.insert(names, id);
        Ok(id)
    }

    /// The household of a flat, and whether this row is the first to name it.
    fn home(&mut self, place: PlaceId, label: String, line: usize, good: &Good) -> (usize, bool) {
        let floor = household::floor(good.floor, &label);
        if let Some(at) = self.by_flat.get(&(place, label.clone())) {
            let home = &mut self.homes[*at];
            // Only a floor that was given corrects one that is there.
            if floor != home.floor && (good.floor != 0 || home.floor == 0) {
                home.floor = floor;
                // A new household is told of as such.
                home.state.touch();
                if home.state != State::New {
                    self.report.change(line, &label, vec![KEYS[4]]);
                }
            }
            return (*at, false);
        }
        let at = self.homes.len();
        self.by_flat.insert((place, label.clone()), at);
        self.homes.push(Home {
            id: HouseholdId::fresh(self.now),
            place,
            label,
            floor,
            cannot_shop: false,
            needs: String::new(),
            state: State::New,
            people: Vec::new(),
        });
        self.report.households += 1;
        (at, true)
    }

    /// A row without a name is about the household itself.
    fn household(&mut self, at: usize, fresh: bool, line: usize, good: &Good) {
        let home = &mut self.homes[at];
        let mut changed = Vec::new();
        if let Some(cannot) = good.cannot_shop.filter(|cannot| *cannot != home.cannot_shop) {
            home.cannot_shop = cannot;
            changed.push(KEYS[10]);
        }
        if !good.needs.is_empty() && good.needs != home.needs {
            home.needs.clone_from(&good.needs);
            changed.push(KEYS[11]);
        }
        if fresh {
            return;
        }
        if changed.is_empty() {
            self.report.unchanged += 1;
        } else {
            home.state.touch();
            // The list of changes names a household by its flat.
            let label = home.label.clone();
            self.said
                .push((Whose::Household, TargetId(home.id.0), facts(&changed)));
            self.report.change(line, &label, changed);
        }
    }

    /// Whom the row means in this household: whoever has its identity number, however the name is
    /// written now, else by name.
    fn same(&self, home: usize, name: &str, row: Marks<'_>) -> Same {
        let here = &self.homes[home].people;
        if let Some(at) = here
            .iter()
            .find(|at| row.identity.is_some() && self.people[**at].identity_index.as_ref() == row.identity)
        {
            return Same::One(*at);
        }
        let candidates = here.iter().filter(|at| self.people[**at].name == name).map(|at| {
            let it = &self.people[*at];
            let marks = Marks {
                phone: it.phone_index.as_ref(),
                identity: it.identity_index.as_ref(),
            };
            (*at, marks)
        });
        same(candidates, row, false)
    }

    fn update(
        &mut self,
        at: usize,
        line: usize,
        good: Good,
        phone: Option<Vec<u8>>,
        identity: Option<Vec<u8>>,
    ) {
        let it = &mut self.people[at];
        let mut changed = Vec::new();
        if it.name != good.name {
            it.name = good.name;
            changed.push(KEYS[5]);
        }
        if phone.is_some() && it.phone_index != phone {
            (it.phone, it.phone_index) = (Some(good.phone), phone);
            changed.push(KEYS[6]);
        }
        if identity.is_some() && it.identity_index != identity {
            (it.identity, it.identity_index) = (Some(good.identity), identity);
            changed.push(KEYS[7]);
        }
        if !good.language.is_empty() && it.language != good.language {
            it.language = good.language;
            changed.push(KEYS[8]);
        }
        if let Some(alone) = good.lives_alone.filter(|alone| *alone != it.lives_alone) {
            it.lives_alone = alone;
            changed.push(KEYS[9]);
        }
        if let Some(cannot) = good.cannot_shop.filter(|cannot| *cannot != it.cannot_shop) {
            it.cannot_shop = cannot;
            changed.push(KEYS[10]);
        }
        if !good.needs.is_empty() && it.needs != good.needs {
            it.needs = good.needs;
            changed.push(KEYS[11]);
        }
        if let Some(born) = good.born.filter(|born| *born != it.born) {
            it.born = born;
            changed.push(KEYS[12]);
        }
        if let Some(doses) = good.doses.filter(|doses| *doses != it.doses) {
            it.doses = doses;
            changed.push(KEYS[13]);
        }
        if changed.is_empty() {
            self.report.unchanged += 1;
        } else {
            it.state.touch();
            let name = it.name.clone();
            self.said
                .push((Whose::Resident, TargetId(it.id.0), facts(&changed)));
            self.report.change(line, &name, changed);
        }
    }

    fn add(
        &mut self,
        home: usize,
        line: usize,
        good: Good,
        phone: Option<Vec<u8>>,
        identity: Option<Vec<u8>>,
    ) {
        self.homes[home].people.push(self.people.len());
        self.report.added += 1;
        self.people.push(Person {
            id: ResidentId::fresh(self.now),
            home,
            name: good.name,
            phone: phone.is_some().then_some(good.phone),
            identity: identity.is_some().then_some(good.identity),
            phone_index: phone,
            identity_index: identity,
            language: good.language,
            lives_alone: good.lives_alone.unwrap_or(false),
            cannot_shop: good.cannot_shop.unwrap_or(false),
            needs: good.needs,
            born: good.born.unwrap_or(0),
            doses: good.doses.unwrap_or(-1),
            line,
            state: State::New,
        });
    }

    async fn finish(mut self, tx: &impl ConnectionTrait, actor: &Actor) -> Result<ImportReport> {
        self.report.places = usize::try_from(self.cache.created).unwrap_or(usize::MAX);
        for suspect in write::suspects(tx, actor, &self).await? {
            self.report.suspect(suspect);
        }
        write::all(tx, &self).await?;
        Ok(self.report)
    }

    /// `香泉小区 3号楼 2单元 502`
    pub(crate) fn address(&self, home: usize) -> String {
        let home = &self.homes[home];
        let mut words = vec![home.label.as_str()];
        let mut at = self.cache.place(home.place);
        while let Some(place) = at.filter(|place| place.kind > PlaceKind::Community) {
            words.push(&place.name);
            at = place.parent_id.and_then(|id| self.cache.place(id));
        }
        words.reverse();
        words.join(" ")
    }
}

/// The facts among columns, by their names.
fn facts(columns: &[&'static str]) -> Vec<&'static str> {
    columns
        .iter()
        .filter_map(|column| {
            Some(match *column {
                "people-born" => "born",
                "people-cannot-shop" => "cannot_shop",
                "people-doses" => "doses",
                "people-language" => "language",
                "people-lives-alone" => "lives_alone",
                "people-needs" => "needs",
                _ => return None,
            })
        })
        .collect()
}

impl Suspect {
    pub(crate) fn of(person: &Person, same_identity: bool, other: String) -> Self {
        Self {
            line: person.line,
            name: person.name.clone(),
            same_identity,
            other,
        }
    }
}
