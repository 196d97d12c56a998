-- coverage
WITH regrouped AS (
  SELECT
    node,
    last_value(person ORDER BY at, _partition, _offset) AS person
  FROM
    identities
  WHERE
    workspace = 'main' AND joined
  GROUP BY
    node
), excluded AS (
  SELECT DISTINCT
    person
  FROM
    (
      SELECT
        unnest(string_to_array(CAST('(withheld)' AS VARCHAR), ',')) AS person
      UNION ALL
      SELECT
        coalesce(r.person, x.node) AS person
      FROM
        events AS x
        LEFT JOIN regrouped AS r ON r.node = x.node
      WHERE
        CAST(false AS BOOLEAN) AND x.workspace = 'main' AND x.kind = 'identify' AND (x.traits LIKE '%"is_test"%' OR x.traits LIKE '%"is_internal"%') AND (json_text(x.traits, 'is_test') = 'true' OR json_text(x.traits, 'is_internal') = 'true')
    ) AS u
  WHERE
    person <> ''
)
SELECT
  CAST(sum(p.events) AS BIGINT) AS events,
  CAST(sum(CASE WHEN p.person IS NULL OR e.person IS NOT NULL THEN 0 ELSE p.events END) AS BIGINT) AS covered_events,
  CAST(sum(CASE WHEN p.person IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS people,
  CAST(sum(CASE WHEN p.person IS NULL OR e.person IS NOT NULL THEN 0 ELSE 1 END) AS BIGINT) AS covered_people,
  CAST(sum(p.fresh) AS BIGINT) AS fresh,
  CAST(sum(p.late) AS BIGINT) AS late
FROM
  (
    SELECT
      coalesce(r.person, n.node) AS person,
      sum(n.events) AS events,
      sum(n.fresh) AS fresh,
      sum(n.late) AS late
    FROM
      (
        SELECT
          x.node AS node,
          count(*) AS events,
          sum(CASE WHEN x.at <= x.occurred_at + INTERVAL '7 days' THEN 1 ELSE 0 END) AS fresh,
          sum(CASE WHEN x.at > x.occurred_at + INTERVAL '5 minutes' AND x.at <= x.occurred_at + INTERVAL '7 days' THEN 1 ELSE 0 END) AS late
        FROM
          events AS x
        WHERE
          x.workspace = 'main' AND x.event_date >= CAST('2026-01-11' AS DATE) AND x.occurred_at >= '2026-01-13T12:00:00Z' AND x.occurred_at <= '2026-02-10T12:00:00Z'
        GROUP BY
          x.node
      ) AS n
      LEFT JOIN regrouped AS r ON r.node = n.node
    GROUP BY
      coalesce(r.person, n.node)
  ) AS p
  LEFT JOIN excluded AS e ON e.person = p.person;
