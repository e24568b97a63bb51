"""From YAML to a validated charter; `load` and `language` are where to begin reading."""

from pmpo.charter.load import Loaded, load, loads

__all__ = ["Loaded", "load", "loads"]
