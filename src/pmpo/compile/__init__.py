"""From formulas to one SQL statement: parse, check, split into exact atoms, name every step."""
