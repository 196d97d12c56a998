SELECT unnest(range(0, CAST($ages AS BIGINT))) AS age
