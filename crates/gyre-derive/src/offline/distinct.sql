SELECT label, count(DISTINCT value) AS n, max(occurred) AS latest
FROM facts
WHERE value IS NOT NULL
GROUP BY label
