"""`python -m longtail`."""

from longtail._launch import main

main()
