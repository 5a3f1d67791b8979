# %% [markdown]
# # Week 5 · Where did my week go?
#
# **One skill:** turn starts and ends into hours, and ask what the hours were for.
#
# Run the grey box below.

# %%
import duckdb
import matplotlib.pyplot as plt

from grader import check, hand_in, predict, recall

# %% [markdown]
# ## Before we start (3 min)
#
# Did you ask Monday's question, *how many gave no answer?* `"yes"`, `"no"` or `"not yet"` in the first empty quotes, in the last what came back.

# %% recall="monday"
recall("monday", "", came_back="")

# %% [markdown]
# **From week 4.** Of ten guests, four give a café a 5; the cells of the other six are empty. What does `avg(mark)` show?
#
# - **a** 5: it takes those who answered.
# - **b** 2: it takes empty cells as zero.
# - **c** 3: it fills in the middle mark.
# - **d** Nothing: a part of it is missing.
#
# One letter between the last quotes.

# %% recall="the-cafe"
recall("the-cafe", "")

# %% [markdown]
# **From week 2.** In each of two kitchens a soup takes 6 minutes, a roast 60. The mean time of a dish is 15 minutes in one kitchen, 42 in
# the other. What differs?
#
# - **a** How many cooks there are.
# - **b** What their guests order.
# - **c** How long a roast takes.
# - **d** How the mean is taken.

# %% recall="two-kitchens"
recall("two-kitchens", "")

# %% [markdown]
# ## The situation (3 min)
#
# Monday, 8:50. At nine you are due in two rooms. Ines wants **two hours a week** of you on the telephone, with customers who have given notice;
# you said that you have no room. *"Then end two meetings. Say which by noon."*
#
# - **Mirela**, head of Product: *"Planning holds us together. One hour more, so that our {{planning_series}} planning meetings know of each other."*
# - **Tom**, Finance, has multiplied hours, people and 70 EUR: *"Your half-year of planning: {{cost_wrong}} EUR. End it all."*
# - **Lena**, head of Service: *"Mine says who drives where at minus four. End it, and you drive."*
#
# Nobody has said how much of your week planning takes, or what it brings.

# %% [markdown]
# ## Watch a calendar become hours (4 min)
#
# This is your own calendar, May to October. One row is one entry; what recurs is written out, week by week. A `TIMESTAMP` is a day and a time.
# `date_diff` gives what lies between two of them, in a unit; minutes, divided by 60, are hours:

# %%
entries = duckdb.sql("""
SELECT *, date_diff('minute', starts_at, ends_at) / 60 AS hours
FROM 'calendar_events.parquet'
""")
duckdb.sql("SELECT title, kind, starts_at, ends_at, hours FROM entries ORDER BY starts_at, title LIMIT 4")

# %% [markdown]
# `entries` is the calendar with one more column, and hours add up as prices do: `sum(hours)`. Its `status` is `confirmed` or `cancelled`; a
# cancelled entry keeps its hours in the table, as a cancelled job kept its price in week 2. Nobody sat through them.
#
# ## Predict, then run (5 min)
#
# Since week 3 Tom sends you his queries. This one an **assistant wrote**. Try it on your own *Plans team*, held {{team_held}} times, on
# Tuesdays from 11:00 to 11:45:
#
# ```
# -- hours of one meeting in half a year
# SELECT sum(date_diff('hour', starts_at, ends_at)) AS hours
# FROM entries
# WHERE title = 'Plans team' AND status = 'confirmed'
# ```
#
# Which number will stand under `hours`? Digits only; then how sure you are, from 0 to 100, that it is at most 2 off.

# %% predict="hours-of-the-team"
predict("hours-of-the-team", ..., confidence=...)

# %% [markdown]
# This meeting and four others: the real hours, and the assistant's.

