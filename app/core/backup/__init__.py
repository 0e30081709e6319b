"""Backups: an installation as one file that every database Lanyard runs on can be made from."""
