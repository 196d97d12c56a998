SELECT t, k0, k1, k2, age, CAST(sum(x) AS DOUBLE) AS numerator, sum(y) AS denominator, CAST(sum(y) AS BIGINT) AS n,
       CAST(sum(y) AS BIGINT) AS people, count(DISTINCT currency) AS currencies
FROM (
  SELECT c.t AS t, c.k0 AS k0, c.k1 AS k1, c.k2 AS k2, a.age AS age, CAST(0 AS DECIMAL(18, 6)) AS x,
         CAST(1 AS DOUBLE) AS y, CAST(NULL AS VARCHAR) AS currency
  FROM cohort AS c
  CROSS JOIN ages AS a
  WHERE a.age <= c.oldest
  UNION ALL
  SELECT l.t AS t, l.k0 AS k0, l.k1 AS k1, l.k2 AS k2, a.age AS age,
         coalesce(TRY_CAST(l.value AS DECIMAL(18, 6)), CAST(0 AS DECIMAL(18, 6))) AS x, CAST(0 AS DOUBLE) AS y, l.currency AS currency
  FROM lived AS l
  CROSS JOIN ages AS a
  WHERE l.age <= a.age AND a.age <= l.oldest
) AS u
GROUP BY t, k0, k1, k2, age
