"""The ``echelon`` command."""

from __future__ import annotations


def main() -> None:
    """Run the command."""
    try:
        from echelon_lib.commands.app import main as command

        command()
    except KeyboardInterrupt:
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
