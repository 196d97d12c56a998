SELECT CAST(u.level AS BIGINT) AS level, count(*) AS n,
       sum(CASE WHEN u.until > $watermark THEN 1 ELSE 0 END) AS immature
FROM (
  SELECT b.person AS person,
         window_funnel(CAST($window_seconds AS BIGINT), b.at, b.k0 = '') AS level,
         max(CASE WHEN b.k0 = CAST($first AS VARCHAR) AND b.at < $until THEN b.at END) + CAST($window AS INTERVAL) AS until
  FROM base AS b
  GROUP BY b.person
) AS u
WHERE u.level > 0
GROUP BY u.level
