-- pmpo every-function as of 2024-03-04T00:00:00+09:00, known by 2024-03-04T00:00:00+09:00
--   (DuckDB)
WITH
-- shelves: the columns that the charter names, with exact types
shelves_read AS NOT MATERIALIZED (
  SELECT
    store,
    CAST(aisle AS BIGINT) AS aisle,
    region,
    CAST(staff AS BIGINT) AS staff
  FROM shelves
),
-- shelves: as it was captured, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
shelves_known AS NOT MATERIALIZED (
  SELECT
    store,
    aisle,
    region,
    staff
  FROM shelves_read
),
-- products: the columns that the charter names, with exact types
products_read AS NOT MATERIALIZED (
  SELECT
    CAST(valid_from AS TIMESTAMP) AS valid_from,
    CAST(valid_to AS TIMESTAMP) AS valid_to,
    CAST(product_id AS BIGINT) AS product_id,
    store,
    CAST(aisle AS BIGINT) AS aisle
  FROM products
),
-- products: what was not known yet is missing
products_visible AS NOT MATERIALIZED (
  SELECT
    valid_from,
    CASE WHEN valid_to <= CAST('2024-03-04 00:00:00' AS TIMESTAMP) THEN valid_to END AS valid_to,
    product_id,
    store,
    aisle
  FROM products_read
),
-- products: the rows that were valid, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
products_known AS NOT MATERIALIZED (
  SELECT
    valid_from,
    valid_to,
    product_id,
    store,
    aisle
  FROM products_visible
  WHERE
    valid_from <= CAST('2024-03-04 00:00:00' AS TIMESTAMP)
    AND (valid_to IS NULL OR valid_to > CAST('2024-03-04 00:00:00' AS TIMESTAMP))
    AND valid_from <= CAST('2024-03-04 00:00:00' AS TIMESTAMP)
),
-- sales: the columns that the charter names, with exact types
sales_read AS NOT MATERIALIZED (
  SELECT
    CAST(sold_at AS TIMESTAMP) AS sold_at,
    CAST(loaded_at AS TIMESTAMP) AS loaded_at,
    CAST(sale_id AS BIGINT) AS sale_id,
    CASE
      WHEN TYPEOF(value) = 'DOUBLE' AND CAST(TRY_CAST(value AS DECIMAL(12, 2)) AS DOUBLE) = value
      THEN CAST(TRY_CAST(value AS DECIMAL(12, 2)) AS DECIMAL(12, 2))
      ELSE TRY_CAST(CAST(CASE
        WHEN value - value = CAST('0' AS DOUBLE) AND ABS(value) < CAST('9007199254740992' AS DOUBLE)
        THEN value
      END AS TEXT) AS DECIMAL(12, 2))
    END AS value,
    CAST(product_id AS BIGINT) AS product_id,
    CASE WHEN NOT note IN ('?') THEN note END AS note,
    flag,
    cost,
    CAST(qty AS BIGINT) AS qty,
    kind
  FROM sales
),
-- sales: what had happened and was known, as of 2024-03-04 00:00:00, known by 2024-03-04 00:00:00
sales_known AS NOT MATERIALIZED (
  SELECT
    sold_at,
    loaded_at,
    sale_id,
    value,
    product_id,
    note,
    flag,
    cost,
    qty,
    kind,
    value - COALESCE(cost, 0) AS margin
  FROM sales_read
  WHERE
    sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
    AND loaded_at <= CAST('2024-03-04 00:00:00' AS TIMESTAMP)
    AND NOT (qty IS NULL)
),
-- orders: the columns that the charter names, with exact types
orders_read AS NOT MATERIALIZED (
  SELECT
    CAST(placed_at AS TIMESTAMP) AS placed_at,
    CAST(changed_at AS TIMESTAMP) AS changed_at,
    CAST(order_id AS BIGINT) AS order_id,
    CAST(delivered_at AS TIMESTAMP) AS delivered_at,
    status,
    CASE
      WHEN TYPEOF(amount) = 'DOUBLE' AND CAST(TRY_CAST(amount AS DECIMAL(14, 3)) AS DOUBLE) = amount
      THEN CAST(TRY_CAST(amount AS DECIMAL(14, 3)) AS DECIMAL(14, 3))
      ELSE TRY_CAST(CAST(CASE
        WHEN amount - amount = CAST('0' AS DOUBLE) AND ABS(amount) < CAST('9007199254740992' AS DOUBLE)
        THEN amount
      END AS TEXT) AS DECIMAL(14, 3))
    END AS amount,
    shop,
    CAST(aisle AS BIGINT) AS aisle
  FROM orders
),
-- orders: the latest version of each row that was known, as of 2024-03-04 00:00:00, known by
--   2024-03-04 00:00:00
orders_known AS (
  SELECT
    placed_at,
    changed_at,
    order_id,
    delivered_at,
    status,
    amount,
    shop,
    aisle
  FROM (
    SELECT
      placed_at,
      changed_at,
      order_id,
      delivered_at,
      status,
      amount,
      shop,
      aisle
    FROM (
      SELECT
        placed_at,
        changed_at,
        order_id,
        delivered_at,
        status,
        amount,
        shop,
        aisle,
        ROW_NUMBER() OVER (
          PARTITION BY order_id
          ORDER BY changed_at DESC, placed_at DESC, aisle DESC, amount DESC, delivered_at DESC, shop DESC, status DESC
        ) AS pmpo_order
      FROM orders_read
      WHERE
        changed_at <= CAST('2024-03-04 00:00:00' AS TIMESTAMP)
    ) AS numbered
    WHERE
      pmpo_order = 1
  ) AS latest
  WHERE
    placed_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
),
-- one row per shelf, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_store, key_aisle) AS pmpo_unit,
    key_store,
    key_aisle,
    about_region
  FROM (
    SELECT
      CAST(store AS TEXT) AS key_store,
      CAST(aisle AS TEXT) AS key_aisle,
      MIN(region) AS about_region
    FROM shelves_known
    WHERE
      store IS NOT NULL AND aisle IS NOT NULL
    GROUP BY
      store,
      aisle
  ) AS keys
),
-- products: the unit of each product_id
products_unit AS (
  SELECT DISTINCT
    r.product_id AS pmpo_via_1,
    u.pmpo_unit
  FROM products_known AS r
  JOIN units AS u
    ON CAST(r.store AS TEXT) = u.key_store AND CAST(r.aisle AS TEXT) = u.key_aisle
  WHERE
    r.product_id IS NOT NULL
),
-- sales: exact sums and counts for each unit
sales_atoms AS (
  SELECT
    m.pmpo_unit,
    SUM(
      CASE
        WHEN sold_at >= CAST('2024-02-05 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
        THEN value
      END
    ) AS sum_1,
    SUM(
      CASE
        WHEN sold_at >= CAST('2024-01-08 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-02-05 00:00:00' AS TIMESTAMP)
        THEN value
      END
    ) AS sum_2,
    COUNT(note) AS count_5,
    SUM(value) AS sum_6,
    SUM(CAST(value AS DECIMAL(19, 2)) * value) AS sum_7,
    COUNT(value) AS count_8,
    SUM(
      CASE
        WHEN sold_at >= CAST('2023-09-04 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
        THEN cost
      END
    ) AS sum_9,
    SUM(
      CASE
        WHEN sold_at >= CAST('2023-09-04 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
        THEN CAST(cost AS DECIMAL(19, 4)) * cost
      END
    ) AS sum_10,
    COUNT(
      CASE
        WHEN sold_at >= CAST('2023-09-04 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
        THEN cost
      END
    ) AS count_11,
    SUM(qty) AS sum_12,
    COUNT(qty) AS count_13,
    SUM(
      CASE
        WHEN (value < 0) <> (qty < 0)
        THEN -(
          CAST((
            ABS(CAST(CAST(value AS DECIMAL(38, 2)) * 100 AS INT128)) * CAST(2 AS INT128) + ABS(CAST(CAST(qty AS DECIMAL(38, 0)) * 1 AS INT128))
          ) // NULLIF(ABS(CAST(CAST(qty AS DECIMAL(38, 0)) * 1 AS INT128)) * CAST(2 AS INT128), CAST(0 AS INT128)) AS DECIMAL(32, 0)) * CAST(0.01 AS DECIMAL(3, 2))
        )
        ELSE CAST((
          ABS(CAST(CAST(value AS DECIMAL(38, 2)) * 100 AS INT128)) * CAST(2 AS INT128) + ABS(CAST(CAST(qty AS DECIMAL(38, 0)) * 1 AS INT128))
        ) // NULLIF(ABS(CAST(CAST(qty AS DECIMAL(38, 0)) * 1 AS INT128)) * CAST(2 AS INT128), CAST(0 AS INT128)) AS DECIMAL(32, 0)) * CAST(0.01 AS DECIMAL(3, 2))
      END
    ) AS sum_14,
    COUNT(
      CASE
        WHEN (value < 0) <> (qty < 0)
        THEN -(
          CAST((
            ABS(CAST(CAST(value AS DECIMAL(38, 2)) * 100 AS INT128)) * CAST(2 AS INT128) + ABS(CAST(CAST(qty AS DECIMAL(38, 0)) * 1 AS INT128))
          ) // NULLIF(ABS(CAST(CAST(qty AS DECIMAL(38, 0)) * 1 AS INT128)) * CAST(2 AS INT128), CAST(0 AS INT128)) AS DECIMAL(32, 0)) * CAST(0.01 AS DECIMAL(3, 2))
        )
        ELSE CAST((
          ABS(CAST(CAST(value AS DECIMAL(38, 2)) * 100 AS INT128)) * CAST(2 AS INT128) + ABS(CAST(CAST(qty AS DECIMAL(38, 0)) * 1 AS INT128))
        ) // NULLIF(ABS(CAST(CAST(qty AS DECIMAL(38, 0)) * 1 AS INT128)) * CAST(2 AS INT128), CAST(0 AS INT128)) AS DECIMAL(32, 0)) * CAST(0.01 AS DECIMAL(3, 2))
      END
    ) AS count_15,
    SUM(CAST(cost AS DECIMAL(11, 2))) AS sum_16,
    SUM(CAST(cost * 0.5 AS DECIMAL(12, 2))) AS sum_17,
    SUM(CASE WHEN value >= 10 THEN margin WHEN value BETWEEN -1 AND 1 THEN -0.5 ELSE 1 END) AS sum_18,
    SUM(CASE WHEN kind = 'a' THEN 1 WHEN kind = 'é' THEN 2 END) AS sum_19,
    SUM(CASE WHEN flag THEN qty ELSE -qty END) AS sum_20,
    SUM(
      CASE
        WHEN CASE WHEN qty IS NOT NULL AND 3 IS NOT NULL THEN LEAST(qty, 3) END IS NOT NULL AND -2 IS NOT NULL
        THEN GREATEST(CASE WHEN qty IS NOT NULL AND 3 IS NOT NULL THEN LEAST(qty, 3) END, -2)
      END
    ) AS sum_21,
    COUNT(CASE WHEN (note LIKE '%é%' OR (note IN ('日本', 'NA', 'it''s') AND NOT (flag))) THEN 1 END) AS count_22,
    COUNT(CASE WHEN ((kind > 'b' AND kind <> 'z') AND ABS(value) < 100.005) THEN 1 END) AS count_23,
    MIN(note) AS min_24,
    MAX(
      CASE
        WHEN sold_at >= CAST('2024-02-19 00:00:00' AS TIMESTAMP)
        AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
        THEN note
      END
    ) AS max_25,
    MAX(value) AS max_26,
    MIN(cost) AS min_27,
    MAX(sold_at) AS max_28,
    MIN(CAST(sold_at AS DATE)) AS min_29
  FROM sales_known AS r
  JOIN products_unit AS m
    ON r.product_id = m.pmpo_via_1
  GROUP BY
    m.pmpo_unit
),
-- sales: the distinct values behind distinct_3
sales_distinct_3_values AS (
  SELECT DISTINCT
    m.pmpo_unit,
    product_id AS value
  FROM sales_known AS r
  JOIN products_unit AS m
    ON r.product_id = m.pmpo_via_1
  WHERE
    sold_at >= CAST('2023-12-04 00:00:00' AS TIMESTAMP)
    AND sold_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
    AND product_id IS NOT NULL
),
-- sales: how many of them each unit has
sales_distinct_3 AS (
  SELECT
    pmpo_unit,
    COUNT(*) AS distinct_3
  FROM sales_distinct_3_values
  GROUP BY
    pmpo_unit
),
-- sales: the distinct values behind distinct_4
sales_distinct_4_values AS (
  SELECT DISTINCT
    m.pmpo_unit,
    note AS value
  FROM sales_known AS r
  JOIN products_unit AS m
    ON r.product_id = m.pmpo_via_1
  WHERE
    (flag) AND note IS NOT NULL
),
-- sales: how many of them each unit has
sales_distinct_4 AS (
  SELECT
    pmpo_unit,
    COUNT(*) AS distinct_4
  FROM sales_distinct_4_values
  GROUP BY
    pmpo_unit
),
-- orders: exact sums and counts for each unit
orders_atoms AS (
  SELECT
    shop AS key_store,
    aisle AS key_aisle,
    COUNT(CASE WHEN (EPOCH_US(delivered_at) - EPOCH_US(placed_at) > 129600000000) THEN 1 END) AS count_30,
    COUNT(delivered_at) AS count_31,
    SUM(EPOCH_US(delivered_at) - EPOCH_US(placed_at)) AS sum_32,
    COUNT(EPOCH_US(delivered_at) - EPOCH_US(placed_at)) AS count_33,
    MIN(
      CASE
        WHEN placed_at >= CAST('2023-12-04 00:00:00' AS TIMESTAMP)
        AND placed_at < CAST('2024-03-04 00:00:00' AS TIMESTAMP)
        THEN amount
      END
    ) AS min_36
  FROM orders_known AS r
  GROUP BY
    shop,
    aisle
),
-- orders: the value in the latest row of each unit
orders_latest_34 AS (
  SELECT
    key_store,
    key_aisle,
    value AS latest_34
  FROM (
    SELECT
      shop AS key_store,
      aisle AS key_aisle,
      status AS value,
      ROW_NUMBER() OVER (PARTITION BY shop, aisle ORDER BY placed_at DESC, changed_at DESC, order_id DESC, status DESC) AS row_order
    FROM orders_known AS r
  ) AS numbered
  WHERE
    row_order = 1
),
-- orders: the value in the latest row of each unit
orders_latest_35 AS (
  SELECT
    key_store,
    key_aisle,
    value AS latest_35
  FROM (
    SELECT
      shop AS key_store,
      aisle AS key_aisle,
      amount AS value,
      ROW_NUMBER() OVER (PARTITION BY shop, aisle ORDER BY placed_at DESC, changed_at DESC, order_id DESC, amount DESC) AS row_order
    FROM orders_known AS r
    WHERE
      (status <> 'void')
  ) AS numbered
  WHERE
    row_order = 1
),
-- shelves: exact sums and counts for each unit
shelves_atoms AS (
  SELECT
    store AS key_store,
    aisle AS key_aisle,
    MAX(staff) AS max_37
  FROM shelves_known AS r
  GROUP BY
    store,
    aisle
),
-- products: exact sums and counts for each unit
products_atoms AS (
  SELECT
    store AS key_store,
    aisle AS key_aisle
  FROM products_known AS r
  GROUP BY
    store,
    aisle
),
-- products: the distinct values behind distinct_38
products_distinct_38_values AS (
  SELECT DISTINCT
    store AS key_store,
    aisle AS key_aisle,
    product_id AS value
  FROM products_known AS r
  WHERE
    product_id IS NOT NULL
),
-- products: how many of them each unit has
products_distinct_38 AS (
  SELECT
    key_store,
    key_aisle,
    COUNT(*) AS distinct_38
  FROM products_distinct_38_values
  GROUP BY
    key_store,
    key_aisle
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_store,
    u.key_aisle,
    u.about_region,
    sales_atoms.sum_1,
    sales_atoms.sum_2,
    CASE WHEN sales_atoms.pmpo_unit IS NOT NULL THEN COALESCE(sales_distinct_3.distinct_3, 0) END AS distinct_3,
    CASE WHEN sales_atoms.pmpo_unit IS NOT NULL THEN COALESCE(sales_distinct_4.distinct_4, 0) END AS distinct_4,
    sales_atoms.count_5,
    sales_atoms.sum_6,
    sales_atoms.sum_7,
    sales_atoms.count_8,
    sales_atoms.sum_9,
    sales_atoms.sum_10,
    sales_atoms.count_11,
    sales_atoms.sum_12,
    sales_atoms.count_13,
    sales_atoms.sum_14,
    sales_atoms.count_15,
    sales_atoms.sum_16,
    sales_atoms.sum_17,
    sales_atoms.sum_18,
    sales_atoms.sum_19,
    sales_atoms.sum_20,
    sales_atoms.sum_21,
    sales_atoms.count_22,
    sales_atoms.count_23,
    sales_atoms.min_24,
    sales_atoms.max_25,
    sales_atoms.max_26,
    sales_atoms.min_27,
    sales_atoms.max_28,
    sales_atoms.min_29,
    orders_atoms.count_30,
    orders_atoms.count_31,
    orders_atoms.sum_32,
    orders_atoms.count_33,
    orders_latest_34.latest_34,
    orders_latest_35.latest_35,
    orders_atoms.min_36,
    shelves_atoms.max_37,
    CASE WHEN products_atoms.key_store IS NOT NULL THEN COALESCE(products_distinct_38.distinct_38, 0) END AS distinct_38
  FROM units AS u
  LEFT JOIN sales_atoms
    ON u.pmpo_unit = sales_atoms.pmpo_unit
  LEFT JOIN sales_distinct_3
    ON u.pmpo_unit = sales_distinct_3.pmpo_unit
  LEFT JOIN sales_distinct_4
    ON u.pmpo_unit = sales_distinct_4.pmpo_unit
  LEFT JOIN orders_atoms
    ON u.key_store = CAST(orders_atoms.key_store AS TEXT)
    AND u.key_aisle = CAST(orders_atoms.key_aisle AS TEXT)
  LEFT JOIN orders_latest_34
    ON u.key_store = CAST(orders_latest_34.key_store AS TEXT)
    AND u.key_aisle = CAST(orders_latest_34.key_aisle AS TEXT)
  LEFT JOIN orders_latest_35
    ON u.key_store = CAST(orders_latest_35.key_store AS TEXT)
    AND u.key_aisle = CAST(orders_latest_35.key_aisle AS TEXT)
  LEFT JOIN shelves_atoms
    ON u.key_store = CAST(shelves_atoms.key_store AS TEXT)
    AND u.key_aisle = CAST(shelves_atoms.key_aisle AS TEXT)
  LEFT JOIN products_atoms
    ON u.key_store = CAST(products_atoms.key_store AS TEXT)
    AND u.key_aisle = CAST(products_atoms.key_aisle AS TEXT)
  LEFT JOIN products_distinct_38
    ON u.key_store = CAST(products_distinct_38.key_store AS TEXT)
    AND u.key_aisle = CAST(products_distinct_38.key_aisle AS TEXT)
),
-- formulas of turnover, products_sold, notes, spread, variance, mean_quantity, unit_price,
--   cost_in_cents, chosen, bounded, matched, least_note, greatest_note, extremes, last_sold,
--   first_day, age, late_share, flow, status, amount, staff, lines
formulas_1 AS (
  SELECT
    key_store,
    key_aisle,
    about_region,
    sum_1,
    sum_2,
    distinct_3,
    distinct_4,
    count_5,
    sum_6,
    sum_7,
    count_8,
    sum_9,
    sum_10,
    count_11,
    sum_12,
    count_13,
    sum_14,
    count_15,
    sum_16,
    sum_17,
    sum_18,
    sum_19,
    sum_20,
    sum_21,
    count_22,
    count_23,
    min_24,
    max_25,
    max_26,
    min_27,
    max_28,
    min_29,
    count_30,
    count_31,
    sum_32,
    count_33,
    latest_34,
    latest_35,
    min_36,
    max_37,
    distinct_38,
    CAST(CAST(sum_1 AS TEXT) AS DOUBLE) AS signal_turnover,
    CAST(distinct_3 AS DOUBLE) AS signal_products_sold,
    CAST(distinct_4 AS DOUBLE) + CAST(count_5 AS DOUBLE) AS signal_notes,
    SQRT(
      CAST(CAST(CAST(count_8 AS INT128) * CAST(sum_7 * 10000 AS INT128) - CAST(sum_6 * 100 AS INT128) * CAST(sum_6 * 100 AS INT128) AS TEXT) AS DOUBLE) / NULLIF(
        CAST(CAST(CAST(count_8 AS INT128) AS TEXT) AS DOUBLE) * CAST(count_8 - 1 AS DOUBLE),
        CAST('0' AS DOUBLE)
      ) / CAST('10000' AS DOUBLE)
    ) / NULLIF(
      NULLIF(
        CAST(CAST(sum_6 AS TEXT) AS DOUBLE) / NULLIF(CAST(count_8 AS DOUBLE), CAST('0' AS DOUBLE)),
        CAST('0' AS DOUBLE)
      ),
      CAST('0' AS DOUBLE)
    ) AS signal_spread,
    CAST(CAST(CAST(count_11 AS INT128) * CAST(sum_10 * 100000000 AS INT128) - CAST(sum_9 * 10000 AS INT128) * CAST(sum_9 * 10000 AS INT128) AS TEXT) AS DOUBLE) / NULLIF(
      CAST(CAST(CAST(count_11 AS INT128) AS TEXT) AS DOUBLE) * CAST(count_11 - 1 AS DOUBLE),
      CAST('0' AS DOUBLE)
    ) / CAST('100000000' AS DOUBLE) AS signal_variance,
    CAST(CAST(sum_12 AS TEXT) AS DOUBLE) / NULLIF(CAST(count_13 AS DOUBLE), CAST('0' AS DOUBLE)) AS signal_mean_quantity,
    CAST(CAST(sum_14 AS TEXT) AS DOUBLE) / NULLIF(CAST(count_15 AS DOUBLE), CAST('0' AS DOUBLE)) AS signal_unit_price,
    CAST(CAST(sum_16 AS TEXT) AS DOUBLE) - CAST(CAST(sum_17 AS TEXT) AS DOUBLE) AS signal_cost_in_cents,
    CAST(CAST(sum_18 AS TEXT) AS DOUBLE) + CAST(CAST(sum_19 AS TEXT) AS DOUBLE) + CAST(CAST(sum_20 AS TEXT) AS DOUBLE) AS signal_chosen,
    CAST(CAST(sum_21 AS TEXT) AS DOUBLE) AS signal_bounded,
    CAST(count_22 AS DOUBLE) + CAST(count_23 AS DOUBLE) AS signal_matched,
    min_24 AS signal_least_note,
    COALESCE(max_25, 'none') AS signal_greatest_note,
    CAST(CAST(max_26 AS TEXT) AS DOUBLE) - CAST(CAST(min_27 AS TEXT) AS DOUBLE) AS signal_extremes,
    max_28 AS signal_last_sold,
    min_29 AS signal_first_day,
    CAST(EPOCH_US(CAST('2024-03-04 00:00:00' AS TIMESTAMP)) - EPOCH_US(max_28) AS DOUBLE) / NULLIF(CAST('86400000000' AS DOUBLE), CAST('0' AS DOUBLE)) AS signal_age,
    CAST(count_30 AS DOUBLE) / NULLIF(CAST(count_31 AS DOUBLE), CAST('0' AS DOUBLE)) AS signal_late_share,
    CAST(sum_32 AS DOUBLE) / NULLIF(CAST(count_33 AS DOUBLE), CAST('0' AS DOUBLE)) / NULLIF(CAST('3600000000' AS DOUBLE), CAST('0' AS DOUBLE)) AS signal_flow,
    latest_34 AS signal_status,
    CAST(CAST(latest_35 AS TEXT) AS DOUBLE) - CAST(CAST(min_36 AS TEXT) AS DOUBLE) AS signal_amount,
    CAST(CAST(max_37 AS TEXT) AS DOUBLE) AS signal_staff,
    CAST(distinct_38 AS DOUBLE) AS signal_lines
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_store,
    key_aisle,
    about_region,
    sum_1,
    sum_2,
    distinct_3,
    distinct_4,
    count_5,
    sum_6,
    sum_7,
    count_8,
    sum_9,
    sum_10,
    count_11,
    sum_12,
    count_13,
    sum_14,
    count_15,
    sum_16,
    sum_17,
    sum_18,
    sum_19,
    sum_20,
    sum_21,
    count_22,
    count_23,
    min_24,
    max_25,
    max_26,
    min_27,
    max_28,
    min_29,
    count_30,
    count_31,
    sum_32,
    count_33,
    latest_34,
    latest_35,
    min_36,
    max_37,
    distinct_38,
    CASE
      WHEN signal_turnover - signal_turnover = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_turnover) < CAST('90071992547409.92' AS DOUBLE)
        THEN CAST(FLOOR(signal_turnover * CAST('100' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('100' AS DOUBLE)
        ELSE signal_turnover
      END
    END AS signal_turnover,
    CASE
      WHEN signal_products_sold - signal_products_sold = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_products_sold) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_products_sold * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_products_sold
      END
    END AS signal_products_sold,
    CASE
      WHEN signal_notes - signal_notes = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_notes) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_notes * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_notes
      END
    END AS signal_notes,
    CASE
      WHEN signal_spread - signal_spread = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_spread) < CAST('9007199.254740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_spread * CAST('1000000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000000' AS DOUBLE)
        ELSE signal_spread
      END
    END AS signal_spread,
    CASE
      WHEN signal_variance - signal_variance = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_variance) < CAST('9007199.254740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_variance * CAST('1000000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000000' AS DOUBLE)
        ELSE signal_variance
      END
    END AS signal_variance,
    CASE
      WHEN signal_mean_quantity - signal_mean_quantity = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_mean_quantity) < CAST('9007.199254740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_mean_quantity * CAST('1000000000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000000000' AS DOUBLE)
        ELSE signal_mean_quantity
      END
    END AS signal_mean_quantity,
    CASE
      WHEN signal_unit_price - signal_unit_price = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_unit_price) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_unit_price * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_unit_price
      END
    END AS signal_unit_price,
    CASE
      WHEN signal_cost_in_cents - signal_cost_in_cents = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_cost_in_cents) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_cost_in_cents * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_cost_in_cents
      END
    END AS signal_cost_in_cents,
    CASE
      WHEN signal_chosen - signal_chosen = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_chosen) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_chosen * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_chosen
      END
    END AS signal_chosen,
    CASE
      WHEN signal_bounded - signal_bounded = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_bounded) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_bounded * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_bounded
      END
    END AS signal_bounded,
    CASE
      WHEN signal_matched - signal_matched = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_matched) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_matched * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_matched
      END
    END AS signal_matched,
    signal_least_note,
    signal_greatest_note,
    CASE
      WHEN signal_extremes - signal_extremes = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_extremes) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_extremes * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_extremes
      END
    END AS signal_extremes,
    signal_last_sold,
    signal_first_day,
    CASE
      WHEN signal_age - signal_age = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_age) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_age * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_age
      END
    END AS signal_age,
    CASE
      WHEN signal_late_share - signal_late_share = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_late_share) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_late_share * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_late_share
      END
    END AS signal_late_share,
    CASE
      WHEN signal_flow - signal_flow = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_flow) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_flow * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_flow
      END
    END AS signal_flow,
    signal_status,
    CASE
      WHEN signal_amount - signal_amount = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_amount) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_amount * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_amount
      END
    END AS signal_amount,
    CASE
      WHEN signal_staff - signal_staff = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_staff) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_staff * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_staff
      END
    END AS signal_staff,
    CASE
      WHEN signal_lines - signal_lines = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_lines) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_lines * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_lines
      END
    END AS signal_lines
  FROM formulas_1
),
-- formulas of growth, per_head
formulas_2 AS (
  SELECT
    key_store,
    key_aisle,
    about_region,
    sum_1,
    sum_2,
    distinct_3,
    distinct_4,
    count_5,
    sum_6,
    sum_7,
    count_8,
    sum_9,
    sum_10,
    count_11,
    sum_12,
    count_13,
    sum_14,
    count_15,
    sum_16,
    sum_17,
    sum_18,
    sum_19,
    sum_20,
    sum_21,
    count_22,
    count_23,
    min_24,
    max_25,
    max_26,
    min_27,
    max_28,
    min_29,
    count_30,
    count_31,
    sum_32,
    count_33,
    latest_34,
    latest_35,
    min_36,
    max_37,
    distinct_38,
    signal_turnover,
    signal_products_sold,
    signal_notes,
    signal_spread,
    signal_variance,
    signal_mean_quantity,
    signal_unit_price,
    signal_cost_in_cents,
    signal_chosen,
    signal_bounded,
    signal_matched,
    signal_least_note,
    signal_greatest_note,
    signal_extremes,
    signal_last_sold,
    signal_first_day,
    signal_age,
    signal_late_share,
    signal_flow,
    signal_status,
    signal_amount,
    signal_staff,
    signal_lines,
    signal_turnover / NULLIF(CAST(CAST(sum_2 AS TEXT) AS DOUBLE), CAST('0' AS DOUBLE)) - CAST('1' AS DOUBLE) AS signal_growth,
    CASE
      WHEN signal_staff > CAST('1' AS DOUBLE)
      THEN signal_turnover / NULLIF(signal_staff, CAST('0' AS DOUBLE))
      WHEN signal_staff IS NULL
      THEN CAST(CAST(sum_12 AS TEXT) AS DOUBLE) * CASE
        WHEN about_region = 'north' AND key_aisle = '1'
        THEN CAST('0.61' AS DOUBLE)
        WHEN about_region = 'north'
        THEN CAST('0.65' AS DOUBLE)
        WHEN key_aisle = '2'
        THEN CAST('0.7' AS DOUBLE)
        ELSE CAST('0.71' AS DOUBLE)
      END
    END AS signal_per_head
  FROM signals_1
),
-- rounded to the declared precision; what is not a finite number is missing
signals_2 AS (
  SELECT
    key_store,
    key_aisle,
    about_region,
    sum_1,
    sum_2,
    distinct_3,
    distinct_4,
    count_5,
    sum_6,
    sum_7,
    count_8,
    sum_9,
    sum_10,
    count_11,
    sum_12,
    count_13,
    sum_14,
    count_15,
    sum_16,
    sum_17,
    sum_18,
    sum_19,
    sum_20,
    sum_21,
    count_22,
    count_23,
    min_24,
    max_25,
    max_26,
    min_27,
    max_28,
    min_29,
    count_30,
    count_31,
    sum_32,
    count_33,
    latest_34,
    latest_35,
    min_36,
    max_37,
    distinct_38,
    signal_turnover,
    signal_products_sold,
    signal_notes,
    signal_spread,
    signal_variance,
    signal_mean_quantity,
    signal_unit_price,
    signal_cost_in_cents,
    signal_chosen,
    signal_bounded,
    signal_matched,
    signal_least_note,
    signal_greatest_note,
    signal_extremes,
    signal_last_sold,
    signal_first_day,
    signal_age,
    signal_late_share,
    signal_flow,
    signal_status,
    signal_amount,
    signal_staff,
    signal_lines,
    CASE
      WHEN signal_growth - signal_growth = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_growth) < CAST('900719925474.0992' AS DOUBLE)
        THEN CAST(FLOOR(signal_growth * CAST('10000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('10000' AS DOUBLE)
        ELSE signal_growth
      END
    END AS signal_growth,
    CASE
      WHEN signal_per_head - signal_per_head = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_per_head) < CAST('9007199254740.992' AS DOUBLE)
        THEN CAST(FLOOR(signal_per_head * CAST('1000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000' AS DOUBLE)
        ELSE signal_per_head
      END
    END AS signal_per_head
  FROM formulas_2
),
-- formulas of shaped, meaning, stable
formulas_3 AS (
  SELECT
    key_store,
    key_aisle,
    about_region,
    signal_turnover,
    signal_products_sold,
    signal_notes,
    signal_spread,
    signal_variance,
    signal_mean_quantity,
    signal_unit_price,
    signal_cost_in_cents,
    signal_chosen,
    signal_bounded,
    signal_matched,
    signal_least_note,
    signal_greatest_note,
    signal_extremes,
    signal_last_sold,
    signal_first_day,
    signal_age,
    signal_late_share,
    signal_flow,
    signal_status,
    signal_amount,
    signal_staff,
    signal_lines,
    signal_growth,
    signal_per_head,
    CASE WHEN ABS(signal_growth) >= CAST('0' AS DOUBLE) THEN SQRT(ABS(signal_growth)) END + CASE
      WHEN ABS(signal_turnover / NULLIF(CAST('7' AS DOUBLE), CAST('0' AS DOUBLE))) < CAST('9007199254740992' AS DOUBLE)
      THEN CAST(FLOOR(signal_turnover / NULLIF(CAST('7' AS DOUBLE), CAST('0' AS DOUBLE))) AS DOUBLE)
      ELSE signal_turnover / NULLIF(CAST('7' AS DOUBLE), CAST('0' AS DOUBLE))
    END - (
      -CASE
        WHEN ABS(-(signal_turnover / NULLIF(CAST('13' AS DOUBLE), CAST('0' AS DOUBLE)))) < CAST('9007199254740992' AS DOUBLE)
        THEN CAST(FLOOR(-(signal_turnover / NULLIF(CAST('13' AS DOUBLE), CAST('0' AS DOUBLE)))) AS DOUBLE)
        ELSE -(signal_turnover / NULLIF(CAST('13' AS DOUBLE), CAST('0' AS DOUBLE)))
      END
    ) + CASE
      WHEN ABS(signal_turnover / NULLIF(CAST('8' AS DOUBLE), CAST('0' AS DOUBLE))) < CAST('900719925474099.2' AS DOUBLE)
      THEN CAST(FLOOR(
        signal_turnover / NULLIF(CAST('8' AS DOUBLE), CAST('0' AS DOUBLE)) * CAST('10' AS DOUBLE) + CAST('0.5' AS DOUBLE)
      ) AS DOUBLE) / CAST('10' AS DOUBLE)
      ELSE signal_turnover / NULLIF(CAST('8' AS DOUBLE), CAST('0' AS DOUBLE))
    END + CASE
      WHEN signal_growth IS NOT NULL AND signal_per_head IS NOT NULL AND CAST('0' AS DOUBLE) IS NOT NULL
      THEN GREATEST(signal_growth, signal_per_head, CAST('0' AS DOUBLE))
    END - CASE
      WHEN signal_growth IS NOT NULL AND CAST('1' AS DOUBLE) IS NOT NULL
      THEN LEAST(signal_growth, CAST('1' AS DOUBLE))
    END AS signal_shaped,
    CASE
      WHEN signal_growth BETWEEN CAST('0' AS DOUBLE) AND CAST('1' AS DOUBLE)
      OR signal_growth IN (CAST('2' AS DOUBLE), CAST('3' AS DOUBLE))
      THEN CAST('1' AS DOUBLE)
      ELSE CAST('0' AS DOUBLE)
    END + CASE
      WHEN signal_status = 'paid'
      THEN CAST('1' AS DOUBLE)
      WHEN signal_status = 'void'
      THEN -CAST('1' AS DOUBLE)
      ELSE NULLIF(signal_lines, CAST('2' AS DOUBLE))
    END AS signal_meaning,
    signal_growth IS NULL
    OR NOT (
      signal_growth > CASE WHEN about_region = 'north' THEN CAST('0.8' AS DOUBLE) ELSE CAST('0.75' AS DOUBLE) END - CAST('0.8' AS DOUBLE)
    ) AS signal_stable
  FROM signals_2
),
-- rounded to the declared precision; what is not a finite number is missing
signals_3 AS (
  SELECT
    key_store,
    key_aisle,
    about_region,
    signal_turnover,
    signal_products_sold,
    signal_notes,
    signal_spread,
    signal_variance,
    signal_mean_quantity,
    signal_unit_price,
    signal_cost_in_cents,
    signal_chosen,
    signal_bounded,
    signal_matched,
    signal_least_note,
    signal_greatest_note,
    signal_extremes,
    signal_last_sold,
    signal_first_day,
    signal_age,
    signal_late_share,
    signal_flow,
    signal_status,
    signal_amount,
    signal_staff,
    signal_lines,
    signal_growth,
    signal_per_head,
    CASE
      WHEN signal_shaped - signal_shaped = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_shaped) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_shaped * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_shaped
      END
    END AS signal_shaped,
    CASE
      WHEN signal_meaning - signal_meaning = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_meaning) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_meaning * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_meaning
      END
    END AS signal_meaning,
    signal_stable
  FROM formulas_3
)
SELECT
  key_store,
  key_aisle,
  about_region,
  signal_turnover,
  signal_growth,
  signal_products_sold,
  signal_notes,
  signal_spread,
  signal_variance,
  signal_mean_quantity,
  signal_unit_price,
  signal_cost_in_cents,
  signal_chosen,
  signal_bounded,
  signal_matched,
  signal_least_note,
  signal_greatest_note,
  signal_extremes,
  signal_last_sold,
  signal_first_day,
  signal_age,
  signal_late_share,
  signal_flow,
  signal_status,
  signal_amount,
  signal_staff,
  signal_lines,
  signal_per_head,
  signal_shaped,
  signal_meaning,
  signal_stable
FROM signals_3
ORDER BY
  key_store,
  key_aisle
