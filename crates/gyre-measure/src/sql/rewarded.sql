withheld AS (
  SELECT unnest(string_to_array(CAST($10 AS VARCHAR), ',')) AS person
),
closed AS (
  SELECT d.decision, coalesce(r.person, d.node) AS person, d.arm, d.segment, d.chosen, d.channel,
         d.decided_at, d.decided_at + CAST($6 AS INTERVAL) AS until
  FROM decisions AS d
  LEFT JOIN regrouped AS r ON r.node = d.node
  LEFT JOIN withheld AS w ON w.person = coalesce(r.person, d.node)
  WHERE w.person IS NULL AND d.workspace = $1 AND d.campaign = $2 AND d.chosen IS NOT NULL AND d.probability < 1
    AND d.decided_at >= $3 AND d.decided_at <= $4
),
valued AS (
  SELECT coalesce(r.person, e.node) AS person, e.occurred_at,
         coalesce(TRY_CAST(json_number(e.properties, CAST($8 AS VARCHAR)) AS DECIMAL(18, 6)), 0)
         - CASE WHEN CAST($9 AS VARCHAR) = '' THEN 0
                ELSE coalesce(TRY_CAST(json_number(e.properties, CAST($9 AS VARCHAR)) AS DECIMAL(18, 6)), 0)
           END AS reward
  FROM events AS e
  LEFT JOIN regrouped AS r ON r.node = e.node
  WHERE e.workspace = $1 AND e.kind = 'track' AND e.name = $7
    AND e.event_date >= CAST($3 AS DATE) AND e.occurred_at > $3 AND e.occurred_at <= $5
),
rewarded AS (
  SELECT d.decision, d.arm, d.segment, d.chosen, d.channel,
         coalesce(TRY_CAST(sum(v.reward) AS DECIMAL(18, 6)), 0) AS reward
  FROM closed AS d
  LEFT JOIN valued AS v
    ON v.person = d.person AND v.occurred_at > d.decided_at AND v.occurred_at <= d.until
  GROUP BY d.decision, d.arm, d.segment, d.chosen, d.channel
)
