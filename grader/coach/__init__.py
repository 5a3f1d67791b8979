"""What a coach does with a cohort: lay out a course, mend and grade what was handed in, say what came out."""
