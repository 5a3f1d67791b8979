# %% [markdown]
# # Week 9 · What a score means
#
# **One skill:** read a score as a decision (a list with a line across it), not as a truth.
#
# Run the grey box below, as every week.

# %%
import duckdb
import matplotlib.pyplot as plt

from grader import check, hand_in, predict, recall

# %% [markdown]
# ## Before we start (4 min)
#
# Did you ask Monday's question? Put `"yes"`, `"no"` or `"not yet"` in the first quotes, and in the last ones what came back. A line is
# enough; it is kept, and never marked.

# %% recall="monday"
recall("monday", "", came_back="")

# %% [markdown]
# **From week 1.** On the first of each month a program gives every plan customer a score, and writes one row for each into a log. After
# {{runs}} months the log has {{log_rows}} rows. Owen's slide says: *"{{log_rows}} customers scored."* What did he count?
#
# - **a** Customers: one row is one customer.
# - **b** Scorings: one row is one customer in one month.
# - **c** Months: one row is one month of the log.
# - **d** Leavers: one row is one customer at risk.
#
# One letter between the last quotes.

# %% recall="what-is-a-row"
recall("what-is-a-row", "")

# %% [markdown]
# **From week 1.** You count with `WHERE region = 'coast'` and get 0. Marco, who runs Coast, is not amused. What happened?
#
# - **a** A word needs double quotes here.
# - **b** The file holds no customers of Marco's.
# - **c** The table spells the word another way.
# - **d** A count leaves out words in small letters.

# %% recall="zero-rows"
recall("zero-rows", "")

# %% [markdown]
# ## The situation (3 min)
#
# Friday, 16:10. Each month `keep-1`, the churn score that Sunniva built in five weeks, gives every plan customer a number from 0 to 1. The higher, the
# likelier to leave. From 0.7 up, a customer is on the call list: {{listed}} names in August. A call costs 18 EUR. A customer who leaves
# costs 240 EUR, a year's margin.
#
# - **Sales.** Owen: *"Ring them all. I have promised fifty saves a month."*
# - **Finance.** Tom: *"Not one call before I see payback."*
# - **Tech.** Farid: *"The model is {{accuracy}} accurate."* He would like that minuted.
# - **Service.** Lena, whose people ring: *"We managed {{calls_august}} of August's. Between boilers."*

# %% [markdown]
# Ines, from the stairs: *"How many calls do we fund? One number, Monday."* Up to 5,000 EUR a month you sign alone; above that, she does.
#
# Four people have an opinion on the list. Nobody has asked what 0.7 means.

# %% [markdown]
# ## Watch a score become a list (6 min)
#
# This is the log of `keep-1`. One row is **one customer on one scoring day**:

# %%
duckdb.sql("SELECT scored_on, customer_id, score, churned_90d FROM 'churn_scores.parquet' LIMIT 5")

# %% [markdown]
# `churned_90d` is how it ended. 1: the customer gave notice within ninety days. 0: did not. An empty cell (`NULL`) means that nobody knows yet. The two
# newest months are empty.
#
# A **score** ranks people. A **threshold** is the line that turns the ranking into a list. How long was August's list?

# %%
duckdb.sql("SELECT count(*) FROM 'churn_scores.parquet' WHERE scored_on = '2026-08-01' AND score >= 0.7")

# %% [markdown]
# A date wears quotes, a number wears none, and `>=`, in that order, means *this or more*.
#
# August is the latest month whose endings are known. Give its rows a name, and you can ask the name instead of the file:

# %%
august = duckdb.sql("SELECT * FROM 'churn_scores.parquet' WHERE scored_on = '2026-08-01'")
duckdb.sql("SELECT count(*) FROM august")

# %% [markdown]
# Now a share: some rows, divided by all rows. `FILTER (...)` counts only the rows that meet what stands in its brackets; `/` divides.

# %%
duckdb.sql("SELECT count(*) FILTER (churned_90d = 1) / count(*) FROM august")

# %% [markdown]
# That is {{base}}, the **base rate**: the share that leaves with no list at all. The same question about North alone:

# %%
duckdb.sql("SELECT count(*) FILTER (churned_90d = 1) / count(*) FROM august WHERE region = 'North'")

# %% [markdown]
# Read it from the end: *of the customers in North, which share gave notice?*
#
# **`WHERE` says of whom. `FILTER` says which of them.** That is all the code this hour needs.

