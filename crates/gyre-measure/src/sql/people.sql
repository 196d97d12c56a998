SELECT cut, arm AS variant, count(*) AS people
FROM enrolled
GROUP BY cut, arm
ORDER BY cut, variant
