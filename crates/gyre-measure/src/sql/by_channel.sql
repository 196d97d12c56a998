SELECT chosen AS variant, channel, count(*) AS n, CAST(sum(reward) AS DOUBLE) AS sum
FROM rewarded
WHERE arm IS NULL OR arm = 'treated'
GROUP BY chosen, channel
ORDER BY variant, channel
