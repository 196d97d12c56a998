-- retention_rate
WITH regrouped AS (
  SELECT
    node,
    last_value(person ORDER BY at, _partition, _offset) AS person
  FROM
    identities
  WHERE
    workspace = 'main' AND joined
  GROUP BY
    node
), told AS (
  SELECT
    x.node AS node,
    x.occurred_at AS at,
    x.at AS arrived_at,
    x._partition AS part,
    x._offset AS place,
    x.name AS name,
    x.message_id AS message_id,
    x.source AS source,
    json_text(x.properties, 'order_id') AS order_id,
    upper(json_text(x.properties, 'currency')) AS currency,
    json_number(x.properties, 'revenue') AS revenue,
    json_number(x.properties, 'total') AS total,
    coalesce(json_number(x.properties, 'tax'), 0) AS tax,
    coalesce(json_number(x.properties, 'shipping'), 0) AS shipping,
    json_number(x.properties, 'margin') AS margin,
    json_number(x.properties, 'discount') AS discount
  FROM
    events AS x
  WHERE
    x.workspace = 'main' AND x.kind = 'track' AND x.name IN ('Order Completed', 'Order Refunded', 'Order Cancelled')
  UNION ALL
  SELECT
    x.node AS node,
    x.occurred_at AS at,
    x.at AS arrived_at,
    x._partition AS part,
    x._offset AS place,
    CASE
      WHEN x.kind = 'refund' THEN
        'Order Refunded'
      ELSE
        'Order Completed'
    END AS name,
    concat('offline-', CAST(x._partition AS VARCHAR), '-', CAST(x._offset AS VARCHAR)) AS message_id,
    'offline' AS source,
    json_text(x.properties, 'order_id') AS order_id,
    upper(json_text(x.properties, 'currency')) AS currency,
    json_number(x.properties, 'revenue') AS revenue,
    json_number(x.properties, 'total') AS total,
    coalesce(json_number(x.properties, 'tax'), 0) AS tax,
    coalesce(json_number(x.properties, 'shipping'), 0) AS shipping,
    json_number(x.properties, 'margin') AS margin,
    json_number(x.properties, 'discount') AS discount
  FROM
    offline AS x
  WHERE
    x.workspace = 'main' AND x.kind IN ('order', 'purchase', 'refund')
), refunded AS (
  SELECT
    unit,
    sum(amount) AS amount,
    bool_or(amount IS NULL) AS whole
  FROM
    (
      SELECT DISTINCT
        message_id,
        order_id AS unit,
        coalesce(revenue, total) AS amount
      FROM
        told
      WHERE
        name = 'Order Refunded'
    ) AS u
  WHERE
    unit IS NOT NULL
  GROUP BY
    unit
), "order" AS (
  SELECT
    o.unit AS unit,
    o.person AS person,
    o.at AS at,
    o.source AS source,
    o.currency AS currency,
    CASE
      WHEN row_number() OVER (PARTITION BY o.person ORDER BY o.at, o.unit) = 1 THEN
        'new'
      ELSE
        'returning'
    END AS customer_type,
    o.gross AS gross,
    o.gross - coalesce(o.refund, 0) AS revenue,
    o.margin * o.kept AS margin,
    o.discount AS discount,
    o.margin * o.kept - coalesce(o.discount, 0) * o.kept AS net_margin
  FROM
    (
      SELECT
        v.unit AS unit,
        v.person AS person,
        v.at AS at,
        v.source AS source,
        v.currency AS currency,
        v.gross AS gross,
        v.margin AS margin,
        v.discount AS discount,
        f.amount AS refund,
        CASE
          WHEN f.amount IS NULL OR v.gross IS NULL OR v.gross <= 0 THEN
            1
          ELSE
            1 - f.amount / v.gross
        END AS kept
      FROM
        (
          SELECT
            w.unit AS unit,
            w.person AS person,
            w.source AS source,
            min(w.at) OVER (
              PARTITION BY w.unit
            ) AS at,
            row_number() OVER (
              PARTITION BY w.unit
              ORDER BY w.arrived_at DESC, w.part DESC, w.place DESC
            ) AS version,
            w.currency AS currency,
            w.gross AS gross,
            w.margin AS margin,
            w.discount AS discount
          FROM
            (
              SELECT
                coalesce(x.order_id, x.message_id) AS unit,
                coalesce(r.person, x.node) AS person,
                x.source AS source,
                x.at AS at,
                x.arrived_at AS arrived_at,
                x.part AS part,
                x.place AS place,
                x.currency AS currency,
                coalesce(x.revenue, x.total - x.tax - x.shipping) AS gross,
                x.margin AS margin,
                x.discount AS discount
              FROM
                told AS x
                LEFT JOIN regrouped AS r ON r.node = x.node
              WHERE
                x.name = 'Order Completed'
            ) AS w
        ) AS v
        LEFT JOIN refunded AS f ON f.unit = v.unit
        LEFT JOIN (SELECT DISTINCT order_id AS unit FROM told WHERE name = 'Order Cancelled') AS n ON n.unit = v.unit
      WHERE
        v.version = 1 AND n.unit IS NULL AND (f.unit IS NULL OR (NOT f.whole AND coalesce(f.amount < v.gross, true)))
    ) AS o
), customer AS (
  SELECT
    person,
    at,
    source,
    currency,
    revenue,
    net_margin,
    lifetime_margin
  FROM
    (
      SELECT
        person,
        at,
        source,
        currency,
        customer_type,
        revenue,
        net_margin,
        sum(net_margin) OVER (
          PARTITION BY person
        ) AS lifetime_margin
      FROM
        "order"
    ) AS u
  WHERE
    customer_type = 'new'
), memberships AS (
  SELECT
    person,
    audience,
    from_at,
    coalesce(until_at, CAST('2200-01-01T00:00:00Z' AS TIMESTAMP)) AS until_at
  FROM
    (
      SELECT
        coalesce(r.person, x.node) AS person,
        x.name AS audience,
        x.entered AS entered,
        x.effective_at AS from_at,
        lead(x.effective_at) OVER (
          PARTITION BY coalesce(r.person, x.node), x.name
          ORDER BY x.effective_at, x._partition, x._offset
        ) AS until_at
      FROM
        enrollments AS x
        LEFT JOIN regrouped AS r ON r.node = x.node
      WHERE
        x.workspace = 'main' AND x.scope = 'audience'
    ) AS u
  WHERE
    entered
), excluded AS (
  SELECT DISTINCT
    person
  FROM
    (
      SELECT
        unnest(string_to_array(CAST('(withheld)' AS VARCHAR), ',')) AS person
      UNION ALL
      SELECT
        coalesce(r.person, x.node) AS person
      FROM
        events AS x
        LEFT JOIN regrouped AS r ON r.node = x.node
      WHERE
        CAST(true AS BOOLEAN) AND x.workspace = 'main' AND x.kind = 'identify' AND (x.traits LIKE '%"is_test"%' OR x.traits LIKE '%"is_internal"%') AND (json_text(x.traits, 'is_test') = 'true' OR json_text(x.traits, 'is_internal') = 'true')
    ) AS u
  WHERE
    person <> ''
), base AS (
  SELECT
    f.person AS unit,
    f.at AS at,
    CAST(NULL AS DOUBLE) AS value,
    f.currency AS currency,
    f.person AS person,
    CAST(NULL AS VARCHAR) AS arm,
    CAST(NULL AS VARCHAR) AS t,
    CAST(NULL AS VARCHAR) AS k0,
    CAST(NULL AS VARCHAR) AS k1,
    CAST(NULL AS VARCHAR) AS k2
  FROM
    customer AS f
    LEFT JOIN excluded AS e ON e.person = f.person
  WHERE
    e.person IS NULL AND f.at >= '2026-01-04T23:00:00Z' AND f.at < '2026-02-01T23:00:00Z' AND EXISTS (SELECT 1 FROM memberships AS m WHERE m.person = f.person AND f.at >= m.from_at AND f.at < m.until_at AND m.audience IN (CAST('o''ne' AS VARCHAR), CAST('other' AS VARCHAR)))
), goal AS (
  SELECT
    f.person AS unit,
    f.at AS at,
    CAST(NULL AS DOUBLE) AS value,
    f.currency AS currency
  FROM
    "order" AS f
  WHERE
    f.at >= '2026-01-04T23:00:00Z'
), cohort AS (
  SELECT
    t,
    k0,
    k1,
    k2,
    unit,
    at,
    CAST(FLOOR((CAST(1770724800 AS DOUBLE) - date_part('epoch', at)) / CAST(2592000 AS DOUBLE)) AS BIGINT) - 1 AS oldest
  FROM
    (
      SELECT
        t,
        k0,
        k1,
        k2,
        unit,
        min(at) AS at
      FROM
        base
      GROUP BY
        t, k0, k1, k2, unit
    ) AS u
), lived AS (
  SELECT
    c.t AS t,
    c.k0 AS k0,
    c.k1 AS k1,
    c.k2 AS k2,
    c.unit AS unit,
    c.oldest AS oldest,
    g.value AS value,
    g.currency AS currency,
    CAST(FLOOR((date_part('epoch', g.at) - date_part('epoch', c.at)) / CAST(2592000 AS DOUBLE)) AS BIGINT) AS age
  FROM
    cohort AS c
    JOIN goal AS g ON g.unit = c.unit AND g.at >= c.at AND g.at <= '2026-02-10T12:00:00Z'
)
SELECT
  t,
  k0,
  k1,
  k2,
  age,
  CAST(sum(x) AS DOUBLE) AS numerator,
  CAST(sum(y) AS DOUBLE) AS denominator,
  CAST(sum(y) AS BIGINT) AS n,
  CAST(sum(y) AS BIGINT) AS people
FROM
  (
    SELECT
      t,
      k0,
      k1,
      k2,
      unnest(range(0, least(oldest + 1, CAST(13 AS BIGINT)))) AS age,
      CAST(0 AS BIGINT) AS x,
      units AS y
    FROM
      (
        SELECT
          t,
          k0,
          k1,
          k2,
          oldest,
          count(*) AS units
        FROM
          cohort
        WHERE
          oldest >= 0
        GROUP BY
          t, k0, k1, k2, oldest
      ) AS c
    UNION ALL
    SELECT
      t,
      k0,
      k1,
      k2,
      age,
      count(DISTINCT unit) AS x,
      CAST(0 AS BIGINT) AS y
    FROM
      lived
    WHERE
      age <= oldest AND age < CAST(13 AS BIGINT)
    GROUP BY
      t, k0, k1, k2, age
  ) AS u
GROUP BY
  t, k0, k1, k2, age;
