"""Background work: what runs by the hour, or when something waits for it. Knows no subject; app.wiring lists the jobs.

What is to be done is always found in our own tables. The queue only wakes a consumer, and may lose what it likes.
"""
