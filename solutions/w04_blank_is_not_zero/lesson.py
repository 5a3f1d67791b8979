# %% [markdown]
# # Week 4 · Blank is not zero
#
# **One skill:** say what is missing from a number, and why, before you use it.
#
# Run the grey box below, as every week.

# %%
import duckdb
import matplotlib.pyplot as plt

from grader import check, hand_in, predict, recall

# %% [markdown]
# ## Before we start (3 min)
#
# Did you ask Monday's question? `"yes"`, `"no"` or `"not yet"` in the first empty quotes, and in the last ones what came back.

# %% recall="monday"
recall("monday", "", came_back="")

# %% [markdown]
# **From week 3.** Ten orders: six came in one parcel each, three in two, one has not been sent. You join the orders to their parcels (`JOIN`,
# without `LEFT`). How many rows?
#
# - **a** Nine: one for each order that was sent.
# - **b** Ten: one for each order that there is.
# - **c** Twelve: one for each parcel that was sent.
# - **d** Thirteen: the parcels, and the order without.
#
# One letter between the last quotes.

# %% recall="ten-orders"
recall("ten-orders", "")

# %% [markdown]
# **From week 1.** Marco counts the customers in North: `WHERE region = 'north'`. The answer is 0. What does it tell him?
#
# - **a** No customer is left in that region.
# - **b** No row has that word in that spelling.
# - **c** No row has anything in that column.
# - **d** No rows were read: the file is missing.

# %% recall="a-zero"
recall("a-zero", "")

# %% [markdown]
# ## The situation (3 min)
#
# Wednesday, 14:05. At four, payroll closes. One line of it is still open: 1,500 EUR for each of Lena's twelve engineers, 18,000 in all, if
# satisfaction is at **7.0 or more**, on a scale from 1 to 10. The agreement says: *the mean of all customers in the last survey, those who have since
# left included.* Ines wants the same number for her letter to customers.

# %% [markdown]
# - **Lena**, Service: *"{{lena}}. They earned it on their knees, in front of boilers."*
# - **Tom**, finance, sends you his query first, as promised: **{{tom}}**. *"The same column. And I left nobody out."*
# - **Mirela**, Product: *"The unhappy do not fill in forms. They leave. I would print neither."*
# - **Rosa**, service engineer, wrote the agreement for the works council: *"It says all customers. I forgot those who say nothing."*
#
# Ines, from the stairs: *"One number."* A floor later comes a second message, the first of its kind: *"Of how many?"*

# %% [markdown]
# ## Watch a cell with nothing in it (6 min)
#
# Two tables get names; our own test accounts stay out. Then the five newest customers:

# %%
customers = duckdb.sql("SELECT * FROM 'customers.parquet' WHERE account_type <> 'test'")
tickets = duckdb.sql("SELECT * FROM 'tickets.parquet'")
duckdb.sql("SELECT customer_id, phone, status, closed_on, satisfaction FROM customers ORDER BY customer_id DESC LIMIT 5")

# %% [markdown]
# **`NULL`** says that a cell holds nothing. It is not 0, and not a word. *Why* there is nothing, the table does not say: under `closed_on`, because
# they have not left; under `phone`, because they gave none.
#
# `count(*)` counts rows. `count(phone)` counts the rows that hold something under `phone`:

# %%
duckdb.sql("SELECT count(*) AS customers, count(phone) AS with_phone FROM customers")

# %% [markdown]
# The second divided by the first is the share that is filled. 1 less that share is empty:

# %%
duckdb.sql("SELECT 1 - count(phone) / count(*) AS empty FROM customers")

# %% [markdown]
# That is a share between 0 and 1: about {{phone_100}} customers of 100 gave no phone.
#
# `sum` and `avg` skip empty cells too, and say nothing. Customers also rate single tickets, from 1 to 5:

# %%
duckdb.sql("""
SELECT count(*) AS tickets, count(satisfaction) AS answers,
       sum(satisfaction) AS points, avg(satisfaction) AS mean
FROM tickets
""")

# %% [markdown]
# `mean` is the points divided by the **answers**, not by the tickets.

# %% [markdown]
# ## Predict, then run (5 min)
#
# Lena wants to ring back everybody who gave a ticket 1 or 2, or no answer. This is what an **assistant wrote** (`OR` keeps a row that meets either
# condition):
#
# ```
# -- tickets to ring back: the customer gave 1 or 2, or no answer
# SELECT count(*) AS to_ring
# FROM tickets
# WHERE satisfaction < 3 OR satisfaction = NULL
# ```
#
# {{t_low}} tickets have a 1 or 2, {{t_none}} have no answer. Which number will stand under `to_ring`? Digits only; then how sure you are, from 0 to 100, that
# it is at most 50 off.

# %% predict="to-ring"
predict("to-ring", ..., confidence=...)

