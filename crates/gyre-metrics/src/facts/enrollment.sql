SELECT coalesce(r.person, x.node) AS person, x.effective_at AS at, x.scope AS scope, x.name AS enrolled_in, x.arm AS arm
FROM enrollments AS x
LEFT JOIN regrouped AS r ON r.node = x.node
WHERE x.workspace = $workspace AND x.entered
