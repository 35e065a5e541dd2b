"""The command `longtail`; a program of its own, with nothing here to import."""
