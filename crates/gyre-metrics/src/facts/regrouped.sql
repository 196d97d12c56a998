SELECT node, last_value(person ORDER BY at, _partition, _offset) AS person
FROM identities
WHERE workspace = $workspace AND joined
GROUP BY node
