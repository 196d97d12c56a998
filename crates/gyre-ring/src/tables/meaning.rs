//! What columns of the lake's tables mean, for SQL clients. A name means the same in every table, but for
//! those that are named with theirs.

/// What a column means.
pub(super) fn meaning(table: &str, column: &str) -> Option<&'static str> {
    let of = |name: &str| COLUMNS.iter().find(|(known, _)| *known == name).map(|(_, what)| *what);
    of(&format!("{table}.{column}")).or_else(|| of(column))
}

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
];

#[cfg(test)]
mod tests {
    use super::{COLUMNS, meaning};
    use std::collections::BTreeSet;

    #[test]
    fn every_meaning_is_of_a_column_that_there_is() {
        let mut columns = BTreeSet::new();
        for table in gyre_ring::tables() {
            for field in table.schema.fields() {
                columns.insert(field.name().clone());
                columns.insert(format!("{}.{}", table.name, field.name()));
            }
        }
        let unknown: Vec<_> =
            COLUMNS.iter().map(|(name, _)| *name).filter(|name| !columns.contains(*name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn a_name_of_one_table_goes_before_the_name_alone() {
        assert_eq!(meaning("turns", "turn"), Some("id of the turn"));
        assert_eq!(meaning("proposals", "turn"), Some("the turn of the loop"));
        assert_eq!(meaning("events", "nothing"), None);
    }
}
