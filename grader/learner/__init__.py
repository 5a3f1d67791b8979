"""What a learner's notebook uses. Standard library only, so that it runs on Windows, in Binder and in a browser."""
