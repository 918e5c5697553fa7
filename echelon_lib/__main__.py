"""The ``echelon`` command."""

from __future__ import annotations

from echelon_lib.commands.app import main

if __name__ == "__main__":
    main()
