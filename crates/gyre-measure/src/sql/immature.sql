SELECT count(*) AS decisions
FROM decisions
WHERE workspace = $1 AND campaign = $2 AND chosen IS NOT NULL
  AND arm = 'treated' AND decided_at > $3 AND decided_at < $4
