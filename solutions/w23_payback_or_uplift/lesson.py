# %% [markdown]
# # Week 23 · Payback by quarter's end, or uplift in a year?
#
# **One skill:** put one decision under two clocks, and find the assumption that flips it.
#
# Run the grey cell below, as every week.

# %%
import duckdb
import matplotlib.pyplot as plt

from grader import check, hand_in, predict, recall

# %% [markdown]
# ## Before we start (3 min)
#
# Did you ask Monday's question? Put `"yes"`, `"no"` or `"not yet"` in the first quotes, and in the last ones what came back.

# %% recall="monday"
recall("monday", "", came_back="")

# %% [markdown]
# **From week 13.** Pavel's Monday script writes one row a week into `report.csv`. At 7:00 it runs a second time by mistake. What should the
# file hold for this week?
#
# - **a** Two rows, one for each of the runs.
# - **b** No row, until somebody has looked.
# - **c** One row, as after the first run.
# - **d** One row, with both runs added up.

# %% recall="run-twice"
recall("run-twice", "")

# %% [markdown]
# ## The situation (3 min)
#
# Tuesday, 8:52. Dale's real price list has come: *"Exciting news!"* The {{initiative}} can be **built** by Farid, or **bought** from Dale's Brightloop. Or
# they **wait**: nothing until month {{wait_month}}, then buy what is there. {{formal}}'s committee decides on {{decide_by}}; month 1 is the month after.
#
# - **Boss.** Ines, with Tom behind her: *"Payback in three months, or nothing."*
# - **Business.** Mirela: *"I want retention in a year."*
# - **Tech.** Farid: *"Theirs is slow. Mine does not exist yet, and I should have said so in May."*
#
# Henrik faces investors on Monday and asks what is claim and what is evidence.

# %% [markdown]
# ## Two clocks on one table (7 min)
#
# Pavel's sheet: a row is **one option in one month**. **Cash** is what Tom counts: hours saved (in euros), less what is paid once, less the monthly
# fee or team. Six of the twelve months (`.df()` keeps the rows from being cut short):

# %%
duckdb.sql("""
SELECT option, month, saving_eur, one_off_eur, monthly_eur,
       saving_eur - one_off_eur - monthly_eur AS cash_eur
FROM 'options.parquet'
WHERE month <= 4 OR month = 7 OR month = 12
ORDER BY option, month
""").df()

# %% [markdown]
# Look down `monthly_eur` where the option is `buy`: {{fee}} EUR up to month 3, {{fee_later}} from month 4. *"The price is good for three
# months,"* Dale always said. He meant it. (Either side may leave at three months' notice.)
#
# Mirela counts customers who stay. Month 12, from promise to euro:

# %%
duckdb.sql("""
SELECT option, uplift_points, adoption, latency_loss, point_eur,
       round(uplift_points * adoption * (1 - latency_loss) * point_eur) AS kept_eur
FROM 'options.parquet'
WHERE month = 12
ORDER BY option
""")

# %% [markdown]
# Read one row aloud. `uplift_points`: points of 90-day retention, *if everybody uses it*. Times `adoption`, the share of the desk that does.
# Times `1 - latency_loss`: without the answers that come after {{limit}} seconds, too late for the call. Times `point_eur`, what the sheet takes
# one point to be worth in a month.
#
# The last cost is Beatrix's: **compliance**. Tom books it to Legal, so **it is not in his cash**:

# %%
duckdb.sql("""
SELECT option, sum(compliance_eur) AS review_eur
FROM 'options.parquet'
GROUP BY option
ORDER BY option
""")

# %% [markdown]
# ## Predict, then run (4 min)
#
# Tom asked an assistant for Brightloop's cash in a year. It wrote this, with the remark: *"Month 3 is the steady state."*

# %%
duckdb.sql("""
SELECT (saving_eur - monthly_eur) * 12 AS cash_of_a_year
FROM 'options.parquet'
WHERE option = 'buy' AND month = 3
""")

# %% [markdown]
# Tom likes {{assistant}} EUR. What does the code really count? Look again at Brightloop's rows; from month 4 on, every month is like month 12. What is
# Brightloop's cash over the real twelve months? Your sum in place of the first dots (digits only, no point or comma); then how sure you are, from 0 to
# 100, that it is at most 1,000 EUR off.

# %% predict="real-year"
predict("real-year", ..., confidence=...)

# %% [markdown]
# Now the twelve real months, added up:

# %%
duckdb.sql("""
SELECT sum(saving_eur - one_off_eur - monthly_eur) AS cash_of_a_year
FROM 'options.parquet'
WHERE option = 'buy'
""")

