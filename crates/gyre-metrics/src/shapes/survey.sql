SELECT t, k0, k1, k2,
       sum(CASE WHEN value BETWEEN $least AND $most THEN 1 ELSE 0 END) AS n,
       sum(CASE WHEN value BETWEEN $top AND $most THEN 1 ELSE 0 END) AS up,
       sum(CASE WHEN value BETWEEN $least AND $low THEN 1 ELSE 0 END) AS down,
       count(DISTINCT person) AS people
FROM (
  SELECT t, k0, k1, k2, person, value,
         row_number() OVER (PARTITION BY t, k0, k1, k2, unit ORDER BY at DESC, value) AS place
  FROM base
) AS u
WHERE place = 1
GROUP BY t, k0, k1, k2
