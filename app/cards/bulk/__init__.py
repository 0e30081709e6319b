"""What admins do to many cards at once: planned, shown, and done at once or, where it is much, in the background."""
