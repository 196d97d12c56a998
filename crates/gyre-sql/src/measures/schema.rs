//! The schema `metrics`: two tables per topic, and what they mean.

use super::daily::{self, DAYS, Daily};
use super::topic::Table;
use super::{DAY, Measures, TIME, Topic};
use crate::accounts::{Comments, Described};
use crate::session::Session;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::common::Result;
use std::sync::Arc;

/// The tables of topics.
pub(crate) fn schema(
    topics: &[Arc<Topic>],
    measures: &Arc<dyn Measures>,
    session: &Arc<Session>,
) -> Result<Arc<dyn SchemaProvider>> {
    let schema = MemorySchemaProvider::new();
    for topic in topics {
        let table = Arc::new(Table::new(Arc::clone(topic)));
        schema.register_table(topic.name.clone(), table)?;
        if topic.measures.iter().any(|one| one.is_daily) {
            let daily = Daily::new(Arc::clone(topic), Arc::clone(measures), Arc::clone(session));
            schema.register_table(daily::name(topic), Arc::new(daily))?;
        }
    }
    Ok(Arc::new(schema))
}

/// What they mean.
pub(crate) fn described(topics: &[Arc<Topic>]) -> Comments {
    let mut all = Comments::new();
    for topic in topics {
        let about = &topic.about;
        let table = format!("{about} Its measures are asked for with MEASURE(name).");
        let mut columns = vec![(TIME.to_owned(), "When; group by date_trunc.".to_owned())];
        columns.extend(topic.dimensions.iter().cloned());
        columns.extend(topic.measures.iter().map(|one| (one.name.clone(), one.about.clone())));
        let described = Described { table: Some(table), columns: columns.into_iter().collect() };
        all.insert(topic.name.clone(), described);
        let table = format!(
            "{about} A row per day (UTC), the last {DAYS} unless a condition on day says otherwise."
        );
        let mut columns = vec![(DAY.to_owned(), "The day, in UTC.".to_owned())];
        let daily = topic.measures.iter().filter(|one| one.is_daily);
        columns.extend(daily.map(|one| (one.name.clone(), one.about.clone())));
        let described = Described { table: Some(table), columns: columns.into_iter().collect() };
        all.insert(daily::name(topic), described);
    }
    all
}
