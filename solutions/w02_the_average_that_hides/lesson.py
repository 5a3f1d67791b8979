# %% [markdown]
# # Week 2 · The average that hides the story
#
# **One skill:** put the rows of a table into groups, sort them, and say what an average is made of.
#
# Run the grey box below: **Shift + Enter**, as last week.

# %%
import duckdb
import matplotlib.pyplot as plt

from grader import check, hand_in, predict, recall

# %% [markdown]
# ## Before we start (4 min)
#
# **Monday's question**, for your own company, was: *what is one row?* Did you ask it? Put `"yes"`, `"no"` or `"not yet"` in the first empty
# quotes, and in the last ones what came back.

# %% recall="monday"
recall("monday", "", came_back="")

# %% [markdown]
# **From week 1.** Marco, head of Coast, has a number for the board. What does his query count?
#
# ```
# SELECT count(*) FROM 'customers.parquet' WHERE region = 'Coast' AND status <> 'closed'
# ```
#
# - **a** Active customers, our own test accounts left out.
# - **b** Active and paused, our own test accounts left out.
# - **c** Active and paused, our own test accounts included.
# - **d** All there ever were, our own test accounts included.
#
# One letter between the last quotes.

# %% recall="marcos-count"
recall("marcos-count", "")

# %% [markdown]
# ## The situation (3 min)
#
# Thursday, 12:10. The board took your number and decided on your engineers. They have to be paid, so in January one of the three
# regions gets a new price list, 4% higher. On the repairs and installations of the last twelve months that is {{raise_north}} EUR in
# North, {{raise_coast}} on the Coast, {{raise_valley}} in Valley.
#
# Ines, from the stairs: *"For the same work, where do people usually pay least? There it goes up. One region, before three o'clock."*

# %% [markdown]
# - **Greta**, head of North, rings; she never writes. *"Prices are fine up here. The lowest average of all: {{north_mean}} EUR a job."*
# - **Owen**, Sales: *"The lowest? Then there is room. North."*
# - **Aiko**, head of Valley: *"We are the dearest: {{valley_mean}}. Not us."*
# - **Marco**, head of Coast, has {{coast_mean}}, is in the middle, and says nothing.
# - **Farid**, the CTO: *"All of it is in the jobs table. It forgets nothing."*
#
# All three figures are correct. Do they answer Ines?

# %% [markdown]
# ## Predict, then run (5 min)
#
# In `jobs.parquet`, one row is one job, of two years: done, booked or cancelled. Five of its columns:

# %%
duckdb.sql("SELECT job_id, region, kind, status, price_eur FROM 'jobs.parquet' LIMIT 5")

# %% [markdown]
# `DOUBLE` is a number that may have decimals. `kind` holds three words: `install`, `repair`, and `service`, the yearly visit that
# a plan includes (people pay for it with the plan; here it stands at cost).
#
# The **mean** is what most people call the average: all prices added up, divided by the number of jobs. `avg` works it out, `round` makes whole
# euros of it, `AS` gives the column a heading:

# %%
duckdb.sql("SELECT round(avg(price_eur)) AS mean_price FROM 'jobs.parquet'")

# %% [markdown]
# The mean job costs {{mean_all}} EUR. Now put all {{jobs}} jobs in a line, cheapest first, and walk to the middle. What does the job there
# cost? A guess in euros for the first dots: digits, no dot, no comma. For the second, how sure you are, from 0 to 100, that it is at
# most 50 off.

# %% predict="in-the-middle"
predict("in-the-middle", ..., confidence=...)

# %% [markdown]
# The price in the middle is the **median**: half of the jobs cost less, half cost more. Here is the whole line. Run the box; skip its code.

# %%
prices = duckdb.sql("SELECT price_eur FROM 'jobs.parquet' ORDER BY price_eur").df()["price_eur"]
mean, median = prices.mean(), prices.median()
plt.figure(figsize=(9, 3.8))
plt.plot(100 * (prices.index + 1) / len(prices), prices, linewidth=3)
plt.axhline(mean, color="black", linestyle="--", linewidth=1)
plt.text(1, mean + 350, f"the mean: {mean:,.0f} EUR")
plt.annotate(f"the median: {median:,.0f} EUR", (50, median), (36, 5200), arrowprops={"arrowstyle": "->", "color": "black"})
plt.xlabel("all jobs in a line, cheapest first (% of them)")
plt.ylabel("price in EUR")
plt.gca().yaxis.set_major_formatter("{x:,.0f}")
plt.title(f"Of 100 jobs, {100 * (prices < mean).mean():.0f} cost less than the mean")
plt.show()

