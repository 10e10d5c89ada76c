//! Answers that are remembered: what a question marked so was answered is known of the household, resident, business or
//! unit from then on ([`people::known`]).

use std::collections::{HashMap, HashSet};

use field::Record;
use kit::{
    Problem, Result, Timestamp,
    id::{PlaceId, RecordId, RoundId, TargetId},
};
use people::known::{self, Said};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use store::Cipher;

use crate::{
    body::Visited,
    form::{Answers, Form},
    forms,
    model::{outcome, round},
};

/// Where and when answers were given.
struct Given {
    community: PlaceId,
    target: TargetId,
    at: Timestamp,
    record: RecordId,
}

/// What answers say that is to be remembered. What does not fit its question is kept with the record only.
fn said(round: &round::Model, form: &Form, given: &Given, answers: &Answers) -> Result<Vec<Said>> {
    let unfit = form.unfit(answers);
    let mut all = Vec::new();
    for question in form.questions.iter().filter(|one| one.remembers()) {
        let Some(answer) = answers.get(&question.name) else {
            continue;
        };
        if unfit.contains(&question.name) || !form.shows(question, answers) {
            continue;
        }
        let words = question.said(answer);
        all.push(Said {
            community: given.community,
            subject: given.target,
            whose: round.reach.whose(),
            name: question.name.clone(),
            words: known::Words {
                value: serde_json::to_value(answer).map_err(Problem::internal)?,
                asked: [question.words.zh.clone(), question.words.either(true).to_owned()],
                said: [words.zh, words.en],
            },
            at: given.at,
            record: Some(given.record),
        });
    }
    Ok(all)
}

/// The rounds of these ids whose forms remember something, with their forms.
async fn remembering(
    tx: &impl ConnectionTrait,
    ids: HashSet<RoundId>,
) -> Result<HashMap<RoundId, (round::Model, Form)>> {
    let mut found = HashMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let rounds = round::Entity::find()
        .filter(round::Column::Id.is_in(ids))
        .filter(round::Column::FormId.is_not_null())
        .all(tx)
        .await?;
    for round in rounds {
        if let Some(form) = forms::of(tx, &round).await?
            && !form.remembered().is_empty()
        {
            found.insert(round.id, (round, form));
        }
    }
    Ok(found)
}

/// Takes in what records say.
pub(crate) async fn learn(
    tx: &impl ConnectionTrait,
    cipher: &Cipher,
    taken: &[(&Record, Visited)],
) -> Result<()> {
    let answered = || taken.iter().filter(|(_, body)| !body.answers.is_empty());
    let rounds = remembering(tx, answered().map(|(_, body)| body.round).collect()).await?;
    let mut all = Vec::new();
    for (record, body) in answered() {
        let Some((round, form)) = rounds.get(&body.round) else {
            continue;
        };
        let given = Given {
            community: record.community,
            target: body.target,
            at: record.happened_at(),
            record: record.id,
        };
        all.extend(said(round, form, &given, &body.answers)?);
    }
    known::learn(tx, cipher, all).await
}

/// A record was taken back: what it said is forgotten, and what others said before counts again.
pub(crate) async fn unlearn(
    tx: &impl ConnectionTrait,
    cipher: &Cipher,
    community: PlaceId,
    target: TargetId,
    record: RecordId,
) -> Result<()> {
    known::forget(tx, record).await?;
    let rows = outcome::Entity::find()
        .filter(outcome::Column::TargetId.eq(target))
        .filter(outcome::Column::CommunityId.eq(community))
        .filter(outcome::Column::AnswersSealed.is_not_null())
        .all(tx)
        .await?;
    let rounds = remembering(tx, rows.iter().map(|row| row.round_id).collect()).await?;
    let mut all = Vec::new();
    for row in rows {
        let (Some((round, form)), Some(sealed)) = (rounds.get(&row.round_id), &row.answers_sealed) else {
            continue;
        };
        let answers: Answers = serde_json::from_str(&cipher.decrypt(sealed)?).map_err(Problem::internal)?;
        let given = Given {
            community,
            target,
            at: row.at,
            record: row.id,
        };
        all.extend(said(round, form, &given, &answers)?);
    }
    known::learn(tx, cipher, all).await
}
