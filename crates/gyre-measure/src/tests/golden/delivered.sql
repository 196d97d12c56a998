SELECT
  variant,
  channel,
  outcome,
  count(DISTINCT send) AS sends
FROM
  deliveries
WHERE
  workspace = $1 AND campaign = $2 AND occurred_at >= $3 AND occurred_at < $4
GROUP BY
  variant, channel, outcome ORDER BY variant, channel, outcome
