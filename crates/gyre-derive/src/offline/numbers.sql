SELECT label, count(*) AS n, sum(CAST(value AS DECIMAL(38, 0))) AS total,
       sum(CAST(value AS DECIMAL(19, 0)) * CAST(value AS DECIMAL(19, 0))) AS squares,
       min(value) AS least, max(value) AS most, max(occurred) AS latest
FROM facts
WHERE value IS NOT NULL
GROUP BY label
