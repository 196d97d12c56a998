//! Views that every workspace has: who was inside what from when to when, which person an identifier was,
//! and what people were at any instant. They are made of records alone, so what is erased is gone from
//! them, and whoever was joined counts once.

use crate::persons;
use crate::promoted::bound;
use gyre_model::Workspace;
use sqlparser::ast::{Cte, Ident};

/// A view: its name, its SQL over the lake's tables (`$1` the workspace), and what it and its columns mean.
pub(crate) struct StandingView {
    pub name: &'static str,
    sql: &'static str,
    pub comment: &'static str,
    pub columns: &'static [(&'static str, &'static str)],
}

/// The SQL of the view of that name, over the lake's tables; `$1` is the workspace.
pub fn view_sql(name: &str) -> Option<&'static str> {
    VIEWS.iter().find(|view| view.name == name).map(|view| view.sql)
}

/// All of them, by name.
pub(crate) static VIEWS: [StandingView; 4] = [
    StandingView {
        name: "lifecycle_stages",
        comment: "Who was in which stage of a lifecycle, from when to when; people as they are known now.",
        columns: &[
            ("lifecycle", "the lifecycle"),
            ("stage", "the stage"),
            ("person", "the person as known now"),
            ("entered_at", "from when on (UTC)"),
            ("left_at", "until when (UTC); null: the person is in it"),
        ],
        sql: "WITH owners AS (SELECT node, last_value(person ORDER BY _partition, _offset) AS person \
               FROM identities WHERE workspace = $1 AND joined GROUP BY node), \
             moved AS (SELECT e.name AS lifecycle, e.arm AS stage, coalesce(o.person, e.node) AS person, \
               e.effective_at AS at, e.entered, e._offset AS place \
               FROM enrollments e LEFT JOIN owners o ON o.node = e.node \
               WHERE e.workspace = $1 AND e.scope = 'lifecycle'), \
             swept AS (SELECT lifecycle, stage, person, at, entered, place, \
               sum(CASE WHEN entered THEN 1 ELSE -1 END) OVER (PARTITION BY lifecycle, stage, person \
                 ORDER BY at, entered DESC, place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS inside \
               FROM moved), \
             edges AS (SELECT lifecycle, stage, person, at AS entered_at, entered, \
               lead(at) OVER (PARTITION BY lifecycle, stage, person ORDER BY at, entered DESC, place) AS left_at \
               FROM swept WHERE (entered AND inside = 1) OR (NOT entered AND inside = 0)) \
             SELECT $1 AS workspace, lifecycle, stage, person, entered_at, left_at FROM edges WHERE entered",
    },
    StandingView {
        name: "memberships",
        comment: "Who was in which audience, from when to when; people as they are known now.",
        columns: &[
            ("audience", "the audience"),
            ("person", "the person as known now"),
            ("entered_at", "from when on (UTC)"),
            ("left_at", "until when (UTC); null: the person is in it"),
        ],
        sql: "WITH owners AS (SELECT node, last_value(person ORDER BY _partition, _offset) AS person \
               FROM identities WHERE workspace = $1 AND joined GROUP BY node), \
             moved AS (SELECT e.name AS audience, coalesce(o.person, e.node) AS person, \
               e.effective_at AS at, e.entered, e._offset AS place \
               FROM enrollments e LEFT JOIN owners o ON o.node = e.node \
               WHERE e.workspace = $1 AND e.scope = 'audience'), \
             swept AS (SELECT audience, person, at, entered, place, \
               sum(CASE WHEN entered THEN 1 ELSE -1 END) OVER (PARTITION BY audience, person \
                 ORDER BY at, entered DESC, place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS inside \
               FROM moved), \
             edges AS (SELECT audience, person, at AS entered_at, entered, \
               lead(at) OVER (PARTITION BY audience, person ORDER BY at, entered DESC, place) AS left_at \
               FROM swept WHERE (entered AND inside = 1) OR (NOT entered AND inside = 0)) \
             SELECT $1 AS workspace, audience, person, entered_at, left_at FROM edges WHERE entered",
    },
    StandingView {
        name: "person_nodes",
        comment: "Which person an identifier was, from when to when.",
        columns: &[
            ("node", "the identifier, as a node of the identity graph"),
            ("person", "the person it belonged to"),
            ("valid_from", "from when on (UTC)"),
            ("valid_to", "until when (UTC); null: it still does"),
        ],
        sql: "WITH changes AS (\
               SELECT node, node AS person, min(at) AS at, 0 AS kind, CAST(-1 AS BIGINT) AS place \
                 FROM events WHERE workspace = $1 AND node IS NOT NULL GROUP BY node \
               UNION ALL SELECT node, person, at, 1, _offset FROM identities \
                 WHERE workspace = $1 AND joined), \
             spans AS (SELECT node, person, at AS valid_from, \
               lead(at) OVER (PARTITION BY node ORDER BY kind, at, place) AS valid_to FROM changes) \
             SELECT $1 AS workspace, node, person, valid_from, valid_to FROM spans \
             WHERE valid_to IS NULL OR valid_to > valid_from",
    },
    StandingView {
        name: "persons_as_of",
        comment: "People as they were: each row holds from valid_from until valid_to. As of an instant: \
                  valid_from <= instant and (valid_to is null or valid_to > instant).",
        columns: &[
            ("person", "the person as known then"),
            ("valid_from", "from when on (UTC)"),
            ("valid_to", "until when (UTC); null: it still is so"),
            ("nodes", "how many identifiers the person had"),
            ("audiences", "audiences the person was in, by name, separated by commas"),
            ("stages", "stages the person was in, as lifecycle=stage, separated by commas"),
        ],
        sql: "WITH changes AS (\
               SELECT node, node AS person, min(at) AS at, 0 AS kind, CAST(-1 AS BIGINT) AS place \
                 FROM events WHERE workspace = $1 AND node IS NOT NULL GROUP BY node \
               UNION ALL SELECT node, person, at, 1, _offset FROM identities \
                 WHERE workspace = $1 AND joined), \
             spans AS (SELECT person, at AS valid_from, \
               lead(at) OVER (PARTITION BY node ORDER BY kind, at, place) AS valid_to FROM changes), \
             nodes AS (SELECT person, valid_from, valid_to FROM spans \
               WHERE valid_to IS NULL OR valid_to > valid_from), \
             inside AS (SELECT person, scope, name, arm, entered, effective_at AS valid_from, \
               lead(effective_at) OVER (PARTITION BY scope, name, arm, person \
                 ORDER BY effective_at, _offset) AS valid_to \
               FROM enrollments WHERE workspace = $1 AND scope IN ('audience', 'lifecycle')), \
             members AS (SELECT person, scope, name, arm, valid_from, valid_to FROM inside \
               WHERE entered AND (valid_to IS NULL OR valid_to > valid_from)), \
             points AS (SELECT person, valid_from AS at, 1 AS delta FROM nodes \
               UNION ALL SELECT person, valid_to, -1 FROM nodes WHERE valid_to IS NOT NULL \
               UNION ALL SELECT person, valid_from, 0 FROM members \
               UNION ALL SELECT person, valid_to, 0 FROM members WHERE valid_to IS NOT NULL), \
             summed AS (SELECT person, at, sum(delta) AS delta FROM points GROUP BY person, at), \
             timeline AS (SELECT person, at AS valid_from, \
               lead(at) OVER (PARTITION BY person ORDER BY at) AS valid_to, \
               sum(delta) OVER (PARTITION BY person ORDER BY at \
                 ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS nodes FROM summed) \
             SELECT $1 AS workspace, t.person, t.valid_from, t.valid_to, t.nodes, \
               string_agg(CASE WHEN m.scope = 'audience' THEN m.name END, ',' ORDER BY m.name) AS audiences, \
               string_agg(CASE WHEN m.scope = 'lifecycle' THEN concat(m.name, '=', m.arm) END, ',' \
                 ORDER BY m.name) AS stages \
             FROM timeline t LEFT JOIN members m ON m.person = t.person \
               AND m.valid_from <= t.valid_from AND (m.valid_to IS NULL OR m.valid_to > t.valid_from) \
             WHERE t.nodes > 0 GROUP BY t.person, t.valid_from, t.valid_to, t.nodes",
    },
];

