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
    first_value(json_text(e.segments, 'measuring') ORDER BY e.effective_at, e.node, e.arm) AS measuring
  FROM
    enrollments AS e
    LEFT JOIN regrouped AS r ON r.node = e.node
  WHERE
    e.workspace = $1 AND e.scope = 'loop' AND e.name = $2 AND e.entered AND e.arm IS NOT NULL AND e.effective_at <= $4
  GROUP BY
    coalesce(r.person, e.node)
), withheld AS (
  SELECT
    unnest(string_to_array(CAST($10 AS VARCHAR), ',')) AS person
), measured AS (
  SELECT
    a.person,
    a.arm
  FROM
    assigned AS a
    LEFT JOIN withheld AS w ON w.person = a.person
  WHERE
    w.person IS NULL AND coalesce(a.measuring, '') <> 'withheld'
), valued AS (
  SELECT
    coalesce(r.person, e.node) AS person,
    e.name = $6 AS is_goal,
    CASE
      WHEN e.name = $7 THEN
        TRY_CAST(json_number(e.properties, CAST($8 AS VARCHAR)) AS DECIMAL(18,6))
    END AS margin,
    CASE
      WHEN e.name = $7 AND CAST($9 AS VARCHAR) <> '' THEN
        TRY_CAST(json_number(e.properties, CAST($9 AS VARCHAR)) AS DECIMAL(18,6))
    END AS offer_cost
  FROM
    events AS e
    LEFT JOIN regrouped AS r ON r.node = e.node
  WHERE
    e.workspace = $1 AND e.kind = 'track' AND (e.name = $6 OR e.name = $7) AND e.event_date >= CAST($4 AS DATE) AND e.occurred_at >= $4 AND e.occurred_at < $5
), earned AS (
  SELECT
    person,
    sum(CASE WHEN is_goal THEN 1 ELSE 0 END) AS goals,
    coalesce(sum(margin), 0) AS margin,
    coalesce(sum(offer_cost), 0) AS offer_cost,
    TRY_CAST(coalesce(sum(margin), 0) - coalesce(sum(offer_cost), 0) AS DECIMAL(18,6)) AS net
  FROM
    valued
  GROUP BY
    person
), contacted AS (
  SELECT
    coalesce(r.person, d.node) AS person,
    count(*) AS contacts
  FROM
    deliveries AS d
    LEFT JOIN regrouped AS r ON r.node = d.node
  WHERE
    d.workspace = $1 AND d.campaign = $3 AND d.outcome IN ('sent', 'rendered') AND d.occurred_at >= $4 AND d.occurred_at < $5
  GROUP BY
    coalesce(r.person, d.node)
)
SELECT
  a.arm AS arm,
  count(*) AS people,
  sum(CASE WHEN e.goals > 0 THEN 1 ELSE 0 END) AS repeaters,
  CAST(coalesce(sum(e.margin), 0) AS DOUBLE) AS margin,
  CAST(coalesce(sum(e.offer_cost), 0) AS DOUBLE) AS offer_cost,
  CAST(coalesce(sum(e.net * e.net), 0) AS DOUBLE) AS net_squares,
  coalesce(sum(c.contacts), 0) AS contacts
FROM
  measured AS a
  LEFT JOIN earned AS e ON e.person = a.person
  LEFT JOIN contacted AS c ON c.person = a.person
GROUP BY
  a.arm ORDER BY arm
