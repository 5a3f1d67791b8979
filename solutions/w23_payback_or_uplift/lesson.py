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
# Did you ask Monday's question? Put `"yes"`, `"no"` or `"not yet"` in the first quotes, and in the last ones what came back. It is kept, and
# never marked.

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
# they **wait**: nothing until month {{wait_month}}, then buy what is there. The committee decides on {{decide_by}}; investors meet on Monday.
#
# - **Boss.** Ines, with Tom behind her: *"Payback in three months, or nothing."*
# - **Business.** Mirela: *"I want retention in a year."*
# - **Tech.** Farid: *"Theirs is slow. Mine does not exist yet, and I should have said so in May."*
#
# Henrik, in the chair, asks what is claim and what is evidence. By the rules {{formal}} decides; last time, say the minutes, {{actual}} did.

# %% [markdown]
# ## Two clocks on one table (7 min)
#
# Pavel's sheet: a row is **one option in one month**. **Cash** is what Tom counts: hours saved, less what is paid once, less the monthly fee or
# team. Six months of each (`.df()` shows every row):

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
# months,"* Dale always said. He meant it.
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
# Times `1 - latency_loss`: what is left without the answers that come after {{limit}} seconds, too late for the call. Times `point_eur`: what one
# point, held for a month, is worth. That makes `kept_eur`.
#
# The last cost is Beatrix's: **compliance**, that is assessment, logging, review. Tom books it to Legal, so **it is not in his cash**:

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
# Brightloop's cash over the real twelve months? Put your guess in place of the first dots (digits only), and how sure you are, from 0 to 100, of being
# within 5,000 EUR.

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
# What is Tom's cash of months 1 to 3, for each option? Make a table with one row an option and the columns `option` and `cash_eur`, in euros. The
# sum is in the cell above; the grouping in the compliance query.

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
# The cash of the whole year, each month added to those before. Look at where Tom's clock stops.

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
# **In words:** three lines of cash so far, by month. At month 3 buying stands at {{buy_q}} EUR, waiting at {{wait_q}}, building at {{build_q}}. Building is
# lowest in month {{low_month}}. At month 12 buying stands at {{buy_cash}} EUR and building at {{build_cash}}. No customer who stayed is in this picture.
#
# Nor is Beatrix. Her bill for buying, on Tom's clock:

# %%
duckdb.sql("SELECT sum(compliance_eur) AS review_eur FROM 'options.parquet' WHERE option = 'buy' AND month <= 3")

# %% [markdown]
# Take it off buying's cash at month 3. Who leads the quarter now? Keep the answer for the vote.
#
# ### 2 · Mirela's clock, and both rankings (4 min)
# Now the year with everything on it: cash, plus kept, less compliance. Find the three parts inside the one `sum( )`:

# %%
years = duckdb.sql("""
SELECT option, round(sum(saving_eur - one_off_eur - monthly_eur - compliance_eur
       + uplift_points * adoption * (1 - latency_loss) * point_eur)) AS year_eur
FROM 'options.parquet'
GROUP BY option
ORDER BY option
""")
years

# %% [markdown]
# Rank both clocks, most euros first: three letters for Tom's quarter (exercise 1), then three for this year, all six in one pair of quotes.
#
# ```
# quarter   a  wait     b  build    c  buy
# year      d  buy      e  wait     f  build
# ```

# %% answer="rankings"
rankings = ""
### BEGIN SOLUTION
rankings = "cabfde"
### END SOLUTION

# %% check="rankings"
check("rankings")

# %% [markdown]
# ### 3 · The flip (6 min)
# Farid's plan assumes that {{build_adoption}} per cent of the desk will use what he builds. What if fewer do?
#
# `guesses.parquet` is a list of guesses: `percent` from 0 to 100, and the same as a `share`, from 0.00 to 1.00. The comma after `FROM 'options.parquet'` sets
# every month of building beside every guess.

# %%
what_if = duckdb.sql("""
SELECT percent, round(sum(saving_eur - one_off_eur - monthly_eur - compliance_eur
       + uplift_points * share * (1 - latency_loss) * point_eur)) AS build_eur,
       (SELECT year_eur FROM years WHERE option = 'buy') AS buy_eur
FROM 'options.parquet', 'guesses.parquet'
WHERE option = 'build'
GROUP BY percent
ORDER BY percent
""")
what_if

# %% [markdown]
# One row a guess. It is the year's query for building, with `share` where `adoption` stood. The query in brackets fetches one number, buying's year, and sets it
# beside each guess. (The hours saved stay as planned at every guess. That, too, is an assumption.)
#
# From which guess on does building end its year above zero?

# %%
duckdb.sql("SELECT min(percent) FROM what_if WHERE build_eur > 0")

# %% [markdown]
# At {{break_even}} per cent. A project that pays can still be the second best.
#
# What is the smallest whole per cent at which building **beats buying**? One query, one number.

# %% answer="flip"
flip = ...
### BEGIN SOLUTION
flip = duckdb.sql("SELECT min(percent) FROM what_if WHERE build_eur > buy_eur")
### END SOLUTION
flip

# %% check="flip"
check("flip")

# %% [markdown]
# ## Vote (3 min)
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
# `claimed_eur` is a year's worth as told to the board; `evidenced_eur` has been measured: for the assistant, hours timed in the trial, before any fee, and not one
# point of retention.
#
# Henrik allows one sentence on the investors' slide. Each has somebody behind it. Which one goes up?
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
# What stands behind the year? **Signed:** Dale's fees. **Timed:** {{evidenced}} EUR of hours a year, where the sheet counts {{buy_saving}} for buying.
# **Promised:** the other hours, every point of retention, and all that building saves, since nobody has used it.
#
# So Tom and Mirela differ in two things: the month in which they stop, and what they count. In the sheet's cash alone, buying leads on *both* clocks. All of building's
# lead is promised points.

# %% [markdown] memo="one-table-three-readers"
# ## Your memo (9 min)
#
# One message to Ines, Farid and Mirela, 60 to 150 words; Henrik reads it too. **A sentence or two each, from the same tables**: the quarter (Ines), late answers
# and compliance (Farid), the year (Mirela). Then one line each:
#
# - One figure that is evidence, and one that is only a claim.
# - What do you recommend, and who decides?
# - What would reverse it: which share of the desk, measured by whom, by when?

# %% [markdown]
# ## Your company (3 min)
#
# Finish it, and put it in your calendar: *On ____, when ____ shows me a payback, I will ask ____ for two numbers: the same option after twelve months, and the
# assumption at which first and second change places.*
#
# - Two rankings can differ in where the clock stops and in what is counted. Ask which of the two did it.
# - A ranking without its flip point is an opinion with decimals.
# - The fee is signed, the uplift is hoped. Say which is which before somebody else does.
#
# **Worth forwarding:** *One table, two clocks, and the one assumption that swaps first and second place. Then we talk.*

# %%
hand_in("w23")

# %% [markdown]
# ## You have it: stop here, or ten minutes more
#
# Henrik's question, unmarked: building's lead has a second condition. Cut the promised points of building and buying *alike*: who leads the year at which share of
# the promise? Run it, then change the five numbers to close in on the place where the lead changes.

# %%
duckdb.sql("""
SELECT percent, option, round(sum(saving_eur - one_off_eur - monthly_eur - compliance_eur
       + uplift_points * share * adoption * (1 - latency_loss) * point_eur)) AS year_eur
FROM 'options.parquet', 'guesses.parquet'
WHERE option <> 'wait' AND percent IN (0, 25, 50, 75, 100)
GROUP BY percent, option
ORDER BY percent, year_eur DESC
""")
