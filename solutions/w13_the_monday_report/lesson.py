# %% [markdown]
# # Week 13 · The Monday report
#
# **One skill:** turn a question that was asked once into a function that answers it for any week.
#
# Click the grey cell and press **Shift + Enter**. It fetches the tools and shows nothing.

# %%
import duckdb
import matplotlib.pyplot as plt
import pandas as pd

from grader import check, hand_in, predict, recall

# %% [markdown]
# ## Before we start (3 min)
#
# Did you ask Monday's question in your own company? Put `yes`, `no` or `not yet` between the first empty quotes, and what came back between
# the last.

# %% recall="monday"
recall("monday", "", came_back="")

# %% [markdown]
# **From week 9.** A list names forty customers who may leave. Ten of them do leave; fifty leave in all. What is one in four?
#
# - **a** The recall: of those who left, the part that was named.
# - **b** The precision: of those named, the part that left.
# - **c** The base rate: of all customers, the part that left.
# - **d** The threshold: of all scores, the part that is high.

# %% recall="one-in-four"
recall("one-in-four", "")

# %% [markdown]
# ## The situation (2 min)
#
# Tuesday, 9:40. Every Monday **Pavel Nowak** copies for four hours, from two systems into one sheet: the Monday report. Nobody has
# ever found a slip in it.
#
# **Tom**, in finance, has added up the thirteen sheets of the summer. {{sheets}} jobs done; the job list for those thirteen weeks has
# {{real}}. That is {{extra}} too many, and each sheet has every job on it that Pavel was to copy.
#
# **Farid**, who runs IT, has a dashboard platform in his bag, 48,000 EUR a year. **Pavel** would keep his sheet. **Ines**, from a
# staircase: *"Who checks Pavel? Answer by ten."*
#
# You decide who makes next Monday's report, and how.

# %% [markdown]
# ## From one week to any week (8 min)
#
# Pavel's export is a file, `jobs.csv`; one row is one job. The report has three numbers (KPIs). The first: **on time**, at most 15
# minutes late. For the week that begins on Monday 19 October, it is a query as you know them:

# %%
duckdb.sql("""
    SELECT round(avg(CASE WHEN late_minutes <= 15 THEN 100 ELSE 0 END), 1) AS on_time
    FROM 'jobs.csv'
    WHERE status = 'done'
      AND scheduled_on >= DATE '2026-10-19'
      AND scheduled_on < DATE '2026-10-19' + 7
""")

# %% [markdown]
# Read it aloud. *When* a job is at most 15 minutes late it scores 100, *else* 0, and the average of those scores is a percentage;
# `round(..., 1)` keeps one decimal. Only jobs that were done. From that Monday on, and *before* the day seven days later.
#
# Next Monday, Pavel would change two dates. The Monday after, again. A **function** is a piece of work with a name, and a gap where
# the date goes. A small one first:

# %%
def heading(monday):
    return f"The week from {monday}"


heading("2026-10-19")

# %% [markdown]
# - `def` *defines* a function; `heading` is its name.
# - `monday` is its **argument**: the gap, which is filled when somebody calls. The colon says "as follows".
# - The next line is **indented** by four spaces (with the space bar). Whatever is indented belongs to the function.
# - `return` hands the answer back.
# - The `f` before the quotes makes an **f-string**: where `{monday}` stands, the argument is put in. Without the `f`, it stays
#   `{monday}`, letter by letter.
#
# The last line, not indented, *calls* it; the date is a text, so it stands in quotes. Now the same with the query inside:

# %%
def on_time(monday):
    query = f"""
        SELECT round(avg(CASE WHEN late_minutes <= 15 THEN 100 ELSE 0 END), 1)
        FROM 'jobs.csv'
        WHERE status = 'done'
          AND scheduled_on >= DATE '{monday}'
          AND scheduled_on < DATE '{monday}' + 7
    """
    return duckdb.sql(query).fetchall()[0][0]


on_time("2026-10-19")

# %% [markdown]
# Three things are new. The query has a name, `query`. The date has become `{monday}`, and keeps its single quotes. And the ending takes the number out of
# its little table; Python counts from 0:
#
# ```
# .fetchall()          [(91.2,)]   all rows
# .fetchall()[0]       (91.2,)     the first of them
# .fetchall()[0][0]    91.2        its first cell
# ```
#
# Now any Monday will do. (A Tuesday, too, without protest: it counts seven days from there.) One from the depth of winter:

