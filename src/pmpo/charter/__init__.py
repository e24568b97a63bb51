"""From YAML to a validated charter; `load` and `language` are where to begin reading."""
