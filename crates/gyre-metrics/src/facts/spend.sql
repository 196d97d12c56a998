SELECT at, channel, campaign, currency, spend
FROM (
  SELECT occurred_at AS at, json_text(properties, 'channel') AS channel,
         json_text(properties, 'campaign') AS campaign, upper(json_text(properties, 'currency')) AS currency,
         json_number(properties, 'spend') AS spend,
         row_number() OVER (PARTITION BY CAST(occurred_at AS DATE), json_text(properties, 'channel'),
                                         json_text(properties, 'campaign'), upper(json_text(properties, 'currency'))
                            ORDER BY at DESC, _partition DESC, _offset DESC) AS version
  FROM offline
  WHERE workspace = $workspace AND kind = 'ad_spend'
) AS u
WHERE version = 1
