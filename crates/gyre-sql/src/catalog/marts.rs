//! The schema `marts`: the lake's tables, and views over them that are planned when they are named.

use crate::accounts::View;
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::{TableType, ViewTable};
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement;
use sqlparser::ast;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Tables and views.
pub(super) struct Marts {
    tables: Arc<dyn SchemaProvider>,
    views: BTreeMap<String, View>,
    /// Where names in views are looked up: the tables.
    moment: SessionState,
}

impl fmt::Debug for Marts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Marts").field("views", &self.views.keys()).finish_non_exhaustive()
    }
}

impl Marts {
    pub(super) fn new(
        tables: Arc<dyn SchemaProvider>,
        views: Vec<View>,
        moment: SessionState,
    ) -> Self {
        let views = views.into_iter().map(|view| (view.name.clone(), view)).collect();
        Self { tables, views, moment }
    }
}

#[async_trait]
impl SchemaProvider for Marts {
    fn table_names(&self) -> Vec<String> {
        let mut names = self.tables.table_names();
        names.extend(self.views.keys().cloned());
        names.sort_unstable();
        names.dedup();
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        // As in HTTP queries, a view goes before a table of its name.
        let Some(view) = self.views.get(name) else { return self.tables.table(name).await };
        let query = ast::Statement::Query(view.query.clone());
        let text = query.to_string();
        let plan = self.moment.statement_to_plan(Statement::Statement(Box::new(query))).await?;
        Ok(Some(Arc::new(ViewTable::new(plan, Some(text)))))
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        if self.views.contains_key(name) {
            return Ok(Some(TableType::View));
        }
        self.tables.table_type(name).await
    }

    fn table_exist(&self, name: &str) -> bool {
        self.views.contains_key(name) || self.tables.table_exist(name)
    }
}
