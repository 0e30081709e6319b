"""Many requests at once, odd requests by the thousand, long random histories: what breaks servers in production."""
