"""Designing a template in a form: what is typed, whether it may be so, how it would look, and the draft made of it."""