# %% [markdown]
# **In words:** for most jobs the line lies near the floor, then it shoots up to {{dearest}} EUR. The median, halfway, is on the floor. The mean
# (dashed) lies far above it: a few dear jobs pull it up.

# %% [markdown]
# ## Watch a table fall into groups (4 min)
#
# Mean and median, for each kind of work: `median` is written like `avg`, with a comma between the columns. Three double quotes make an
# envelope for several lines:

# %%
duckdb.sql("""
SELECT kind, count(*) AS jobs,
       round(avg(price_eur)) AS mean_price, round(median(price_eur)) AS median_price
FROM 'jobs.parquet'
GROUP BY kind
ORDER BY mean_price DESC
""")

# %% [markdown]
# `GROUP BY kind` puts the rows with the same word on one pile, a **group**. **Each group becomes one row** of the answer; `count`,
# `avg` and `median` work inside it. `kind` stands in two places: behind `GROUP BY` to make the groups, behind `SELECT` to name them.
# `ORDER BY mean_price DESC` sorts the answer, largest first; without `DESC`, smallest first.
#
# Within one kind, mean and median lie close together. Over all kinds they do not: {{mean_all}} and {{median_all}}.

# %% [markdown]
# ## Your turn (19 min)
#
# ### 1 · Greta's average (5 min)
# The same four columns, but one row for each **region**. Copy the last question, from `duckdb.sql(` to the last bracket, over the dots
# (`by_region =` stays), and change one word, in both of its places.

# %% answer="by-region"
by_region = ...
### BEGIN SOLUTION
by_region = duckdb.sql("""
SELECT region, count(*) AS jobs,
       round(avg(price_eur)) AS mean_price, round(median(price_eur)) AS median_price
FROM 'jobs.parquet'
GROUP BY region
ORDER BY mean_price DESC
""")
### END SOLUTION
by_region

# %% check="by-region"
check("by-region")

# %% [markdown]
# ### 2 · Prices that nobody paid (7 min)
# Farid's table forgets nothing. Grouped by `status`:

# %%
duckdb.sql("""
SELECT status, count(*) AS jobs, round(avg(price_eur)) AS mean_price
FROM 'jobs.parquet'
GROUP BY status
ORDER BY status
""")

# %% [markdown]
# `booked` is still to come, and to be paid. A `cancelled` job mostly keeps its price in the table, and nobody will ever pay it.
#
# Ask your question of task 1 again, **without the cancelled jobs**: the same four columns, the highest mean first. Copy it over the dots
# and add one line: `WHERE`, as in week 1 (`<>` means *is not*). It picks rows before they are put into groups, so it stands before `GROUP BY`.

# %% answer="without-cancelled"
without_cancelled = ...
### BEGIN SOLUTION
without_cancelled = duckdb.sql("""
SELECT region, count(*) AS jobs,
       round(avg(price_eur)) AS mean_price, round(median(price_eur)) AS median_price
FROM 'jobs.parquet'
WHERE status <> 'cancelled'
GROUP BY region
ORDER BY mean_price DESC
""")
### END SOLUTION
without_cancelled

# %% check="without-cancelled"
check("without-cancelled")

# %% [markdown]
# ### 3 · What Ines asked (3 min)
# *"For the same work, where do people usually pay least?"* Which of these asks that? (Each is shortened, and leaves the cancelled out.) With two
# columns behind `GROUP BY`, each pair of words is a group, such as North and repair; `min` finds the smallest.
#
# ```
# a   SELECT region, avg(price_eur), count(*)      GROUP BY region
# b   SELECT region, median(price_eur), count(*)   GROUP BY region
# c   SELECT region, kind, min(price_eur)          GROUP BY region, kind
# d   SELECT region, kind, median(price_eur)       GROUP BY region, kind
# ```

# %% answer="what-ines-asked"
what_ines_asked = ""
### BEGIN SOLUTION
what_ines_asked = "d"
### END SOLUTION

# %% check="what-ines-asked"
check("what-ines-asked")

# %% [markdown]
# ### Like with like (4 min)
#
# **You have it.** The rest is for deciding. Run both boxes; skip their code.

