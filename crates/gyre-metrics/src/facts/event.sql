SELECT x.message_id AS unit, coalesce(r.person, x.node) AS person, x.occurred_at AS at, x.name AS event, x.kind AS call,
       x.source AS source, CASE WHEN x.user_id IS NULL THEN 'no' ELSE 'yes' END AS known,
       json_text(x.context, 'device.type') AS device, json_text(x.context, 'location.country') AS country,
       date_part('epoch', x.at) - date_part('epoch', x.occurred_at) AS lag_seconds, x.properties AS properties
FROM events AS x
LEFT JOIN regrouped AS r ON r.node = x.node
WHERE x.workspace = $workspace AND x.event_date >= CAST($since AS DATE)
