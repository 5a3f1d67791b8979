# %% [markdown]
# # Week 6 · The conversion funnel
#
# **One skill:** give each step of a question a name, so that every step can be read, counted and changed by itself.
#
# Run the grey box below.

# %%
import duckdb
import matplotlib.pyplot as plt

from grader import check, hand_in, predict, recall

# %% [markdown]
# ## Before we start (4 min)
#
# Did you ask Monday's question, *what will it decide?* `"yes"`, `"no"` or `"not yet"` in the first empty quotes, in the last what came back.

# %% recall="monday"
recall("monday", "", came_back="")

# %% [markdown]
# **From week 5.** Lena's morning: a workshop from 9:00 to 12:00, and a call from 11:00 to 13:00. She is down for both. A query adds up how long
# her meetings last. What does its sum say?
#
# - **a** Four hours: she is taken from nine to one.
# - **b** Six hours: the hour they share counts double.
# - **c** One hour: the hour that is promised twice.
# - **d** Five hours: each of the two counts in full.

# %% recall="lenas-morning"
recall("lenas-morning", "")

# %% [markdown]
# **From week 3.** In `roofs` one row is one roof, in `panels` one panel; each roof carries several. After `roofs JOIN panels USING (roof_id)`,
# which sum is right?
#
# - **a** `sum(roofs.area)`: each roof is there once.
# - **b** `sum(panels.watts)`: each panel is there once.
# - **c** Both of them: `USING` keeps the two apart.
# - **d** Neither of them: a join repeats all rows.

# %% recall="roofs-and-panels"
recall("roofs-and-panels", "")

# %% [markdown]
# ## The situation (3 min)
#
# Thursday, 17:20. At six, Ines signs 60,000 EUR for **one** stage between asking and installation. Whoever asks is a **lead**. Owen's campaign
# `sunny-spring-26` ran from March to August. In those months {{leads_now}} leads came, from anywhere; {{installs_now}} were installed by the end of
# October. A year earlier, counted likewise: {{leads_before}} leads, {{installs_before}} installed.
#
# - **Owen**, Sales, paid by the lead: *"My best campaign. It leaks behind me."*
# - **Farid**, the CTO: *"My dialler reaches five more of 100. That is {{five_farid}} installations."*
# - **Lena**, Service: *"People wait {{survey_days}} days for a survey. I need a surveyor."*
# - **Tom**: *"{{more_leads}} leads more, {{more_installs}} installations more. What did we count?"*
#
# Ines: *"Where does the next euro go?"*

# %% [markdown]
# ## Watch a question get steps (6 min)
#
# A lead goes through six **stages**: `lead`, `contacted`, `surveyed` (the house was looked at), `quoted`, `accepted`, `installed`. It skips
# none, and may stop at any. In `funnel_events.parquet` one row is one lead reaching one stage:

# %%
spring = duckdb.sql("SELECT * FROM 'leads.parquet' WHERE created_at >= '2026-03-01' AND created_at < '2026-09-01'")
events = duckdb.sql("SELECT * FROM 'funnel_events.parquet'")
duckdb.sql("""
SELECT lead_id, stage, happened_at
FROM spring JOIN events USING (lead_id)
ORDER BY lead_id, happened_at LIMIT 6
""")

# %% [markdown]
# How many of spring's leads were quoted? In week 3 you gave a result a name, then asked that name. `WITH` does both in one question:

# %%
duckdb.sql("""
WITH quoted AS (
    SELECT lead_id FROM spring JOIN events USING (lead_id) WHERE stage = 'quoted'
)
SELECT count(*) FROM quoted
""")

# %% [markdown]
# Such a step is called a **CTE** (common table expression). You choose its name, and it lasts as long as the question.
#
# A second step takes a comma, and no second `WITH`. A question in round brackets stands for its one number:

# %%
duckdb.sql("""
WITH quoted AS (
    SELECT lead_id FROM spring JOIN events USING (lead_id) WHERE stage = 'quoted'
),
accepted AS (
    SELECT lead_id FROM spring JOIN events USING (lead_id) WHERE stage = 'accepted'
)
SELECT round(100 * (SELECT count(*) FROM accepted) / (SELECT count(*) FROM quoted)) AS percent
""")