/// What a view is, if there is one of that name.
pub(crate) fn definition(workspace: &Workspace, name: &str) -> Option<Cte> {
    let view = VIEWS.iter().find(|view| view.name == name)?;
    let mut cte = bound(view.sql, &[workspace.to_string()])?;
    cte.alias.name = Ident::new(name);
    Some(cte)
}

/// A table that is no stored one, as it is described to people.
#[derive(Debug, Clone, Copy)]
pub struct DescribedView {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub comment: &'static str,
    /// What its columns mean.
    pub columns: &'static [(&'static str, &'static str)],
}

/// `persons` and the views that every workspace has.
pub fn described_views() -> Vec<DescribedView> {
    let persons =
        DescribedView { name: "persons", comment: persons::COMMENT, columns: &persons::COLUMNS };
    let views = VIEWS.iter().map(|view| DescribedView {
        name: view.name,
        comment: view.comment,
        columns: view.columns,
    });
    std::iter::once(persons).chain(views).collect()
}

#[cfg(test)]
mod tests {
    use super::{VIEWS, definition};
    use gyre_model::Workspace;

    #[test]
    fn every_view_can_be_read_and_is_bound_to_its_workspace() {
        for view in &VIEWS {
            let cte = definition(&Workspace::new("it's"), view.name).unwrap();
            let text = cte.query.to_string();
            assert!(text.contains("'it''s'") && !text.contains('$'), "{text}");
        }
    }
}
