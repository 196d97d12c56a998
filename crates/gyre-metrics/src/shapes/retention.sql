SELECT t, k0, k1, k2, age, sum(x) AS numerator, sum(y) AS denominator, CAST(sum(y) AS BIGINT) AS n, CAST(sum(y) AS BIGINT) AS people
FROM (
  SELECT c.t AS t, c.k0 AS k0, c.k1 AS k1, c.k2 AS k2, a.age AS age, CAST(0 AS DOUBLE) AS x, CAST(1 AS DOUBLE) AS y
  FROM cohort AS c
  CROSS JOIN ages AS a
  WHERE a.age <= c.oldest
  UNION ALL
  SELECT t, k0, k1, k2, age, CAST(1 AS DOUBLE) AS x, CAST(0 AS DOUBLE) AS y
  FROM (SELECT DISTINCT t, k0, k1, k2, unit, oldest, age FROM lived) AS l
  WHERE age <= oldest AND age < CAST($ages AS BIGINT)
) AS u
GROUP BY t, k0, k1, k2, age
