SELECT
  coalesce(d.chosen, r.variant) AS variant,
  d.channel,
  r.kind,
  count(DISTINCT coalesce(r.decision, r.message_id)) AS responses
FROM
  responses AS r
  LEFT JOIN decisions AS d ON d.decision = r.decision AND d.workspace = $1 AND d.campaign = $2
WHERE
  r.workspace = $1 AND r.campaign = $2 AND r.occurred_at >= $3 AND r.occurred_at < $4 AND coalesce(d.chosen, r.variant) IS NOT NULL
GROUP BY
  coalesce(d.chosen, r.variant), d.channel, r.kind ORDER BY variant, d.channel, r.kind
