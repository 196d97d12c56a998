//! The lake in memory: the same promises without a disk, for tests.

use crate::columns::{PERSON, check_evolution, check_spec};
use crate::fence::Fences;
use crate::front::Front;
use crate::live::Base;
use crate::options::Options;
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use datafusion::datasource::MemTable;
use gyre_datafusion::{failure, plain, view_schema};
use gyre_model::{Offset, Partition, PersonId};
use gyre_ports::lake::{Committed, LiveTable, Query, Rows, TableBatch, TableSpec};
use gyre_ports::{Clock, Lake, Result};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

#[derive(Debug, Clone)]
struct Table {
    schema: SchemaRef,
    rows: Vec<RecordBatch>,
    fences: Fences,
}

/// The lake in memory. What is committed lives as long as any lake made with [`MemoryLake::reopen`].
#[derive(Debug)]
pub struct MemoryLake {
    front: Front,
    /// What a disk would hold; the lock is also the one writer.
    tables: Arc<Mutex<BTreeMap<&'static str, Table>>>,
    options: Options,
}

impl MemoryLake {
    /// An empty lake.
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self> {
        let options = Options::new(clock);
        Ok(Self { front: Front::new(&options)?, tables: Arc::default(), options })
    }

    /// The lake as the next process would find it: with what was committed, without the tail.
    pub fn reopen(&self) -> Result<Self> {
        Ok(Self {
            front: Front::new(&self.options)?,
            tables: Arc::clone(&self.tables),
            options: self.options.clone(),
        })
    }

    fn publish(&self, name: &'static str, table: &Table) -> Result<()> {
        let shown = view_schema(&table.schema);
        let rows: Vec<_> = table
            .rows
            .iter()
            .map(|rows| plain(rows, &shown))
            .collect::<Result<_, _>>()
            .map_err(|error| failure(error.into()))?;
        let provider = MemTable::try_new(Arc::clone(&shown), vec![rows]).map_err(failure)?;
        let base = Base {
            provider: Arc::new(provider),
            written: Arc::clone(&table.schema),
            shown,
            fences: table.fences.clone(),
        };
        self.front.publish(name, base);
        Ok(())
    }
}

#[async_trait]
impl Lake for MemoryLake {
    async fn open(&self, specs: &[TableSpec]) -> Result<()> {
        let mut tables = self.tables.lock();
        for spec in specs {
            check_spec(spec)?;
            let table = tables.entry(spec.name).or_insert_with(|| Table {
                schema: Arc::clone(&spec.schema),
                rows: Vec::new(),
                fences: Fences::default(),
            });
            check_evolution(spec, &table.schema)?;
            if table.schema.fields().len() < spec.schema.fields().len() {
                table.rows = table
                    .rows
                    .iter()
                    .map(|rows| widened(rows, &spec.schema))
                    .collect::<Result<_, _>>()
                    .map_err(|error| failure(error.into()))?;
                table.schema = Arc::clone(&spec.schema);
            }
            self.publish(spec.name, table)?;
        }
        Ok(())
    }

    async fn fence(&self, table: &str, partition: Partition) -> Result<Option<Offset>> {
        Ok(self.front.base(table)?.fences.get(partition))
    }

    async fn append(&self, batches: Vec<TableBatch>) -> Result<()> {
        self.front.append(batches)
    }

    async fn commit(&self) -> Result<Committed> {
        let mut tables = self.tables.lock();
        let mut committed = Committed::default();
        for (name, table) in &mut *tables {
            if !self.front.has(name) {
                continue;
            }
            let part = self.front.part(name);
            let ends = part.ends_above(&table.fences);
            if ends.is_empty() {
                continue;
            }
            table.rows.extend(part.rows_above(&table.fences));
            for (partition, end) in ends {
                table.fences.set(partition, Some(end));
            }
            self.publish(name, table)?;
            committed.rows += self.front.trim(name)?;
            committed.tables += 1;
        }
        Ok(committed)
    }

    fn tail_rows(&self) -> usize {
        self.front.tail_rows()
    }