# %% [markdown]
# ## Your turn (18 min)
#
# ### 1 · Tom's clock (5 min)
# What is Tom's cash of months 1 to 3, for each option? Make a table of three rows with the columns `option` and `cash_eur`. (No file has a column
# `cash_eur`: it is a heading that you give with `AS`.) The sum is in the box above; the grouping in the compliance query.

# %% answer="quarter-cash"
quarter_cash = ...
### BEGIN SOLUTION
quarter_cash = duckdb.sql("""
SELECT option, sum(saving_eur - one_off_eur - monthly_eur) AS cash_eur
FROM 'options.parquet'
WHERE month <= 3
GROUP BY option
ORDER BY option
""")
### END SOLUTION
quarter_cash

# %% check="quarter-cash"
check("quarter-cash")

# %% [markdown]
# The cash of the whole year, each month added to those before (skip the code):

# %%
cash = duckdb.sql("SELECT option, month, saving_eur - one_off_eur - monthly_eur AS eur FROM 'options.parquet'").df()
cash = cash.pivot(index="month", columns="option", values="eur").cumsum()
for option in cash:
    plt.plot(cash.index, cash[option], marker=".")
    plt.text(12.2, cash[option][12], option, va="center")
plt.axhline(0, color="black", linewidth=1)
plt.axvline(3, color="grey", linestyle=":")
plt.text(3.2, cash.max().max(), "Tom's clock stops here")
plt.title("Tom's cash: at the end of month 3 only buying is above zero")
plt.xlabel("month")
plt.ylabel("cash so far, EUR")
plt.show()

# %% [markdown]
# **In words:** buying stands at {{buy_q}} EUR at month 3 and {{buy_cash}} at month 12; waiting at {{wait_q}} and {{wait_cash}}; building at {{build_q}} and
# {{build_cash}}.
#
# **Payback**, the month in which cash so far rises above zero: buying month {{pay_buy}}, or {{pay_buy_bill}} with Beatrix's bill; building, at the pace of month 12, month
# {{pay_build}}.

# %% [markdown]
# ### 2 · Two clocks, two ways of counting (5 min)
# **All** is cash, plus what is kept, less compliance. Here are both counts on both clocks. Read the columns; skip the code.

# %%
clocks = duckdb.sql("""
SELECT option,
       sum(cash) FILTER (month <= 3) AS cash_quarter,
       sum(cash) AS cash_year,
       round(sum(cash + kept - compliance_eur) FILTER (month <= 3)) AS all_quarter,
       round(sum(cash + kept - compliance_eur)) AS all_year
FROM (SELECT *, saving_eur - one_off_eur - monthly_eur AS cash,
             uplift_points * adoption * (1 - latency_loss) * point_eur AS kept
      FROM 'options.parquet')
GROUP BY option ORDER BY option
""")
clocks

# %% [markdown]
# Rank Tom's column, `cash_quarter`, then Mirela's, `all_year`, most euros first: six letters in one pair of quotes.
#
# ```
# cash_quarter   a  wait     b  build    c  buy
# all_year       d  buy      e  wait     f  build
# ```

# %% answer="rankings"
rankings = ""
### BEGIN SOLUTION
rankings = "cabfde"
### END SOLUTION

# %% check="rankings"
check("rankings")

# %% [markdown]
# Now change **one** thing at a time. First places:
#
# | | Tom's quarter | the year |
# |---|---|---|
# | cash | {{lead_cash_quarter}} | {{lead_cash_year}} |
# | all | {{lead_all_quarter}} | {{lead_all_year}} |
#
# Only both changes together put building first. And take Beatrix's bill *alone* off Tom's quarter: buying falls from {{buy_q}} to {{buy_q_bill}} EUR, and first place goes to **{{lead_bill}}**.

# %% [markdown]
# ### 3 · The flip (5 min)
# Farid's plan assumes that {{build_adoption}} per cent of the desk will use what he builds. What if fewer do?
#
# `guesses.parquet` is a list of guesses: `percent` from 0 to 100, and the same as a `share`, from 0.00 to 1.00. One thing is new: the comma after `FROM
# 'options.parquet'` sets every month of building beside every guess.

# %%
building = duckdb.sql("""
SELECT percent, round(sum(saving_eur - one_off_eur - monthly_eur - compliance_eur
       + uplift_points * share * (1 - latency_loss) * point_eur)) AS build_eur
FROM 'options.parquet', 'guesses.parquet'
WHERE option = 'build'
GROUP BY percent
ORDER BY percent
""")
building

