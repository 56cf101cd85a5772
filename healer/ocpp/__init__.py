"""What a charger says and what it is told: OCPP-J 1.6, 2.0.1 and 2.1, without I/O.

Owns the wire: frames, the standard's schemas, the reading of payloads into `messages`, the writing of answers and
commands, and one `session` per connection that matches answers with commands. The way of a frame:

    frames.decode -> session -> v16 / v201 / v21 .CODEC -> messages.Report      what a charger tells us
    messages.Reply, messages.Command -> v16 / v201 / v21 .CODEC -> schemas -> frames.encode      what it is told

`v2x*` is what 2.0.1 and 2.1 share, `unchanged` and `shared_commands` what all three do; `coverage` writes down which
message is handled in which version.

Read tolerantly, write strictly: nothing a charger sends raises, whatever it breaks is returned as a `Violation`, and
each part that can be understood is kept; nothing leaves that does not pass the schema of the standard.

May not enter: sockets, clocks (`now` is an argument), logging, what we believe about a charger (`healer.fleet`), and
what an answer ought to say (the engine decides, this package spells it).
"""
