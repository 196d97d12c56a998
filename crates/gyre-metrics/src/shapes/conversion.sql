SELECT t, k0, k1, k2,
       CAST(sum(CASE WHEN NOT ripe THEN 0 WHEN CAST($complement AS BOOLEAN) THEN 1 - hit ELSE hit END) AS DOUBLE) AS numerator,
       CAST(sum(CASE WHEN ripe THEN 1 ELSE 0 END) AS DOUBLE) AS denominator,
       sum(CASE WHEN ripe THEN 1 ELSE 0 END) AS n,
       sum(CASE WHEN mature THEN 0 ELSE 1 END) AS immature,
       max(CASE WHEN mature THEN NULL ELSE until END) AS mature_at,
       count(DISTINCT CASE WHEN ripe THEN person END) AS people
FROM (
  SELECT a.t AS t, a.k0 AS k0, a.k1 AS k1, a.k2 AS k2, a.person AS person, a.until AS until,
         a.until <= $watermark AS mature,
         a.until <= $watermark OR CAST($include_immature AS BOOLEAN) AS ripe,
         max(CASE WHEN g.at IS NULL THEN 0 ELSE 1 END) AS hit
  FROM anchored AS a
  LEFT JOIN goal AS g ON g.unit = a.unit AND g.at >= a.since AND g.at <= a.until AND g.at <= $watermark
  GROUP BY a.t, a.k0, a.k1, a.k2, a.unit, a.person, a.at, a.until
) AS u
GROUP BY t, k0, k1, k2
