-- event_lag_p95
WITH regrouped AS (
  SELECT
    node,
    last_value(person ORDER BY at, _partition, _offset) AS person
  FROM
    identities
  WHERE
    workspace = 'main' AND joined
  GROUP BY
    node
), event AS (
  SELECT
    x.message_id AS unit,
    coalesce(r.person, x.node) AS person,
    x.occurred_at AS at,
    x.name AS event,
    x.kind AS call,
    x.source AS source,
    CASE
      WHEN x.user_id IS NULL THEN
        'no'
      ELSE
        'yes'
    END AS known,
    json_text(x.context, 'device.type') AS device,
    json_text(x.context, 'location.country') AS country,
    date_part('epoch', x.at) - date_part('epoch', x.occurred_at) AS lag_seconds,
    x.properties AS properties
  FROM
    events AS x
    LEFT JOIN regrouped AS r ON r.node = x.node
  WHERE
    x.workspace = 'main' AND x.event_date >= CAST('2026-01-02' AS DATE)
), memberships AS (
  SELECT
    person,
    audience,
    from_at,
    coalesce(until_at, CAST('2200-01-01T00:00:00Z' AS TIMESTAMP)) AS until_at
  FROM
    (
      SELECT
        coalesce(r.person, x.node) AS person,
        x.name AS audience,
        x.entered AS entered,
        x.effective_at AS from_at,
        lead(x.effective_at) OVER (
          PARTITION BY coalesce(r.person, x.node), x.name
          ORDER BY x.effective_at, x._partition, x._offset
        ) AS until_at
      FROM
        enrollments AS x
        LEFT JOIN regrouped AS r ON r.node = x.node
      WHERE
        x.workspace = 'main' AND x.scope = 'audience'
    ) AS u
  WHERE
    entered
), excluded AS (
  SELECT DISTINCT
    person
  FROM
    (
      SELECT
        unnest(string_to_array(CAST('' AS VARCHAR), ',')) AS person
      UNION ALL
      SELECT
        coalesce(r.person, x.node) AS person
      FROM
        events AS x
        LEFT JOIN regrouped AS r ON r.node = x.node
      WHERE
        CAST(true AS BOOLEAN) AND x.workspace = 'main' AND x.kind = 'identify' AND (x.traits LIKE '%"is_test"%' OR x.traits LIKE '%"is_internal"%') AND (json_text(x.traits, 'is_test') = 'true' OR json_text(x.traits, 'is_internal') = 'true')
    ) AS u
  WHERE
    person <> ''
), base AS (
  SELECT
    CAST(NULL AS VARCHAR) AS unit,
    f.at AS at,
    f.lag_seconds AS value,
    CAST(NULL AS VARCHAR) AS currency,
    f.person AS person,
    CAST(NULL AS VARCHAR) AS arm,
    CAST(NULL AS VARCHAR) AS t,
    CAST(NULL AS VARCHAR) AS k0,
    CAST(NULL AS VARCHAR) AS k1,
    CAST(NULL AS VARCHAR) AS k2
  FROM
    event AS f
    LEFT JOIN excluded AS e ON e.person = f.person
  WHERE
    e.person IS NULL AND f.at >= '2026-01-04T23:00:00Z' AND f.at < '2026-02-01T23:00:00Z' AND EXISTS (SELECT 1 FROM memberships AS m WHERE m.person = f.person AND f.at >= m.from_at AND f.at < m.until_at AND m.audience IN (CAST('o''ne' AS VARCHAR), CAST('other' AS VARCHAR)))
)
SELECT
  t,
  k0,
  k1,
  k2,
  length / 86400 AS days,
  true AS reached,
  count(*) AS n,
  count(DISTINCT person) AS people
FROM
  (
    SELECT
      t,
      k0,
      k1,
      k2,
      person,
      CASE
        WHEN value < 7200 THEN
          FLOOR(value)
        WHEN value < 432000 THEN
          60 * FLOOR(value / 60)
        ELSE
          3600 * FLOOR(value / 3600)
      END AS length
    FROM
      base
    WHERE
      value >= 0
  ) AS u
GROUP BY
  t, k0, k1, k2, length;
