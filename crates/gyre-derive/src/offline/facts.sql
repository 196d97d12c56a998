WITH listed AS (
  SELECT unnest(string_to_array(CAST($2 AS VARCHAR), ';')) AS item
), members AS (
  SELECT CAST(split_part(item, ',', 1) AS BIGINT) AS label, split_part(item, ',', 2) AS node,
         CAST(split_part(item, ',', 3) AS BIGINT) AS instant, CAST(split_part(item, ',', 4) AS BIGINT) AS beginning
  FROM listed
), told AS (
  SELECT node, CAST(at AS BIGINT) AS received, CAST(occurred_at AS BIGINT) AS occurred, told_column AS told
  FROM events
  WHERE workspace = $1 AND kind = $3 AND withheld IS NOT TRUE AND event_condition
), facts AS (
  SELECT m.label AS label, t.occurred AS occurred, value_expression AS value
  FROM members AS m
  JOIN told AS t ON t.node = m.node
  WHERE t.received <= m.instant AND t.received >= CAST($4 AS BIGINT) AND t.occurred >= m.beginning
)
SELECT 1
