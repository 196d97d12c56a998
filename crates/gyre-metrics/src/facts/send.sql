SELECT m.message AS message, m.person AS person, m.at AS at, m.campaign AS campaign, m.variant AS variant,
       m.channel AS channel, c.content AS content, c.offer AS offer, d."loop" AS "loop", d.arm AS arm,
       d.segment AS segment, d.placement AS placement, d.cost AS cost, b.decision IS NOT NULL AS bounced
FROM (
  SELECT coalesce(x.decision, x.send) AS message, min(coalesce(r.person, x.node)) AS person,
         min(x.occurred_at) AS at, min(x.decision) AS decision, min(x.campaign) AS campaign,
         min(x.variant) AS variant, min(x.channel) AS channel
  FROM deliveries AS x
  LEFT JOIN regrouped AS r ON r.node = x.node
  WHERE x.workspace = $workspace AND x.outcome IN ('sent', 'rendered')
  GROUP BY coalesce(x.decision, x.send)
) AS m
LEFT JOIN decided AS d ON d.decision = m.decision
LEFT JOIN creatives AS c ON c.campaign = m.campaign AND c.variant = m.variant AND c.channel = m.channel
LEFT JOIN (
  SELECT DISTINCT decision FROM responses WHERE workspace = $workspace AND kind = 'bounce'
) AS b ON b.decision = m.decision
