, responded AS (
  SELECT coalesce(r.person, p.node) AS person, p.kind,
         count(p.value) AS valued,
         coalesce(sum(TRY_CAST(p.value AS DECIMAL(18, 6))), 0) AS total
  FROM responses AS p
  LEFT JOIN regrouped AS r ON r.node = p.node
  WHERE p.workspace = $1 AND p.campaign = $6
  GROUP BY coalesce(r.person, p.node), p.kind
),
summed AS (
  SELECT person, kind, valued, TRY_CAST(total AS DECIMAL(18, 6)) AS value FROM responded
)
SELECT e.cut, e.arm AS variant, s.kind, count(*) AS responders, sum(s.valued) AS valued,
       CAST(coalesce(sum(s.value), 0) AS DOUBLE) AS sum,
       CAST(coalesce(sum(s.value * s.value), 0) AS DOUBLE) AS sum_squares
FROM enrolled AS e
JOIN summed AS s ON s.person = e.person
GROUP BY e.cut, e.arm, s.kind
ORDER BY e.cut, variant, s.kind
