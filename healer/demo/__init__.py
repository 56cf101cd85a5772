"""`healer demo`: the daemon with the shipped rules, and a small simulated fleet that falls ill by script.

Owns the story (`story`), its fleet, rules and settings with short times, the live view (`view`) and the run as a whole
(`stage`). May not enter: anything the daemon itself needs. Start at `story`.
"""
