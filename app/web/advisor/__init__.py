"""Pages for advisors, mentors and counselors: their caseload, and talks with a learner."""
