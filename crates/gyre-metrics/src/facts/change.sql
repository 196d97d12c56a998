SELECT effective_at AS at, kind AS resource_kind,
       CASE WHEN "by" LIKE 'loop:%' THEN 'loop' ELSE 'person' END AS changed_by
FROM orchestration
WHERE workspace = $workspace
