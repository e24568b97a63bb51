"""The command line as `python -m pmpo`, for whoever has no folder of programs on the path."""

from pmpo.cli import program

program()
