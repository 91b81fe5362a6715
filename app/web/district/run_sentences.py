"""What runs and tests of a source say, each sentence as the service says it, with its values in their places."""

from app.web.kit.words import later

SENTENCES = (
    later("by %(name)s"),
    later("interrupted: the next run goes on from here"),
    later("an error nobody foresaw, %(place)s: nothing of it was stored; the next run tries again"),
    later("it needs %(streams)s: asked for when they come again"),
    later("the source refuses our credentials: nothing else is asked for in this run"),
    later("the source does not answer: nothing else is asked for in this run"),
    later("the source lists nobody: do the credentials see any school?"),
    later("the source lists nobody: do the credentials see any school%(rights)s?"),
    later("the listings of this run end nothing: they are compared again at the next one"),
    later("%(why)s: it is not taken to be complete, and nothing that it lacks is taken to be gone"),
    later("%(words)s (it takes %(rights)s)"),
    later("%(count)s records seem gone, but part of the listing is unreadable: kept"),
    later("%(count)s records are no longer listed; the school year is turning, and until %(day)s nothing ends by that"),
    later(
        "%(gone)s of %(count)s records are withdrawn at once, more than %(share)s; the run stopped before: look "
        "at the source, then sync again and allow it to shrink"
    ),
    later(
        "%(gone)s of %(count)s records are withdrawn after a run that was held; the run stopped before: look at "
        "the source, then sync again and allow it to shrink"
    ),
    later("%(count)s records have the key of another one of the same page"),
    later("%(count)s rows have the key of another row that differs: both stand (%(keys)s, …)"),
    later("some have several rows, and a delta does not tell all of them"),
    later(
        "%(number)s is told of two children (%(why)s): each keeps what is told of them, and a near match waits "
        "for somebody to look at"
    ),
    later(
        "the record of %(key)s has become another person's: %(why)s: a new learner begins, and a near match waits "
        "for somebody to look at"
    ),
    later("not all whom enrollments name were asked for: %(why)s"),
    later("%(found)s of %(total)s whom enrollments name and nobody described were asked for and found"),
    later(
        "%(count)s records changed without a new %(field)s (%(keys)s): deltas miss such changes, so pull in full "
        "more often (full_every_days)"
    ),
    later("preview: nothing was changed"),
    later("dry run: nothing was changed"),
    later("run %(run)s was undone: look at the source first"),
    later("run %(run)s was undone: it counts as never pulled, and what came later stays"),
    later("%(mapped)s mapped, %(ignored)s ignored, %(reported)s reported, 0 lost"),
    later("its name says that it is still being sent"),
    later("it changed while it was being read"),
    later("it changed less than %(seconds)s seconds ago"),
    later("%(words)s; nothing was changed: look at the source, then sync again and allow what is right"),
    later("%(words)s; nothing was ended: look at the source, then sync again and allow what is right to shrink"),
    later("%(words)s (%(count)s findings)"),
    later("%(count)s records are no longer listed since the school year turned"),
    later("%(many)s %(who)s of school %(name)s are gone"),
    later("%(many)s %(who)s of class %(name)s are gone"),
    later("%(many)s %(who)s of grade %(name)s are gone"),
    later("%(many)s %(who)s of grade %(grade)s of school %(name)s are gone"),
    later("the birth dates of %(many)s records change"),
    later("the birth dates of %(many)s records change by one day"),
    later("the birth dates of %(many)s records are told no more"),
    later("the names of %(many)s records change"),
    later("the numbers of %(many)s records change"),
    later("the numbers of %(many)s records are told no more"),
    later("the grades of %(many)s records change"),
    later("the grades of %(many)s records are told no more"),
    later("the roles of %(many)s records change"),
    later("the roles of %(many)s records are told no more"),
    later("%(many)s with role %(role)s of school %(name)s are at other schools now"),
    later("%(one)s and %(other)s have exchanged their names"),
    later("%(many)s records are gone"),
    later("%(many)s records are gone (%(schools)s)"),
    later("%(many)s %(who)s are gone"),
    later("%(many)s %(who)s are gone (%(schools)s)"),
    later("%(what)s: the credentials are refused (renew them in the source's settings)"),
    later("%(what)s: the rights do not suffice (grant this client what the connector's README lists)"),
    later("%(what)s: the source asks to slow down"),
    later("%(what)s: the source asks to wait %(seconds)s s"),
    later("%(address)s cannot be reached: its certificate is not accepted: %(error)s"),
    later(
        "%(address)s cannot be reached, broke off, or did not answer whole within %(seconds)s s: is the address "
        "right, and is the system up?"
    ),
    later("%(address)s did not answer whole within %(seconds)s s (request_seconds)"),
    later("%(address)s broke off: %(error)s"),
    later("%(address)s answered in '%(encoding)s', which was not asked for"),
    later("%(address)s answered with more than %(most)s bytes (response_bytes)"),
    later("%(address)s answered with broken gzip (%(error)s)"),
    later("%(address)s is not https: not sending anything there"),
    later("%(address)s is not on %(host)s: not sending anything there"),
    later("%(address)s redirects more than %(most)s times in a row"),
    later("%(address)s redirects to no place"),
    later(
        "%(method)s %(address)s is redirected to %(target)s: not following (is base_url the address the source "
        "itself uses?)"
    ),
    later(
        "token endpoint %(address)s refused client '%(client)s' with %(status)s (check client id, secret, scope, "
        "and whether it wants them by basic or by form)"
    ),
    later("token endpoint %(address)s answered %(status)s: not following with a secret (is token_url right?)"),
    later("token endpoint %(address)s answered %(status)s without a token (%(error)s): is token_url right?"),
    later("token_url '%(address)s' is no URL: %(error)s"),
    later("token_url '%(address)s' does not begin like https://login.example.org"),
    later("base_url '%(address)s' is no URL: %(error)s"),
    later("base_url %(address)s holds a user name: put credentials into their own settings"),
    later("%(method)s %(address)s answered %(status)s"),
    later("the answer is empty, not %(what)s"),
    later("the answer is a web page, not %(what)s (a login page? is base_url right?)"),
    later("the answer is not %(what)s: %(error)s"),
    later("the answer has no '%(key)s' (it has %(keys)s)"),
    later("the answer has no one list of records (it has %(keys)s)"),
    later("a JSON object"),
    later("a JSON list"),
    later("a JSON list under '%(key)s'"),
    later("host name %(host)s cannot be looked up just now"),
    later("host name %(host)s has no address"),
    later(
        "host %(host)s has no address that this instance may reach (is the name right? which private addresses "
        "may be reached, the operator decides: TESSERA_PRIVATE_ADDRESSES)"
    ),
    later("host %(host)s is at a cloud metadata address: not connecting"),
    later("host %(host)s is at not a public address: not connecting"),
    later("host %(host)s is at a public address, for which http is not safe (use https): not connecting"),
    later("'%(address)s' is no address"),
    later("'%(address)s' does not begin like https://sis.example.org"),
    later("'%(address)s' is not https: http is for private addresses that the operator allows"),
    later("the service gives the same page again: it does not heed 'offset'"),
    later("the list ended after %(came)s of the %(total)s records it says it has"),
    later(
        "the list moved while it was read (none of %(keys)s is where it was); the next run begins again. If it "
        "happens each time, set 'sort' to a field that does not change"
    ),
    later("%(address)s was asked for page %(page)s and gave another"),
    later("%(address)s gives the same page again: it does not heed its paging"),
    later("%(address)s: the next link leads back to a page already read"),
    later("%(address)s: the next link is no URL"),
    later("%(address)s: the next link leads to another host, %(host)s: not following"),
    later("There is nothing to fetch from: records are pushed, or loaded from files."),
    later("%(host)s answers, but lists no organizations: do the credentials see any school?"),
    later("%(host)s answers and lists %(count)s organizations; the first is '%(name)s'."),
    later("%(host)s answers and lists organizations; the first is '%(name)s'."),
    later("%(host)s answers: %(names)s; there are events."),
    later("%(host)s answers: %(names)s; no events are told, so that each sync reads everything."),
    later("%(host)s answers: ODS/API %(version)s, %(names)s."),
    later("signed in; facilities: %(names)s"),
    later("the token reads %(names)s"),
    later("the credentials read statements"),
    later("the credentials read statements (there is none yet)"),
    later("%(message)s A sync would leave out %(count)s: %(words)s"),
    later("%(why)s. It takes %(rights)s."),
    later("token is missing: give one, or client_id, client_secret and refresh_token"),
    later("key is missing: give key and secret, or a token"),
    later("base_url is missing: this source takes CSV bundles only (set it to pull from a service)"),
    later("the token's service lacks %(functions)s: add them to the service"),
    later("Moodle leaves out what the token's user may not see"),
    later("Moodle lists the token's own user alone: give that user %(rights)s"),
    later("Moodle lists %(count)s people and hides others: give the token's user %(right)s"),
    later("Moodle shows no user names: give the token's user %(right)s"),
    later("Moodle shows no names: give the token's user %(right)s"),
    later(
        "Moodle shows neither e-mail addresses nor ID numbers: give the token's user moodle/site:viewuseridentity, "
        "and have 'email' in the site's showuseridentity"
    ),
    later(
        "Moodle hides the e-mail address of %(count)s people: give the token's user moodle/site:viewuseridentity, and "
        "have 'email' in the site's showuseridentity"
    ),
    later(
        "courseid %(course)s: the gradebook lacks %(items)s (%(count)s grade items that the token's user may not see): "
        "give that user %(rights)s"
    ),
    later("logins are not shown to the token: turn on '%(right)s' for its role to have them"),
    later("e-mail addresses are not shown to the token: turn on '%(right)s' for its role to have them"),
    later(
        "the role of the token's user lacks %(rights)s in the account '%(account)s' (turn them on in Canvas: Admin, "
        "Permissions, Account Roles)"
    ),
    later(
        "the account '%(name)s' is %(kinds)s in Kolibri, who may see but a part of the facility: give the source one "
        "that is %(right)s"
    ),
    later("no e-mail address of %(count)s members is shown: grant the scope %(scope)s"),
    later("the token's user administers no account (make the user an account admin in Canvas)"),
    later("course %(course)s: %(why)s: the role of the token's user lacks rights there"),
    later("the settings do not fit the connector %(connector)s: %(complaints)s"),
    later("%(why)s. Mend that, set its state to 'active', try again."),
    later("%(product)s answered with what it does not usually say: %(error)s"),
    later("no reason given"),
    later("by a person"),
)
"""How a run went, what its guard holds, what the other system answered, what a test found."""

PIECES = (
    later("students"),
    later("administrators"),
    later("aides"),
    later("counselors"),
    later("principals"),
    later("proctors"),
    later("teachers"),
    later("with role %(role)s"),
    later("%(gone)s of %(count)s"),
    later("all %(count)s"),
    later("%(listed)s, and %(more)s more"),
    later("%(name)s: %(gone)s of %(count)s %(who)s"),
)
"""Who is gone, and how many: pieces of what the guard says."""