# %% [markdown]
# ## Predict, then run (4 min)
#
# Owen asked an assistant: *"Which share of the names on our list really leave?"* It wrote this. A line with `--` is a note for people; the machine skips it.
#
# ```
# -- precision: of the names on the list, the share that leaves
# SELECT count(*) FILTER (score >= 0.7) / count(*)
# FROM august
# WHERE churned_90d = 1
# ```
#
# Before you run it, answer Owen's question yourself. Of 100 names on August's list, how many gave notice? Put your number in place of the
# first dots, and how sure you are, from 0 to 100, of being within 5.

# %% predict="of-the-list"
predict("of-the-list", ..., confidence=...)

# %% [markdown]
# Now the assistant's code, word for word. Three quotes let a question run over several lines:

# %%
owens_slide = duckdb.sql("""
-- precision: of the names on the list, the share that leaves
SELECT count(*) FILTER (score >= 0.7) / count(*)
FROM august
WHERE churned_90d = 1
""")
owens_slide

# %% [markdown]
# Nothing is red. The number is even right, for some question. Read the `WHERE`: of whom is this a share? Does the note above it say the same?
#
# Owen's slide already says {{recall}}.

# %% [markdown]
# ## Your turn (18 min)
#
# ### 1 · The newest list (2 min)
# How many names are on October's list: scored on `2026-10-01`, 0.7 or more? Copy the question that counted August's list, put it in place
# of the dots, and change one thing.

# %% answer="october-list"
october_list = ...
### BEGIN SOLUTION
october_list = duckdb.sql("SELECT count(*) FROM 'churn_scores.parquet' WHERE scored_on = '2026-10-01' AND score >= 0.7")
### END SOLUTION
october_list

# %% check="october-list"
check("october-list")

# %% [markdown]
# ### 2 · Four boxes, one share (6 min)
# Back to August. Suppose that everybody on the list is rung. Every customer then ends in one of four boxes:

# %%
duckdb.sql("""
SELECT count(*) FILTER (score >= 0.7 AND churned_90d = 1) AS called_would_leave,
       count(*) FILTER (score >= 0.7 AND churned_90d = 0) AS called_for_nothing,
       count(*) FILTER (score <  0.7 AND churned_90d = 1) AS missed,
       count(*) FILTER (score <  0.7 AND churned_90d = 0) AS left_alone
FROM august
""")

# %% [markdown]
# Called, and would have left. Called for nothing. Missed. Rightly left alone. The trade calls this a **confusion table**. (A notice counts even if
# a call later undid it.)
#
# The same four as a picture. Run it; its code need not be read.

# %%
rows = august.df()
left = rows[rows["churned_90d"] == 1]["score"]
stayed = rows[rows["churned_90d"] == 0]["score"]
plt.hist([stayed, left], bins=20, range=(0, 1), stacked=True)
plt.axvline(0.7, color="black", linewidth=1)
plt.text(0.71, 235, "the call list, from 0.7")
plt.text(0.12, 60, "stayed", color="white", weight="bold")
plt.annotate("gave notice", (0.925, 115), (0.76, 190), arrowprops={"arrowstyle": "-", "color": "black"})
plt.title(f"Of {(rows['score'] >= 0.7).sum()} names on the list, {(stayed >= 0.7).sum()} stayed anyway")
plt.xlabel("score in August")
plt.ylabel("customers")
plt.show()

# %% [markdown]
# **In words:** of August's {{scored}} customers, {{left_all}} gave notice. Right of the line stand {{hits}} of them, among {{for_nothing}} who stayed. Left
# of the line stand the {{missed}} that the list missed. Leavers are rare, so even a list that finds most of them holds many others.
#
# **Precision:** of the names on the list, the share that gave notice. Ask `august` for it: one number between 0 and 1, not rounded. The North question has
# the form. Here the box is empty.

# %% answer="list-precision"
list_precision = ...
### BEGIN SOLUTION
list_precision = duckdb.sql("SELECT count(*) FILTER (churned_90d = 1) / count(*) FROM august WHERE score >= 0.7")
### END SOLUTION
list_precision

# %% check="list-precision"
check("list-precision")

# %% [markdown]
# ### 3 · What a shorter list misses (5 min)
# Tom offers a deal: ring only from 0.9 up. In August that is {{short_list}} names, with a precision of {{short_precision}}. Before you take it, ask what it
# lets go.
#
# **Recall:** of the customers who gave notice, the share that is on the list. What is the recall of the 0.9 list in August? Again between 0 and 1, not
# rounded. You have met a question of this form today, under a wrong name.

# %% answer="short-recall"
short_recall = ...
### BEGIN SOLUTION
short_recall = duckdb.sql("SELECT count(*) FILTER (score >= 0.9) / count(*) FROM august WHERE churned_90d = 1")
### END SOLUTION
short_recall

# %% check="short-recall"
check("short-recall")

