# %% [markdown]
# # Week 4 · Blank is not zero
#
# **One skill:** say what is missing from a number, and why, before you use it.
#
# Run the grey box below.

# %%
import duckdb
import matplotlib.pyplot as plt

from grader import check, hand_in, predict, recall

# %% [markdown]
# ## Before we start (4 min)
#
# Did you ask for Monday's two totals? `"yes"`, `"no"` or `"not yet"` in the first empty quotes, in the last what came back.

# %% recall="monday"
recall("monday", "", came_back="")

# %% [markdown]
# **From week 3.** Three orders: one came in one parcel, one in three, one is not sent yet. `FROM orders JOIN parcels` gives how many rows?
#
# - **a** Two: one for each order that was sent.
# - **b** Three: one for each order there is.
# - **c** Four: one for each parcel there is.
# - **d** Five: the parcels, and one order.
#
# One letter between the last quotes.

# %% recall="three-orders"
recall("three-orders", "")

# %% [markdown]
# **From week 1.** Marco counts customers `WHERE region = 'north'` and gets 0. Why?
#
# - **a** No customer is left in that region.
# - **b** No row has that word, spelled so.
# - **c** No row has a word in that column.
# - **d** No row was read: the file is gone.

# %% recall="a-zero"
recall("a-zero", "")

# %% [markdown]
# ## The situation (3 min)
#
# Friday, 10:20. At noon, payroll closes. One line of it is open: 18,000 EUR for Lena's twelve engineers, if
# satisfaction is **7.0 or more**, on a scale from 1 to 10. The agreement says: *the mean of all customers, also of those who have left; in doubt, Ines and Rosa
# say what is meant*. The survey went to every account, in October. Ines wants the number for her letter to customers.

# %% [markdown]
# - **Lena**, Service: *"{{lena}}. They earned it on their knees, in front of boilers."*
# - **Tom**, Finance: *"The same column gives **{{tom}}**. And I left nobody out."*
# - **Mirela**, Product: *"The unhappy do not fill in forms. They leave. I would print neither."*
# - **Rosa**, engineer, wrote the agreement: *"It says all customers. I forgot those who say nothing."*
#
# Ines, from the stairs: *"One number."* And, a floor later, for the first time: *"Of how many?"*
#
# ## Watch a cell with nothing in it (6 min)
#
# Two tables get names; our own test accounts stay out. Then five customers:

# %%
customers = duckdb.sql("SELECT * FROM 'customers.parquet' WHERE account_type <> 'test'")
tickets = duckdb.sql("SELECT * FROM 'tickets.parquet'")
duckdb.sql("""
SELECT customer_id, phone, status, closed_on, satisfaction
FROM customers
WHERE customer_id < 'C05060'
ORDER BY customer_id DESC LIMIT 5
""")

# %% [markdown]
# **`NULL`** says that a cell holds nothing: no 0, no word, and no reason. Under `closed_on` it stands because they have not left; under `phone`,
# because they gave none; under `satisfaction`, because they did not answer.
#
# `count(*)` counts rows; `count(phone)` counts the rows whose `phone` is filled. `count(phone)` divided by `count(*)` is the **share** that is filled, and
# 1 minus that is the share that is empty:

# %%
duckdb.sql("SELECT 1 - count(phone) / count(*) AS empty FROM customers")

# %% [markdown]
# So of 100 customers, about {{phone_100}} gave no phone. `sum` and `avg` skip empty cells too: `avg(satisfaction)` divides by the
# number of answers, not of customers.
#
# ## Predict (4 min)
#
# Single tickets have ratings too, 1 to 5. Lena wants to ring back whoever gave 1 or 2, or no answer. An **assistant wrote** this (`OR` keeps a row that
# meets either condition):
#
# ```
# -- tickets to ring back: the customer gave 1 or 2, or no answer
# SELECT count(*) AS to_ring
# FROM tickets
# WHERE satisfaction < 3 OR satisfaction = NULL
# ```
#
# {{t_low}} tickets have a 1 or 2, {{t_none}} no answer. Which number will stand under `to_ring`? Digits only; then how sure you are, from 0 to 100, that it
# is at most 50 off.

