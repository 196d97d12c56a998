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
), responded AS (
  SELECT
    coalesce(r.person, p.node) AS person,
    p.kind,
    count(p.value) AS valued,
    coalesce(sum(TRY_CAST(p.value AS DECIMAL(18,6))), 0) AS total
  FROM
    responses AS p
    LEFT JOIN regrouped AS r ON r.node = p.node
  WHERE
    p.workspace = $1 AND p.campaign = $6
  GROUP BY
    coalesce(r.person, p.node), p.kind
), summed AS (
  SELECT
    person,
    kind,
    valued,
    TRY_CAST(total AS DECIMAL(18,6)) AS value
  FROM
    responded
)
SELECT
  e.cut,
  e.arm AS variant,
  s.kind,
  count(*) AS responders,
  sum(s.valued) AS valued,
  CAST(coalesce(sum(s.value), 0) AS DOUBLE) AS sum,
  CAST(coalesce(sum(s.value * s.value), 0) AS DOUBLE) AS sum_squares
FROM
  enrolled AS e
  JOIN summed AS s ON s.person = e.person
GROUP BY
  e.cut, e.arm, s.kind ORDER BY e.cut, variant, s.kind
