SELECT CAST(sum(p.events) AS BIGINT) AS events,
       CAST(sum(CASE WHEN p.person IS NULL OR e.person IS NOT NULL THEN 0 ELSE p.events END) AS BIGINT) AS covered_events,
       CAST(sum(CASE WHEN p.person IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS people,
       CAST(sum(CASE WHEN p.person IS NULL OR e.person IS NOT NULL THEN 0 ELSE 1 END) AS BIGINT) AS covered_people,
       CAST(sum(p.fresh) AS BIGINT) AS fresh, CAST(sum(p.late) AS BIGINT) AS late
FROM (
  SELECT coalesce(r.person, n.node) AS person, sum(n.events) AS events, sum(n.fresh) AS fresh, sum(n.late) AS late
  FROM (
    SELECT x.node AS node, count(*) AS events,
           sum(CASE WHEN x.at <= x.occurred_at + INTERVAL '7 days' THEN 1 ELSE 0 END) AS fresh,
           sum(CASE WHEN x.at > x.occurred_at + INTERVAL '5 minutes' AND x.at <= x.occurred_at + INTERVAL '7 days' THEN 1 ELSE 0 END) AS late
    FROM events AS x
    WHERE x.workspace = $workspace AND x.event_date >= CAST($since AS DATE) AND x.occurred_at >= $from AND x.occurred_at <= $watermark
    GROUP BY x.node
  ) AS n
  LEFT JOIN regrouped AS r ON r.node = n.node
  GROUP BY coalesce(r.person, n.node)
) AS p
LEFT JOIN excluded AS e ON e.person = p.person
