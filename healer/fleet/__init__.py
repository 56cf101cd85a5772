"""What we believe of the chargers: their links, identities, places, transactions, events and safety latches.

Owns the catalogue of signals (`signals`), the reading of messages into state (`hearing`) and the judgement whether
somebody is charging (`occupancy`). May not enter: rules and incidents, decisions, clocks, I/O. Start at `charger`.
"""
