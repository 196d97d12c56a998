//! The ring: the steps composed over ports. No adapter is known here.
//!
//! Roles, each in a task of its own: the *processor* (records become derived records, commitments and
//! the fold), the *publisher* (decided records go from the state to the journal), the *archivist*
//! (records become rows of the lake), the *sender* (intents are drawn and sent), the *turner* (loops
//! are measured, learn and change their campaigns), the *notifier* (reports and alerts are sent to those
//! who work here); and the *decider*, which answers in-app.

mod apply;
mod archive;
mod audience;
mod audience_export;
mod barrier;
mod boards;
mod candidates;
mod catalog;
mod cell;
mod columns;
mod connectors;
mod consent;
mod context;
mod damage;
mod decide;
mod engine;
mod error;
mod explain;
mod features;
mod gated;
mod gates;
mod graph;
mod import;
mod leases;
mod letters;
mod links;
mod metrics;
mod notices;
mod past;
mod pending;
mod people;
mod person;
mod persons;
mod plans;
mod preview;
mod processor;
mod promoted;
mod publish;
mod regrouping;
mod replay;
mod report;
mod reserved;
mod send;
mod shared;
mod stages;
mod subject;
mod tables;
mod turn;
mod views;
mod webhook;

pub use apply::{Applied, Applying};
pub use archive::{CAUSES as LAKE_CAUSES, CONSUMER as LAKE};
pub use audience::{AudiencePreview, AudienceQuestion, MAX_OVERLAP, MAX_SAMPLE, Overlap};
pub use audience_export::{AudienceExport, ExportedMember};
pub use boards::BoardView;
pub use catalog::{Catalog, CompiledCampaign};
pub use cell::json as cell_json;
pub use connectors::{ConnectorProgress, ConnectorView, Connectors, LogLine};
pub use consent::{ConsentView, LedgerReport, StandingView, Stated, TopicView, Withheld};
pub use decide::{Answer, Decider, IN_APP, Question};
pub use engine::Engine;
pub use error::{Error, Result};
pub use explain::{PersonView, objects};
pub use features::{
    FeatureAgreement, FeatureCheck, FeatureProgress, FeatureState, FeatureView, LabelAsked,
    TrainingAsked, TrainingLabels, TrainingSet,
};
pub use gated::GatedRows;
pub use gates::{GateCount, GateCounts};
pub use graph::{GraphEdge, GraphNode, GraphView, Separated};
pub use import::{ImportChunk, ImportProgress, ImportRow};
pub use letters::{LetterFilter, ReplayReport};
pub use notices::{AlertView, LetterView, Mail, MailingView, ReportView, hold_notices};
pub use person::{HOLDOUT, KeptWord, Node, Person, TREATED};
pub use plans::{InferredPlan, PlanCount};
pub use preview::{Preview, Wanted};
pub use promoted::PromotedColumn;
pub use regrouping::Regrouping;
pub use replay::{
    FamilyCount, PeopleCount, ReplayJournal, ReplayRecords, ReplayRules, ReplaySample, Replayed,
    Replaying, RuleChange, TableCount, replay,
};
pub use shared::{Backfill, Options, Ports, Shared};
pub use subject::{
    Asking, Corrected, Correcting, Identifier, Registrar, Removed, Request, Retention,
    RetentionReport, Rights, SubjectKey, SubjectOptions,
};
pub use tables::specs as tables;
pub use views::{DescribedView, described_views, view_sql};
pub use webhook::WebhookSource;

#[cfg(test)]
mod tests;
