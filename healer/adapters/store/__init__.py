"""Durable memory: what the daemon intended, learnt and believes, in one SQLite file.

Owns the tables (`schema`) and their migrations (`versions`, `migrations/`), the form in which a record is kept
(`codec`, `entries`), the hash-chained ledger (`ledger`), the one thread that writes (`writer`, `batches`), the file
with its lock (`database`), what a starting daemon is given (`restoration`), the store that the runtime sees (`sqlite`),
and its twin without a disk for rule tests and replay (`memory`). May not enter: an event loop, decisions, and the
meaning of a record beyond the columns it is found by. Start at `sqlite`.
"""
