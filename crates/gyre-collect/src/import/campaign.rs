//! Campaigns of others: what a row tells of them becomes resources that are only measured.

use super::record::list;
use super::{Importer, Row, RowReject, Scope, condition};
use crate::repair::name;
use gyre_config::kinds::{Campaign, CampaignRow, RecordRow, Schedule, Trigger, Variant};
use gyre_model::Span;
use serde_json::Value;
use std::collections::BTreeMap;

/// The variant of a campaign that has no list of them.
const SENT: &str = "sent";
/// How long after an enrolment an answer counts.
const WINDOW: Span = Span::days(14);

pub(super) fn campaigns(
    importer: &Importer<'_>,
    row: &Row<'_>,
) -> Result<Vec<(String, Campaign)>, RowReject> {
    let mut found = Vec::new();
    for record in &importer.mapping.records {
        let RecordRow::Campaign(spec) = record else { continue };
        let Some(path) = &spec.each else {
            found.extend(campaign(importer, row, spec)?);
            continue;
        };
        for each in list(row, path)? {
            let scope = Scope { each: Some(each), ..row.scope };
            found.extend(campaign(importer, &Row { scope, ..*row }, spec)?);
        }
    }
    Ok(found)
}

fn campaign(
    importer: &Importer<'_>,
    row: &Row<'_>,
    spec: &CampaignRow,
) -> Result<Option<(String, Campaign)>, RowReject> {
    if !condition::all(importer.mapping, row, &spec.when)? {
        return Ok(None);
    }
    let nameless = |what: &str| {
        RowReject::new("not_a_name", format!("the {what} has no letter or digit for a name"))
    };
    let own = name(&importer.needed(row, &spec.name)?).ok_or_else(|| nameless("campaign"))?;
    let mut variants: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        let name = name(text).ok_or_else(|| nameless("variant"))?;
        if !variants.contains(&name) {
            variants.push(name.clone());
        }
        Ok::<_, RowReject>(name)
    };
    match &spec.variants {
        None => drop(add(SENT)?),
        Some(path) => {
            for each in list(row, path)? {
                let scope = Scope { each: Some(each), ..row.scope };
                let text = match (&spec.variant, each) {
                    (Some(extract), _) => importer.needed(&Row { scope, ..*row }, extract)?,
                    (None, Value::String(text)) => text.clone(),
                    (None, other) => other.to_string(),
                };
                add(&text)?;
            }
        }
    }
    let control = match &spec.control {
        Some(extract) => importer.text(row, extract)?.map(|text| add(&text)).transpose()?,
        None => None,
    };
    let variants = variants.into_iter().map(|name| Variant {
        name,
        content: BTreeMap::new(),
        offer: None,
        when: None,
    });
    let campaign = Campaign {
        audience: None,
        policy: None,
        contact_policy: None,
        trigger: Trigger::Never,
        channel: None,
        placements: Vec::new(),
        schedule: Schedule::default(),
        variants: variants.collect(),
        control,
        window: WINDOW,
        budget: None,
        external: true,
        measures: spec.measures.clone(),
        segments: spec.segments.clone(),
        switched_off: false,
    };
    Ok(Some((own, campaign)))
}

impl Importer<'_> {
    /// What people call the campaigns of a row, by name.
    pub fn campaign_titles(&self, row: &Row<'_>) -> BTreeMap<String, String> {
        let mut titles = BTreeMap::new();
        for record in &self.mapping.records {
            let RecordRow::Campaign(spec) = record else { continue };
            let Some(extract) = &spec.description else { continue };
            let elements = spec.each.as_deref().map_or(Ok(&[][..]), |path| list(row, path));
            let mut rows: Vec<Row<'_>> = elements
                .unwrap_or_default()
                .iter()
                .map(|each| Row { scope: Scope { each: Some(each), ..row.scope }, ..*row })
                .collect();
            if spec.each.is_none() {
                rows.push(*row);
            }
            for row in &rows {
                if let Ok(Some(own)) = self.text(row, &spec.name)
                    && let (Some(own), Ok(Some(title))) = (name(&own), self.text(row, extract))
                {
                    titles.insert(own, title);
                }
            }
        }
        titles
    }
}
