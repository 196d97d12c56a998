SELECT u.person AS person, u.at AS at, u."loop" AS "loop", u.arm AS arm, l.campaign AS campaign
FROM (
  SELECT coalesce(r.person, x.node) AS person, x.effective_at AS at, x.name AS "loop", x.arm AS arm,
         x.segments AS segments,
         row_number() OVER (PARTITION BY coalesce(r.person, x.node), x.name
                            ORDER BY x.effective_at, x.node, x.arm) AS place
  FROM enrollments AS x
  LEFT JOIN regrouped AS r ON r.node = x.node
  WHERE x.workspace = $workspace AND x.scope = 'loop' AND x.entered AND x.arm IS NOT NULL
) AS u
LEFT JOIN loops AS l ON l."loop" = u."loop"
WHERE u.place = 1 AND coalesce(json_text(u.segments, 'measuring'), '') <> 'withheld'
