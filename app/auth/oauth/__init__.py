"""OAuth 2.0 for directories: clients that get short-lived access tokens at `/oauth/token` (RFC 6749 §4.4).

A client proves itself with a secret of ours, or with an assertion that somebody whom the organization trusts has signed
(RFC 7523; Microsoft calls it workload identity federation).
"""
