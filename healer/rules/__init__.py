"""What we conclude: the rule language, its loader and lints, and which rules a changed signal touches.

Owns rules as typed values (`rule`), the catalogue of actions a ladder may name (`actions`), the strict reading of
rule files (`packs`) and the compiled, three-valued clauses (`matchers`). May not enter: files, clocks, incidents,
guards or anything that acts; what to do about a firing rule is `healing`'s. Start at `rule`.
"""