# %%
figures = duckdb.sql("""
    SELECT region, avg(price_eur) AS "mean (not cancelled), EUR",
           round(median(price_eur) FILTER (kind = 'service')) AS "median visit, EUR",
           round(median(price_eur) FILTER (kind = 'repair')) AS "median repair, EUR",
           round(median(price_eur) FILTER (kind = 'install' AND product = 'heat pump')) AS "median heat pump, EUR",
           round(median(price_eur) FILTER (kind = 'install' AND product = 'solar')) AS "median solar, EUR",
           100 * count(*) FILTER (kind = 'install') / count(*) AS "installations, in 100 jobs"
    FROM 'jobs.parquet' WHERE status <> 'cancelled' GROUP BY region ORDER BY region DESC
""").df().set_index("region")

# %%
figure, panels = plt.subplots(1, 6, figsize=(11, 2.7), sharey=True)
shades = {"North": "black", "Coast": "0.45", "Valley": "0.8"}
for panel, (name, bars) in zip(panels, figures.items(), strict=True):
    drawn = panel.barh(bars.index, bars, color=[shades[region] for region in bars.index])
    panel.bar_label(drawn, fmt="{:,.0f}", padding=3)
    panel.set_title(name.replace(", ", "\n"), fontsize=10, weight="normal")
    panel.set(xticks=[], xlim=(0, 1.6 * bars.max()), frame_on=False)
figure.suptitle("North: lowest mean, dearest work of each kind, fewest installations", x=0, ha="left", weight="bold")
plt.show()

# %% [markdown]
# **In words:** six groups of bars, without the cancelled. North's mean is the lowest, {{north_real}} EUR; Coast's the highest, {{coast_real}}. The usual
# visit: North {{service_north}} EUR, Coast {{service_coast}}, Valley {{service_valley}}; repair: {{repair_north}}, {{repair_coast}}, {{repair_valley}}; heat pump: {{pump_north}},
# {{pump_coast}}, {{pump_valley}}; solar: {{solar_north}}, {{solar_coast}}, {{solar_valley}}. Of 100 jobs {{share_north}}, {{share_coast}} and {{share_valley}} are installations.
#
# The 4% comes nearly all from installations, and they mix {{products}} products. North is dearest in all {{north_dearest}}; the Coast is cheapest
# in {{coast_cheapest}}, heat pumps among them, Valley in {{valley_cheapest}}, solar among them. **Either can be defended**, if you say on which jobs it rests.

# %% [markdown]
# ## Vote (3 min)
#
# Tom, in finance: *"I plan what all of next year's jobs come to, visits at cost as in the table: their number, times one price. Which?"* One letter.
#
# - **a** The mean of all rows: no job is left out of it.
# - **b** The mean without cancelled: what gets paid.
# - **c** The median of all rows: few jobs can bend it.
# - **d** The median without cancelled: the usual job.

# %% answer="toms-price"
toms_price = ""
### BEGIN SOLUTION
toms_price = "b"
### END SOLUTION

# %% check="toms-price"
check("toms-price")

# %% [markdown] memo="which-region"
# ## Your memo (9 min)
#
# To Ines, 60 to 150 words, before three; Greta gets a copy. Which region's prices go up?
#
# - The region, and a number from this page that carries it: of which jobs is it, and is it a mean or a median?
# - Greta's figure is correct. What does it hide? And what would you **not** claim from this page?
# - What the 4% brings there (North {{raise_north}}, Coast {{raise_coast}}, Valley {{raise_valley}} EUR), who decides, and who is to hear of it first.
# - What would make you name another region?
#
# Click on *Write here.*, press **Enter**, and write. At the end, **Shift + Enter**.

# %% [markdown]
# ## Your company (3 min)
#
# Put this in your calendar: *On ____, when ____ shows me an average, I will ask: what is the median, and what is mixed in it?*
#
# **Keep:** `GROUP BY` makes one row of each group. The mean knows the total, the median knows the usual case, and neither knows what was mixed.
#
# **Worth forwarding**
#
# | Before you show me an average | |
# |---|---|
# | Of which rows? | |
# | The median beside it | |
# | What is mixed in it? | |
# | Is it there for a total, or for the usual case? | |

# %% [markdown]
# **Hand in.** Save first: **Ctrl + S** (on a Mac **⌘ S**). Then run this box.

# %%
hand_in("w02")

# %% [markdown]
# **Ten minutes more?** Stop here with a clear conscience. Or find out how Valley became the dearest: these are the installations that were called off. Then
# write `service` for `install`. Is it the same story?

# %%
duckdb.sql("""
SELECT region, count(*) AS called_off, round(avg(price_eur)) AS mean_price
FROM 'jobs.parquet'
WHERE status = 'cancelled' AND kind = 'install'
GROUP BY region
ORDER BY mean_price DESC
""")