    async fn query(&self, query: Query) -> Result<Rows> {
        self.front.query(query).await
    }

    fn show(&self, table: Arc<dyn LiveTable>) {
        self.front.show(table);
    }

    async fn maintain(&self) -> Result<()> {
        Ok(())
    }

    async fn find_records(
        &self,
        partition: Partition,
        offsets: &[Offset],
    ) -> Result<Vec<(&'static str, Offset)>> {
        let wanted: HashSet<Offset> = offsets.iter().copied().collect();
        let mut found = Vec::new();
        for (name, table) in &*self.tables.lock() {
            let hot = self.front.part(name).offsets_above(partition, &wanted, &table.fences);
            found.extend(hot.into_iter().map(|offset| (*name, offset)));
            for rows in &table.rows {
                let partitions = rows.column(0).as_primitive::<Int32Type>().values();
                let of_rows = crate::columns::offsets(rows).iter().zip(partitions);
                let of_rows = of_rows.filter(|(_, of)| **of as Partition == partition);
                let of_rows = of_rows.map(|(offset, _)| *offset as Offset);
                found.extend(
                    of_rows.filter(|one| wanted.contains(one)).map(|offset| (*name, offset)),
                );
            }
        }
        Ok(found)
    }

    async fn erase_records(
        &self,
        partition: Partition,
        offsets: &[Offset],
    ) -> Result<Vec<(&'static str, Offset)>> {
        let gone: HashSet<Offset> = offsets.iter().copied().collect();
        let mut tables = self.tables.lock();
        let mut erased = Vec::new();
        for (name, table) in &mut *tables {
            let hot = self.front.erase_records(name, partition, &gone)?;
            erased.extend(hot.into_iter().map(|offset| (*name, offset)));
            for rows in &mut table.rows {
                let of = |row: usize| {
                    let is_of = rows.column(0).as_primitive::<Int32Type>().value(row) as Partition
                        == partition;
                    let offset = crate::columns::offsets(rows)[row] as Offset;
                    (is_of && gone.contains(&offset)).then_some(offset)
                };
                let found: Vec<Option<Offset>> = (0..rows.num_rows()).map(of).collect();
                let keep: BooleanArray = found.iter().map(|one| Some(one.is_none())).collect();
                let left = arrow_select::filter::filter_record_batch(rows, &keep)
                    .map_err(|error| failure(error.into()))?;
                erased.extend(found.into_iter().flatten().map(|offset| (*name, offset)));
                *rows = left;
            }
            if self.front.has(name) {
                self.publish(name, table)?;
            }
        }
        Ok(erased)
    }

    async fn purge(&self) -> Result<bool> {
        Ok(true)
    }

    async fn erase(&self, people: &[PersonId]) -> Result<u64> {
        let people: HashSet<String> = people.iter().map(ToString::to_string).collect();
        let mut tables = self.tables.lock();
        let mut erased = 0;
        for (name, table) in &mut *tables {
            erased += self.front.erase(name, &people)? as u64;
            for rows in &mut table.rows {
                let Some(person) = rows.column_by_name(PERSON) else { continue };
                let person = person.as_string::<i32>();
                let keep: BooleanArray = (0..person.len())
                    .map(|row| Some(person.is_null(row) || !people.contains(person.value(row))))
                    .collect();
                let left = arrow_select::filter::filter_record_batch(rows, &keep)
                    .map_err(|error| failure(error.into()))?;
                erased += (rows.num_rows() - left.num_rows()) as u64;
                *rows = left;
            }
            if self.front.has(name) {
                self.publish(name, table)?;
            }
        }
        Ok(erased)
    }
}

fn widened(rows: &RecordBatch, to: &SchemaRef) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let columns = to
        .fields()
        .iter()
        .map(|field| match rows.column_by_name(field.name()) {
            Some(column) => Arc::clone(column),
            None => arrow_array::new_null_array(field.data_type(), rows.num_rows()),
        })
        .collect();
    RecordBatch::try_new(Arc::clone(to), columns)
}