# %%
on_time("2026-01-12")

# %% [markdown]
# The limits of the Monday report are at least 85% on time, at least 80% of repairs fixed first time, and a median first reply of at most
# 8 hours. That winter week had {{cold_on_time}}%. You asked in one line. Pavel would have needed a morning, and a reason.

# %% [markdown]
# ## Predict, then run (4 min)
#
# Farid's **assistant** has read Pavel's sheets, "to learn the logic", and wrote this to count the jobs of a week. (The line in three quotes is a note
# for people.)

# %%
def jobs_done(monday):
    """Counts the jobs done in the week that begins on the given Monday."""
    query = f"""
        SELECT count(*)
        FROM 'jobs.csv'
        WHERE status = 'done'
          AND scheduled_on BETWEEN DATE '{monday}' AND DATE '{monday}' + 7
    """
    return duckdb.sql(query).fetchall()[0][0]

# %% [markdown]
# In the week from 19 October, {{done}} jobs were done. `BETWEEN` includes both its ends. What will `jobs_done("2026-10-19")` return?
# Type a number, and how sure you are, from 0 to 100, of being within 20.

# %% predict="assistant-week"
predict("assistant-week", ..., confidence=...)

# %%
jobs_done("2026-10-19")

# %% [markdown]
# What does it really count? Look at its days one by one:

# %%
duckdb.sql("""
    SELECT scheduled_on AS day, dayname(scheduled_on) AS weekday, count(*) AS jobs
    FROM 'jobs.csv'
    WHERE status = 'done' AND scheduled_on BETWEEN DATE '2026-10-19' AND DATE '2026-10-26'
    GROUP BY day, weekday ORDER BY day
""")

# %% [markdown]
# Two Mondays, and Monday is the fullest day: yearly services that fall on a weekend move to it. Pavel copies "Monday to Monday": eight days. His
# thirteen sheets begin on 29 June, and each ends with the Monday on which the next begins. Those last Mondays, from 6 July to 28 September:

# %%
duckdb.sql("""
    SELECT count(DISTINCT scheduled_on) AS mondays, count(*) AS jobs
    FROM 'jobs.csv'
    WHERE status = 'done' AND dayname(scheduled_on) = 'Monday'
      AND scheduled_on BETWEEN DATE '2026-07-06' AND DATE '2026-09-28'
""")

# %% [markdown]
# {{extra}}: Tom's difference, to the job. They are real jobs, counted in one week too many, and the assistant learned the habit. Mended, its
# `BETWEEN` becomes two conditions, `>=` the Monday and `<` the Monday `+ 7`, as in `on_time`.

# %% [markdown]
# ## Your turn (22 min)
#
# ### 1 · One week (5 min)
#
# Second KPI, **fixed first time**: of the *repairs* that were done, the percentage that needed no second visit, with one decimal. `kind`
# is `'repair'` for a repair. `first_time_fix` is true or false, so it is a condition by itself: `WHEN first_time_fix`.
#
# Which percentage of the repairs was fixed first time in the same winter week, from `2026-01-12`? Copy the first query of this lesson, from
# `duckdb.sql(` to its last bracket, over the dots. Change the condition after `WHEN`, keep only repairs, put both dates in January, and mend the heading
# after `AS`.

# %% answer="one-week"
fixed_in_winter = ...
### BEGIN SOLUTION
fixed_in_winter = duckdb.sql("""
    SELECT round(avg(CASE WHEN first_time_fix THEN 100 ELSE 0 END), 1)
    FROM 'jobs.csv'
    WHERE status = 'done' AND kind = 'repair'
      AND scheduled_on >= DATE '2026-01-12'
      AND scheduled_on < DATE '2026-01-12' + 7
""")
### END SOLUTION
fixed_in_winter

# %% check="one-week"
check("one-week")

