SELECT t, k0, k1, k2, age, CAST(sum(x) AS DOUBLE) AS numerator, CAST(sum(y) AS DOUBLE) AS denominator, CAST(sum(y) AS BIGINT) AS n,
       CAST(sum(y) AS BIGINT) AS people
FROM (
  SELECT t, k0, k1, k2, unnest(range(0, least(oldest + 1, CAST($ages AS BIGINT)))) AS age, CAST(0 AS BIGINT) AS x, units AS y
  FROM (SELECT t, k0, k1, k2, oldest, count(*) AS units FROM cohort WHERE oldest >= 0 GROUP BY t, k0, k1, k2, oldest) AS c
  UNION ALL
  SELECT t, k0, k1, k2, age, count(DISTINCT unit) AS x, CAST(0 AS BIGINT) AS y
  FROM lived
  WHERE age <= oldest AND age < CAST($ages AS BIGINT)
  GROUP BY t, k0, k1, k2, age
) AS u
GROUP BY t, k0, k1, k2, age