# %% [markdown]
# Of 100 leads that were quoted, {{rate_accepted}} accepted: the **conversion rate** of that stage, measured against the stage before it.
#
# ## Predict (4 min)
#
# For Owen's slide, an **assistant wrote**:
#
# ```
# -- of the leads from March to August, how many per cent were installed
# WITH asked AS (
#     SELECT lead_id FROM spring
# ),
# installed AS (
#     SELECT lead_id FROM events
#     WHERE stage = 'installed' AND happened_at >= '2026-03-01' AND happened_at < '2026-09-01'
# )
# SELECT round(100 * (SELECT count(*) FROM installed) / (SELECT count(*) FROM asked)) AS percent
# ```
#
# Of spring's leads, {{installs_now}} are installed, some of them only since September. Its `installed` has {{in_window}} rows: how many of those leads
# are in `asked`? A number of leads, in digits; then how sure you are, from 0 to 100, that it is at most 25 off.

# %% predict="in-both-steps"
predict("in-both-steps", ..., confidence=...)

# %% [markdown]
# ## Your turn (18 min)
#
# ### 1 · The whole funnel (4 min)
# One row for each stage, with its number of leads. The step `reached` holds all six stages; below it you group, as in week 2. Paste this over the dots
# only (`funnel =` stays) and fill the blanks: a step, a column.
#
# ```
# duckdb.sql("""
# WITH reached AS (
#     SELECT lead_id, stage FROM spring JOIN events USING (lead_id)
# )
# SELECT stage, count(*) AS leads FROM ____ GROUP BY ____
# ORDER BY leads DESC
# """)
# ```

# %% answer="funnel"
funnel = ...
### BEGIN SOLUTION
funnel = duckdb.sql("""
WITH reached AS (
    SELECT lead_id, stage FROM spring JOIN events USING (lead_id)
)
SELECT stage, count(*) AS leads FROM reached GROUP BY stage
ORDER BY leads DESC
""")
### END SOLUTION
funnel

# %% check="funnel"
check("funnel")

# %% [markdown]
# ### 2 · The worst stage (3 min)
# Of 100 leads in one row of your table, where do fewest reach the next? By eye will do.
#
# ```
# a   contacted
# b   surveyed
# c   quoted
# d   accepted
# e   installed
# ```

# %% answer="worst-stage"
worst_stage = ""
### BEGIN SOLUTION
worst_stage = "a"
### END SOLUTION

# %% check="worst-stage"
check("worst-stage")

# %% [markdown]
# ### 3 · What did we count? (8 min)
# Tom's question. `form_seconds` says how long the form on our website took to fill in. Who came by phone, fair or partner filled in none, and the
# cell is empty. Run it; skip its code.

# %%
duckdb.sql("""
WITH met AS (SELECT lead_id AS met_id FROM events WHERE stage = 'contacted'),
sorted AS (
    SELECT *, CASE form_seconds < 3 WHEN true THEN 'under 3' WHEN false THEN '3 or more' ELSE 'no form' END AS seconds
    FROM spring LEFT JOIN met ON lead_id = met_id
)
SELECT seconds, count(*) AS leads, count(met_id) AS contacted
FROM sorted GROUP BY seconds ORDER BY leads
""")

# %% [markdown]
# The quick ones are **bots**, programs that fill in forms, all in Owen's campaign; the slowest took {{slowest_bot}} seconds.
#
# Ask task 1 again, **without the bots, with every person**. Copy your question over the dots, and add this line above the step's closing bracket `)`,
# both blanks filled, without quotes:
#
# ```
#     WHERE form_seconds ____ OR form_seconds ____
# ```
#
# An empty cell is neither above 3 nor below. `IS NULL` keeps the empty ones, `IS NOT NULL` the others; `OR` keeps a row that meets either half (week 4).

# %% answer="without-bots"
without_bots = ...
### BEGIN SOLUTION
without_bots = duckdb.sql("""
WITH reached AS (
    SELECT lead_id, stage FROM spring JOIN events USING (lead_id)
    WHERE form_seconds >= 3 OR form_seconds IS NULL
)
SELECT stage, count(*) AS leads FROM reached GROUP BY stage
ORDER BY leads DESC
""")
### END SOLUTION
without_bots

# %% check="without-bots"
check("without-bots")

# %% [markdown]
# Both funnels in one picture. Run it; skip its code.

# %%
stages = duckdb.sql("""SELECT stage, count(*) AS all_leads, count(*) FILTER (form_seconds IS NULL OR form_seconds >= 3) AS people
    FROM spring JOIN events USING (lead_id) GROUP BY stage ORDER BY all_leads DESC""").df().set_index("stage")
rates = 100 * stages / stages.shift()
axis = stages["all_leads"].plot.barh(color="white", edgecolor="0.5", hatch="///", width=0.8, figsize=(9, 3.8))
stages["people"].plot.barh(ax=axis, color="C0", width=0.8)
for place, (stage, row) in enumerate(stages.iterrows()):
    rate, old = rates.loc[stage][["people", "all_leads"]]
    above = f" in the row above, with bots {old:.0f}" if place == 1 else ""
    come = f":  {rate:.0f} of 100{above}" if place else f" and {row['all_leads'] - row['people']:,.0f} bots"
    axis.text(row["all_leads"] + 40, place, f"{row['people']:,.0f} people{come}", va="center")