# %% predict="to-ring"
predict("to-ring", ..., confidence=...)

# %% [markdown]
# Is one unknown number equal to another? The machine says neither yes nor no, and `WHERE` keeps only a yes. To keep empty cells, write
# `IS NULL`; filled ones, `IS NOT NULL`:

# %%
duckdb.sql("SELECT count(*) AS no_answer FROM tickets WHERE satisfaction IS NULL")

# %% [markdown]
# ## Your turn (18 min)
#
# ### 1 · The silent (3 min)
# Which share of the **customers** has no `satisfaction`? Copy the question about the phones over the dots (`share_silent =` stays) and change one
# word. Leave it as a share, not rounded.

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
# Lena and Tom divide the same sum, and get {{lena}} and {{tom}}. Each line has a division, and what it makes of the silent. Which line is **Tom's**?
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
# ### 3 · The same person twice (6 min)
# One row is one account, and some people have two. Their e-mail gives them away, once it is **normalised**, brought to one spelling: `trim` cuts the spaces at both ends, `lower` makes all letters small. The largest pile is no person: it has no e-mail. Below it stand pairs. If two look alike, one has a space:

# %%
duckdb.sql("""
SELECT lower(trim(email)) AS normalised, count(*) AS accounts,
       min(email) AS typed, max(email) AS also_typed
FROM customers
GROUP BY normalised
ORDER BY accounts DESC, normalised LIMIT 5
""")

# %% [markdown]
# How many accounts are somebody's **second** one? Count the e-mails, and subtract the different ones, normalised. Paste this over the dots only
# (`second_accounts =` stays). Into the blank goes what stands before `AS normalised` above, brackets and all.
#
# ```
# duckdb.sql("SELECT count(email) - count(DISTINCT ____) FROM customers")
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
# A **data dictionary** says what each column holds, and what an empty cell means. In ours nobody ever filled in the last column:
#
# ```
#     column                      holds                                  empty means
# 1   closed_at of a ticket       when the desk closed it                ____
# 2   satisfaction of a customer  the answer in a survey, now over       ____
# 3   tickets of a customer       their number, brought by a LEFT JOIN   ____
# 4   job_id of a closed ticket   the repair that came of it             ____
#
# a   does not apply: there is nothing to fill in
# b   not yet: it will be filled in one day
# c   zero: we counted, and found none
# d   unknown: there is an answer, and we lack it
# ```
#
# Blank 3 is a customer whom the join did not match. One letter for each blank, 1 to 4; each letter once, such as `"abcd"`.

# %% answer="four-blanks"
four_blanks = ""
### BEGIN SOLUTION
four_blanks = "bdca"
### END SOLUTION

# %% check="four-blanks"
check("four-blanks")

# %% [markdown]
# ### Who is silent? (2 min)
#
# **You have it**, and with it the four questions of the first module: what is one row, what is mixed in it, what was it joined to, what is missing?
# The rest is for deciding. Run both boxes; skip their code.

# %%
survey = duckdb.sql("""
    SELECT count(*) AS everybody, sum(satisfaction) AS points, count(*) - count(satisfaction) AS silent,
           avg(satisfaction) AS mean, avg(satisfaction) FILTER (status = 'closed') AS mean_left
    FROM customers
""").df().iloc[0]
even = (7 * survey["everybody"] - survey["points"]) / survey["silent"]
given = [0, 1, even, survey["mean_left"], survey["mean"], 10]
score = [(survey["points"] + survey["silent"] * each) / survey["everybody"] for each in given]
finding = f"If the silent gave less than {even:.1f} on average, the mean of all is below 7.0"

