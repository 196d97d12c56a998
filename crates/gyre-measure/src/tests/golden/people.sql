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
), withheld AS (
  SELECT
    unnest(string_to_array(CAST($5 AS VARCHAR), ',')) AS person
), listed AS (
  SELECT
    coalesce(r.person, e.node) AS person,
    e.arm,
    e.segments,
    row_number() OVER (
      PARTITION BY coalesce(r.person, e.node)
      ORDER BY e.effective_at, e.node, e.arm, e.segments
    ) AS place
  FROM
    enrollments AS e
    LEFT JOIN regrouped AS r ON r.node = e.node
    LEFT JOIN withheld AS w ON w.person = coalesce(r.person, e.node)
  WHERE
    w.person IS NULL AND e.workspace = $1 AND e.scope = $2 AND e.name = $3 AND e.entered AND e.arm IS NOT NULL
), enrolled AS (
  SELECT
    person,
    arm,
    CASE
      WHEN CAST($4 AS VARCHAR) = '' THEN
        ''
      ELSE
        json_text(segments, CAST($4 AS VARCHAR))
    END AS cut
  FROM
    listed
  WHERE
    place = 1
)
SELECT
  cut,
  arm AS variant,
  count(*) AS people
FROM
  enrolled
GROUP BY
  cut, arm ORDER BY cut, variant
