"""The registrar: issues credentials of learners' records, keeps what others issued, shares, and says who saw what.

record ─▶ awards ─▶ issuing (batch) ─▶ publish (DID, keys, status)
pushed badges ─▶ received ─▶ verification, shown in the record      door: the one way to look things up
apps ─▶ holding       holdings ─▶ sharing ─▶ sheet (as a person reads it)
"""
