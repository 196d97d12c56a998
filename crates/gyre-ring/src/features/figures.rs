//! What there is of features, and how fresh they are.

use super::check::FeatureAgreement;
use crate::engine::Engine;
use crate::error::Result;
use gyre_config::Spec;
use gyre_config::kinds::Feature;
use gyre_model::resource::Kind;
use gyre_model::{Offset, Timestamp, Workspace};
use serde::Serialize;
use serde_json::Value;

/// People looked at at once.
const PAGE: usize = 1_000;

/// A feature with its figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureView {
    /// Its name.
    pub name: String,
    /// What it is for, where somebody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its version.
    pub version: u64,
    /// Its definition.
    pub spec: Feature,
    /// Whether it has its values.
    pub state: FeatureState,
    /// Since when events count; absent: all of history does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts_from: Option<Timestamp>,
    /// How far history was read for it, while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<FeatureProgress>,
    /// How many people have a value.
    pub people: u64,
    /// When the newest event happened that it knows of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_event: Option<Timestamp>,
    /// How many records of the journal it does not know yet.
    pub behind: u64,
    /// What came of the last comparison with the lake, and when it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked: Option<(Timestamp, FeatureAgreement)>,
}

/// Whether a feature has its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureState {
    /// Its values are known.
    Ready,
    /// What happened before it was applied is being read.
    Filling,
    /// It was applied; what the journal has before it is not folded yet.
    Waiting,
}

/// How far history was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FeatureProgress {
    /// Records read.
    pub read: Offset,
    /// Records there are to be read.
    pub of: Offset,
}

impl Engine {
    /// All features in order of their names, or the one of a name.
    pub async fn features(
        &self,
        workspace: &Workspace,
        name: Option<&str>,
    ) -> Result<Vec<FeatureView>> {
        let catalog = self.shared.catalog(workspace);
        let backfill = self.shared.backfill.read().clone();
        let check = self.shared.feature_checks.read().get(workspace).cloned();
        let mut views = Vec::new();
        for row in self.resources(workspace).await? {
            if row.kind != Kind::Feature || name.is_some_and(|name| name != row.name) {
                continue;
            }
            let Ok(Spec::Feature(spec)) = Spec::from_json(Kind::Feature, row.spec) else {
                tracing::error!("a feature that was applied cannot be read");
                continue;
            };
            let filling = backfill.as_ref().filter(|one| {
                one.features.iter().any(|(of, feature)| of == workspace && *feature == row.name)
            });
            let known = catalog.definitions.get(&row.name);
            let state = match (known, filling) {
                (Some(_), _) => FeatureState::Ready,
                (None, Some(_)) => FeatureState::Filling,
                (None, None) => FeatureState::Waiting,
            };
            let agreement = check.as_ref().and_then(|check| {
                let found = check.features.iter().find(|one| one.name == row.name)?;
                Some((check.at, found.clone()))
            });
            views.push(FeatureView {
                description: row.metadata["description"].as_str().map(str::to_owned),
                version: row.version,
                spec,
                state,
                counts_from: known.and_then(|one| one.counts_from),
                progress: filling
                    .filter(|_| known.is_none())
                    .map(|one| FeatureProgress { read: one.read, of: one.boundary }),
                people: 0,
                latest_event: None,
                behind: self.behind(),
                checked: agreement,
                name: row.name,
            });
        }
        views.sort_by(|a, b| a.name.cmp(&b.name));
        self.count_values(workspace, &mut views)?;
        Ok(views)
    }

    /// Records that are in the journal and not folded.
    fn behind(&self) -> u64 {
        let journal = &self.shared.journal;
        (0..journal.partitions())
            .map(|one| journal.end(one).saturating_sub(self.shared.marks(one).next()))
            .sum()
    }

    fn count_values(&self, workspace: &Workspace, views: &mut [FeatureView]) -> Result<()> {
        let catalog = self.shared.catalog(workspace);
        let now = self.shared.clock.now();
        for people in &self.shared.people {
            let mut after = None;
            loop {
                let page = people.page(after, PAGE)?;
                for id in &page {
                    let Some(person) = people.get(*id)? else { continue };
                    if person.workspace != *workspace {
                        continue;
                    }
                    for view in &mut *views {
                        let Some(definition) = catalog.definitions.get(&view.name) else {
                            continue;
                        };
                        let tiles = || person.nodes.values().map(|node| &node.tiles);
                        let has = tiles().any(|tiles| tiles.counts(definition, now));
                        view.people += u64::from(has);
                        let latest = tiles().filter_map(|tiles| tiles.latest(definition)).max();
                        view.latest_event = view.latest_event.max(latest);
                    }
                }
                after = page.last().copied();
                if page.len() < PAGE {
                    break;
                }
            }
        }
        Ok(())
    }

    /// What the status says of features: history that is being read, and values that differ from the lake's.
    pub(crate) fn feature_status(&self) -> Value {
        let backfill = self.shared.backfill.read().clone();
        let checks = self.shared.feature_checks.read();
        let mismatched: u64 =
            checks.values().flat_map(|one| &one.features).map(|one| one.mismatched).sum();
        let filling = backfill.as_ref().map(|one| {
            serde_json::json!({"read": one.read, "of": one.boundary, "features": one.features.len()})
        });
        serde_json::json!({"filling": filling, "mismatched": mismatched})
    }
}
