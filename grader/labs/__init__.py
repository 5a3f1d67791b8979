"""What a lesson needs for the learner's own world: it reads their files where they lie, and sends nothing anywhere."""
