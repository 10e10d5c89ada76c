//! Import of helpers: a row a person.

use std::collections::{HashMap, HashSet};

use accounts::{Actor, audit};
use kit::{
    Problem, Result, Role, Timestamp,
    id::{HelperId, OrgId},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};
use shell::App;

use crate::{
    import::{ImportReport, Marks, Rejected, Same, Suspect, read, same},
    import_helpers_rows::{COLUMNS, Good, KEYS, Refs},
    import_helpers_write as write,
    import_rows::Reader,
    model::helper,
    numbers::Sealed,
    queries::AT_ONCE,
    scope::{helper_rights, helper_scope},
};

/// How helpers are imported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Tell what would happen, and keep nothing.
    pub dry_run: bool,
    /// Enter organisations that are not known; for those who arrange the work. Otherwise their rows
    /// are rejected.
    pub create_orgs: bool,
}

/// Imports helpers. For those who arrange the work and for coordinators.
pub async fn helpers(app: &App, actor: &Actor, bytes: Vec<u8>, options: Options) -> Result<ImportReport> {
    if !actor.has(Role::STAFF) && !actor.has(&[Role::Coordinator]) {
        return Err(Problem::forbidden());
    }
    let sheet = read(bytes).await?;
    let at = sheet.columns(COLUMNS)?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let create = options.create_orgs && actor.has(Role::STAFF);
    let mut import = Import {
        app,
        actor,
        now,
        report: ImportReport {
            dry_run: options.dry_run,
            rows: sheet.rows.len(),
            head: sheet.head.clone(),
            ..ImportReport::default()
        },
        refs: Refs::read(&tx, actor, now, create, (&sheet, &at)).await?,
        people: Vec::new(),
        by_name: HashMap::new(),
        editable: None,
    };
    import.read_people(&tx).await?;
    for (line, cells) in sheet.rows {
        if let Err(reasons) = import.row(line, &cells, &at)? {
            import.report.rejected.push(Rejected { line, cells, reasons });
        }
    }
    let mut report = import.finish(&tx).await?;
    if options.dry_run {
        tx.rollback().await?;
    } else {
        let subject = format!("+{} ~{}", report.added, report.changed);
        let entry = audit::Entry {
            action: "helper.import",
            subject: &subject,
            community: None,
        };
        audit::note(&tx, actor, now, entry).await?;
        tx.commit().await?;
    }
    report.suspects.sort_by_key(|suspect| suspect.line);
    Ok(report)
}

/// A helper as they are in memory during an import.
pub(crate) struct Person {
    pub model: helper::Model,
    pub line: usize,
    pub new: bool,
    /// Locale keys of columns that changed.
    pub changed: Vec<&'static str>,
}

struct Import<'a> {
    app: &'a App,
    actor: &'a Actor,
    now: Timestamp,
    report: ImportReport,
    refs: Refs,
    people: Vec<Person>,
    by_name: HashMap<(OrgId, String), Vec<usize>>,
    /// Helpers that the actor may change; `None` for all.
    editable: Option<HashSet<HelperId>>,
}

