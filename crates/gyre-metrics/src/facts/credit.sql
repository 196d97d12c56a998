SELECT person, at, source, currency, customer_type, campaign, variant, channel, content, offer, "loop", arm,
       segment, placement, revenue * credit AS revenue, margin * credit AS margin,
       net_margin * credit AS net_margin, credit
FROM (
  SELECT u.*,
         CASE
           WHEN touches = 0 THEN 1.0
           WHEN CAST($model AS VARCHAR) = 'first_touch' THEN CASE WHEN from_first = 1 THEN 1.0 ELSE 0.0 END
           WHEN CAST($model AS VARCHAR) = 'linear' THEN 1.0 / touches
           WHEN CAST($model AS VARCHAR) = 'time_decay' THEN weight / weights
           ELSE CASE WHEN from_last = 1 THEN 1.0 ELSE 0.0 END
         END AS credit
  FROM (
    SELECT o.person AS person, o.at AS at, o.source AS source, o.currency AS currency,
           o.customer_type AS customer_type, o.revenue AS revenue, o.margin AS margin, o.net_margin AS net_margin,
           t.campaign AS campaign, t.variant AS variant, t.channel AS channel, t.content AS content,
           t.offer AS offer, t."loop" AS "loop", t.arm AS arm, t.segment AS segment, t.placement AS placement,
           count(t.message) OVER (PARTITION BY o.unit) AS touches,
           row_number() OVER (PARTITION BY o.unit ORDER BY t.at, t.message) AS from_first,
           row_number() OVER (PARTITION BY o.unit ORDER BY t.at DESC, t.message DESC) AS from_last,
           power(0.5, (date_part('epoch', o.at) - date_part('epoch', t.at)) / 604800.0) AS weight,
           sum(power(0.5, (date_part('epoch', o.at) - date_part('epoch', t.at)) / 604800.0))
             OVER (PARTITION BY o.unit) AS weights
    FROM "order" AS o
    LEFT JOIN response AS t
      ON t.person = o.person AND t.response = 'click' AND NOT (t.machine AND CAST($human AS BOOLEAN))
     AND t.at <= o.at AND t.at > o.at - CAST($lookback AS INTERVAL)
  ) AS u
) AS v
WHERE credit > 0
