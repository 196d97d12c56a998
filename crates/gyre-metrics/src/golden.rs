//! Golden SQL: what a question about each type of metric asks of the lake, word for word. A change of a
//! template or of the compiler shows in what it does to all of them.

use crate::{Catalogue, Facts, Status};
use expect_test::expect_file;
use gyre_config::kinds::{MetricAnchor, MetricType};
use gyre_config::question::Question;
use gyre_model::{Timestamp, Workspace};
use serde_json::json;
use std::collections::BTreeSet;

pub(crate) fn facts() -> Facts {
    Facts {
        workspace: Workspace::default(),
        watermark: Timestamp::parse("2026-02-10T12:00:00Z").unwrap(),
        withheld: "5f0c".to_owned(),
        creatives: Vec::new(),
        loops: Vec::new(),
        may_see_people: true,
        coverage: None,
    }
}

#[test]
fn each_type_of_metric_asks_the_lake_word_for_word() {
    let catalogue = Catalogue::new([]);
    let mut seen = BTreeSet::<MetricType>::new();
    for entry in catalogue.entries().filter(|entry| entry.status == Status::Ready) {
        let definition = &entry.definition;
        if !seen.insert(definition.r#type) {
            continue;
        }
        let split = entry.dimensions.first().map(|one| one.as_str());
        let grain = if definition.anchor == MetricAnchor::PeriodStart { "none" } else { "week" };
        let question: Question = serde_json::from_value(json!({
            "metrics": [entry.name],
            "dimensions": split.into_iter().collect::<Vec<_>>(),
            "filters": split.map(|field| json!({"field": field, "values": ["o'ne", "other"]})).into_iter().collect::<Vec<_>>(),
            "time": {
                "range": {"type": "between", "from": "2026-01-05", "to": "2026-02-02"},
                "grain": grain, "zone": "Europe/Berlin",
            },
        }))
        .unwrap();
        let plan = catalogue.plan(question, facts()).unwrap();
        // One statement of each metric that it is made of: the others differ in the period and in what
        // they are grouped by.
        let mut leaves = BTreeSet::new();
        let first = plan.asked().iter().filter(|asked| leaves.insert(asked.leaf));
        let sql: Vec<_> = first.map(|asked| asked.sql.as_str()).collect();
        expect_file![format!("golden/{}.sql", definition.r#type.as_str())].assert_eq(&format!(
            "-- {}\n{};\n",
            entry.name,
            sql.join(";\n\n")
        ));
    }
    assert_eq!(seen.len(), 11, "{seen:?}");
}
