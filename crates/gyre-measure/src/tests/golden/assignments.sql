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
    min(e.arm) <> max(e.arm) AS crossed
  FROM
    enrollments AS e
    LEFT JOIN regrouped AS r ON r.node = e.node
  WHERE
    e.workspace = $1 AND e.scope = 'loop' AND e.name = $2 AND e.entered AND e.arm IS NOT NULL AND e.effective_at < $3
  GROUP BY
    coalesce(r.person, e.node)
)
SELECT
  arm,
  count(*) AS people,
  sum(CASE WHEN crossed THEN 1 ELSE 0 END) AS crossed
FROM
  assigned
GROUP BY
  arm ORDER BY arm
