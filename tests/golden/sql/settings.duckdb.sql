-- pmpo stock-cover as of 2024-03-03T15:00:00+00:00, known by 2024-03-03T15:00:00+00:00 (DuckDB)
WITH
-- stock: the columns that the charter names, with exact types
stock_read AS NOT MATERIALIZED (
  SELECT
    CAST(counted AS TIMESTAMP) AS counted,
    article,
    CAST(pieces AS BIGINT) AS pieces,
    fragile,
    CAST(sold AS BIGINT) AS sold,
    class,
    CAST(level AS BIGINT) AS level,
    opened
  FROM stock
),
-- stock: what had happened and was known, as of 2024-03-03 15:00:00, known by 2024-03-03 15:00:00
stock_known AS NOT MATERIALIZED (
  SELECT
    counted,
    article,
    pieces,
    fragile,
    sold,
    class,
    level,
    opened
  FROM stock_read
  WHERE
    counted < CAST('2024-03-03 15:00:00' AS TIMESTAMP)
    AND counted <= CAST('2024-03-03 15:00:00' AS TIMESTAMP)
),
-- one row per article, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_article) AS pmpo_unit,
    key_article,
    about_fragile,
    about_class,
    about_level,
    about_opened
  FROM (
    SELECT
      CAST(article AS TEXT) AS key_article,
      MIN(CASE WHEN fragile IS NOT NULL THEN CASE WHEN fragile THEN 1 ELSE 0 END END) = 1 AS about_fragile,
      MIN(class) AS about_class,
      MIN(level) AS about_level,
      MIN(opened) AS about_opened
    FROM stock_known
    WHERE
      article IS NOT NULL
    GROUP BY
      article
  ) AS keys
),
-- stock: exact sums and counts for each unit
stock_atoms AS (
  SELECT
    article AS key_article,
    SUM(sold) AS sum_2,
    SUM(sold * 12) AS sum_3
  FROM stock_known AS r
  GROUP BY
    article
),
-- stock: the value in the latest row of each unit
stock_latest_1 AS (
  SELECT
    key_article,
    value AS latest_1
  FROM (
    SELECT
      article AS key_article,
      pieces AS value,
      ROW_NUMBER() OVER (PARTITION BY article ORDER BY counted DESC, pieces DESC) AS row_order
    FROM stock_known AS r
  ) AS numbered
  WHERE
    row_order = 1
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_article,
    u.about_fragile,
    u.about_class,
    u.about_level,
    u.about_opened,
    stock_latest_1.latest_1,
    stock_atoms.sum_2,
    stock_atoms.sum_3
  FROM units AS u
  LEFT JOIN stock_atoms
    ON u.key_article = CAST(stock_atoms.key_article AS TEXT)
  LEFT JOIN stock_latest_1
    ON u.key_article = CAST(stock_latest_1.key_article AS TEXT)
),
-- formulas of cover, packs
formulas_1 AS (
  SELECT
    key_article,
    about_fragile,
    about_class,
    about_level,
    about_opened,
    latest_1,
    sum_2,
    sum_3,
    CAST(CAST(latest_1 AS TEXT) AS DOUBLE) * (
      CAST('1' AS DOUBLE) - CASE
        WHEN CAST(about_fragile AS TEXT) = 'true'
        THEN CAST('0.02' AS DOUBLE)
        ELSE CAST('0.005' AS DOUBLE)
      END
    ) / NULLIF(NULLIF(CAST(CAST(sum_2 AS TEXT) AS DOUBLE), CAST('0' AS DOUBLE)), CAST('0' AS DOUBLE)) AS signal_cover,
    CAST(CAST(sum_3 AS TEXT) AS DOUBLE) AS signal_packs
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_article,
    about_fragile,
    about_class,
    about_level,
    about_opened,
    latest_1,
    sum_2,
    sum_3,
    CASE
      WHEN signal_cover - signal_cover = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_cover) < CAST('9007199254740.992' AS DOUBLE)
        THEN CAST(FLOOR(signal_cover * CAST('1000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000' AS DOUBLE)
        ELSE signal_cover
      END
    END AS signal_cover,
    CASE
      WHEN signal_packs - signal_packs = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_packs) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_packs * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_packs
      END
    END AS signal_packs
  FROM formulas_1
),
-- formulas of short
formulas_2 AS (
  SELECT
    key_article,
    about_fragile,
    about_class,
    about_level,
    about_opened,
    signal_cover,
    signal_packs,
    CASE
      WHEN (
        CASE
          WHEN about_class = 'A' AND CAST(about_level AS TEXT) = '1'
          THEN CAST('3' AS DOUBLE)
          WHEN about_class = 'A' AND CAST(about_level AS TEXT) = '2'
          THEN CAST('2' AS DOUBLE)
          WHEN about_class = 'B'
          THEN CAST('5' AS DOUBLE)
          WHEN CAST(about_level AS TEXT) = '2'
          THEN CAST('7.5' AS DOUBLE)
          ELSE CAST('10' AS DOUBLE)
        END - signal_cover
      ) IS NOT NULL
      AND CAST('0' AS DOUBLE) IS NOT NULL
      THEN GREATEST(
        CASE
          WHEN about_class = 'A' AND CAST(about_level AS TEXT) = '1'
          THEN CAST('3' AS DOUBLE)
          WHEN about_class = 'A' AND CAST(about_level AS TEXT) = '2'
          THEN CAST('2' AS DOUBLE)
          WHEN about_class = 'B'
          THEN CAST('5' AS DOUBLE)
          WHEN CAST(about_level AS TEXT) = '2'
          THEN CAST('7.5' AS DOUBLE)
          ELSE CAST('10' AS DOUBLE)
        END - signal_cover,
        CAST('0' AS DOUBLE)
      )
    END + CASE
      WHEN CAST(about_opened AS TEXT) = '2020-01-01'
      THEN CAST('1' AS DOUBLE)
      ELSE CAST('0' AS DOUBLE)
    END AS signal_short
  FROM signals_1
),
-- rounded to the declared precision; what is not a finite number is missing
signals_2 AS (
  SELECT
    key_article,
    about_fragile,
    about_class,
    about_level,
    about_opened,
    signal_cover,
    signal_packs,
    CASE
      WHEN signal_short - signal_short = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_short) < CAST('90071992547409.92' AS DOUBLE)
        THEN CAST(FLOOR(signal_short * CAST('100' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('100' AS DOUBLE)
        ELSE signal_short
      END
    END AS signal_short
  FROM formulas_2
)
SELECT
  key_article,
  about_fragile,
  about_class,
  about_level,
  about_opened,
  signal_cover,
  signal_short,
  signal_packs
FROM signals_2
ORDER BY
  key_article
