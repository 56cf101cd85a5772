"""`/metrics`: what the daemon knows and counts, in Prometheus' text format.

Owns the families that are read off the fleet's state at scrape (`exporter`) and the encoding (`exposition`). May not
enter: HTTP, and counting, which is `healer.tally`'s. Start at `exporter.Exporter`.
"""