# %% [markdown]
# ### 2 · Any week (7 min)
#
# Now as a function, `fixed_first`: it takes a Monday such as `"2026-10-19"` and returns the same percentage for that week. Copy this over the
# whole line with the dots, and fill the three blanks:
#
# ```python
# def fixed_first(monday):
#     query = f"""
#         SELECT round(avg(CASE WHEN first_time_fix THEN 100 ELSE 0 END), 1)
#         FROM 'jobs.csv'
#         WHERE status = 'done' AND kind = 'repair'
#           AND scheduled_on >= DATE '____'
#           AND scheduled_on < DATE '____' + 7
#     """
#     ____ duckdb.sql(query).fetchall()[0][0]
# ```
#
# The answer is the function itself, so the last line is its name alone; Python shows a function as `<function ...>`. (Forget the `[0][0]`, and the
# check still finds the number; a report would print `[(91.2,)]`.) Red is to be expected: mostly a line is not indented as far as its neighbours.

# %% answer="any-week"
fixed_first = ...
### BEGIN SOLUTION
def fixed_first(monday):
    query = f"""
        SELECT round(avg(CASE WHEN first_time_fix THEN 100 ELSE 0 END), 1)
        FROM 'jobs.csv'
        WHERE status = 'done' AND kind = 'repair'
          AND scheduled_on >= DATE '{monday}'
          AND scheduled_on < DATE '{monday}' + 7
    """
    return duckdb.sql(query).fetchall()[0][0]
### END SOLUTION
fixed_first

# %% check="any-week"
check("any-week")

# %% [markdown]
# ### 3 · A flag (4 min)
#
# The third KPI is given. `date_diff` counts minutes from one time to the other, and the **median** is the middle one: half of the
# customers waited longer.

# %%
def first_reply(monday):
    query = f"""
        SELECT round(median(date_diff('minute', opened_at, first_reply_at)) / 60, 1)
        FROM 'tickets.parquet'
        WHERE opened_at >= DATE '{monday}' AND opened_at < DATE '{monday}' + 7
    """
    return duckdb.sql(query).fetchall()[0][0]


first_reply("2026-10-19")

# %% [markdown]
# Nobody reads three numbers every Monday. People read a flag. This is the flag for on time:

# %%
def on_time_flag(monday):
    share = on_time(monday)
    if share is None:
        return "no data"
    if share < 85:
        return "LOOK"
    return "ok"


print(on_time_flag("2026-01-12"), on_time_flag("2026-10-19"), on_time_flag("2026-11-09"))

# %% [markdown]
# `if` asks; what is indented below it (or stands behind its colon) happens only if the answer is yes; **the first `return` that is reached ends the function**. The
# export has no job done from 9 November on: the query comes back with `None`, Python's word for nothing, and nothing is not a percentage.
#
# Now for replies: `"LOOK"` when the median first reply took more than 8 hours, `"ok"` when it did not, `"no data"` for a week without a ticket. The assistant
# sent the lines of `reply_flag` as strips. Put them in order: five letters between the quotes, such as `"abcde"`.
#
# ```
# a   if hours > 8: return "LOOK"
# b   return "ok"
# c   def reply_flag(monday):
# d   if hours is None: return "no data"
# e   hours = first_reply(monday)
# ```

# %% answer="a-flag"
strips = ""
### BEGIN SOLUTION
strips = "cedab"
### END SOLUTION

# %% check="a-flag"
check("a-flag")

# %% [markdown]
# ### Thirty-four Mondays (2 min, to read)
#
# Now use what functions are for. The next cell asks `first_reply` about thirty-four Mondays, one after the other, and draws the answers. Run it
# and skip its code: you need the picture.

# %%
days = pd.date_range("2026-03-02", "2026-10-19", freq="7D")
hours = pd.Series([first_reply(f"{day:%Y-%m-%d}") for day in days], index=days)
before, since = hours[:"2026-05-31"], hours["2026-06-01":]
figure, axis = plt.subplots(figsize=(8, 3.6))
axis.plot(hours, marker="o", linewidth=1)
for part in (before, since):
    axis.hlines(part.median(), part.index[0], part.index[-1], color="black", linewidth=3)
    axis.text(part.index[0], 1, f"middle of these weeks: {part.median():.1f} hours")
axis.axhline(8, color="black", linestyle="--")
axis.text(days[0], 8.2, "limit: at most 8 hours")
axis.set(ylim=(0, None), ylabel="median first reply, hours", title=f"Since 1 June first replies look {since.median() - before.median():.1f} hours slower, mostly within the limit")
plt.show()

