SELECT t, k0, k1, k2, arm, sum(CASE WHEN ripe THEN 1 ELSE 0 END) AS n,
       CAST(sum(CASE WHEN ripe THEN y ELSE 0 END) AS DOUBLE) AS total,
       CAST(sum(CASE WHEN ripe THEN y * y ELSE 0 END) AS DOUBLE) AS squares,
       sum(CASE WHEN ripe THEN 0 ELSE 1 END) AS immature,
       max(CASE WHEN ripe THEN NULL ELSE until END) AS mature_at,
       sum(CASE WHEN ripe THEN 1 ELSE 0 END) AS people,
       max(currencies) AS currencies
FROM (
  SELECT a.t AS t, a.k0 AS k0, a.k1 AS k1, a.k2 AS k2, a.arm AS arm, a.until AS until,
         a.until <= $watermark AS ripe, count(DISTINCT g.currency) AS currencies,
         CASE WHEN CAST($binary AS BOOLEAN) THEN CAST(max(CASE WHEN g.at IS NULL THEN 0 ELSE 1 END) AS DOUBLE)
              ELSE CAST(coalesce(sum(TRY_CAST(g.value AS DECIMAL(18, 6))), 0) AS DOUBLE) END AS y
  FROM (SELECT t, k0, k1, k2, arm, unit, at, at + CAST($window AS INTERVAL) AS until FROM base) AS a
  LEFT JOIN goal AS g ON g.unit = a.unit AND g.at > a.at AND g.at <= a.until AND g.at <= $watermark
  GROUP BY a.t, a.k0, a.k1, a.k2, a.arm, a.unit, a.at, a.until
) AS u
GROUP BY t, k0, k1, k2, arm
