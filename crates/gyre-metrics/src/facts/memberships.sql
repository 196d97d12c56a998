SELECT person, audience, from_at, coalesce(until_at, CAST('2200-01-01T00:00:00Z' AS TIMESTAMP)) AS until_at
FROM (
  SELECT coalesce(r.person, x.node) AS person, x.name AS audience, x.entered AS entered, x.effective_at AS from_at,
         lead(x.effective_at) OVER (PARTITION BY coalesce(r.person, x.node), x.name
                                    ORDER BY x.effective_at, x._partition, x._offset) AS until_at
  FROM enrollments AS x
  LEFT JOIN regrouped AS r ON r.node = x.node
  WHERE x.workspace = $workspace AND x.scope = 'audience'
) AS u
WHERE entered
