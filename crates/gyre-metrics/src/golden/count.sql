-- automated_changes
WITH change AS (
  SELECT
    effective_at AS at,
    kind AS resource_kind,
    CASE
      WHEN "by" LIKE 'loop:%' THEN
        'loop'
      ELSE
        'person'
    END AS changed_by
  FROM
    orchestration
  WHERE
    workspace = 'main'
), base AS (
  SELECT
    CAST(NULL AS VARCHAR) AS unit,
    f.at AS at,
    CAST(NULL AS DOUBLE) AS value,
    CAST(NULL AS VARCHAR) AS currency,
    CAST(NULL AS VARCHAR) AS person,
    CAST(NULL AS VARCHAR) AS arm,
    CAST(NULL AS VARCHAR) AS t,
    CAST(NULL AS VARCHAR) AS k0,
    CAST(NULL AS VARCHAR) AS k1,
    CAST(NULL AS VARCHAR) AS k2
  FROM
    change AS f
  WHERE
    f.at >= '2026-01-04T23:00:00Z' AND f.at < '2026-02-01T23:00:00Z' AND f.changed_by IN (CAST('loop' AS VARCHAR)) AND f.resource_kind IN (CAST('Campaign' AS VARCHAR)) AND f.resource_kind IN (CAST('o''ne' AS VARCHAR), CAST('other' AS VARCHAR))
)
SELECT
  t,
  k0,
  k1,
  k2,
  CAST(count(*) AS DOUBLE) AS numerator,
  count(*) AS n,
  count(DISTINCT person) AS people
FROM
  base
GROUP BY
  t, k0, k1, k2;
