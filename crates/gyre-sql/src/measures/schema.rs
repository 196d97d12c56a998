//! The schema `metrics`: the tables of each topic, and what they mean.

use super::daily::{self, DAYS, Daily, Days};
use super::topic::Table;
use super::{AGES, DAY, Measures, TIME, Topic, Topics};
use crate::accounts::{Comments, Described};
use crate::session::Session;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::common::Result;
use std::sync::Arc;

/// What is made of topics. It is the same for all statements and connections of a workspace, as long as
/// its topics are.
#[derive(Debug)]
pub(crate) struct Built {
    topics: Topics,
    tables: Vec<Arc<Table>>,
    days: Vec<Arc<Days>>,
    /// What the tables mean.
    pub(crate) comments: Comments,
}

impl Built {
    pub(crate) fn new(topics: &Topics) -> Self {
        let tables = topics.iter().map(|topic| Arc::new(Table::new(Arc::clone(topic))));
        let daily = topics.iter().filter(|topic| has_days(topic));
        Self {
            tables: tables.collect(),
            days: daily.map(|topic| Arc::new(Days::new(Arc::clone(topic)))).collect(),
            comments: described(topics),
            topics: Arc::clone(topics),
        }
    }

    /// Whether it was made of these very topics.
    pub(crate) fn is_of(&self, topics: &Topics) -> bool {
        Arc::ptr_eq(&self.topics, topics)
    }

    /// The tables of topics, for a connection.
    pub(crate) fn schema(
        &self,
        measures: &Arc<dyn Measures>,
        session: &Arc<Session>,
    ) -> Result<Arc<dyn SchemaProvider>> {
        let schema = MemorySchemaProvider::new();
        for table in &self.tables {
            let provider = Arc::clone(table);
            schema.register_table(table.topic.name.clone(), provider)?;
        }
        for days in &self.days {
            let daily = Daily::new(Arc::clone(days), Arc::clone(measures), Arc::clone(session));
            schema.register_table(daily::name(&days.topic), Arc::new(daily))?;
        }
        Ok(Arc::new(schema))
    }
}

fn has_days(topic: &Topic) -> bool {
    topic.measures.iter().any(|one| one.is_daily)
}

fn described(topics: &[Arc<Topic>]) -> Comments {
    let mut all = Comments::new();
    for topic in topics {
        let about = &topic.about;
        let by = if topic.has_ages { ", by one column of age" } else { "" };
        let table = format!("{about} Its measures are asked for with MEASURE(name){by}.");
        let mut columns = vec![(TIME.to_owned(), "When; group by date_trunc.".to_owned())];
        let ages = AGES.iter().filter(|_| topic.has_ages);
        columns.extend(ages.map(|(name, unit)| {
            let long = if *unit == "month" { " of 30 days" } else { "" };
            ((*name).to_owned(), format!("How old the cohort was, in {unit}s{long}; from 0 on."))
        }));
        columns.extend(topic.dimensions.iter().cloned());
        columns.extend(topic.measures.iter().map(|one| (one.name.clone(), one.about.clone())));
        let described = Described { table: Some(table), columns: columns.into_iter().collect() };
        all.insert(topic.name.clone(), described);
        if !has_days(topic) {
            continue;
        }
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
