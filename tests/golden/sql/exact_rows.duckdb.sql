-- pmpo price-check as of 2024-03-03T15:00:00+00:00, known by 2024-03-03T15:00:00+00:00 (DuckDB)
WITH
-- prices: the columns that the charter names, with exact types
prices_read AS NOT MATERIALIZED (
  SELECT
    day,
    item,
    TRY_CAST(TRY_CAST(CASE WHEN NOT pieces IN ('0', '-') THEN pieces END AS DECIMAL(38, 0)) AS BIGINT) AS pieces,
    TRY_CAST(paid AS DECIMAL(9, 3)) AS paid,
    CASE
      WHEN TYPEOF(weight) = 'DOUBLE' AND CAST(TRY_CAST(weight AS DECIMAL(8, 4)) AS DOUBLE) = weight
      THEN CAST(TRY_CAST(weight AS DECIMAL(8, 4)) AS DECIMAL(8, 4))
      ELSE TRY_CAST(CAST(CASE
        WHEN weight - weight = CAST('0' AS DOUBLE) AND ABS(weight) < CAST('9007199254740992' AS DOUBLE)
        THEN weight
      END AS TEXT) AS DECIMAL(8, 4))
    END AS weight,
    CAST(ended AS TIMESTAMP) AS ended,
    kind
  FROM prices
),
-- prices: what had happened and was known, as of 2024-03-03 15:00:00, known by 2024-03-03
--   15:00:00
prices_known AS NOT MATERIALIZED (
  SELECT
    day,
    item,
    pieces,
    paid,
    weight,
    ended,
    kind,
    CASE
      WHEN (paid < 0) <> (pieces < 0)
      THEN -(
        CAST((
          ABS(CAST(CAST(paid AS DECIMAL(38, 3)) * 1000 AS INT128)) * CAST(2 AS INT128) + ABS(CAST(CAST(pieces AS DECIMAL(38, 0)) * 1 AS INT128) * CAST(10 AS INT128))
        ) // NULLIF(
          ABS(CAST(CAST(pieces AS DECIMAL(38, 0)) * 1 AS INT128) * CAST(10 AS INT128)) * CAST(2 AS INT128),
          CAST(0 AS INT128)
        ) AS DECIMAL(32, 0)) * CAST(0.01 AS DECIMAL(3, 2))
      )
      ELSE CAST((
        ABS(CAST(CAST(paid AS DECIMAL(38, 3)) * 1000 AS INT128)) * CAST(2 AS INT128) + ABS(CAST(CAST(pieces AS DECIMAL(38, 0)) * 1 AS INT128) * CAST(10 AS INT128))
      ) // NULLIF(
        ABS(CAST(CAST(pieces AS DECIMAL(38, 0)) * 1 AS INT128) * CAST(10 AS INT128)) * CAST(2 AS INT128),
        CAST(0 AS INT128)
      ) AS DECIMAL(32, 0)) * CAST(0.01 AS DECIMAL(3, 2))
    END AS per_piece,
    CASE
      WHEN (paid < 0) <> (pieces < 0)
      THEN -(
        CAST((
          ABS(CAST(CAST(paid AS DECIMAL(38, 3)) * 1000 AS INT128)) * CAST(2 AS INT128) + ABS(CAST(CAST(pieces AS DECIMAL(38, 0)) * 1 AS INT128) * CAST(10 AS INT128))
        ) // NULLIF(
          ABS(CAST(CAST(pieces AS DECIMAL(38, 0)) * 1 AS INT128) * CAST(10 AS INT128)) * CAST(2 AS INT128),
          CAST(0 AS INT128)
        ) AS DECIMAL(32, 0)) * CAST(0.01 AS DECIMAL(3, 2))
      )
      ELSE CAST((
        ABS(CAST(CAST(paid AS DECIMAL(38, 3)) * 1000 AS INT128)) * CAST(2 AS INT128) + ABS(CAST(CAST(pieces AS DECIMAL(38, 0)) * 1 AS INT128) * CAST(10 AS INT128))
      ) // NULLIF(
        ABS(CAST(CAST(pieces AS DECIMAL(38, 0)) * 1 AS INT128) * CAST(10 AS INT128)) * CAST(2 AS INT128),
        CAST(0 AS INT128)
      ) AS DECIMAL(32, 0)) * CAST(0.01 AS DECIMAL(3, 2))
    END - 1.5 AS deviation
  FROM prices_read
  WHERE
    day < CAST('2024-03-03 15:00:00' AS TIMESTAMP) AND NOT (kind = 'void') AND NOT kind LIKE 'test%'
),
-- one row per item, in key order
units AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY key_item) AS pmpo_unit,
    key_item
  FROM (
    SELECT
      CAST(item AS TEXT) AS key_item
    FROM prices_known
    WHERE
      item IS NOT NULL
    GROUP BY
      item
  ) AS keys
),
-- prices: exact sums and counts for each unit
prices_atoms AS (
  SELECT
    item AS key_item,
    SUM(pieces) AS sum_1,
    MAX(per_piece) AS max_2,
    SUM(ABS(deviation)) AS sum_3,
    COUNT(deviation) AS count_4,
    SUM(weight) AS sum_5,
    SUM(weight * weight) AS sum_6,
    COUNT(weight) AS count_7,
    SUM(pieces * pieces) AS sum_8,
    COUNT(pieces) AS count_9,
    SUM(CASE WHEN weight > 1 THEN 1 WHEN weight IS NULL THEN -0.25 ELSE paid * 0.5 END) AS sum_10,
    MAX(EPOCH_US(ended) - EPOCH_US(CAST(day AS TIMESTAMP))) AS max_11
  FROM prices_known AS r
  GROUP BY
    item
),
-- all sources side by side, one row per unit
atoms AS (
  SELECT
    u.key_item,
    prices_atoms.sum_1,
    prices_atoms.max_2,
    prices_atoms.sum_3,
    prices_atoms.count_4,
    prices_atoms.sum_5,
    prices_atoms.sum_6,
    prices_atoms.count_7,
    prices_atoms.sum_8,
    prices_atoms.count_9,
    prices_atoms.sum_10,
    prices_atoms.max_11
  FROM units AS u
  LEFT JOIN prices_atoms
    ON u.key_item = CAST(prices_atoms.key_item AS TEXT)
),
-- formulas of pieces, per_piece, deviation, spread, choice, clock
formulas_1 AS (
  SELECT
    key_item,
    sum_1,
    max_2,
    sum_3,
    count_4,
    sum_5,
    sum_6,
    count_7,
    sum_8,
    count_9,
    sum_10,
    max_11,
    CAST(CAST(sum_1 AS TEXT) AS DOUBLE) AS signal_pieces,
    CAST(CAST(max_2 AS TEXT) AS DOUBLE) AS signal_per_piece,
    CAST(CAST(sum_3 AS TEXT) AS DOUBLE) / NULLIF(CAST(count_4 AS DOUBLE), CAST('0' AS DOUBLE)) AS signal_deviation,
    SQRT(
      CAST(CAST(CAST(count_7 AS INT128) * CAST(sum_6 * 100000000 AS INT128) - CAST(sum_5 * 10000 AS INT128) * CAST(sum_5 * 10000 AS INT128) AS TEXT) AS DOUBLE) / NULLIF(
        CAST(CAST(CAST(count_7 AS INT128) AS TEXT) AS DOUBLE) * CAST(count_7 - 1 AS DOUBLE),
        CAST('0' AS DOUBLE)
      ) / CAST('100000000' AS DOUBLE)
    ) + CAST(CAST(CAST(count_9 AS INT128) * CAST(sum_8 * 1 AS INT128) - CAST(sum_1 * 1 AS INT128) * CAST(sum_1 * 1 AS INT128) AS TEXT) AS DOUBLE) / NULLIF(
      CAST(CAST(CAST(count_9 AS INT128) AS TEXT) AS DOUBLE) * CAST(count_9 - 1 AS DOUBLE),
      CAST('0' AS DOUBLE)
    ) / CAST('1' AS DOUBLE) AS signal_spread,
    CAST(CAST(sum_10 AS TEXT) AS DOUBLE) AS signal_choice,
    CAST(max_11 AS DOUBLE) / NULLIF(CAST('3600000000' AS DOUBLE), CAST('0' AS DOUBLE)) AS signal_clock
  FROM atoms
),
-- rounded to the declared precision; what is not a finite number is missing
signals_1 AS (
  SELECT
    key_item,
    sum_1,
    max_2,
    sum_3,
    count_4,
    sum_5,
    sum_6,
    count_7,
    sum_8,
    count_9,
    sum_10,
    max_11,
    CASE
      WHEN signal_pieces - signal_pieces = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_pieces) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_pieces * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_pieces
      END
    END AS signal_pieces,
    CASE
      WHEN signal_per_piece - signal_per_piece = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_per_piece) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_per_piece * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_per_piece
      END
    END AS signal_per_piece,
    CASE
      WHEN signal_deviation - signal_deviation = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_deviation) < CAST('9007199.254740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_deviation * CAST('1000000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000000' AS DOUBLE)
        ELSE signal_deviation
      END
    END AS signal_deviation,
    CASE
      WHEN signal_spread - signal_spread = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_spread) < CAST('9007.199254740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_spread * CAST('1000000000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000000000' AS DOUBLE)
        ELSE signal_spread
      END
    END AS signal_spread,
    CASE
      WHEN signal_choice - signal_choice = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_choice) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_choice * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_choice
      END
    END AS signal_choice,
    CASE
      WHEN signal_clock - signal_clock = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_clock) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_clock * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_clock
      END
    END AS signal_clock
  FROM formulas_1
),
-- formulas of level_two
formulas_2 AS (
  SELECT
    key_item,
    sum_1,
    max_2,
    sum_3,
    count_4,
    sum_5,
    sum_6,
    count_7,
    sum_8,
    count_9,
    sum_10,
    max_11,
    signal_pieces,
    signal_per_piece,
    signal_deviation,
    signal_spread,
    signal_choice,
    signal_clock,
    (signal_deviation + signal_spread) * (-CAST('1' AS DOUBLE)) / NULLIF(CAST('3' AS DOUBLE), CAST('0' AS DOUBLE)) AS signal_level_two
  FROM signals_1
),
-- rounded to the declared precision; what is not a finite number is missing
signals_2 AS (
  SELECT
    key_item,
    sum_1,
    max_2,
    sum_3,
    count_4,
    sum_5,
    sum_6,
    count_7,
    sum_8,
    count_9,
    sum_10,
    max_11,
    signal_pieces,
    signal_per_piece,
    signal_deviation,
    signal_spread,
    signal_choice,
    signal_clock,
    CASE
      WHEN signal_level_two - signal_level_two = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_level_two) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_level_two * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_level_two
      END
    END AS signal_level_two
  FROM formulas_2
),
-- formulas of level_three
formulas_3 AS (
  SELECT
    key_item,
    signal_pieces,
    signal_per_piece,
    signal_deviation,
    signal_spread,
    signal_choice,
    signal_clock,
    signal_level_two,
    CASE
      WHEN ABS(signal_level_two) < CAST('900719925474099.2' AS DOUBLE)
      THEN CAST(FLOOR(signal_level_two * CAST('10' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('10' AS DOUBLE)
      ELSE signal_level_two
    END - signal_level_two * (signal_deviation - (signal_spread - CAST('1' AS DOUBLE))) AS signal_level_three
  FROM signals_2
),
-- rounded to the declared precision; what is not a finite number is missing
signals_3 AS (
  SELECT
    key_item,
    signal_pieces,
    signal_per_piece,
    signal_deviation,
    signal_spread,
    signal_choice,
    signal_clock,
    signal_level_two,
    CASE
      WHEN signal_level_three - signal_level_three = CAST('0' AS DOUBLE)
      THEN CASE
        WHEN ABS(signal_level_three) < CAST('9007199254.740992' AS DOUBLE)
        THEN CAST(FLOOR(signal_level_three * CAST('1000000' AS DOUBLE) + CAST('0.5' AS DOUBLE)) AS DOUBLE) / CAST('1000000' AS DOUBLE)
        ELSE signal_level_three
      END
    END AS signal_level_three
  FROM formulas_3
)
SELECT
  key_item,
  signal_pieces,
  signal_per_piece,
  signal_deviation,
  signal_spread,
  signal_choice,
  signal_clock,
  signal_level_two,
  signal_level_three
FROM signals_3
ORDER BY
  key_item
