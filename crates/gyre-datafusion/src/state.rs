//! The session state: the one place where Gyre's functions are registered, with limits on memory
//! and disk, and a clock that is given.

use crate::error::failure;
use crate::memory::LenientPool;
use chrono::DateTime;
use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider,
    SchemaProvider, TableProvider,
};
use datafusion::execution::memory_pool::{MemoryPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use gyre_model::Timestamp;
use gyre_ports::Result;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

/// The catalog that holds the tables.
pub const CATALOG: &str = "gyre";
/// The schema that holds the tables; the one SQL clients expect.
pub const SCHEMA: &str = "public";

/// How many consumers an out-of-memory error names.
const NAMED_CONSUMERS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(2);

/// What queries may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Memory of one query's sorts, groups and joins, in bytes; beyond it they spill or fail with kind
    /// `Busy`.
    pub memory: usize,
    /// How many queries run at once; the others wait in line.
    pub at_once: usize,
    /// Where they spill; the system's temporary folder when absent.
    pub spill: Option<PathBuf>,
    /// How much they may spill, in bytes, all together.
    pub spill_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 512 << 20, at_once: 4, spill: None, spill_bytes: 8 << 30 }
    }
}

/// What a sort keeps back to merge what it spilled, in bytes. DataFusion's 10 MiB for each of a query's
/// many small sorts would be more than all its memory.
const SORT_RESERVE: usize = 1 << 20;

/// How many sorted runs are read at once, each with room for two batches. Without a bound a merge takes all
/// memory that is left, and the sort of a join's other side finds none.
const MERGED_AT_ONCE: usize = 8;

/// The runtime that all queries share; what is not run for one query has its memory.
pub fn gyre_runtime(limits: &Limits) -> Result<Arc<RuntimeEnv>> {
    let mut builder = RuntimeEnvBuilder::new()
        .with_memory_pool(pool(limits))
        .with_max_temp_directory_size(limits.spill_bytes)
        .with_max_spill_merge_fan_in(MERGED_AT_ONCE);
    if let Some(spill) = &limits.spill {
        builder = builder.with_temp_file_path(spill);
    }
    builder.build_arc().map_err(failure)
}

/// A state's runtime with memory for one query, which no other query can take from it.
///
/// Where joins sort both sides ([`crate::spilling`]), nobody has more than a small part of it: a sort that is
/// done keeps what it has until the join has read it, and the other side's would find nothing.
pub fn for_one_query(state: &SessionState, limits: &Limits) -> Arc<RuntimeEnv> {
    let mut runtime = state.runtime_env().as_ref().clone();
    runtime.memory_pool = if state.config_options().optimizer.prefer_hash_join {
        pool(limits)
    } else {
        let shares = LenientPool::strict(limits.memory);
        Arc::new(TrackConsumersPool::new(shares, NAMED_CONSUMERS))
    };
    Arc::new(runtime)
}

fn pool(limits: &Limits) -> Arc<dyn MemoryPool> {
    Arc::new(TrackConsumersPool::new(LenientPool::new(limits.memory), NAMED_CONSUMERS))
}

/// The configuration that every role uses, with so many partitions per query.
pub fn gyre_config(partitions: usize) -> SessionConfig {
    SessionConfig::new()
        .with_target_partitions(partitions)
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(true)
        .with_sort_spill_reservation_bytes(SORT_RESERVE)
        // Instants are UTC everywhere, so `now()` is one too.
        .set_str("datafusion.execution.time_zone", "UTC")
}

/// The session state of every role: DataFusion's functions and Gyre's own.
///
/// It knows no tables; give it some with [`with_tables`].
pub fn gyre_state(config: SessionConfig, runtime: Arc<RuntimeEnv>) -> SessionState {
    // Gyre's own functions are registered here and nowhere else, so that a plan means the same in every
    // role.
    let mut builder = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_physical_optimizer_rules(crate::join::rules());
    builder.scalar_functions().get_or_insert_default().extend(crate::json::functions());
    builder.scalar_functions().get_or_insert_default().extend(crate::feature::functions());
    builder.aggregate_functions().get_or_insert_default().extend(crate::timeline::functions());
    builder.build()
}

/// The same state with these tables, and no others, in the default schema.
pub fn with_tables<'a>(
    state: &SessionState,
    tables: impl IntoIterator<Item = (&'a str, Arc<dyn TableProvider>)>,
) -> Result<SessionState> {
    let schema = MemorySchemaProvider::new();
    for (name, table) in tables {
        schema.register_table(name.to_owned(), table).map_err(failure)?;
    }
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(SCHEMA, Arc::new(schema)).map_err(failure)?;
    let catalogs = MemoryCatalogProviderList::new();
    datafusion::catalog::CatalogProviderList::register_catalog(
        &catalogs,
        CATALOG.to_owned(),
        Arc::new(catalog),
    );
    let mut state = state.clone();
    state.register_catalog_list(Arc::new(catalogs));
    Ok(state)
}

/// The same state at an instant: what `now()` and `current_date` give.
#[must_use]
pub fn at(mut state: SessionState, now: Timestamp) -> SessionState {
    state.execution_props_mut().query_execution_start_time = DateTime::from_timestamp_micros(now.0);
    state
}
