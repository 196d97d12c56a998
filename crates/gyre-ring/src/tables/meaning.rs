//! What columns of the lake's tables mean, and how personal they are: for SQL clients, and for whoever
//! reads the tables without this server. A name means the same in every table, but for those that are
//! named with theirs.

use gyre_ports::lake::Personal;

/// A column's name and what it means.
pub(super) fn meaning(table: &str, column: &str) -> Option<(&'static str, &'static str)> {
    let of = |name: &str| COLUMNS.iter().find(|(known, _)| *known == name).copied();
    let (key, what) = of(&format!("{table}.{column}")).or_else(|| of(column))?;
    Some((key.rsplit('.').next().unwrap_or(key), what))
}

/// How personal a column is.
pub(super) fn personal(column: &str) -> Personal {
    if PERSONAL.contains(&column) {
        Personal::Content
    } else if PSEUDONYMS.contains(&column) {
        Personal::Pseudonym
    } else {
        Personal::No
    }
}

/// What people or senders wrote, or a business calls somebody.
const PERSONAL: &[&str] = &[
    "user_id",
    "anonymous_id",
    "properties",
    "traits",
    "context",
    "raw",
    "came",
    "sample",
    "features",
    "detail",
    "reference",
];
/// What stands for somebody: ids of ours and keyed hashes.
const PSEUDONYMS: &[&str] = &[
    "node",
    "with_node",
    "from_node",
    "person",
    "previous",
    "subject",
    "subject_hash",
    "segment_id",
    "canonical_segment_id",
    "previous_segment_id",
    "external_id_hash",
    "linked_with_hash",
    "message_id",
    "triggering_event_id",
    "decision",
    "send",
    "candidates",
];

