SELECT t.to_at AS at, t."loop" AS "loop", t.campaign AS campaign,
       date_part('epoch', o.at) - date_part('epoch', t.to_at) AS cycle_seconds
FROM turns AS t
JOIN (
  SELECT turn, min(effective_at) AS at
  FROM orchestration
  WHERE workspace = $workspace AND turn IS NOT NULL
  GROUP BY turn
) AS o ON o.turn = t.turn
WHERE t.workspace = $workspace
