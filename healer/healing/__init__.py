"""What we decide: incidents, ladders, guards, and the commands that follow from them.

Owns the incident state machine (`incident`, a table), every guard (`guards`), the ladder and its evidence (`ladder`),
the books kept in step with every move (`casebook`), and the course of an incident: what moves it (`treatment`), how a
step is taken (`steps`), how it goes on after a restart (`resumption`). May not enter: clocks, I/O, frames, the
accounting of uptime. Start at `incident`, then `treatment`.
"""
