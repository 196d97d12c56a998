SELECT t, k0, k1, k2, days, reached, count(*) AS n, count(DISTINCT person) AS people
FROM (
  SELECT a.t AS t, a.k0 AS k0, a.k1 AS k1, a.k2 AS k2, a.person AS person, min(g.at) IS NOT NULL AS reached,
         floor((coalesce(date_part('epoch', min(g.at)), CAST($watermark_epoch AS DOUBLE))
                - date_part('epoch', a.at)) / 60) / 1440 AS days
  FROM anchored AS a
  LEFT JOIN goal AS g ON g.unit = a.unit AND g.at >= a.since AND g.at <= $watermark
  GROUP BY a.t, a.k0, a.k1, a.k2, a.unit, a.person, a.at
) AS u
WHERE days >= 0
GROUP BY t, k0, k1, k2, days, reached
