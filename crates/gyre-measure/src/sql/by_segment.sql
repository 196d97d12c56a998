SELECT segment, chosen AS variant, count(*) AS n,
       CAST(sum(reward) AS DOUBLE) AS sum,
       CAST(sum(reward * reward) AS DOUBLE) AS sum_squares
FROM rewarded
WHERE arm = 'treated'
GROUP BY segment, chosen
ORDER BY segment, variant
