-- pmpo formats as of 2024-03-03T15:00:00+00:00, known by 2024-03-03T15:00:00+00:00 (DuckDB)
WITH
-- items: the columns that the charter names, with exact types
items_read AS (
  SELECT
    sku
  FROM items
),
-- items: as it was captured, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
items_known AS (
  SELECT
    sku
  FROM items_read
),
-- sales: the columns that the charter names, with exact types
sales_read AS (
  SELECT
    TRY_CAST("at" AS TIMESTAMP) AS "at",
    CASE
      WHEN REGEXP_FULL_MATCH(
        CASE WHEN NOT comma IN ('-') THEN comma END,
        ' *[+-]? *(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]*)? * *'
      )
      THEN TRY_CAST(REPLACE(REPLACE(CASE WHEN NOT comma IN ('-') THEN comma END, '.', ''), ',', '.') AS DECIMAL(12, 2))
    END AS comma,
    CASE
      WHEN REGEXP_FULL_MATCH(
        dollar,
        '[   ]*(?:[+-]?[   ]*\$|\$[   ]*[+-]?)[   ]*(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?[   ]*[   ]*'
      )
      THEN TRY_CAST(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(dollar, '$', ''), ',', ''), ' ', ''), ' ', ''), ' ', '') AS DECIMAL(12, 2))
    END AS dollar,
    CASE
      WHEN REGEXP_FULL_MATCH(share, '[   ]*[+-]?[   ]*[0-9]+(?:,[0-9]*)?[   ]*%[   ]*')
      THEN CAST(TRY_CAST(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(share, '%', ''), ' ', ''), ' ', ''), ' ', ''), ',', '.') AS DECIMAL(9, 2)) * 0.01 AS DECIMAL(9, 4))
    END AS share,
    CASE
      WHEN REGEXP_FULL_MATCH(swiss, ' *[+-]? *(?:[0-9]{1,3}(?:''[0-9]{3})+|[0-9]+)(?:\.0*)? * *')
      THEN TRY_CAST(TRY_CAST(REPLACE(swiss, '''', '') AS DECIMAL(38, 0)) AS BIGINT)
    END AS swiss,
    sku
  FROM sales
),
-- sales: what had happened and was known, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
sales_known AS (
  SELECT
    "at",
    comma,
    dollar,
    share,
    swiss,
    sku
  FROM sales_read
  WHERE
    "at" < CAST('2024-03-03 15:00:00' AS TIMESTAMP)
),
-- one row per item, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_sku) AS pmpo_unit,
    key_sku
  FROM (
    SELECT
      CAST(sku AS TEXT) AS key_sku
    FROM items_known
    WHERE
      sku IS NOT NULL
    GROUP BY
      sku
  ) AS keys
),
-- items: the unit of each sku
items_unit AS (
  SELECT DISTINCT
    r.sku AS pmpo_via_1,
    u.pmpo_unit
  FROM items_known AS r
  JOIN units AS u
    ON CAST(r.sku AS TEXT) = u.key_sku
  WHERE
    r.sku IS NOT NULL
),
-- sales: exact sums and counts for each unit
sales_atoms AS (
  SELECT
    m.pmpo_unit,
    SUM(comma) AS sum_1,
    SUM(dollar) AS sum_2,
    MAX(share) AS max_3,
    SUM(swiss) AS sum_4
  FROM sales_known AS r
  JOIN items_unit AS m
    ON r.sku = m.pmpo_via_1
  GROUP BY
    m.pmpo_unit
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_sku,
    sales_atoms.sum_1,
    sales_atoms.sum_2,
    sales_atoms.max_3,
    sales_atoms.sum_4
  FROM units AS u
  LEFT JOIN sales_atoms
    ON u.pmpo_unit = sales_atoms.pmpo_unit
),
-- formulas of comma, dollar, share, swiss
formulas_1 AS (
  SELECT
    key_sku,
    CAST(CAST(sum_1 AS TEXT) AS DOUBLE) AS signal_comma,
    CAST(CAST(sum_2 AS TEXT) AS DOUBLE) AS signal_dollar,
    CAST(CAST(max_3 AS TEXT) AS DOUBLE) AS signal_share,
    CAST(CAST(sum_4 AS TEXT) AS DOUBLE) AS signal_swiss
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_sku,
    CASE
      WHEN signal_comma - signal_comma = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_comma) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_comma * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_comma
      END
    END AS signal_comma,
    CASE
      WHEN signal_dollar - signal_dollar = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_dollar) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_dollar * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_dollar
      END
    END AS signal_dollar,
    CASE
      WHEN signal_share - signal_share = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_share) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_share * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_share
      END
    END AS signal_share,
    CASE
      WHEN signal_swiss - signal_swiss = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_swiss) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_swiss * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_swiss
      END
    END AS signal_swiss
  FROM formulas_1
)
SELECT
  key_sku,
  signal_comma,
  signal_dollar,
  signal_share,
  signal_swiss
FROM signals_1
ORDER BY
  key_sku
