SELECT occurred_at AS at, plan, event, source,
       CAST("count" - coalesce(lag("count") OVER (PARTITION BY plan, event, property, code
                                                  ORDER BY at, _partition, _offset), 0) AS DOUBLE) AS count
FROM violations
WHERE workspace = $workspace
