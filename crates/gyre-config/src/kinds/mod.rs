//! One file per kind of resource: the types people write in YAML.

mod alert;
mod audience;
mod board;
mod campaign;
mod connector;
mod consent_policy;
mod contact_policy;
mod content;
mod decision_policy;
mod feature;
mod identity_rules;
mod lifecycle;
mod r#loop;
mod mapping;
mod metric;
mod metric_fact;
mod offer;
mod repair;
mod report;
mod signature;
mod source;
mod tracking_plan;

pub use alert::{Alert, AlertWhen};
pub use audience::Audience;
pub use board::{
    Board, BoardAnnotation, BoardDisplay, BoardSection, BoardTarget, BoardTile, BoardWidth,
};
pub use campaign::{Campaign, Managed, Schedule, Trigger, Variant};
pub use connector::{Connector, Protocol};
pub use consent_policy::{
    Brand, ConsentPolicy, IngestRule, Jurisdiction, JurisdictionRule, Notice, PagePurpose,
    PageText, PreferencePage, PurposeRule, Vocabulary,
};
pub use contact_policy::{Cap, ConsentRule, ContactPolicy, QuietHours};
pub use content::Content;
pub use decision_policy::{DecisionPolicy, Method, Segment};
pub use feature::{Aggregate, Feature, FeatureFilter, ValueType};
pub use identity_rules::{IdOrigin, IdType, IdentityRules, Normaliser};
pub use lifecycle::{Lifecycle, LifecycleStage};
pub use r#loop::{
    Autonomy, AutonomyMode, DropRule, Field, Goal, Guardrails, Holdout, Loop, Reward,
};
pub use mapping::{
    CampaignRow, Condition, ContentRow, CsvOptions, EnrollmentRow, EventRow, Extract, Format,
    Mapping, OfflineRow, Origin, PersonIds, RecordRow, Reject, ResponseRow, Shape, Test,
    TimeFormat,
};
pub use metric::{
    IncrementalEstimate, Metric, MetricAnchor, MetricBetter, MetricFormat, MetricMeasure,
    MetricPopulation, MetricType, MetricUnit, SurveyScale,
};
pub use metric_fact::{MetricDimension, MetricFact};
pub use offer::Offer;
pub use repair::Repair;
pub use report::{Report, ReportEvery};
pub use signature::{
    Algorithm, Encoding, SECRET_PREFIX, Scheme, SecretPlace, SecretRef, Signature,
};
pub use source::{RateLimit, Source, SourceType};
pub use tracking_plan::{
    Cleaning, Duplicates, Pii, PlanMode, PlannedCall, PlannedEvent, PlannedProperty, PropertyType,
    TrackingPlan, Unplanned,
};

use schemars::{Schema, SchemaGenerator, json_schema};

/// The schema of a length of time (`30d`).
pub(crate) fn span_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "format": "span",
        "pattern": "^[0-9]+[smhdw]$",
        "examples": ["30d", "12h"]
    })
}

/// The schema of an amount of money.
pub(crate) fn decimal_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "number"})
}

/// The schema of a call of the Segment specification.
pub(crate) fn call_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "enum": ["track", "identify", "page", "screen", "group", "alias"]
    })
}
