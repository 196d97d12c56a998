SELECT t, k0, k1, k2, CAST(sum(TRY_CAST(value AS DECIMAL(18, 6))) AS DOUBLE) AS numerator, count(*) AS n,
       count(DISTINCT person) AS people, count(DISTINCT currency) AS currencies
FROM base
GROUP BY t, k0, k1, k2
