//! The keys that sign passes. One signs, all verify: a key that is retired stays readable until its passes have ended.

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{SigningKey, VerifyingKey};
use kit::{Problem, Result, id::PassKeyId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr,
};
use sha2::{Digest, Sha256};
use shell::App;

use accounts::{Actor, audit};

use crate::{model::pass_key, pass::code::Signing};

/// Bytes of a key's name in a code.
const KID: usize = 8;

/// The verifying keys, by their names in codes.
#[derive(Debug, Clone, Default)]
pub struct Keys(HashMap<Vec<u8>, VerifyingKey>);

impl Keys {
    /// All keys of the deployment.
    pub async fn load(db: &impl ConnectionTrait) -> Result<Self> {
        let rows = pass_key::Entity::find().all(db).await?;
        Ok(Self(
            rows.into_iter()
                .filter_map(|row| {
                    let public: [u8; 32] = row.public.try_into().ok()?;
                    Some((row.kid, VerifyingKey::from_bytes(&public).ok()?))
                })
                .collect(),
        ))
    }

    /// The key of this name.
    pub fn get(&self, kid: &[u8]) -> Option<VerifyingKey> {
        self.0.get(kid).copied()
    }

    /// Names and keys, for phones.
    pub fn all(&self) -> impl Iterator<Item = (&[u8], &VerifyingKey)> {
        self.0.iter().map(|(kid, key)| (kid.as_slice(), key))
    }
}

/// The key that signs now; made when there is none.
pub async fn signing(app: &App) -> Result<Signing> {
    if let Some(row) = newest(app.store.read()).await? {
        return open(app, &row);
    }
    let tx = app.store.begin().await?;
    // Somebody may have been quicker.
    let row = match newest(&tx).await? {
        Some(row) => row,
        None => make(app, &tx).await?,
    };
    tx.commit().await?;
    open(app, &row)
}

/// Makes a new key and retires those before it. Passes that they signed stay good.
pub async fn rotate(app: &App, actor: &Actor) -> Result<Vec<u8>> {
    let tx = app.store.begin().await?;
    let now = app.now();
    pass_key::Entity::update_many()
        .col_expr(pass_key::Column::RetiredAt, Expr::value(now.millis()))
        .filter(pass_key::Column::RetiredAt.is_null())
        .exec(&tx)
        .await?;
    let row = make(app, &tx).await?;
    let entry = audit::Entry {
        action: "pass-key.rotate",
        subject: &name(&row.kid),
        community: None,
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    Ok(row.kid)
}

/// A key's name as people read it.
pub fn name(kid: &[u8]) -> String {
    use std::fmt::Write as _;
    kid.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

async fn newest(db: &impl ConnectionTrait) -> Result<Option<pass_key::Model>> {
    Ok(pass_key::Entity::find()
        .filter(pass_key::Column::RetiredAt.is_null())
        .order_by_desc(pass_key::Column::CreatedAt)
        .order_by_desc(pass_key::Column::Id)
        .one(db)
        .await?)
}

async fn make(app: &App, tx: &impl ConnectionTrait) -> Result<pass_key::Model> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|e| Problem::internal(e.to_string()))?;
    let public = SigningKey::from_bytes(&secret).verifying_key().to_bytes();
    let row = pass_key::Model {
        id: PassKeyId::fresh(app.now()),
        kid: Sha256::digest(public)[..KID].to_vec(),
        public: public.to_vec(),
        secret_sealed: app.cipher.encrypt(&BASE64_STANDARD.encode(secret))?,
        created_at: app.now(),
        retired_at: None,
    };
    pass_key::Entity::insert(pass_key::ActiveModel {
        id: Set(row.id),
        kid: Set(row.kid.clone()),
        public: Set(row.public.clone()),
        secret_sealed: Set(row.secret_sealed.clone()),
        created_at: Set(row.created_at),
        retired_at: Set(None),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(row)
}

fn open(app: &App, row: &pass_key::Model) -> Result<Signing> {
    let secret = app.cipher.decrypt(&row.secret_sealed)?;
    let secret: [u8; 32] = BASE64_STANDARD
        .decode(secret)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Problem::internal("a key that signs passes cannot be read"))?;
    Ok(Signing {
        kid: row.kid.clone(),
        key: SigningKey::from_bytes(&secret),
    })
}
