"""Credentials: built from plain values, signed, put into pictures, and verified whoever made them.

    model ─▶ build ─▶ issue ─▶ bake          status: lists of what was revoked or suspended
    (plain    (JSON)   (proof,   (PNG, SVG)
     values)            token)
    verify: anything that comes in ─▶ one report
    jsonld: a document ─▶ its statements ─▶ the text that is hashed and signed

Nothing here reads the clock, the network or the database: keys, moments and the door to the network are arguments.
"""