impl Import<'_> {
    async fn read_people(&mut self, tx: &impl ConnectionTrait) -> Result<()> {
        let all = self.actor.scope(Role::STAFF) == store::Scope::Everything;
        let mut editable = HashSet::new();
        for some in self.refs.known_orgs().chunks(AT_ONCE) {
            let of = helper::Column::OrgId.is_in(some.iter().copied());
            for model in helper::Entity::find().filter(of.clone()).all(tx).await? {
                self.keep(Person {
                    model,
                    line: 0,
                    new: false,
                    changed: Vec::new(),
                });
            }
            if !all {
                let ids: Vec<HelperId> = helper::Entity::find()
                    .select_only()
                    .column(helper::Column::Id)
                    .filter(of)
                    .filter(helper_rights(self.actor))
                    .into_tuple()
                    .all(tx)
                    .await?;
                editable.extend(ids);
            }
        }
        self.editable = (!all).then_some(editable);
        Ok(())
    }

    fn keep(&mut self, person: Person) {
        let (at, it) = (self.people.len(), &person.model);
        if let Some(org) = it.org_id {
            self.by_name.entry((org, it.name.clone())).or_default().push(at);
        }
        self.people.push(person);
    }

    /// Takes one row; the inner error are the reasons why not.
    fn row(
        &mut self,
        line: usize,
        cells: &[String],
        at: &[Option<usize>; 9],
    ) -> Result<Result<(), Vec<kit::FieldError>>> {
        let mut reader = Reader::new(cells, at, &KEYS);
        let Some(good) = self.refs.row(&self.app.texts, &mut reader) else {
            return Ok(Err(reader.errors));
        };
        let phone = (!good.phone.is_empty()).then(|| self.app.cipher.index(&good.phone));
        let identity = (!good.identity.is_empty()).then(|| self.app.cipher.index(&good.identity));
        let marks = Marks {
            phone: phone.as_ref(),
            identity: identity.as_ref(),
        };
        match self.same(good.org, &good.name, marks) {
            Same::One(there) => {
                let person = &self.people[there];
                let id = person.model.id;
                if !person.new && self.editable.as_ref().is_some_and(|ids| !ids.contains(&id)) {
                    reader.error(1, "people-not-yours");
                    return Ok(Err(reader.errors));
                }
                self.update(there, line, good, marks)?;
            }
            Same::Nobody if good.mine => self.add(line, good)?,
            Same::Nobody => {
                // Whoever enters a helper must be able to see them afterwards.
                reader.error(8, "people-not-yours");
                return Ok(Err(reader.errors));
            }
            Same::Several => {
                reader.error(2, "people-ambiguous");
                return Ok(Err(reader.errors));
            }
        }
        Ok(Ok(()))
    }

    /// Whom the row means among the organisation's people of this name.
    fn same(&self, org: OrgId, name: &str, row: Marks<'_>) -> Same {
        let candidates = self.by_name.get(&(org, name.to_owned()));
        let candidates = candidates.into_iter().flatten().map(|at| {
            let it = &self.people[*at].model;
            let marks = Marks {
                phone: it.phone_index.as_ref(),
                identity: it.identity_index.as_ref(),
            };
            (*at, marks)
        });
        same(candidates, row, true)
    }

    fn update(
        &mut self,
        at: usize,
        line: usize,
        good: Good,
        Marks { phone, identity }: Marks<'_>,
    ) -> Result<()> {
        let person = &mut self.people[at];
        let (it, mut changed) = (&mut person.model, Vec::new());
        if phone.is_some() && it.phone_index.as_ref() != phone {
            let sealed = Sealed::new(&self.app.cipher, &good.phone)?;
            (it.phone_sealed, it.phone_index) = (sealed.sealed, sealed.index);
            changed.push(KEYS[2]);
        }
        if identity.is_some() && it.identity_index.as_ref() != identity {
            let sealed = Sealed::new(&self.app.cipher, &good.identity)?;
            (it.identity_sealed, it.identity_index) = (sealed.sealed, sealed.index);
            changed.push(KEYS[3]);
        }
        let mut put = |different: bool, key| {
            if different {
                changed.push(key);
            }
            different
        };
        if put(!good.rank.is_empty() && it.rank != good.rank, KEYS[4]) {
            it.rank = good.rank;
        }
        if put(good.official.is_some_and(|o| o != it.official), KEYS[5]) {
            it.official = good.official.unwrap_or_default();
        }
        if put(good.skills.as_ref().is_some_and(|s| *s != it.skills), KEYS[6]) {
            it.skills = good.skills.unwrap_or_default();
        }
        if put(
            good.cover_until.is_some() && it.cover_until != good.cover_until,
            KEYS[7],
        ) {
            it.cover_until = good.cover_until;
        }
        if put(good.home.is_some() && it.home_id != good.home, KEYS[8]) {
            it.home_id = good.home;
        }
        if changed.is_empty() {
            self.report.unchanged += 1;
        } else {
            self.report.change(line, &it.name, changed.clone());
            person.changed.extend(changed);
        }
        Ok(())
    }

    fn add(&mut self, line: usize, good: Good) -> Result<()> {
        let (phone, identity) = (
            Sealed::new(&self.app.cipher, &good.phone)?,
            Sealed::new(&self.app.cipher, &good.identity)?,
        );
        let spelling = places::pinyin::of(&good.name);
        self.report.added += 1;
        self.keep(Person {
            model: helper::Model {
                id: HelperId::fresh(self.now),
                org_id: Some(good.org),
                name: good.name,
                pinyin: spelling.full,
                initials: spelling.initials,
                phone_sealed: phone.sealed,
                phone_index: phone.index,
                identity_sealed: identity.sealed,
                identity_index: identity.index,
                rank: good.rank,
                official: good.official.unwrap_or(false),
                skills: good.skills.unwrap_or_default(),
                cover_until: good.cover_until,
                home_id: good.home,
                resident_id: None,
                active: true,
                created_at: self.now,
            },
            line,
            new: true,
            changed: Vec::new(),
        });
        Ok(())
    }

    async fn finish(mut self, tx: &impl ConnectionTrait) -> Result<ImportReport> {
        for person in self.people.iter().filter(|p| p.new) {
            if let Some(id) = person.model.org_id
                && let Some(name) = self.refs.take_new(id)
            {
                crate::org::insert(tx, self.now, id, &name, None, |_| ()).await?;
                self.report.orgs += 1;
            }
        }
        let scope = helper_scope(self.actor);
        for (line, name, same_identity, org) in write::suspects(tx, &scope, &self.people).await? {
            self.report.suspect(Suspect {
                line,
                name,
                same_identity,
                other: org,
            });
        }
        let (new, old): (Vec<Person>, Vec<Person>) = self.people.into_iter().partition(|p| p.new);
        write::insert(tx, new.into_iter().map(|p| p.model)).await?;
        for person in old.into_iter().filter(|p| !p.changed.is_empty()) {
            let row = person.model.into_active_model().reset_all();
            helper::Entity::update(row).exec_without_returning(tx).await?;
        }
        Ok(self.report)
    }
}
