SELECT node, CAST(min(decided_at) AS BIGINT) AS instant
FROM decisions
WHERE workspace = $1 AND campaign = $2
GROUP BY decision, node
ORDER BY instant, node