# %%
duckdb.sql("""
SELECT title, strftime(min(starts_at), '%H:%M') AS starts, strftime(min(ends_at), '%H:%M') AS ends,
       sum(hours) AS hours, sum(date_diff('hour', starts_at, ends_at))::INT AS assistant
FROM entries
WHERE status = 'confirmed' AND title IN ('Plans team', 'Lena, weekly', 'Ines, fortnightly',
                                         'Campaign planning', 'Quarter planning, part one')
GROUP BY title ORDER BY assistant, title
""")

# %% [markdown]
# `date_diff` does not measure. It counts **how often the clock strikes** in between: from 11:00 to 11:45 no full hour, from 11:30 to 12:00 one.
# (Minutes hold, since these meetings start and end on full minutes.) In real hours Tom's {{cost_wrong}} EUR are {{cost}}. He is delighted.

# %% [markdown]
# ## Your turn (19 min)
#
# ### 1 · Hours by kind (3 min)
# Where did half a year go? One row for each `kind` of entry (planning, customer, focus and so on) with its hours; only what took place,
# the `confirmed`. Paste this over the dots (`by_kind =` stays) and fill the two blanks.
#
# ```
# duckdb.sql("""
# SELECT kind, sum(____) AS hours
# FROM entries
# WHERE status = 'confirmed'
# GROUP BY ____
# ORDER BY hours DESC
# """)
# ```

# %% answer="by-kind"
by_kind = ...
### BEGIN SOLUTION
by_kind = duckdb.sql("""
SELECT kind, sum(hours) AS hours
FROM entries
WHERE status = 'confirmed'
GROUP BY kind
ORDER BY hours DESC
""")
### END SOLUTION
by_kind

# %% check="by-kind"
check("by-kind")

# %% [markdown]
# And **when** do you plan? Run it; skip its code.

# %%
week = duckdb.sql("""SELECT isodow(quarter) AS day, hour(quarter) AS clock, count(*) / 4 AS hours
    FROM (SELECT unnest(generate_series(starts_at, ends_at - INTERVAL 15 MINUTE, INTERVAL 15 MINUTE)) AS quarter
          FROM entries WHERE status = 'confirmed' AND kind = 'planning') GROUP BY ALL
""").df().pivot(index="day", columns="clock", values="hours").fillna(0)
axis = plt.subplots(figsize=(9, 3.4))[1]
axis.imshow(week, cmap="Greys", vmin=0, vmax=26, aspect="auto")
for (day, clock), hours in week.stack().items():
    axis.text(clock - week.columns[0], day - 1, f"{hours:.0f}", ha="center", va="center", color="white" if hours > 16 else "black")