axis.set(xlim=(0, 1.35 * stages["all_leads"].max()), ylim=(5.5, -0.5), xticks=[], frame_on=False, ylabel="", title=f"Bots pull down one rate: {rates.idxmin()['all_leads']}")
plt.show()

# %% [markdown]
# **In words:** six bars, one a stage. Bots (striped) are in the first alone. Of 100 people in each row, {{rate_contacted}} (with bots {{rate_contacted_bots}}), then {{rate_surveyed}},
# {{rate_quoted}}, {{rate_accepted}} and {{rate_installed}} reach the next. From asking to installation it is {{end_now}} of 100, a year earlier {{end_before}}: nothing leaks more than it did.
#
# ### 4 · Farid's {{five_farid}} (3 min)
# Farid multiplied two numbers. His dialler contacts five more of 100 leads: of {{leads_now}}, that is {{five_leads}}. And of 100 contacted,
# {{contacted_100}} are installed: {{installs_now}} of {{contacted_now}}. Take the bots out: what becomes of the {{five_leads}} and the {{contacted_100}}?
#
# ```
# a   both stay as they are
# b   the first falls, the second stays
# c   the first stays, the second falls
# d   both of them fall
# ```

# %% answer="five-points"
five_points = ""
### BEGIN SOLUTION
five_points = "b"
### END SOLUTION

# %% check="five-points"
check("five-points")

# %% [markdown]
# **You have it.** The rest is for deciding. Five more people of 100, who then go on like the others, bring {{five_contacted}} installations at
# `contacted` (not {{five_farid}}), {{five_surveyed}} at `surveyed`, {{five_accepted}} at `accepted`. How many points 60,000 EUR buy at each, nobody has measured: the few
# installations between them decide nothing.

# %% [markdown]
# ## Vote (3 min)
#
# Owen: *"A form is a form. You have taken my best campaign away."* His bonus is paid by the lead; Ines lets you change what it is paid by. In
# brackets, the day on which it comes after asking. One letter.
#
# - **a** By the form that took three seconds or more (day 0).
# - **b** By the lead that his own sellers contacted (day {{days_to_contact}}).
# - **c** By the house that Lena's people booked and surveyed (day {{days_to_survey}}).
# - **d** By the job that is installed and signed off (day {{days_to_install}}).

# %% answer="owens-bonus"
owens_bonus = ""
### BEGIN SOLUTION
owens_bonus = "c"
### END SOLUTION

# %% check="owens-bonus"
check("owens-bonus")

# %% [markdown] memo="next-euro"
# ## Your memo (9 min)
#
# To Ines, 60 to 150 words, before six; Owen and Farid get a copy. Where does the next euro go?
#
# - The stage, and a number from this page that carries it: of which leads is it?
# - What did the room count? Say it so that Owen reads on.
# - What can your number not say?
# - The decision: how much of the 60,000 EUR, and who decides?
# - What would make you move the money to another stage?
#
# Click on *Write here.*, press **Enter**, and write. At the end, **Shift + Enter**.

# %% [markdown]
# ## Your company (3 min)
#
# Put this in your calendar: *On ____, when ____ shows me a conversion rate, I will ask: of whom, and what is one row at the top?*
#
# **Keep:** `WITH` names a step; change one step, and all below it follow. A funnel is as good as its first row.
#
# **Worth forwarding**
#
# | Before you show me a funnel | |
# |---|---|
# | One row at the top is: | |
# | Who began, and in which months? | |
# | Of 100 at each stage, how many reach the next? | |
# | Five more of 100 there make how many at the end? | |

# %% [markdown]
# **Hand in.** Save first: **Ctrl + S** (on a Mac **⌘ S**). Then run this box.

# %%
hand_in("w06")

# %% [markdown]
# **Ten minutes more?** Stop here with a clear conscience. Or be fair to Owen: these are the people of his campaign, and those installed. What share? Then put
# `<>` for the first `=`: everybody else.

# %%
duckdb.sql("""
WITH people AS (
    SELECT lead_id FROM spring
    WHERE campaign = 'sunny-spring-26' AND (form_seconds >= 3 OR form_seconds IS NULL)
),
installed AS (
    SELECT lead_id FROM people JOIN events USING (lead_id) WHERE stage = 'installed'
)
SELECT (SELECT count(*) FROM people) AS people, (SELECT count(*) FROM installed) AS installed
""")
