"""What the tests are run on: real databases, a real server, a real browser."""
