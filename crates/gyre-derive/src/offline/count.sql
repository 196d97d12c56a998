SELECT label, count(*) AS n, max(occurred) AS latest
FROM facts
WHERE value
GROUP BY label
