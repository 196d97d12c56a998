WITH regrouped AS (
  SELECT node, last_value(person ORDER BY at, _partition, _offset) AS person
  FROM identities
  WHERE workspace = $1 AND joined
  GROUP BY node
),
