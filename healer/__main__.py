"""`python -m healer` is the same as the console script `healer`."""

from healer.cli import main

if __name__ == "__main__":
    main()
