SELECT DISTINCT person
FROM (
  SELECT unnest(string_to_array(CAST($withheld AS VARCHAR), ',')) AS person
  UNION ALL
  SELECT coalesce(r.person, x.node) AS person
  FROM events AS x
  LEFT JOIN regrouped AS r ON r.node = x.node
  WHERE CAST($human AS BOOLEAN) AND x.workspace = $workspace AND x.kind = 'identify'
    AND (x.traits LIKE '%"is_test"%' OR x.traits LIKE '%"is_internal"%')
    AND (json_text(x.traits, 'is_test') = 'true' OR json_text(x.traits, 'is_internal') = 'true')
) AS u
WHERE person <> ''
