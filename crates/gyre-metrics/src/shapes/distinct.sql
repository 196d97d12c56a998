SELECT t, k0, k1, k2, CAST(count(DISTINCT unit) AS DOUBLE) AS numerator, count(*) AS n, count(DISTINCT person) AS people
FROM base
GROUP BY t, k0, k1, k2
