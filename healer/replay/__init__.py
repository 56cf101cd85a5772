"""The engine in virtual time: rule tests, and later recorded history.

Owns the stories of `*.test.yaml` (`story`, read by `reader`), the stage on which the engine meets simulated chargers
frame by frame (`stage`), what it keeps over a restart (`memory`), and the running of one test (`trial`). May not enter:
clocks, chance, sockets, files, adapters. Start at `trial.run`.
"""
