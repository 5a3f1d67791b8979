# %% [markdown]
# # Desk session · The organisation, in your own table
#
# **Half an hour, two chairs, one table of your own**, as in the [first desk session](../d04_desk_ask/d04_desk_ask.ipynb). Nothing is marked, and nothing is handed in.
#
# Bring a funnel of yours (deals, applications, claims): a row each, for each stage a column with its day, and for a gain that somebody claimed, who got it.
# Leave out the columns that name people.

# %% [markdown]
# ## Where your data go (3 min)
#
# **Your file stays on this machine**: this page reads it where it lies, and sends nothing anywhere. (Before `keep_my_work()` take it out again, and what
# was shown of it: **Edit**, **Clear Outputs of All Cells**.) **In Binder it would not stay with you**: that machine is somebody else's. Keep to the example there.
#
# The example is Kestrel & Vale's spring as Owen exports it: one row is one lead, or so he says. Run every box once as it is. This one lists the columns
# (`VARCHAR` is text):

# %%
import duckdb
import pandas as pd

from grader.labs.desk import funnel, how_long, shuffle_test

mine = duckdb.sql("SELECT * FROM 'example.csv'")
duckdb.sql("SELECT column_name, column_type FROM (DESCRIBE mine)").df()

# %% [markdown]
# **Then yours.** Drag the file into the folder of this page, and change **one line**, the one that begins with `mine`; for Excel, Parquet or a database it
# stands in [the first session](../d04_desk_ask/d04_desk_ask.ipynb). Three cases take another:
#
# ```
# # "not utf-8 encoded": a CSV from Excel on Windows
# mine = pd.read_csv("deals.csv", sep=";", encoding="cp1252")
#
# # two rows of title above the headings: the same, with header=2
# mine = pd.read_excel("deals.xlsx", sheet_name="Deals", header=2)
#
# # a row is one lead at one stage, as in week 6: add this below,
# # and behind GROUP BY each column that you want to keep
# mine = duckdb.sql("""PIVOT mine ON stage USING min(happened_at)
#                      GROUP BY lead_id, region""")
# ```
#
# Further down you change names between quotes. What does not fit gets a sentence, and often the line that mends it.

# %% [markdown]
# ## Five questions (25 min)
#
# For each, **say first what you expect**, aloud.
#
# ### 1 · What does our funnel count? (7 min)
#
# People, visits or accounts? `who` is the column that names one, `stages` are the columns in their order.

# %%
funnel(
    mine,
    who="lead_id",
    stages=["asked_at", "contacted_at", "surveyed_at",
            "quoted_at", "accepted_at", "installed_at"],
)

# %% [markdown]
# Who of these is nobody: a bot, a test, a total at the end, a row exported twice? Behind `WHERE` stands the condition that keeps the others; `DISTINCT`
# keeps each row once. A name with a space or a sign in it wears double quotes there, a word in the data single ones:
# `WHERE "Claim No." <> 'Total'`. If there is nobody, delete the line.

# %%
people = duckdb.sql("""
SELECT DISTINCT * FROM mine
WHERE form_seconds >= 3 OR form_seconds IS NULL
""")
duckdb.sql("SELECT count(*) AS rows_that_stay FROM people")

# %% [markdown]
# Write `people` for `mine` in the box of the funnel, and run it again. Did the worst stage move? Which of the two has been in your reports?

# %% [markdown]
# ### 2 · How long does a stage take? (4 min)
#
# The column where it begins, the column where it ends.

# %%
how_long(people, "contacted_at", "surveyed_at")

# %% [markdown]
# Which of these numbers do you promise, and to whom? Who waits in the slowest tenth? A wait between two departments: whose is it?

# %% [markdown]
# ### 3 · Could lot alone have done this? (7 min)
#
# Owen: *"Rung on a Monday, they sign. From now on we ring on Mondays."* `group` says who got it; `outcome`, what it brought: yes and no, a date (blank where
# nothing came), or a number (a row without one is left out, not counted as nothing). As in week 7, `group` is dealt anew 1,000 times; what counts is a gap
# as large, in either direction.

# %%
shuffle_test(people, group="rung", outcome="accepted_at")

# %% [markdown]
# Now your company's gain. Then two questions that no shuffle answers:
#
# - **Who chose who got it?** A region, a seller? Keep one of them, by a condition in the box of `people`, and run it again. Does the gap stay?
# - **Is one row one of those chosen?** Ten rows of one customer count as ten, and the result looks surer than it is.

# %% [markdown]
# ### 4 · Whose number is it? (4 min)
#
# The stage, the wait or the gap: take the one that you will not forget. Who is named as its owner, on paper? Who decides, in fact, what it counts? Who is
# paid by it? Your analyst answers first.

# %% [markdown]
# ### 5 · What is the smallest next thing? (3 min)
#
# Something for one of you, within a week: a condition written down, a wait shown beside its mean, a next pilot by lot. Who does it, by when, and which
# number on this page will show it?

# %% [markdown]
# ## What you leave with (2 min)
#
# Click this text, press **Enter**, finish the lines, and say one of them on Monday.
#
# - Our funnel counts ..., and ... of its rows are nobody:
# - Its worst stage, before and after:
# - From ... to ... half take ..., the slowest tenth:
# - Of the gain, lot alone makes as much in ... of 1,000 deals; who got it was chosen by:
# - The owner on paper, and who decides in fact:
# - The next thing, who does it, and by when:
