"""Tools that one week's lab needs and no other: a lesson imports them by name."""
