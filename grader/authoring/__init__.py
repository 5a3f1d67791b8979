"""Turns a lesson's source into its notebooks, its data files and its key."""
