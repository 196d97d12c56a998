SELECT CAST(NULL AS VARCHAR) AS person, at, channel, campaign, currency, 'media' AS cost_type, spend AS cost FROM spend
UNION ALL
SELECT person, at, channel, campaign, CAST(NULL AS VARCHAR) AS currency, 'incentive' AS cost_type, cost
FROM delivery
WHERE cost > 0
