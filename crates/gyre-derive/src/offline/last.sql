SELECT label, value, occurred, latest
FROM (
  SELECT label, value, occurred, max(occurred) OVER (PARTITION BY label) AS latest,
         row_number() OVER (PARTITION BY label ORDER BY occurred DESC, value DESC) AS place
  FROM facts
  WHERE value IS NOT NULL
) AS ranked
WHERE place = 1
