-- ad_spend
WITH spend AS (
  SELECT
    at,
    channel,
    campaign,
    currency,
    spend
  FROM
    (
      SELECT
        occurred_at AS at,
        json_text(properties, 'channel') AS channel,
        json_text(properties, 'campaign') AS campaign,
        upper(json_text(properties, 'currency')) AS currency,
        json_number(properties, 'spend') AS spend,
        row_number() OVER (
          PARTITION BY CAST(occurred_at AS DATE), json_text(properties, 'channel'), json_text(properties, 'campaign'), upper(json_text(properties, 'currency'))
          ORDER BY at DESC, _partition DESC, _offset DESC
        ) AS version
      FROM
        offline
      WHERE
        workspace = 'main' AND kind = 'ad_spend'
    ) AS u
  WHERE
    version = 1
), base AS (
  SELECT
    CAST(NULL AS VARCHAR) AS unit,
    f.at AS at,
    f.spend AS value,
    f.currency AS currency,
    CAST(NULL AS VARCHAR) AS person,
    CAST(NULL AS VARCHAR) AS arm,
    CAST(NULL AS VARCHAR) AS t,
    CAST(NULL AS VARCHAR) AS k0,
    CAST(NULL AS VARCHAR) AS k1,
    CAST(NULL AS VARCHAR) AS k2
  FROM
    spend AS f
  WHERE
    f.at >= '2026-01-04T23:00:00Z' AND f.at < '2026-02-01T23:00:00Z' AND f.campaign IN (CAST('o''ne' AS VARCHAR), CAST('other' AS VARCHAR))
)
SELECT
  t,
  k0,
  k1,
  k2,
  CAST(sum(TRY_CAST(value AS DECIMAL(18,6))) AS DOUBLE) AS numerator,
  count(*) AS n,
  count(DISTINCT person) AS people,
  count(DISTINCT currency) AS currencies
FROM
  base
GROUP BY
  t, k0, k1, k2;
