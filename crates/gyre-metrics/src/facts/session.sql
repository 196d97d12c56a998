SELECT person, min(at) AS at, first_value(utm_source ORDER BY at, message_id) AS utm_source,
       first_value(utm_campaign ORDER BY at, message_id) AS utm_campaign,
       first_value(device ORDER BY at, message_id) AS device,
       first_value(country ORDER BY at, message_id) AS country,
       CAST(sum(view) AS DOUBLE) AS views,
       date_part('epoch', max(at)) - date_part('epoch', min(at)) AS seconds,
       CASE WHEN sum(view) >= 2 OR max(bought) = 1
              OR date_part('epoch', max(at)) - date_part('epoch', min(at)) > 10 THEN 'yes' ELSE 'no' END AS engaged
FROM (
  SELECT s.*,
         sum(CASE WHEN earlier IS NULL OR at > earlier + INTERVAL '30 minutes' THEN 1 ELSE 0 END)
           OVER (PARTITION BY person ORDER BY at, message_id) AS number
  FROM (
    SELECT w.*, lag(w.at) OVER (PARTITION BY w.person ORDER BY w.at, w.message_id) AS earlier
    FROM (
      SELECT coalesce(r.person, x.node) AS person, x.occurred_at AS at, x.message_id AS message_id,
             CASE WHEN x.kind IN ('page', 'screen') THEN 1 ELSE 0 END AS view,
             CASE WHEN x.name = 'Order Completed' THEN 1 ELSE 0 END AS bought,
             json_text(x.context, 'campaign.source') AS utm_source,
             json_text(x.context, 'campaign.name') AS utm_campaign,
             json_text(x.context, 'device.type') AS device, json_text(x.context, 'location.country') AS country
      FROM events AS x
      LEFT JOIN regrouped AS r ON r.node = x.node
      WHERE x.workspace = $workspace AND x.event_date >= CAST($since AS DATE) AND x.node IS NOT NULL
        AND (x.kind IN ('page', 'screen') OR (x.kind = 'track' AND coalesce(x.name, '') NOT LIKE 'Message %'
               AND coalesce(x.name, '') NOT IN ('Consent Updated', 'Segment Consent Preference Updated')))
    ) AS w
  ) AS s
) AS u
GROUP BY person, number
HAVING sum(view) > 0
