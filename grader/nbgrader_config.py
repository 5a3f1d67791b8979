"""What stock nbgrader needs to know of this course. `handson` uses the same file, so that the two cannot differ.

A coach's course folder holds a copy of it (see `grader.coach.course`), where every `nbgrader` command finds it.
"""

# traitlets puts `get_config` here when it loads the file.
c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.CourseDirectory.course_id = "hands-on-hour"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc*", "__pycache__", "feedback", "journal.jsonl", "*.zip"]

# An answer cell keeps its live line `name = ...` and nothing else; a memo keeps an invitation.
c.ClearSolutions.code_stub = {"python": ""}
c.ClearSolutions.text_stub = "Write here."

# Seconds that one cell may run before it counts as failed; the cells after it still run.
c.Execute.timeout = 60
c.Execute.startup_timeout = 120

# What learners hand in is shown in the coach's browser, by formgrader and in feedback.
c.HTMLExporter.sanitize_html = True
