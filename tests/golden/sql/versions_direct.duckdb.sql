-- pmpo order-desk as of 2024-03-03T15:00:00+00:00, known by 2024-03-03T15:00:00+00:00 (DuckDB)
WITH
-- customers: the columns that the charter names, with exact types
customers_read AS NOT MATERIALIZED (
  SELECT
    country,
    CAST("number" AS BIGINT) AS "number",
    "name"
  FROM customers
),
-- customers: as it was captured, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
customers_known AS NOT MATERIALIZED (
  SELECT
    country,
    "number",
    "name"
  FROM customers_read
),
-- orders: the columns that the charter names, with exact types
orders_read AS NOT MATERIALIZED (
  SELECT
    CAST(ordered AS TIMESTAMP) AS ordered,
    CAST(changed AS TIMESTAMP) AS changed,
    order_id,
    status,
    TRY_CAST(amount AS DECIMAL(10, 2)) AS amount,
    country,
    CAST(customer AS BIGINT) AS customer
  FROM orders
),
-- orders: the latest version of each row that was known, as of 2024-03-03 15:00:00, known by
--   2024-03-03 15:00:00
orders_known AS (
  SELECT
    ordered,
    changed,
    order_id,
    status,
    amount,
    country,
    customer
  FROM (
    SELECT
      ordered,
      changed,
      order_id,
      status,
      amount,
      country,
      customer
    FROM (
      SELECT
        ordered,
        changed,
        order_id,
        status,
        amount,
        country,
        customer,
        ROW_NUMBER() OVER (
          PARTITION BY order_id
          ORDER BY changed DESC, ordered DESC, amount DESC, country DESC, customer DESC, status DESC
        ) AS pmpo_order
      FROM orders_read
      WHERE
        changed <= CAST('2024-03-03 15:00:00' AS TIMESTAMP)
    ) AS numbered
    WHERE
      pmpo_order = 1
  ) AS latest
  WHERE
    ordered < CAST('2024-03-03 15:00:00' AS TIMESTAMP)
),
-- one row per customer, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_country, key_number) AS pmpo_unit,
    key_country,
    key_number,
    about_name
  FROM (
    SELECT
      CAST(country AS TEXT) AS key_country,
      CAST("number" AS TEXT) AS key_number,
      MIN("name") AS about_name
    FROM customers_known
    WHERE
      country IS NOT NULL AND "number" IS NOT NULL
    GROUP BY
      country,
      "number"
  ) AS keys
),
-- orders: exact sums and counts for each unit
orders_atoms AS (
  SELECT
    country AS key_country,
    customer AS key_number,
    COUNT(CASE WHEN (status = 'open') THEN 1 END) AS count_1,
    MIN(CASE WHEN (status = 'open') THEN ordered END) AS min_2,
    MAX(
      CASE
        WHEN ordered >= CAST('2024-02-03 15:00:00' AS TIMESTAMP)
        AND ordered < CAST('2024-03-03 15:00:00' AS TIMESTAMP)
        THEN amount
      END
    ) AS max_3
  FROM orders_known AS r
  GROUP BY
    country,
    customer
),
-- orders: the value in the latest row of each unit
orders_latest_4 AS (
  SELECT
    key_country,
    key_number,
    value AS latest_4
  FROM (
    SELECT
      country AS key_country,
      customer AS key_number,
      status AS value,
      ROW_NUMBER() OVER (PARTITION BY country, customer ORDER BY ordered DESC, changed DESC, order_id DESC, status DESC) AS row_order
    FROM orders_known AS r
  ) AS numbered
  WHERE
    row_order = 1
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_country,
    u.key_number,
    u.about_name,
    orders_atoms.count_1,
    orders_atoms.min_2,
    orders_atoms.max_3,
    orders_latest_4.latest_4
  FROM units AS u
  LEFT JOIN orders_atoms
    ON u.key_country = CAST(orders_atoms.key_country AS TEXT)
    AND u.key_number = CAST(orders_atoms.key_number AS TEXT)
  LEFT JOIN orders_latest_4
    ON u.key_country = CAST(orders_latest_4.key_country AS TEXT)
    AND u.key_number = CAST(orders_latest_4.key_number AS TEXT)
),
-- formulas of waiting, oldest, largest, last_status
formulas_1 AS (
  SELECT
    key_country,
    key_number,
    about_name,
    CAST(count_1 AS DOUBLE) AS signal_waiting,
    CAST(EPOCH_US(CAST('2024-03-03 15:00:00' AS TIMESTAMP)) - EPOCH_US(min_2) AS DOUBLE) / NULLIF(CAST('86400000000' AS DOUBLE), CAST('0' AS DOUBLE)) AS signal_oldest,
    CAST(CAST(max_3 AS TEXT) AS DOUBLE) AS signal_largest,
    latest_4 AS signal_last_status
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_country,
    key_number,
    about_name,
    CASE
      WHEN signal_waiting - signal_waiting = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_waiting) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_waiting * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_waiting
      END
    END AS signal_waiting,
    CASE
      WHEN signal_oldest - signal_oldest = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_oldest) < CAST('9007199254740.992' AS DOUBLE)
        THEN CAST(FLOOR(signal_oldest * CAST('1000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000' AS DOUBLE)
        ELSE signal_oldest
      END
    END AS signal_oldest,
    CASE
      WHEN signal_largest - signal_largest = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_largest) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_largest * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_largest
      END
    END AS signal_largest,
    signal_last_status
  FROM formulas_1
)
SELECT
  key_country,
  key_number,
  about_name,
  signal_waiting,
  signal_oldest,
  signal_largest,
  signal_last_status
FROM signals_1
ORDER BY
  key_country,
  key_number
