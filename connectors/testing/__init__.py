"""What proves a connector, wherever it lives: its fixtures, the suite every connector passes, and a pytest plugin.

pytest --pyargs connectors.testing.suite --connector acme     every check, on the fixtures in acme's own folder
python -m connectors.testing.golden acme                      write the expected records and the mapping's lock
"""
