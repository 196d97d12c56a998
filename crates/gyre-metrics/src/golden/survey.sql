-- csat
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
), survey AS (
  SELECT
    coalesce(r.person, x.node) AS person,
    x.occurred_at AS at,
    x.kind AS survey,
    x.campaign AS campaign,
    x.value AS score
  FROM
    responses AS x
    LEFT JOIN regrouped AS r ON r.node = x.node
  WHERE
    x.workspace = 'main' AND x.kind IN ('nps', 'csat') AND x.value IS NOT NULL
), excluded AS (
  SELECT DISTINCT
    person
  FROM
    (
      SELECT
        unnest(string_to_array(CAST('(withheld)' AS VARCHAR), ',')) AS person
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
    f.person AS unit,
    f.at AS at,
    CAST(NULL AS DOUBLE) AS value,
    CAST(NULL AS VARCHAR) AS currency,
    f.person AS person,
    CAST(NULL AS VARCHAR) AS arm,
    CAST(NULL AS VARCHAR) AS t,
    CAST(NULL AS VARCHAR) AS k0,
    CAST(NULL AS VARCHAR) AS k1,
    CAST(NULL AS VARCHAR) AS k2
  FROM
    survey AS f
    LEFT JOIN excluded AS e ON e.person = f.person
  WHERE
    e.person IS NULL AND f.at >= '2026-01-04T23:00:00Z' AND f.at < '2026-02-01T23:00:00Z' AND f.survey IN (CAST('csat' AS VARCHAR)) AND f.campaign IN (CAST('o''ne' AS VARCHAR), CAST('other' AS VARCHAR))
)
SELECT
  t,
  k0,
  k1,
  k2,
  sum(CASE WHEN value BETWEEN 1 AND 5 THEN 1 ELSE 0 END) AS n,
  sum(CASE WHEN value BETWEEN 4 AND 5 THEN 1 ELSE 0 END) AS up,
  sum(CASE WHEN value BETWEEN 1 AND 3 THEN 1 ELSE 0 END) AS down,
  count(DISTINCT person) AS people
FROM
  (
    SELECT
      t,
      k0,
      k1,
      k2,
      person,
      value,
      row_number() OVER (
        PARTITION BY t, k0, k1, k2, unit
        ORDER BY at DESC, value
      ) AS place
    FROM
      base
  ) AS u
WHERE
  place = 1
GROUP BY
  t, k0, k1, k2;