# %%
axis = plt.subplots(figsize=(9, 4.2))[1]
axis.plot(given[1:], score[1:], linewidth=3)
axis.axhline(7, color="black", linestyle="--", linewidth=1)
axis.text(0.1, 7.05, "dashed: 7.0, the bonus")
axis.vlines(even, 5.6, 7, color="black", linestyle=":", linewidth=1)
axis.text(even + 0.1, 6.85, f"{even:.1f}")
labels = {0: (0.25, -0.03, "left", "Tom: as if they gave 0"), 3: (-0.15, 0.08, "right", "like those who left"), 4: (-0.15, 0.05, "right", "Lena: like those who answered")}
for at, (right, up, side, words) in labels.items():
    axis.plot(given[at], score[at], "X" if at == 0 else "o", color="black", markersize=9, clip_on=False)
    axis.text(given[at] + right, score[at] + up, f"{words}, {score[at]:.2f}", ha=side)
axis.set(xlim=(0, 10), ylim=(5.6, 8), xticks=range(11), ylabel="mean of all customers", xlabel="what the silent would have given, on average (1 to 10)", title=finding)
plt.show()

# %% [markdown]
# **In words:** the line is the mean of *all* customers, for whatever the silent would have given. It passes 7.0
# where they gave {{even}} on average.
#
# Of {{left_accounts}} who left, {{left_answers}} answered, and gave {{mean_left}} on average. If all the silent think like them, the mean of all is {{as_left}}.
# Of 100 who left, {{left_100}} kept silent; of 100 still here, {{here_100}}. What the silent think stands in no table.

# %% [markdown]
# ## Vote (3 min)
#
# Payroll runs again in a week, so the bonus can wait. How do you find out what the silent think? One letter.
#
# - **a** Send all of the silent the survey once more.
# - **b** Ring sixty of the silent, drawn by lot.
# - **c** Ring those of the silent who complained.
# - **d** Give each the mean of customers like them.

# %% answer="ask-the-silent"
ask_the_silent = ""
### BEGIN SOLUTION
ask_the_silent = "b"
### END SOLUTION

# %% check="ask-the-silent"
check("ask-the-silent")

# %% [markdown] memo="report-or-hold"
# ## Your memo (9 min)
#
# To Ines, 60 to 150 words, before noon; Lena, Tom and Rosa get a copy. Do you report the score, or hold it back?
#
# - Your decision, the mean that carries it, and of how many ({{answers}} answers of {{accounts}} accounts).
# - What is missing from it, and what would you **not** claim of the silent?
# - The bonus: paid today, or in a week? Who decides?
# - Which number, found by whom, would change your mind?
#
# Click on *Write here.*, press **Enter**, and write. At the end, **Shift + Enter**.

# %% [markdown]
# ## Your company (3 min)
#
# Put this in your calendar: *On ____, when ____ shows me a score, I will ask: how many gave no answer, and who are they?*
#
# **Keep:** `count(*)` counts rows, `count(column)` what is filled in. A blank is unknown, not yet, not applicable or zero: say which, then count.
#
# **Worth forwarding**
#
# | Before you show me a score | |
# |---|---|
# | Of how many? How many said nothing? | |
# | What does a blank mean? | |
# | Who leaves it blank more often? | |
# | What from them would turn the decision? | |
#
# **Hand in.** Save first: **Ctrl + S** (on a Mac **⌘ S**). Then run this box.

# %%
hand_in("w04")

# %% [markdown]
# **Ten minutes more?** Stop here with a clear conscience. Or see a blank that *is* zero: tickets per customer, on average, without callers whom nobody
# recognised. `coalesce(tickets, 0)` puts 0 where `tickets` is empty. Which is right here, and why was zero wrong for Tom?

# %%
per_customer = duckdb.sql("SELECT customer_id, count(*) AS tickets FROM tickets GROUP BY customer_id")
duckdb.sql("""
SELECT round(avg(tickets), 2) AS skipped, round(avg(coalesce(tickets, 0)), 2) AS as_zero
FROM customers LEFT JOIN per_customer USING (customer_id)
""")
