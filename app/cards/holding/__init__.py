"""What holders may do with their own cards: which there are, what of each they may change, and what they did."""
