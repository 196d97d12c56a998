//! Features: which there are and how fresh they are, their values as of any instant, and whether what is
//! served agrees with what the lake says.

mod check;
mod figures;
mod training;

pub use check::{FeatureAgreement, FeatureCheck};
pub use figures::{FeatureProgress, FeatureState, FeatureView};
pub use training::{LabelAsked, TrainingAsked, TrainingLabels, TrainingSet};

use crate::engine::Engine;
use crate::error::Result;
use gyre_derive::{Definition, Label, Member, PointInTime, Value};
use gyre_model::Workspace;
use std::collections::BTreeMap;
use std::time::Duration;

/// What one question to the lake may take.
const TIMEOUT: Duration = Duration::from_mins(5);
/// Labels asked for at once.
const CHUNK: usize = 5_000;

impl Engine {
    /// The values of features for labels, asked of the lake alone: by label, in the order of the features.
    pub(crate) async fn values_as_of(
        &self,
        workspace: &Workspace,
        definitions: &[Definition],
        labels: &[Label],
    ) -> Result<BTreeMap<i64, Vec<Value>>> {
        let asks = PointInTime::new(workspace, TIMEOUT);
        let lake = self.shared.lake.as_ref();
        let mut all = BTreeMap::new();
        for labels in labels.chunks(CHUNK) {
            let answer = lake.query(asks.members(labels)?).await?;
            let members: Vec<Member> = PointInTime::read_members(labels, &answer.batches)?;
            for definition in definitions {
                let answer = lake.query(asks.facts(definition, &members)?).await?;
                let values = PointInTime::read_values(definition, labels, &answer.batches)?;
                for (label, value) in values {
                    all.entry(label).or_insert_with(Vec::new).push(value);
                }
            }
        }
        Ok(all)
    }
}
