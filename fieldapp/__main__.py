"""`python -m fieldapp` is the command `fieldapp`."""

from fieldapp.cli import main

main()
