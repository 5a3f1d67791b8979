# %% [markdown]
# # Week 9 · What a score means
#
# **One skill:** read a score as a decision (a list with a line across it), not as a truth.
#
# Run the grey box below.

# %%
import duckdb
import matplotlib.pyplot as plt

from grader import check, hand_in, predict, recall

# %% [markdown]
# ## Before we start (4 min)
#
# Did you ask Monday's question, *what would have to be true?* `"yes"`, `"no"` or `"not yet"` in the first empty quotes, in the last what came back.

# %% recall="monday"
recall("monday", "", came_back="")

# %% [markdown]
# **From week 8.** One row is one shop on one day. A pivot `ON month USING max(complaints) GROUP BY shop` shows 7 for Harbour in May. What do you know?
#
# - **a** Harbour's worst day in May had seven.
# - **b** Harbour had seven complaints in May.
# - **c** Harbour had complaints on seven days.
# - **d** Harbour's usual day in May had seven.

# %% recall="harbour-in-may"
recall("harbour-in-may", "")

# %% [markdown]
# **From week 1.** On the first of each month a program gives every plan customer a score, and writes one row for each into a log. After
# {{runs}} months the log has {{log_rows}} rows. Owen's slide says: *"{{log_rows}} customers scored."* What did he count?
#
# - **a** Customers: one row is one customer.
# - **b** Scorings: one row is one customer in one month.
# - **c** Months: one row is one month of the log.
# - **d** Leavers: one row is one customer at risk.

# %% recall="what-is-a-row"
recall("what-is-a-row", "")

# %% [markdown]
# ## The situation (3 min)
#
# Friday, 16:10. The churn assistant is not announced, and Lena's question stands: who rings the customers that a machine finds? There already
# is a list. On the first of each month `keep-1`, Sunniva's churn score, gives every plan customer a number from 0 to 1: the higher, the likelier to
# leave. From 0.7 up, a customer is on that month's call list, {{listed}} names in August.
#
# A call costs 18 EUR; all of August, **{{long_cost}} EUR**. Up to 5,000 EUR a month you sign alone; above that, Ines does. A **save** is a
# customer who is rung, gives notice within ninety days, takes it back. It is worth 240 EUR, a year's margin.

# %% [markdown]
# - **Owen**, Sales: *"Ring them all. I have promised fifty saves a month."*
# - **Tom**, Finance: *"Not one call before I see payback."*
# - **Farid**, the CTO: *"The model is {{accuracy}} accurate."* You keep the minutes since Wednesday; he would like that in them.
# - **Lena**, Service: *"My people manage {{calls_a_month}} calls a month. Between boilers."*
#
# Ines, from the stairs: *"How many calls do we fund? One number, Monday."* Nobody has asked what 0.7 means.
#
# ## Watch a score become a list (6 min)
#
# This is the log of `keep-1`. One row is **one customer on one scoring day**. Three whole rows:

# %%
duckdb.sql("SELECT * FROM 'churn_scores.parquet' WHERE called LIMIT 3")

# %% [markdown]
# - `churned_90d`: 1 gave notice within ninety days, taken back later or not; 0 did not. `NULL` in the two newest months: not yet.
# - `called`, and what came of it. `called` is true or false, so after `WHERE` it stands alone.
#
# A **threshold** is the line that turns a ranking into a list. How long was August's? (Decimals take a point, never a comma.)

# %%
duckdb.sql("SELECT count(*) FROM 'churn_scores.parquet' WHERE scored_on = '2026-08-01' AND score >= 0.7")

# %% [markdown]
# August is the latest month whose endings are known; its rows get a name. `FILTER (...)` counts only the rows that meet what stands in its
# brackets. Divided by all rows, a share:

# %%
august = duckdb.sql("SELECT * FROM 'churn_scores.parquet' WHERE scored_on = '2026-08-01'")
duckdb.sql("SELECT count(*) FILTER (churned_90d = 1) / count(*) AS share FROM august")

# %% [markdown]
# That is {{base}}, the **base rate**: of all of August's customers, on the list or not, the share that gave notice. The same question about North alone:

# %%
duckdb.sql("SELECT count(*) FILTER (churned_90d = 1) / count(*) AS share FROM august WHERE region = 'North'")

