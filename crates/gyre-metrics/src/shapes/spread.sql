SELECT t, k0, k1, k2, length / 86400 AS days, true AS reached, count(*) AS n, count(DISTINCT person) AS people
FROM (
  SELECT t, k0, k1, k2, person,
         CASE WHEN value < 7200 THEN floor(value) WHEN value < 432000 THEN 60 * floor(value / 60)
              ELSE 3600 * floor(value / 3600) END AS length
  FROM base
  WHERE value >= 0
) AS u
GROUP BY t, k0, k1, k2, length
