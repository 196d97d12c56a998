SELECT chosen AS variant, channel, count(*) AS decisions
FROM decisions
WHERE workspace = $1 AND campaign = $2 AND chosen IS NOT NULL
  AND decided_at >= $3 AND decided_at < $4
GROUP BY chosen, channel
ORDER BY variant, channel