# %%
call_list = duckdb.sql("""
-- tickets to ring back: the customer gave 1 or 2, or no answer
SELECT count(*) AS to_ring
FROM tickets
WHERE satisfaction < 3 OR satisfaction = NULL
""")
call_list

# %% [markdown]
# Is an unknown number equal to an unknown number? The machine answers neither yes nor no, and `WHERE` keeps only a yes. For empty cells there is
# another question, `IS NULL`; for filled ones, `IS NOT NULL`:

# %%
duckdb.sql("SELECT count(*) AS to_ring FROM tickets WHERE satisfaction < 3 OR satisfaction IS NULL")

# %% [markdown]
# ## Your turn (18 min)
#
# ### 1 · The silent (3 min)
# Back to the customers. Which share of them has no `satisfaction`? Copy the question about the empty phones over the dots (`share_silent =` stays) and
# change one word. Leave it as a share, not rounded.

# %% answer="share-silent"
share_silent = ...
### BEGIN SOLUTION
share_silent = duckdb.sql("SELECT 1 - count(satisfaction) / count(*) AS empty FROM customers")
### END SOLUTION
share_silent

# %% check="share-silent"
check("share-silent")

# %% [markdown]
# ### 2 · Two averages (3 min)
# A mean is a sum divided by a count. Lena and Tom have the same sum, and {{lena}} and {{tom}}. Which line is **Tom's**: what he asked, and what
# it makes of the silent?
#
# ```
# a   sum(satisfaction) / count(satisfaction)   leaves the silent out
# b   sum(satisfaction) / count(*)              leaves the silent out
# c   sum(satisfaction) / count(*)              lets the silent give 0
# d   sum(satisfaction) / count(satisfaction)   lets the silent give 0
# ```

# %% answer="toms-average"
toms_average = ""
### BEGIN SOLUTION
toms_average = "c"
### END SOLUTION

# %% check="toms-average"
check("toms-average")

# %% [markdown]
# ### 3 · The same person twice (5 min)
# *"Of how many?"* One row is one account, and some people have two. Their e-mail gives them away, once it is **normalised**, brought to one
# spelling: `trim` cuts the spaces at both ends, `lower` makes all letters small.

# %%
duckdb.sql("SELECT ' Ada@Mail.Example' AS as_typed, lower(trim(' Ada@Mail.Example')) AS normalised")

# %% [markdown]
# Piles of the same normalised e-mail, the largest first:

# %%
duckdb.sql("""
SELECT lower(trim(email)) AS normalised, count(*) AS accounts
FROM customers
GROUP BY normalised
ORDER BY accounts DESC, normalised LIMIT 4
""")

# %% [markdown]
# The largest pile is no person: these accounts have no e-mail. Below it, pairs. How many accounts are somebody's **second** one? Count
# the e-mails, and take off the different ones, normalised. Paste this over the dots only (`second_accounts =` stays), and fill both blanks.
#
# ```
# duckdb.sql("SELECT count(____) - count(DISTINCT ____) FROM customers")
# ```

# %% answer="second-accounts"
second_accounts = ...
### BEGIN SOLUTION
second_accounts = duckdb.sql("SELECT count(email) - count(DISTINCT lower(trim(email))) FROM customers")
### END SOLUTION
second_accounts

# %% check="second-accounts"
check("second-accounts")

# %% [markdown]
# ### 4 · Four blanks (4 min)
# A **data dictionary** says what each column holds, and what an empty cell means. Four lines of ours; the last column was never filled in.
#
# | | column | holds | empty means |
# |---|---|---|---|
# | 1 | `closed_at` of a ticket | when the desk closed it | |
# | 2 | `satisfaction` of a customer | the answer in a survey, now over | |
# | 3 | `tickets` of a customer | how many we counted (a `LEFT JOIN`) | |
# | 4 | `job_id` of a ticket | the repair that came of it | |
#
# Look before you write: first lines 1 and 4, then line 3.

# %%
duckdb.sql("""
SELECT status, count(*) AS tickets, count(closed_at) AS closed_at, count(job_id) AS job_id
FROM tickets GROUP BY status ORDER BY status
""")

# %%
per_customer = duckdb.sql("SELECT customer_id, count(*) AS tickets FROM tickets GROUP BY customer_id")
counted = duckdb.sql("SELECT * FROM customers LEFT JOIN per_customer USING (customer_id)")
duckdb.sql("SELECT count(*) AS customers, count(tickets) AS tickets FROM counted")

# %% [markdown]
# ```
# a   does not apply: there is nothing to fill in
# b   not yet: it will be filled in one day
# c   zero: we looked, and there are none
# d   unknown: there is an answer, and we lack it
# ```
#
# One letter for each line, 1 to 4; each letter once, such as `"abcd"`.

