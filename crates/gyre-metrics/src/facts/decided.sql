SELECT decision, min(chosen) AS chosen, min(channel) AS channel, min("loop") AS "loop", min(arm) AS arm,
       min(segment) AS segment, min(placement) AS placement, min(cost) AS cost
FROM decisions
WHERE workspace = $workspace
GROUP BY decision
