WITH listed AS (
  SELECT unnest(string_to_array(CAST($2 AS VARCHAR), ';')) AS item
), labels AS (
  SELECT CAST(split_part(item, ',', 1) AS BIGINT) AS label, split_part(item, ',', 2) AS node,
         CAST(split_part(item, ',', 3) AS BIGINT) AS instant
  FROM listed
), moves AS (
  SELECT node, person, CAST(occurred_at AS BIGINT) AS moved, _partition, _offset
  FROM identities
  WHERE workspace = $1 AND joined
), owners AS (
  SELECT l.label, l.instant, coalesce(m.person, l.node) AS person,
         row_number() OVER (PARTITION BY l.label
                            ORDER BY m.moved DESC NULLS LAST, m._partition DESC NULLS LAST, m._offset DESC NULLS LAST) AS place
  FROM labels AS l
  LEFT JOIN moves AS m ON m.node = l.node AND m.moved <= l.instant
), people AS (
  SELECT label, instant, person FROM owners WHERE place = 1
), candidates AS (
  SELECT DISTINCT p.label, p.instant, p.person, m.node
  FROM people AS p
  JOIN moves AS m ON m.person = p.person AND m.moved <= p.instant
), placed AS (
  SELECT c.label, c.node, c.person AS wanted, m.person AS person,
         row_number() OVER (PARTITION BY c.label, c.node
                            ORDER BY m.moved DESC, m._partition DESC, m._offset DESC) AS place
  FROM candidates AS c
  JOIN moves AS m ON m.node = c.node AND m.moved <= c.instant
)
SELECT label, node FROM placed WHERE place = 1 AND person = wanted
UNION ALL
SELECT label, person AS node FROM people
