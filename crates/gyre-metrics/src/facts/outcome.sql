SELECT person, at, campaign, variant, channel, outcome,
       CASE WHEN outcome = 'refused' THEN coalesce(detail, 'unknown') END AS suppression_reason
FROM (
  SELECT coalesce(r.person, x.node) AS person, x.occurred_at AS at, x.campaign AS campaign, x.variant AS variant,
         x.channel AS channel, x.outcome AS outcome, x.detail AS detail,
         row_number() OVER (PARTITION BY x.send ORDER BY x.at DESC, x._partition DESC, x._offset DESC) AS place
  FROM deliveries AS x
  LEFT JOIN regrouped AS r ON r.node = x.node
  WHERE x.workspace = $workspace
) AS u
WHERE place = 1
