SELECT node
FROM (
  SELECT node, person, entered,
         row_number() OVER (PARTITION BY person ORDER BY effective_at DESC, _partition DESC, _offset DESC) AS place
  FROM enrollments
  WHERE workspace = $1 AND scope = 'audience' AND name = $2 AND CAST(effective_at AS BIGINT) <= CAST($3 AS BIGINT)
) AS ranked
WHERE place = 1 AND entered
ORDER BY node
