"""What each SCIM request does to the directory: bodies in, records out; no web, no commit."""