const COLUMNS: &[(&str, &str)] = &[
    ("_partition", "partition of the journal that the row is from"),
    ("_offset", "place of its record in that partition"),
    ("at", "when the server took it (UTC)"),
    ("event_date", "the day of at (UTC)"),
    ("workspace", "whose it is"),
    ("message_id", "id that the sender gave the message"),
    ("events.kind", "what call it was: track, identify, page, screen, group or alias"),
    ("events.name", "what happened was called"),
    ("source", "the source that sent it"),
    ("user_id", "the id that the business has for the user"),
    ("anonymous_id", "the id of a browser or device"),
    ("node", "the identifier that it was told of, as a node of the identity graph"),
    ("person", "the person as known when the row was written"),
    ("occurred_at", "when it happened (UTC)"),
    ("skew_ms", "by how many milliseconds the sender's clock was off"),
    ("properties", "properties, as JSON"),
    ("traits", "traits of the person, as JSON"),
    ("context", "context of the event, as JSON"),
    ("withheld", "whether features did not hear of it, since nobody consented to that"),
    ("campaign", "the campaign"),
    ("campaign_version", "the version of the campaign"),
    ("loop", "the loop"),
    ("turn", "the turn of the loop"),
    ("turns.turn", "id of the turn"),
    ("variant", "the variant of the campaign"),
    ("channel", "the channel"),
    ("arm", "the arm: treated or holdout"),
    ("segment", "the segment that the person was in"),
    ("decision", "id of the decision"),
    ("decided_at", "when it was decided (UTC)"),
    ("chosen", "the variant that was drawn"),
    ("probability", "how probable the draw was"),
    ("floor", "the least probability of a variant that may be drawn"),
    ("uniform", "the number that was drawn, between 0 and 1"),
    ("ordinal", "how many decisions for this purpose there were before"),
    ("candidates", "all candidates with probabilities and refusals, as JSON"),
    ("features", "the features that were decided on, as JSON"),
    ("cost", "what it costs"),
    ("window_seconds", "how long responses count"),
    ("decisions.mode", "in_app, queued or imported"),
    ("placement", "where it was shown"),
    ("policy_version", "the version of the policy"),
    ("send", "id of the send"),
    ("outcome", "sent, rendered, refused, nothing, failed, deferred or uncertain"),
    ("attempt", "which attempt it was"),
    ("detail", "more about the outcome"),
    ("responses.kind", "what the person did"),
    ("value", "what it was worth"),
    ("offline.kind", "what happened"),
    ("scope", "audience, loop or campaign"),
    ("enrollments.name", "the audience, loop or campaign"),
    ("entered", "entered, or left"),
    ("effective_at", "from when it holds (UTC)"),
    ("segments", "the segments of the person, as JSON"),
    ("reason", "why"),
    ("by", "who did it"),
    ("purpose", "what is consented to"),
    ("granted", "whether it is granted"),
    ("jurisdiction", "whose law holds"),
    ("legal_basis", "on what legal basis"),
    ("expires_at", "when it ends (UTC)"),
    ("received_at", "when it was received (UTC)"),
    ("lift", "by how much treated people did better than the holdout"),
    ("lift_low", "lower end of the interval of the lift"),
    ("lift_high", "upper end of the interval of the lift"),
    ("lift_standard_error", "standard error of the lift"),
    ("net_lift", "lift of margin after the cost of offers"),
    ("net_lift_low", "lower end of the interval of the net lift"),
    ("net_lift_high", "upper end of the interval of the net lift"),
    ("immature", "people whose window is not over"),
    ("treated_people", "people in the treated arm"),
    ("holdout_people", "people in the holdout"),
    ("from_at", "beginning of the window (UTC)"),
    ("to_at", "end of the window (UTC)"),
    ("expected", "the effect that is expected"),
    ("expected_low", "lower end of the interval of the expected effect"),
    ("expected_high", "upper end of the interval of the expected effect"),
    ("changes", "what is changed, as JSON"),
    ("proposal", "id of the proposal"),
    ("orchestration.kind", "the kind of the resource"),
    ("orchestration.name", "the name of the resource"),
    ("version", "its version"),
    ("spec", "what people wrote, as JSON"),
    ("managed", "what the loop wrote, as JSON"),
    ("metadata", "metadata, as JSON"),
    ("plan", "the tracking plan"),
    ("joined", "whether the node was joined to another"),
    ("with_node", "the other node"),
    ("trust", "how far the link is trusted"),
    ("state", "how far it is"),
    ("event", "the event's name"),
    ("mode", "what is done about it"),
    ("code", "what is wrong, as a word"),
    ("message", "what is wrong"),
    ("hint", "what to do about it"),
    ("letter", "id of the dead letter"),
    ("origin", "where it came in"),
    ("place", "which of a batch it was"),
    ("raw", "what was received, as it came"),
    ("came", "what its request said beside it, as JSON"),
    ("replayed_as", "the record that it became when it was replayed"),
    ("treated_repeaters", "treated people who came back"),
    ("treated_margin", "margin of treated people"),
    ("treated_offer_cost", "cost of offers to treated people"),
    ("treated_contacts", "contacts of treated people"),
    ("holdout_repeaters", "people of the holdout who came back"),
    ("holdout_margin", "margin of the holdout"),
    ("holdout_offer_cost", "cost of offers to the holdout"),
    ("holdout_contacts", "contacts of the holdout"),
    ("turns.number", "which turn of the loop it is"),
    ("body", "all of it, as JSON"),
    ("base_version", "the version that it changes"),
    ("applied_version", "the version that it became"),
    ("subject_kind", "the kind of identifier: user id, e-mail and so on"),
    ("subject_hash", "keyed hash of the identifier"),
    ("subject", "keyed hashes of the identifiers"),
    ("request", "id of the request"),
    ("reference", "what the requester calls it"),
    ("due_at", "by when it has to be done (UTC)"),
    ("certificate", "signature of the certificate"),
    ("subject_requests.kind", "access, erasure, rectification, restriction or portability"),
    ("decisions.consents", "the consents that it was decided on, as JSON"),
    ("consents.decision", "granted, denied or withdrawn"),
    ("notice_version", "the version of the notice that was shown"),
    ("notice_hash", "hash of the notice that was shown"),
    ("language", "the language of the notice"),
    ("method", "how it was given"),
    ("cmp", "the consent platform that told"),
    ("consents.raw", "the signal as it came"),
    ("actor", "who entered it"),
    ("consent", "id of the entry"),
    ("consents.number", "place of the entry in its chain"),
    ("previous_hash", "hash of the entry before"),
    ("hash", "hash of the entry and all before"),
    ("segment_id", "the person"),
    ("canonical_segment_id", "the person that it belongs to now"),
    ("previous_segment_id", "the person that it belonged to"),
    ("triggering_event_type", "the call that told of it"),
    ("triggering_event_id", "id of the message that told of it"),
    ("timestamp", "when it happened (UTC)"),
    ("external_id_type", "the kind of identifier"),
    ("external_id_hash", "keyed hash of the identifier"),
    ("linked_with_hash", "keyed hash of the identifier that it was told with"),
    ("id_type", "the kind of identifier"),
    ("event_kind", "the call that told of it"),
    ("from_node", "the node that it is kept apart from"),
    ("lifted", "whether the separation was taken back"),
    ("previous", "the person that the node belonged to"),
    ("property", "the property"),
    ("sample", "a value that broke the plan; none of personal properties"),
    ("count", "how many the row stands for"),
    ("known_at", "from when it is known (UTC)"),
    ("content.name", "the name of the content"),
];

