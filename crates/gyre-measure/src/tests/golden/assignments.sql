WITH regrouped AS (
  SELECT
    node,
    last_value(person ORDER BY at, _partition, _offset) AS person
  FROM
    identities
  WHERE
    workspace = $1 AND joined
  GROUP BY
    node
), assigned AS (
  SELECT
    coalesce(r.person, e.node) AS person,
    first_value(e.arm ORDER BY e.effective_at, e.node, e.arm) AS arm,
    first_value(json_text(e.segments, 'measuring') ORDER BY e.effective_at, e.node, e.arm) AS measuring,
    min(e.arm) <> max(e.arm) AS crossed
  FROM
    enrollments AS e
    LEFT JOIN regrouped AS r ON r.node = e.node
  WHERE
    e.workspace = $1 AND e.scope = 'loop' AND e.name = $2 AND e.entered AND e.arm IS NOT NULL AND e.effective_at < $3
  GROUP BY
    coalesce(r.person, e.node)
), withheld AS (
  SELECT
    unnest(string_to_array(CAST($4 AS VARCHAR), ',')) AS person
)
SELECT
  a.arm AS arm,
  count(*) AS people,
  sum(CASE WHEN a.crossed THEN 1 ELSE 0 END) AS crossed,
  sum(CASE WHEN coalesce(a.measuring, '') = 'withheld' THEN 1 ELSE 0 END) AS never,
  sum(CASE WHEN coalesce(a.measuring, '') <> 'withheld' AND w.person IS NOT NULL THEN 1 ELSE 0 END) AS left_later
FROM
  assigned AS a
  LEFT JOIN withheld AS w ON w.person = a.person
GROUP BY
  a.arm ORDER BY arm