axis.set_xticks([edge - 0.5 for edge in range(week.shape[1])], [f"{clock}:00" for clock in week.columns])
axis.set_yticks(range(5), ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"])
axis.set(xlabel="hours of planning in 26 weeks", title=f"Between nine and eleven, {week[[9, 10]].to_numpy().sum() / 2.6:.0f}% of your time is planning", frame_on=False)
plt.show()

# %% [markdown]
# **In words:** a row for each day, a column for each hour; the darker, the more planning: 26 would be every week. Of all hours between nine and
# eleven, {{early_percent}}% went to planning.
#
# ### 2 · Due twice (4 min)
# `held` is what took place, the confirmed entries. In some of it you were due in two rooms. To find such pairs, join the table **with itself**,
# under two names. With no key to name, `ON` says which rows belong together. (`a.event_id < b.event_id`: each pair once.)
#
# ```
# SELECT a.title, b.title
# FROM held a JOIN held b ON a.event_id < b.event_id AND ...
#
# P   9:00 to 10:30        P and Q clash.
# Q   10:00 to 11:00       P and R do not: R begins when P ends.
# R   10:30 to 11:30
# ```
#
# What has to stand behind `AND`? One letter. Try each on the two pairs.
#
# ```
# a   a.starts_at <= b.ends_at    AND  b.starts_at <= a.ends_at
# b   a.starts_at < b.ends_at     AND  b.starts_at < a.ends_at
# c   a.starts_at < b.starts_at   AND  b.ends_at < a.ends_at
# ```

# %% answer="due-twice"
due_twice = ""
### BEGIN SOLUTION
due_twice = "b"
### END SOLUTION

# %% check="due-twice"
check("due-twice")

# %% [markdown]
# ### 3 · A rule, in strips (4 min)
# `WHERE` picks rows; `HAVING` picks among the groups, once there are groups. `count(column)` counts the cells that are not empty, as in week 4.
# A **series** is a meeting that comes back, and so has a `series_id`. Its **share** is the part of its meetings in which something was decided.

# %%
held = duckdb.sql("SELECT * FROM entries WHERE status = 'confirmed'")
series = duckdb.sql("""
SELECT title, kind, organiser, count(*) AS meetings, sum(hours) AS hours,
       count(decision) AS decided, count(decision) / count(*) AS share
FROM held
GROUP BY title, kind, organiser
HAVING count(series_id) > 0
""")
duckdb.sql("SELECT title, organiser, meetings, round(share, 2) AS share FROM series WHERE kind = 'status' ORDER BY title")

# %% [markdown]
# *"Whose **planning series**, taken together, decided something less than one time in ten?"* The query begins; three strips follow:
#
# ```
# SELECT organiser, sum(hours) AS hours
# FROM held
#
# a   GROUP BY organiser
# b   HAVING count(decision) / count(*) < 0.1
# c   WHERE kind = 'planning' AND series_id IS NOT NULL
# ```
#
# Put them in order: three letters between the quotes.

# %% answer="whose-planning"
whose_planning = ""
### BEGIN SOLUTION
whose_planning = "cab"
### END SOLUTION

# %% check="whose-planning"
check("whose-planning")

# %% [markdown]
# ### 4 · What the rule frees (6 min)
# You end meetings, not people. The rule: **end every planning series whose share is below one in ten**; at one in ten, it stays. How many
# hours **a week** does that free, over 26 weeks? One number, with its decimals. Paste this over the dots only (`freed =` stays) and fill the
# three blanks.
#
# ```
# duckdb.sql("""
# SELECT sum(____) / 26
# FROM series
# WHERE kind = ____ AND ____ < 0.1
# """)
# ```

# %% answer="freed"
freed = ...
### BEGIN SOLUTION
freed = duckdb.sql("""
SELECT sum(hours) / 26
FROM series
WHERE kind = 'planning' AND share < 0.1
""")
### END SOLUTION
freed

# %% check="freed"
check("freed")

# %% [markdown]
# ### One by one (2 min)
#
# **You have it.** The rest is for deciding. Run it; skip its code.

# %%
bars = duckdb.sql("SELECT *, hours / 26 AS a_week FROM series WHERE kind = 'planning' ORDER BY hours, title").df()
ended = bars["share"] < 0.1
chart = plt.subplots(figsize=(9, 4))[1]
drawn = chart.barh(bars["title"], bars["a_week"], color=["black" if end else "0.75" for end in ended])
labels = [f"{row.a_week:.2f}   {row.decided} of {row.meetings}, {row.organiser}" for row in bars.itertuples()]
chart.bar_label(drawn, labels, padding=5)
chart.set(xlim=(0, 2.1), xticks=[], xlabel="hours a week; in how many of the meetings something was decided; whose they are")
chart.set_title(f"{ended.sum()} of {len(bars)} planning meetings decide less than one time in ten", x=-0.3)
plt.show()

# %% [markdown]
# **In words:** a bar for each planning series, the longest on top; the rule ends the black ones. Mirela's *Quarter planning* takes {{quarter_week}} hours a week and decided
# something {{quarter_decided}} times in {{quarter_held}}; your own *Planning pre-meeting* {{pre_week}}, {{pre_decided}} in {{pre_held}}; Lena's *Capacity planning*
# {{capacity_week}}, {{capacity_decided}} in {{capacity_held}}. The bars hold {{series_hours}} of your {{planning_hours}} hours of planning; the others belong to no series.
#
# In some of these hours you were due elsewhere as well, so ending the meeting gives them back on paper only. **Net**, *Quarter planning* frees
# {{quarter_net}} hours a week, the *Pre-meeting* {{pre_net}}, *Roadmap alignment* {{roadmap_net}}; the other black ones free all that their bars say.

# %% [markdown]
# ## Vote (3 min)
#
# Ines has read your rule: *"Below one in ten, it ends. From December, for every entry in every calendar."* Your reply? One letter.
#
# - **a** Yes: a rule that is the same for all is fair.
# - **b** Yes, but milder: we begin below one in twenty.
# - **c** No rule: let organisers end what they call.
# - **d** Only for meetings that are there to decide.

# %% answer="every-calendar"
every_calendar = ""
### BEGIN SOLUTION
every_calendar = "d"
### END SOLUTION

# %% check="every-calendar"
check("every-calendar")

# %% [markdown] memo="two-that-end"
# ## Your memo (9 min)
#
# To Ines, 60 to 150 words, before noon: which two meetings end? Together they should free two hours a week, **net**.
#
# - The two, and for each its net hours a week and how often it decided something.
# - What does that share not see? (Who writes decisions down? What else is the meeting for?)
# - Who takes over what they decided? And **your first sentence** to the person whose meeting it is, word for word.
# - What would make you take one of them back?
#
# Click on *Write here.*, press **Enter**, and write. At the end, **Shift + Enter**.

# %% [markdown]
# ## Your company (4 min)
#
# Put this in your calendar: *On ____, before I accept ____, I will ask: what will it decide, and who decides it if we do not meet?*
#
# **Keep:** measure in minutes, and add up what took place. Two entries clash when each starts before the other ends. `HAVING` picks groups.
#
# **Worth forwarding**
#
# | Before you put an hour into my calendar | |
# |---|---|
# | What will it decide? | |
# | Who decides it, if we do not meet? | |
# | Hours, times people, a year | |
# | The day on which it ends for good | |

# %% [markdown]
# **Hand in.** Save first: **Ctrl + S** (on a Mac **⌘ S**). Then run this box.

# %%
hand_in("w05")

# %% [markdown]
# **Ten minutes more?** Stop here with a clear conscience. Or look at your own week.
#
# **The file stays on this machine**, in this lesson's folder. The box reads it there and sends nothing; it is private, so neither it nor what it shows is
# handed in. **In Binder the machine is not yours**: leave your calendar out. (The box would refuse it.)

# %% [markdown]
# Get your calendar as an `.ics` file, and drag it (or the zip that holds it) into the list at the left:
#
# - **Outlook, classic**, on Windows: Calendar, *File*, *Save Calendar*, *More Options*: *Full details*.
# - **Outlook, new** or in a browser, saves no file. It publishes: *Settings*, *Calendar*, *Shared calendars*, *Publish a calendar*, *Can view all
#   details*; the ICS link downloads the file. Whoever has the link can read your calendar, so ask IT first, and *Unpublish*
#   once you have the file.
# - **Google**, in a browser: *Settings*, *Import & export*, *Export*.
# - **Apple**: *File*, *Export*, *Export…*
#
# Put a word of your titles for `planning`, and run the box.

# %% private
from grader.labs.calendar import my_week, read_calendar

my_week("planning", weeks=12)

# %% [markdown]
# Then ask more, **in the box above** (new boxes are handed in): paste this over its last line. What takes your hours? And whose are they:
# put `organiser` for `title`, twice. (`WHERE counted` keeps what took place.)
#
# ```
# mine = read_calendar(weeks=12)
# duckdb.sql("""
# SELECT title, count(*) AS meetings, sum(hours) AS hours
# FROM mine
# WHERE counted
# GROUP BY title
# ORDER BY hours DESC LIMIT 10
# """)
# ```
