SELECT t, k0, k1, k2, floor(value) / 86400 AS days, true AS reached, count(*) AS n, count(DISTINCT person) AS people
FROM base
WHERE value >= 0
GROUP BY t, k0, k1, k2, floor(value) / 86400
