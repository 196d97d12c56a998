SELECT coalesce(r.person, x.node) AS person, x.occurred_at AS at, x.kind AS survey, x.campaign AS campaign, x.value AS score
FROM responses AS x
LEFT JOIN regrouped AS r ON r.node = x.node
WHERE x.workspace = $workspace AND x.kind IN ('nps', 'csat') AND x.value IS NOT NULL