# %% [markdown]
# **`WHERE` says of whom. `FILTER` says which of them.**
#
# ## Predict, then run (4 min)
#
# Owen asked an **assistant**: *"Which share of the names on our list give notice?"* It **wrote**:
#
# ```
# -- of the names on the list, the share that gives notice
# SELECT count(*) FILTER (score >= 0.7) / count(*) AS share
# FROM august
# WHERE churned_90d = 1
# ```
#
# Before you run it, answer Owen's question yourself: of 100 names on August's list, how many gave notice? A whole number from 0 to 100; then how
# sure you are, from 0 to 100, that it is at most 5 off.

# %% predict="of-the-list"
predict("of-the-list", ..., confidence=...)

# %%
owens_slide = duckdb.sql("""
-- of the names on the list, the share that gives notice
SELECT count(*) FILTER (score >= 0.7) / count(*) AS share
FROM august
WHERE churned_90d = 1
""")
owens_slide

# %% [markdown]
# Nothing is red, and {{recall}} is already on Owen's slide. Read the `WHERE`: of whom is this a share? Does the note above it say the same?
#
# ## Your turn (19 min)
#
# ### 1 · The newest list (2 min)
# How many names are on October's list: scored on `2026-10-01`, 0.7 or more? Copy the question that counted August's list over the dots
# (`october_list =` stays) and change one thing.

# %% answer="october-list"
october_list = ...
### BEGIN SOLUTION
october_list = duckdb.sql("SELECT count(*) FROM 'churn_scores.parquet' WHERE scored_on = '2026-10-01' AND score >= 0.7")
### END SOLUTION
october_list

# %% check="october-list"
check("october-list")

# %% [markdown]
# ### 2 · Four cells, one share (6 min)
# On the list or not, gave notice or not: each of August's {{scored}} customers is in one of four cells (a **confusion table**), and in the
# picture. Skip its code.
#
# | | gave notice | stayed |
# |---|---|---|
# | on the list | {{hits}} | {{for_nothing}} |
# | not on it | {{missed}} | {{left_alone}} |

# %%
rows = august.df()
left, stayed = (rows[rows["churned_90d"] == ending]["score"] for ending in (1, 0))
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
# **In words:** most customers stand left of the line, and stayed. Right of it, more stayed than gave notice.
#
# Owen's question, which the trade calls **precision**: of the names on the list (0.7 or more), the share that gave notice. Ask `august` for it: one
# number between 0 and 1 (not per cent, not rounded). The North question has the form.

# %% answer="list-precision"
list_precision = ...
### BEGIN SOLUTION
list_precision = duckdb.sql("SELECT count(*) FILTER (churned_90d = 1) / count(*) FROM august WHERE score >= 0.7")
### END SOLUTION
list_precision

# %% check="list-precision"
check("list-precision")

# %% [markdown]
# ### 3 · What a shorter list misses (3 min)
# Tom offers: ring only from 0.9 up. In August that is {{short_list}} names, with a precision of {{short_precision}}. What does it let go?
#
# **Recall** (the trade's word; the `recall` boxes above only share its name): of the customers who gave notice, the share that is on the list. Which
# pair asks `august` for the recall of Tom's list?
#
# ```
#     SELECT count(*) FILTER (...) / count(*)      FROM august WHERE ...
# a   FILTER (churned_90d = 1)                     WHERE score >= 0.9
# b   FILTER (score >= 0.9)                        no WHERE
# c   FILTER (score >= 0.9 AND churned_90d = 1)    no WHERE
# d   FILTER (score >= 0.9)                        WHERE churned_90d = 1
# ```
#
# Say each from the end: *of whom? Which of them?*

# %% answer="short-recall"
which_pair = ""
### BEGIN SOLUTION
which_pair = "d"
### END SOLUTION

# %% check="short-recall"
check("short-recall")

# %% [markdown]
# ### 4 · Fifty saves (4 min)
# A call is not a save. On 1 March prices rose, and the list went from {{listed_feb}} names to {{listed_march}}: since then it is another list. So
# take the calls since March. What came of them?

