-- automated_change_share
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
), goal AS (
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
), above AS (
  SELECT
    person,
    t,
    k0,
    k1,
    k2,
    CAST(count(*) AS DOUBLE) AS amount,
    count(*) AS n,
    CAST(0 AS BIGINT) AS currencies
  FROM
    goal
  GROUP BY
    person, t, k0, k1, k2
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
    f.at >= '2026-01-04T23:00:00Z' AND f.at < '2026-02-01T23:00:00Z' AND f.resource_kind IN (CAST('Campaign' AS VARCHAR)) AND f.resource_kind IN (CAST('o''ne' AS VARCHAR), CAST('other' AS VARCHAR))
), below AS (
  SELECT
    person,
    t,
    k0,
    k1,
    k2,
    CAST(count(*) AS DOUBLE) AS amount,
    count(*) AS n,
    CAST(0 AS BIGINT) AS currencies
  FROM
    base
  GROUP BY
    person, t, k0, k1, k2
)
SELECT
  t,
  k0,
  k1,
  k2,
  sum(x) AS numerator,
  sum(y) AS denominator,
  CAST(sum(n) AS BIGINT) AS n,
  count(person) AS people,
  sum(x * x) AS xx,
  sum(x * y) AS xy,
  sum(y * y) AS yy,
  max(currencies) AS currencies
FROM
  (
    SELECT
      person,
      t,
      k0,
      k1,
      k2,
      sum(x) AS x,
      sum(y) AS y,
      sum(n) AS n,
      max(currencies) AS currencies
    FROM
      (
        SELECT
          person,
          t,
          k0,
          k1,
          k2,
          amount AS x,
          CAST(0 AS DOUBLE) AS y,
          CAST(0 AS BIGINT) AS n,
          currencies
        FROM
          above
        UNION ALL
        SELECT
          person,
          t,
          k0,
          k1,
          k2,
          CAST(0 AS DOUBLE) AS x,
          amount AS y,
          n,
          currencies
        FROM
          below
      ) AS u
    GROUP BY
      person, t, k0, k1, k2
  ) AS v
GROUP BY
  t, k0, k1, k2;
