SELECT x.node AS node, x.occurred_at AS at, x.at AS arrived_at, x._partition AS part, x._offset AS place, x.name AS name,
       x.message_id AS message_id, x.source AS source,
       json_text(x.properties, 'order_id') AS order_id, upper(json_text(x.properties, 'currency')) AS currency,
       json_number(x.properties, 'revenue') AS revenue, json_number(x.properties, 'total') AS total,
       coalesce(json_number(x.properties, 'tax'), 0) AS tax, coalesce(json_number(x.properties, 'shipping'), 0) AS shipping,
       json_number(x.properties, 'margin') AS margin, json_number(x.properties, 'discount') AS discount
FROM events AS x
WHERE x.workspace = $workspace AND x.kind = 'track'
  AND x.name IN ('Order Completed', 'Order Refunded', 'Order Cancelled')
UNION ALL
SELECT x.node AS node, x.occurred_at AS at, x.at AS arrived_at, x._partition AS part, x._offset AS place,
       CASE WHEN x.kind = 'refund' THEN 'Order Refunded' ELSE 'Order Completed' END AS name,
       concat('offline-', CAST(x._partition AS VARCHAR), '-', CAST(x._offset AS VARCHAR)) AS message_id,
       'offline' AS source,
       json_text(x.properties, 'order_id') AS order_id, upper(json_text(x.properties, 'currency')) AS currency,
       json_number(x.properties, 'revenue') AS revenue, json_number(x.properties, 'total') AS total,
       coalesce(json_number(x.properties, 'tax'), 0) AS tax, coalesce(json_number(x.properties, 'shipping'), 0) AS shipping,
       json_number(x.properties, 'margin') AS margin, json_number(x.properties, 'discount') AS discount
FROM offline AS x
WHERE x.workspace = $workspace AND x.kind IN ('order', 'purchase', 'refund')
