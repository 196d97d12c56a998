//! What a report asks of the lake.

use super::{NO_VALUE, Responded, Table};
use crate::answer::Answer;
use crate::ask::{Asked, text};
use crate::error::Result;
use arrow_array::RecordBatch;
use gyre_model::record::body::Scope;

/// Who is compared, and whose responses count.
#[derive(Debug, Clone, Copy)]
pub struct Population<'a> {
    /// The workspace.
    pub workspace: &'a str,
    /// [`Scope::Campaign`] for variants people were enrolled in, [`Scope::Loop`] for the arms of a loop.
    pub scope: Scope,
    /// The campaign or loop that people were enrolled in.
    pub name: &'a str,
    /// The campaign whose responses count.
    pub campaign: &'a str,
    /// The ids of people who must not count, between commas.
    pub withheld: &'a str,
}

impl Population<'_> {
    fn scope(&self) -> &'static str {
        match self.scope {
            Scope::Audience => "audience",
            Scope::Loop => "loop",
            Scope::Campaign => "campaign",
            Scope::Lifecycle => "lifecycle",
        }
    }
}

/// Asks how many people each variant has; cut by a segment key, or whole. Read by [`read_people`].
pub fn people(population: &Population<'_>, key: Option<&str>) -> Result<Asked> {
    let parameters = vec![
        text(population.workspace),
        text(population.scope()),
        text(population.name),
        text(key.unwrap_or_default()),
        text(population.withheld),
    ];
    let sql = concat!(
        include_str!("../sql/regrouped.sql"),
        include_str!("../sql/enrolled.sql"),
        include_str!("../sql/people.sql"),
    );
    Asked::parse("people", sql, parameters)
}

/// Asks who responded, per variant and kind; cut by a segment key, or whole. Read by
/// [`read_responses`].
pub fn responses(population: &Population<'_>, key: Option<&str>) -> Result<Asked> {
    let parameters = vec![
        text(population.workspace),
        text(population.scope()),
        text(population.name),
        text(key.unwrap_or_default()),
        text(population.withheld),
        text(population.campaign),
    ];
    let sql = concat!(
        include_str!("../sql/regrouped.sql"),
        include_str!("../sql/enrolled.sql"),
        include_str!("../sql/responded.sql"),
    );
    Asked::parse("responses", sql, parameters)
}

/// Adds the answer to [`people`] to a table.
pub fn read_people(batches: &[RecordBatch], into: &mut Table) -> Result<()> {
    for batch in batches.iter().map(Answer) {
        let (cut, variant) = (batch.texts("cut")?, batch.texts("variant")?);
        let people = batch.counts("people")?;
        for row in batch.rows() {
            let values = into.entry(cut.or(row, NO_VALUE)).or_default();
            values.entry(variant.or(row, "")).or_default().people = people.get(row)?;
        }
    }
    Ok(())
}

/// Adds the answer to [`responses`] to a table.
pub fn read_responses(batches: &[RecordBatch], into: &mut Table) -> Result<()> {
    for batch in batches.iter().map(Answer) {
        let (cut, variant) = (batch.texts("cut")?, batch.texts("variant")?);
        let kind = batch.texts("kind")?;
        let (people, valued) = (batch.counts("responders")?, batch.counts("valued")?);
        let (sum, sum_squares) = (batch.numbers("sum")?, batch.numbers("sum_squares")?);
        for row in batch.rows() {
            let responded = Responded {
                people: people.get(row)?,
                valued: valued.get(row)?,
                sum: sum.get(row)?,
                sum_squares: sum_squares.get(row)?,
            };
            let values = into.entry(cut.or(row, NO_VALUE)).or_default();
            let sums = values.entry(variant.or(row, "")).or_default();
            sums.responses.insert(kind.or(row, ""), responded);
        }
    }
    Ok(())
}
