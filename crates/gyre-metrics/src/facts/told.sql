SELECT x.node AS node, x.occurred_at AS at, x.at AS arrived_at, x._partition AS part, x._offset AS place, x.name AS name,
       x.message_id AS message_id, x.source AS source, x.properties AS properties
FROM events AS x
WHERE x.workspace = $workspace AND x.kind = 'track'
  AND x.name IN ('Order Completed', 'Order Refunded', 'Order Cancelled')
UNION ALL
SELECT x.node AS node, x.occurred_at AS at, x.at AS arrived_at, x._partition AS part, x._offset AS place,
       CASE WHEN x.kind = 'refund' THEN 'Order Refunded' ELSE 'Order Completed' END AS name,
       concat('offline-', CAST(x._partition AS VARCHAR), '-', CAST(x._offset AS VARCHAR)) AS message_id,
       'offline' AS source, x.properties AS properties
FROM offline AS x
WHERE x.workspace = $workspace AND x.kind IN ('order', 'purchase', 'refund')
