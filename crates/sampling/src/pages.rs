//! Pages of sampling: the plan, the tubes, the boxes, the results.

pub mod boxes;
pub mod plan;
pub mod results;
pub mod tube;
pub mod tubes;

use kit::Result;
use shell::App;

/// Notes an export in the audit trail.
pub async fn exported(app: &App, actor: &accounts::Actor, action: &'static str) -> Result<()> {
    let tx = app.store.begin().await?;
    let entry = accounts::audit::Entry {
        action,
        subject: "",
        community: None,
    };
    accounts::audit::note(&tx, actor, app.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}
