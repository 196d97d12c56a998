//! What a statement is planned against: the lake's tables and views as `marts`, the catalogue's metrics
//! as `metrics`, and the system catalog.

mod comments;
mod functions;
mod listing;
mod marts;
mod system;

use crate::accounts::{Accounts, Comments};
use crate::error::internal;
use crate::measures::{self, Built, Measures};
use crate::session::Session;
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
    SchemaProvider,
};
use datafusion::execution::session_state::SessionState;
use datafusion::prelude::SessionContext;
use datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_pg_catalog::pg_catalog::{PgCatalogStaticTables, setup_pg_catalog};
use gyre_datafusion::{CATALOG, SCHEMA, Tables};
use marts::Marts;
use parking_lot::Mutex;
use pgwire::error::PgWireError;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use system::Database;

/// The schema with the lake's tables and views.
pub(crate) const MARTS: &str = "marts";
/// The schema with the metrics of the catalogue.
pub(crate) const METRICS: &str = "metrics";
/// The schema with the lake's tables alone.
pub(crate) const RAW: &str = "raw";

/// A schema by its name.
type Named = (String, Arc<dyn SchemaProvider>);

/// Makes sessions.
pub(crate) struct Catalogs {
    tables: Arc<dyn Tables>,
    accounts: Arc<dyn Accounts>,
    measures: Arc<dyn Measures>,
    has_raw: bool,
    fixed: Arc<PgCatalogStaticTables>,
    /// With the functions of the system: made once, because that takes a while.
    template: SessionState,
    databases: Mutex<HashMap<String, Arc<Database>>>,
}

impl fmt::Debug for Catalogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogs").field("measures", &self.measures).finish_non_exhaustive()
    }
}

impl Catalogs {
    pub(crate) fn new(
        tables: Arc<dyn Tables>,
        accounts: Arc<dyn Accounts>,
        measures: Arc<dyn Measures>,
        has_raw: bool,
    ) -> Result<Self, PgWireError> {
        let broken = |why| internal("the system catalog", &why);
        let moment = tables.moment().map_err(|why| internal("the lake", &why))?;
        let context = SessionContext::new_with_state(moment);
        context.register_udaf(measures::function());
        setup_pg_catalog(&context, CATALOG, EmptyContextProvider)
            .map_err(|why| internal("the system catalog", &why))?;
        let fixed = PgCatalogStaticTables::try_new().map_err(broken)?;
        Ok(Self {
            tables,
            accounts,
            measures,
            has_raw,
            fixed: Arc::new(fixed),
            template: context.state(),
            databases: Mutex::default(),
        })
    }

    /// The session of one statement: everything as it is now.
    pub(crate) async fn session(
        &self,
        session: &Arc<Session>,
    ) -> Result<SessionState, PgWireError> {
        let moment = self.tables.moment().map_err(|why| internal("the lake", &why))?;
        let database = self.database(&session.database)?;
        let topics = self.measures.topics(&session.database).await;
        let topics = topics.map_err(|why| internal("the metrics", &why))?;
        let metrics = database.metrics(&topics);
        let schemas = self.schemas(session, &moment, &metrics)?;
        let catalog = MemoryCatalogProvider::new();
        for (name, schema) in &schemas {
            register(&catalog, name, Arc::clone(schema))?;
        }
        register(&catalog, "pg_catalog", database.schema())?;
        let catalog: Arc<dyn CatalogProvider> = Arc::new(catalog);
        let catalogs = MemoryCatalogProviderList::new();
        catalogs.register_catalog(session.database.clone(), Arc::clone(&catalog));
        let mut state = self.template.clone();
        state.register_catalog_list(Arc::new(catalogs));
        *state.execution_props_mut() = moment.execution_props().clone();
        let path = session.settings.lock().search_path();
        let schema = path.into_iter().find(|name| catalog.schema(name).is_some());
        let defaults = &mut state.config_mut().options_mut().catalog;
        defaults.default_catalog = session.database.clone();
        defaults.default_schema = schema.unwrap_or_else(|| MARTS.to_owned());
        functions::register(&mut state, session, &database)?;
        let comments = || {
            let mut all = vec![(MARTS.to_owned(), self.described(&session.database))];
            all.push((METRICS.to_owned(), metrics.comments.clone()));
            if self.has_raw {
                all.push((RAW.to_owned(), self.accounts.comments()));
            }
            all
        };
        database.refresh(&state, &schemas, comments).await?;
        Ok(state)
    }

    fn described(&self, workspace: &str) -> Comments {
        let mut comments = self.accounts.comments();
        comments.extend(
            self.accounts.views(workspace).into_iter().map(|view| (view.name, view.described)),
        );
        comments
    }

    /// The schemas that hold tables, by name.
    fn schemas(
        &self,
        session: &Arc<Session>,
        moment: &SessionState,
        metrics: &Built,
    ) -> Result<Vec<Named>, PgWireError> {
        let tables = moment.catalog_list().catalog(CATALOG).and_then(|one| one.schema(SCHEMA));
        let Some(tables) = tables else { return Err(internal("the lake", &"no tables")) };
        let views = self.accounts.views(&session.database);
        let marts = Marts::new(Arc::clone(&tables), views, moment.clone());
        let metrics = metrics.schema(&self.measures, session);
        let metrics = metrics.map_err(|why| internal("the metrics", &why))?;
        let mut schemas: Vec<Named> =
            vec![(MARTS.to_owned(), Arc::new(marts)), (METRICS.to_owned(), metrics)];
        if self.has_raw {
            schemas.push((RAW.to_owned(), tables));
        }
        Ok(schemas)
    }

    fn database(&self, name: &str) -> Result<Arc<Database>, PgWireError> {
        let mut databases = self.databases.lock();
        if let Some(known) = databases.get(name) {
            return Ok(Arc::clone(known));
        }
        let database = Database::new(name, Arc::clone(&self.fixed));
        let database = Arc::new(database.map_err(|why| internal("the system catalog", &why))?);
        databases.insert(name.to_owned(), Arc::clone(&database));
        Ok(database)
    }
}

fn register(
    catalog: &MemoryCatalogProvider,
    name: &str,
    schema: Arc<dyn SchemaProvider>,
) -> Result<(), PgWireError> {
    match catalog.register_schema(name, schema) {
        Ok(_) => Ok(()),
        Err(why) => Err(internal("a schema", &why)),
    }
}
