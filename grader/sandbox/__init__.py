"""Runs notebook cells in a fresh process forked from a warm one."""
