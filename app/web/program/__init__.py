"""Pages of programs: handing in without an account, a program's home, reviewing, and the district's approval."""