# %% [markdown]
# ### 4 · Fifty saves (5 min)
# A call is not a save. `called` says whether Lena's people rang, and `call_outcome` what came of it. All calls since March:

# %%
since_march = duckdb.sql("SELECT * FROM 'churn_scores.parquet' WHERE scored_on >= '2026-03-01'")
duckdb.sql("SELECT DISTINCT call_outcome FROM since_march WHERE called")

# %% [markdown]
# `saved` gave notice and took it back; `lost` gave notice and went; `was staying` says it all. `NULL` is not known yet.
#
# How many calls does Owen's promise of 50 saves take? 50, times the calls, divided by the saves. Calls whose ending nobody knows must stay out: `churned_90d IS NOT NULL`
# keeps the rows where something stands. Fill both blanks, and put it all in place of the dots.
#
# ```
# duckdb.sql("""
# SELECT 50 * count(*) / count(*) FILTER (____)
# FROM since_march
# WHERE called AND ____
# """)
# ```

# %% answer="calls-for-50"
calls_for_50 = ...
### BEGIN SOLUTION
calls_for_50 = duckdb.sql("""
SELECT 50 * count(*) / count(*) FILTER (call_outcome = 'saved')
FROM since_march
WHERE called AND churned_90d IS NOT NULL
""")
### END SOLUTION
calls_for_50

# %% check="calls-for-50"
check("calls-for-50")

# %% [markdown]
# **You have it.** The rest of the hour is for deciding. One last table: the calls already made since March, by where the line would have been. Run it; the code
# may wait.

# %%
duckdb.sql("""
SELECT line, count(*) AS calls, count(*) FILTER (call_outcome = 'saved') AS saves,
       round(18 * calls / saves) AS eur_per_save
FROM since_march, (VALUES (0.7), (0.8), (0.9)) AS lines(line)
WHERE called AND churned_90d IS NOT NULL AND score >= line
GROUP BY line ORDER BY line
""")

# %% [markdown]
# From 0.7 up, a save has cost {{eur_long}} EUR. From 0.9 up, {{eur_short}}. What it saves is 240. The score is the same in each row; the line has moved.
#
# Each row holds the one below it, so the first hides something: the names between 0.7 and 0.8, taken alone, have cost {{eur_band}} a save.

# %% [markdown]
# ## Vote (3 min)
#
# Farid's *accurate* counts both right boxes, called would leave and left alone: {{accuracy}} of all customers. A rule that reads *"nobody leaves"* is right for
# {{nobody}}, and finds nobody. What do you do with his figure? One letter.
#
# - **a** Fund the whole list: it is right far more often than wrong.
# - **b** Fund no calls at all: a rule that costs nothing gets {{nobody}}.
# - **c** Set it aside: ask what one wrong call and one miss cost.
# - **d** Send it back: nobody rings until the model gets {{nobody}}.

# %% answer="farids-figure"
farids_figure = ""
### BEGIN SOLUTION
farids_figure = "c"
### END SOLUTION

# %% check="farids-figure"
check("farids-figure")

# %% [markdown] memo="fund-calls"
# ## Your memo (9 min)
#
# To Ines, 60 to 150 words; Owen, Tom and Lena get a copy. How many calls a month do you fund?
#
# - The calls, the line they start from, and one number from this page that carries it.
# - What that number cannot tell you. (Would some of the saved have stayed unasked? Does each saved customer stay a year?)
# - The decision: you or Ines, by the 5,000 EUR rule, and what Lena's people can do. They have rung {{calls_a_month}} a month since March.
# - What would make you move the line?
#
# Double-click the box below, write, and press **Shift + Enter**.

# %% [markdown]
# ## Your company (3 min)
#
# Put it in your calendar: *On ____, when I am shown a list from a score, I will ask ____ for two numbers: how many of the names came true, and how
# many of those that came true were names?*
#
# **Keep:** a score ranks, a line decides, and somebody drew the line. Precision says what you pay for, recall what you let go. Accuracy mostly counts those to
# whom nothing happened.
#
# **Worth forwarding**
#
# | Before you tell me a percentage | |
# |---|---|
# | Of whom? | |
# | Which of them? | |
# | And of anybody (the base rate)? | |
# | Where is the line, and who drew it? | |

# %% [markdown]
# **Hand in.** Save first: **Ctrl + S** (on a Mac **⌘ S**). Then run this box.

# %%
hand_in("w09")

# %% [markdown]
# **Ten minutes more?** Stop here with a clear conscience. Or ask in which order Lena's people ring. Compare the mean score of those they called with the
# mean score of the whole list. (`avg` is the mean.) What would a save cost if they rang from the top?

# %%
duckdb.sql("SELECT avg(score) FROM since_march WHERE score >= 0.7 AND called")