# %%
since_march = duckdb.sql("SELECT * FROM 'churn_scores.parquet' WHERE scored_on >= '2026-03-01'")
duckdb.sql("SELECT DISTINCT call_outcome FROM since_march WHERE called ORDER BY call_outcome")

# %% [markdown]
# `saved` gave notice and took it back; `lost` gave notice and went; `was staying` never gave notice; `NULL` is not known yet, and stays out.
#
# How many calls does Owen's promise of 50 saves take? 50, times the calls, divided by the saves. Paste this over the dots only (`calls_for_50 =` stays). In
# the blank, say which calls are saves: a column, `=`, a word.
#
# ```
# duckdb.sql("""
# SELECT 50 * count(*) / count(*) FILTER (____) AS calls
# FROM since_march
# WHERE called AND churned_90d IS NOT NULL
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
# ### What a save costs, and a miss (4 min)
# **You have it.** The rest is for deciding. Run the table; skip its code.

# %%
duckdb.sql("""
SELECT CASE WHEN score >= 0.9 THEN '0.9 up'
            WHEN score >= 0.8 THEN '0.8 to below 0.9'
            ELSE '0.7 to below 0.8' END AS band,
       count(*) FILTER (called AND churned_90d IS NOT NULL) AS calls,
       count(*) FILTER (called AND churned_90d = 1) AS gave_notice,
       count(*) FILTER (call_outcome = 'saved') AS saves,
       round(18 * calls / saves) AS eur_per_save,
       count(*) FILTER (scored_on = '2026-10-01') AS october_names
FROM since_march WHERE score >= 0.7
GROUP BY band ORDER BY band
""")

# %% [markdown]
# **A save** brings 240 EUR. Over the whole list it has cost 18 × {{calls_long}} calls / {{saves_all}} saves = {{eur_long}} EUR: {{eur_band}} in the lowest
# band, {{eur_middle}} in the middle, {{eur_short}} at the top. (Few saves: a handful more, and the price is another.)
#
# **A miss** does not cost 240: of {{rung_leavers}} leavers who were rung, {{saves_all}} were saved. Not ringing one gives away 240 × {{saves_all}} / {{rung_leavers}} =
# {{miss_eur}} EUR, less the 18 for the call. **A call for nothing** costs 18.

# %% [markdown]
# ## Vote (3 min)
#
# Farid's {{accuracy}} counts both correct cells: listed and gave notice, not listed and stayed. A rule that reads *"nobody leaves"* is right for
# {{nobody}}, and finds nobody. What do you do with his figure? One letter.
#
# - **a** Fund the whole list: it is right far more often than wrong.
# - **b** Fund no calls at all: a rule that costs nothing gets {{nobody}}.
# - **c** Set it aside: price one wrong call, and price one miss.
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
# From 0.9 up, October has {{october_short}} names: {{october_short_cost}} EUR. In August that line found {{short_recall}} of those who gave notice. Lena's people ring
# {{calls_a_month}} a month, and not from the top: those they rang score {{mean_called}} on average, the whole list {{mean_list}}. From the top down, {{calls_a_month}} calls
# end at {{line_lena}} in October.
#
# To Ines, 60 to 150 words; Owen, Tom and Lena get a copy. How many calls a month do you fund?
#
# - The calls, the line they start from, and one number from this page that carries it.
# - What that number cannot tell you. (Would some of the saved have stayed unasked?)
# - The decision: you or Ines, by the 5,000 EUR rule, and what it asks of Lena's people.
# - What would make you move the line?
#
# Click on *Write here.*, press **Enter**, and write. At the end, **Shift + Enter**.

# %% [markdown]
# ## Your company (3 min)
#
# Put this in your calendar: *On ____, when I am shown a list from a score, I will ask ____ for two numbers: how many of the names came true, and how
# many of those that came true were names?*
#
# **Keep:** a score ranks, a line decides, and somebody drew the line. Precision says what you pay for, recall what you let go.
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
# **Nine minutes more?** Stop here with a clear conscience. Or here is the mean score (`avg`) of those whom Lena's people rang. Ask it of the whole list; then of October's calls alone.

# %%
duckdb.sql("SELECT round(avg(score), 2) FROM since_march WHERE score >= 0.7 AND called")