# %% answer="four-blanks"
four_blanks = ""
### BEGIN SOLUTION
four_blanks = "bdca"
### END SOLUTION

# %% check="four-blanks"
check("four-blanks")

# %% [markdown]
# ### Who is silent? (3 min)
#
# **You have it.** The rest is for deciding. Run all three boxes; skip the code of the picture.

# %%
duckdb.sql("""
SELECT status, count(*) AS customers, round(avg(satisfaction), 2) AS mean,
       round(1 - count(satisfaction) / count(*), 3) AS empty
FROM customers GROUP BY status ORDER BY status
""")

# %%
survey = duckdb.sql("""
    SELECT count(*) AS everybody, sum(satisfaction) AS points, count(*) - count(satisfaction) AS silent,
           avg(satisfaction) AS mean, avg(satisfaction) FILTER (status = 'closed') AS mean_left
    FROM customers
""").df().iloc[0]
even = (7 * survey["everybody"] - survey["points"]) / survey["silent"]
given = [0, 1, even, survey["mean_left"], survey["mean"], 10]
score = [(survey["points"] + survey["silent"] * each) / survey["everybody"] for each in given]
finding = f"If the silent gave less than {even:.1f}, the mean of all customers is below 7.0"

# %%
axis = plt.subplots(figsize=(9, 4.2))[1]
axis.plot(given[1:], score[1:], linewidth=3)
axis.axhline(7, color="black", linestyle="--", linewidth=1)
axis.text(0.1, 7.05, "dashed: 7.0, the bonus")
axis.plot(0, score[0], "X", color="black", markersize=10, clip_on=False)
axis.text(0.25, score[0], f"Tom, {score[0]:.2f}: as if they gave 0, which nobody can", va="center")
for at, words in [(3, "as those who left"), (4, "Lena: as those who answered")]:
    axis.plot(given[at], score[at], "o", color="black", markersize=8)
    axis.text(given[at] + 0.2, score[at] - 0.02, f"{score[at]:.2f}, {words}", va="top")
axis.set(xlim=(0, 10), ylim=(5.6, 8), xticks=range(11), xlabel="what the silent would have given, on average", title=finding)
plt.show()

# %% [markdown]
# **In words:** the line is the mean of *all* customers, for whatever the silent would have given, from 1 to 10: it rises from {{lowest}} to {{highest}}. At
# {{even}} it passes 7.0. If the silent think as those who answered, it is {{lena2}}; if they think as those who left ({{mean_left}}), {{as_left}}.
#
# Those who left gave less, and kept silent more often: {{left_100}} of 100, of the others {{here_100}}. What the silent think stands in no table.

# %% [markdown]
# ## Vote (3 min)
#
# 15:10. The letter can wait until Friday. How do you find out what the silent think? One letter.
#
# - **a** Send all of the silent the survey once more.
# - **b** Ring sixty of the silent, drawn by lot.
# - **c** Ring those of the silent who complained.
# - **d** Give each the mean of customers like them.

# %% answer="by-friday"
by_friday = ""
### BEGIN SOLUTION
by_friday = "b"
### END SOLUTION

# %% check="by-friday"
check("by-friday")

# %% [markdown] memo="report-or-hold"
# ## Your memo (9 min)
#
# To Ines, 60 to 150 words, before four; Lena, Tom and Rosa get a copy. Do you report the score, or hold it?
#
# - Report or hold: a number from this page, and of how many it is the mean.
# - What is missing from it? And what would you **not** claim about the silent?
# - The bonus: paid today, or not? Who decides that?
# - Which number, found by whom, would change your mind?
#
# Double-click the box below, write, and press **Shift + Enter**.

# %% [markdown]
# ## Your company (3 min)
#
# Put it in your calendar: *On ____, when ____ shows me a score, I will ask: how many gave no answer, and who are they?*
#
# **Keep:** `count(*)` counts rows, `count(column)` what is filled in. A blank is unknown, not yet, not applicable or zero: say which before you count it.
#
# **Worth forwarding**
#
# | Before you show me a score | |
# |---|---|
# | Of how many, and how many said nothing? | |
# | What does a blank mean here? | |
# | Who leaves it blank more often? | |
# | What would they have to say to turn the decision? | |

# %% [markdown]
# **Hand in.** Save first: **Ctrl + S** (on a Mac **⌘ S**). Then run this box.

# %%
hand_in("w04")

# %% [markdown]
# **Ten minutes more?** Stop here with a clear conscience. Or see a blank that *is* zero: the mean number of tickets a customer. `coalesce(tickets, 0)` puts 0
# where `tickets` is empty. Which of the two means is right here, and why not for Tom?

# %%
duckdb.sql("SELECT round(avg(tickets), 2) AS skipped, round(avg(coalesce(tickets, 0)), 2) AS as_zero FROM counted")
