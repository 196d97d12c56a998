SELECT k.message AS message, k.person AS person, k.at AS at, k.response AS response, k.machine AS machine,
       k.campaign AS campaign, coalesce(d.chosen, k.variant) AS variant, d.channel AS channel,
       c.content AS content, c.offer AS offer, d."loop" AS "loop", d.arm AS arm, d.segment AS segment,
       d.placement AS placement
FROM (
  SELECT message, response, machine, min(person) AS person, min(at) AS at, min(decision) AS decision,
         min(campaign) AS campaign, min(variant) AS variant
  FROM (
    SELECT coalesce(x.decision, x.message_id) AS message, coalesce(r.person, x.node) AS person,
           x.kind AS response, x.occurred_at AS at, x.decision AS decision, x.campaign AS campaign,
           x.variant AS variant,
           coalesce(a.agent = 'Mozilla/5.0'
                    OR a.agent LIKE '%Chrome/42.0.2311.135%Edge/12.246%'
                    OR lower(a.agent) LIKE '%bot/%' OR lower(a.agent) LIKE '%spider%'
                    OR lower(a.agent) LIKE '%crawler%', false)
           OR coalesce(x.kind IN ('open', 'click')
                       AND x.occurred_at < s.at + INTERVAL '1500 milliseconds', false) AS machine
    FROM responses AS x
    LEFT JOIN regrouped AS r ON r.node = x.node
    LEFT JOIN (
      SELECT decision, min(occurred_at) AS at
      FROM deliveries
      WHERE workspace = $workspace AND outcome = 'sent'
      GROUP BY decision
    ) AS s ON s.decision = x.decision
    LEFT JOIN (
      SELECT message_id, min(json_text(context, 'userAgent')) AS agent
      FROM events
      WHERE workspace = $workspace AND name IN ('Message Opened', 'Message Clicked')
      GROUP BY message_id
    ) AS a ON a.message_id = x.message_id
    WHERE x.workspace = $workspace
  ) AS u
  GROUP BY message, response, machine
) AS k
LEFT JOIN decided AS d ON d.decision = k.decision
LEFT JOIN creatives AS c
  ON c.campaign = k.campaign AND c.variant = coalesce(d.chosen, k.variant) AND c.channel = d.channel
