"""What people may do with their own cards, on the pages below /me."""
