"""The web server: what the library answers, as JSON over HTTP."""