# %% [markdown]
# **In words:** the hours jump from week to week, around {{reply_before}} until the end of May, around {{reply_after}} from 1 June on: the two thick lines. The
# dashed limit of 8 lies above both. The flag says LOOK in {{look_after}} of the {{weeks_after}} weeks since: a limit sees a level, not a step.
#
# In July, **Lena**, head of Service, was asked why her desk had slowed down. It had not. Since 1 June the system writes `opened_at` on a clock two hours behind (UTC):
# a ticket of 14:00 is logged as 12:00, and every reply *looks* two hours slower. Your function does not know. Told to take two hours off, it would say LOOK in
# {{look_told}}.

# %% [markdown]
# ### 4 · The same twice (3 min)
#
# A report ought to be a file, and running it twice must do no harm: somebody always presses the button again. The assistant's function has
# two gaps, the Monday and a **mode**. Skip the rest of its code. Here the button is pressed twice:

# %%
def report(monday):
    first = f"{monday},on time,{on_time(monday)}"
    second = f"{monday},first reply,{first_reply(monday)}"
    return "\n".join(["week,kpi,value", first, second, ""])


def write_report(monday, mode):
    with open("monday_report.csv", mode) as file:
        file.write(report(monday))

# %%
write_report("2026-10-19", "a")
write_report("2026-10-19", "a")
print(open("monday_report.csv").read())

# %% [markdown]
# Two headings, and the week twice. `open` takes a file's name and a mode: `"a"` adds to the end of what is there, `"r"` reads, `"w"`
# begins with an empty file. In which mode does the second run leave the same file as the first? One letter between the quotes.

# %% answer="same-twice"
mode = ""
### BEGIN SOLUTION
mode = "w"
### END SOLUTION

# %% check="same-twice"
check("same-twice")

# %% [markdown]
# The button again, twice, in your mode (no need to read the code):

# %%
write_report("2026-10-19", mode.lower() or "a")
write_report("2026-10-19", mode.lower() or "a")
print(open("monday_report.csv").read())

# %% [markdown]
# ### The schedule (1 min, to read)
#
# The last part is a line in a computer's diary. On Linux it is called **cron**; Windows has its Task Scheduler.
#
# ```
# 0 6 * * 1   cd /srv/reports && python monday_report.py
# ```
#
# Aloud: at minute 0 of hour 6, on any day of any month (the two stars), if it is weekday 1, go to the folder and run the script. It will not
# ring you when it fails. That is next week.
#
# **You have it.** The vote and the memo are next; an extra piece for whoever has eight minutes more stands at the very end.

# %% [markdown]
# ## Vote (2 min)
#
# Next Monday, 8:00: first reply says LOOK again. What goes out? One letter between the quotes.
#
# - **a** The report as it stands: a machine has no opinions.
# - **b** Pavel's sheet and the script's, until the two agree.
# - **c** The report, once Pavel has put a reason to the flag.
# - **d** Nothing, until Farid has put the ticket clock right.

# %% answer="what-goes-out"
what_goes_out = ""
### BEGIN SOLUTION
what_goes_out = "c"
### END SOLUTION

# %% check="what-goes-out"
check("what-goes-out")

# %% [markdown] memo="what-stays-human"
# ## Your memo (9 min)
#
# To Ines, 60 to 150 words; Pavel will read it too. Four questions:
#
# 1. Which number from this notebook shows why the copying ends, or why a person stays, and what does it count?
# 2. What does that number, or the report, not tell?
# 3. Who makes the report from next Monday on, and what does Pavel do with his four hours?
# 4. What event would change your mind?

# %% [markdown]
# ## Your company (2 min)
#
# Finish it in your calendar, not here: *On Monday, when the ____ report arrives, I will ask ____ for two numbers: how many hours it took, and
# how many days are in its week.*
#
# - A function is a question with a gap in it. The gap is the argument.
# - A week is seven days: from its Monday, up to and without the next.
# - Run it twice. If anything differs, it is not a report yet.
#
# **Worth forwarding:** *Automation does not make a number right. It makes it the same every Monday.*

# %%
hand_in("w13")

# %% [markdown]
# **If you stayed (not marked).** Give `report` a third line, with your `fixed_first`. Then Pavel has a wish: the time of writing, at the top
# of the file: `f"written {pd.Timestamp.now():%Y-%m-%d %H:%M:%S}"`. The cell below is yours and stays out of what you hand in. Put the text first in the list of `report` and press the button
# twice, in mode `"w"`. What can nobody compare any more? Which date would you print in its place?

# %% private
# Yours. Nobody sees it.