# %% [markdown]
# One row a guess, with `share` where `adoption` stood. Now buying's year beside each; a query in brackets fetches that one number:

# %%
what_if = duckdb.sql("""
SELECT percent, build_eur, (SELECT all_year FROM clocks WHERE option = 'buy') AS buy_eur
FROM building
ORDER BY percent
""")
what_if

# %% [markdown]
# Buying stays at the sheet's {{buy_adoption}} per cent: one assumption moves, all others hold still.
#
# What is the smallest whole per cent at which building **beats buying**? `min( )` picks the smallest of a column. Copy this over the dots and fill the three
# blanks with names of columns:
#
# ```
# duckdb.sql("SELECT min(____) FROM what_if WHERE ____ > ____")
# ```

# %% answer="flip"
flip = ...
### BEGIN SOLUTION
flip = duckdb.sql("SELECT min(percent) FROM what_if WHERE build_eur > buy_eur")
### END SOLUTION
flip

# %% check="flip"
check("flip")

# %% [markdown]
# ## Vote (4 min)
#
# **Two cases, side by side**, from the pack for investors. A **claim** is a figure that somebody needs to be true. **Evidence** has been signed or measured.

# %%
duckdb.sql("""
SELECT name, claimed_eur, evidenced_eur,
       round(100 * evidenced_eur / claimed_eur) AS percent_evidenced
FROM 'initiatives.parquet'
WHERE initiative_id IN ('I01', 'I05')
ORDER BY initiative_id
""")

# %% [markdown]
# `claimed_eur` is a year's worth as told to the board, before costs; `evidenced_eur` has been measured. For the assistant that is hours, timed in the
# trial; not one point of retention. **Take the costs off, and buying's year on evidence alone is {{evidenced}} timed − {{buy_fees}} fees and set-up −
# {{buy_review}} compliance = {{net_evidence}} EUR.**
#
# Henrik allows one sentence on the investors' slide. Which one goes up?
#
# - **a** "Buying from Brightloop has paid for itself by month three."
# - **b** "Building it ourselves is worth the most within one year."
# - **c** "The assistant will bring the company {{claimed}} EUR a year."
# - **d** "Building leads if enough of the desk uses it: we measure that."

# %% answer="slide"
slide = ""
### BEGIN SOLUTION
slide = "d"
### END SOLUTION

# %% check="slide"
check("slide")

# %% [markdown]
# **Signed:** Dale's fees. **Timed:** hours, at a pace of {{evidenced}} EUR a year; the sheet's pace from month 4 is {{buy_pace}}. **Estimated:** compliance, and what
# building costs. **Promised:** every point of retention, and all that building saves. And hours are capacity, not cash, until a post or overtime goes.

# %% [markdown] memo="one-table-three-readers"
# ## Your memo (9 min)
#
# One message to Ines, Farid and Mirela, 60 to 150 words; Henrik reads it too. **A sentence or two each, from the same tables**: the quarter (Ines), late answers
# and compliance (Farid), the year (Mirela). Then one line each:
#
# - One figure that is evidence, and one that is only a claim.
# - What do you recommend, and who decides?
# - What would reverse it: which share of the desk, measured by whom, by when? (Nobody can use Farid's before month {{live_month}}.)

# %% [markdown]
# ## Your company (3 min)
#
# Finish it, and put it in your calendar: *On ____, when ____ shows me a payback, I will ask ____ for two numbers: the same option after twelve months, and the
# assumption at which first and second change places.*
#
# - Two rankings can differ in where the clock stops and in what is counted. Change one at a time before you say which did it.
# - A ranking without its flip point is an opinion with decimals.
#
# **Worth forwarding:** *One table, two clocks, and the one assumption that swaps first and second place. Then we talk.*

# %%
hand_in("w23")

# %% [markdown]
# ## You have it: stop here, or ten minutes more
#
# Henrik's question, unmarked: building's lead has a second condition. Cut the promised points of building and buying *alike*: at which part of the promise does the
# lead change? Run it, then change the five numbers to close in.

# %%
duckdb.sql("""
SELECT percent, option, round(sum(saving_eur - one_off_eur - monthly_eur - compliance_eur
       + uplift_points * share * adoption * (1 - latency_loss) * point_eur)) AS year_eur
FROM 'options.parquet', 'guesses.parquet'
WHERE option <> 'wait' AND percent IN (0, 25, 50, 75, 100)
GROUP BY percent, option
ORDER BY percent, year_eur DESC
""")
