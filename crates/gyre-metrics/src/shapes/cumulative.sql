SELECT t, k0, k1, k2, age, CAST(sum(x) AS DOUBLE) AS numerator, CAST(sum(y) AS DOUBLE) AS denominator, CAST(sum(y) AS BIGINT) AS n,
       CAST(sum(y) AS BIGINT) AS people, count(DISTINCT currency) AS currencies
FROM (
  SELECT t, k0, k1, k2, unnest(range(0, least(oldest + 1, CAST($ages AS BIGINT)))) AS age,
         CAST(0 AS DECIMAL(28, 6)) AS x, units AS y, CAST(NULL AS VARCHAR) AS currency
  FROM (SELECT t, k0, k1, k2, oldest, count(*) AS units FROM cohort WHERE oldest >= 0 GROUP BY t, k0, k1, k2, oldest) AS c
  UNION ALL
  SELECT t, k0, k1, k2, unnest(range(age, least(oldest + 1, CAST($ages AS BIGINT)))) AS age, amount AS x, CAST(0 AS BIGINT) AS y, currency
  FROM (
    SELECT t, k0, k1, k2, oldest, age, currency, sum(coalesce(TRY_CAST(value AS DECIMAL(18, 6)), CAST(0 AS DECIMAL(18, 6)))) AS amount
    FROM lived
    WHERE age <= oldest AND age < CAST($ages AS BIGINT)
    GROUP BY t, k0, k1, k2, oldest, age, currency
  ) AS l
) AS u
GROUP BY t, k0, k1, k2, age