#[cfg(test)]
mod tests {
    use super::{COLUMNS, meaning};
    use arrow_schema::DataType;
    use expect_test::expect_file;
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    #[test]
    fn every_column_has_a_meaning_and_every_meaning_a_column() {
        let mut columns = BTreeSet::new();
        let mut silent = Vec::new();
        for table in super::super::specs() {
            for field in table.schema.fields() {
                columns.insert(field.name().clone());
                columns.insert(format!("{}.{}", table.name, field.name()));
                if meaning(table.name, field.name()).is_none() {
                    silent.push(format!("{}.{}", table.name, field.name()));
                }
            }
        }
        assert!(silent.is_empty(), "{silent:?}");
        let named = COLUMNS.iter().map(|(name, _)| *name);
        let named = named.chain(super::PERSONAL.iter().chain(super::PSEUDONYMS).copied());
        let unknown: Vec<_> = named.filter(|name| !columns.contains(*name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    /// The columns as Markdown.
    fn markdown() -> String {
        let mut text = String::from(
            "# Columns of the lake\n\nWritten by a test; edit what columns mean in the code. `personal`: \
             `no` tells nothing of anybody without other columns, `pseudonym` stands for somebody, `content` \
             may name somebody or tell of them. Both are kept with the tables (`comment` and `gyre.personal` \
             of each column), so that other readers of Delta see them.\n",
        );
        for table in super::super::specs() {
            writeln!(text, "\n## {}\n\n{}\n", table.name, table.comment).unwrap();
            text.push_str("| column | type | personal | what |\n|---|---|---|---|\n");
            for field in table.schema.fields() {
                let known = table.columns[field.name().as_str()];
                let kind = match field.data_type() {
                    DataType::Timestamp(..) => "time",
                    DataType::Utf8 => "text",
                    DataType::Float64 => "number",
                    DataType::Boolean => "true or false",
                    DataType::Date32 => "day",
                    _ => "whole number",
                };
                let personal = known.personal.as_str();
                writeln!(text, "| {} | {kind} | {personal} | {} |", field.name(), known.comment)
                    .unwrap();
            }
        }
        text
    }

    #[test]
    fn the_document_is_what_the_code_says() {
        expect_file!["../../../../docs/reference/columns.md"].assert_eq(&markdown());
    }

    #[test]
    fn a_name_of_one_table_goes_before_the_name_alone() {
        assert_eq!(meaning("turns", "turn"), Some(("turn", "id of the turn")));
        assert_eq!(meaning("proposals", "turn"), Some(("turn", "the turn of the loop")));
        assert_eq!(meaning("events", "nothing"), None);
    }
}
