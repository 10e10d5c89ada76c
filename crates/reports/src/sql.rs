//! Statements written by hand, for both engines: `$1` parameters, and scopes as conditions.

use kit::Result;
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use store::{Scope, scope::COMMUNITY_KINDS};

/// The values of a statement while its text is put together.
#[derive(Debug, Default)]
pub(crate) struct Values(Vec<Value>);

impl Values {
    /// Keeps a value; returns the parameter that stands for it.
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len())
    }

    /// Rows of places (or of whatever carries a path) in the subtree of `path`.
    pub fn under(&mut self, column: &str, path: &str) -> String {
        let least = self.bind(path);
        // '~' sorts after every character of a path.
        let above = self.bind(format!("{path}~"));
        format!("({column} >= {least} AND {column} < {above})")
    }

    /// Rows whose community (in `column`) lies in the scope.
    pub fn within(&mut self, column: &str, scope: &Scope) -> String {
        match scope {
            Scope::Everything => "1 = 1".to_owned(),
            Scope::Nothing => "1 = 0".to_owned(),
            Scope::Within(paths) => {
                let ids: Vec<String> = paths
                    .iter()
                    .map(|path| {
                        let under = self.under("path", path);
                        let kinds = COMMUNITY_KINDS.join("', '");
                        format!("SELECT id FROM places WHERE kind IN ('{kinds}') AND {under}")
                    })
                    .collect();
                format!("{column} IN ({})", ids.join(" UNION ALL "))
            }
        }
    }

    /// Runs the statement.
    pub async fn all(self, db: &impl ConnectionTrait, text: &str) -> Result<Vec<QueryResult>> {
        let statement = Statement::from_sql_and_values(db.get_database_backend(), text, self.0);
        Ok(db.query_all_raw(statement).await?)
    }
}
