"""Pictures of people: safe to open, square, without metadata."""
