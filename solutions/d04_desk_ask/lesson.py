# %% [markdown]
# # Desk session · Ask, on your own table
#
# **Half an hour, two chairs, one table of your own.** You type; beside you sits the person who knows what its columns mean. Nothing is marked,
# and nothing is handed in: this page has no box for it.
#
# Take a table behind a number that you said in a meeting last month. Your analyst brings a copy, without the columns that name people: no question
# here needs them.

# %% [markdown]
# ## Where your data go (3 min)
#
# Drag the file into the list at the left, into the folder of this page. **It stays on this machine**: the course sends nothing anywhere. (Before
# you make a file of your work with `keep_my_work()`, take it out again.) **In Binder the machine is not yours**: stay with the example.
#
# The example is half a year of Kestrel & Vale's jobs. Run the box as it is, then change the name of the file to yours:

# %%
import duckdb
import pandas as pd

mine = duckdb.sql("SELECT * FROM 'example.csv'")
duckdb.sql("SELECT * FROM mine LIMIT 3")

# %% [markdown]
# | yours is | the line that begins with `mine` |
# |---|---|
# | CSV or Parquet | `mine = duckdb.sql("SELECT * FROM 'orders.parquet'")` |
# | Excel | `mine = pd.read_excel("orders.xlsx", sheet_name="Orders")` |
# | SQLite | `duckdb.sql("ATTACH 'shop.db' AS shop (TYPE sqlite, READ_ONLY)")`, then `mine = duckdb.sql("SELECT * FROM shop.orders")` |
# | PostgreSQL, MySQL | the same with `TYPE postgres` or `TYPE mysql`; your analyst knows what stands between the quotes, and that no password belongs on a page |
#
# For a database DuckDB fetches an add-on from the internet, once. If your network forbids it, ask for an export.

# %% [markdown]
# ## Five questions (25 min)
#
# For each: **say first what you expect**, aloud; then put the names of your own columns, and run it. What surprises either of you goes into the last box.
#
# ### 1 · What is one row? (5 min)
#
# Finish the sentence together: *one row is one ...* Then let the table say it. For `job_id` put the column that should name a row.

# %%
duckdb.sql("SELECT count(*) AS rows_in_all, count(DISTINCT job_id) AS different FROM mine")

# %% [markdown]
# Two numbers that differ: the sentence is wrong, or the table is. Which? And the number that you said last month: was it a count of rows, or of what
# people took it for?

# %% [markdown]
# ### 2 · What is still in it? (5 min)
#
# Cancelled orders, drafts, tests, what your own people bought. For `status` put the column that would show them, for `price_eur` the one that adds up.

# %%
duckdb.sql("""
SELECT status, count(*) AS rows_in_all, round(sum(price_eur)) AS eur
FROM mine
GROUP BY status ORDER BY rows_in_all DESC
""")

# %% [markdown]
# Which of these words were in the number that you said? Who decided that, and where is it written down? If the answer is "the query", read it aloud.

# %% [markdown]
# ### 3 · What does the average hide? (5 min)
#
# Your average of last month, by the groups that are mixed in it: for `kind` put a region, a product, a size of customer.

# %%
duckdb.sql("""
SELECT kind, count(*) AS rows_in_all, round(avg(price_eur)) AS mean, round(median(price_eur)) AS median
FROM mine
GROUP BY kind ORDER BY rows_in_all DESC
""")

# %% [markdown]
# Where do mean and median part? Which group carries the average, and is it the one that you had in mind?

# %% [markdown]
# ### 4 · What is blank? (5 min)
#
# `SUMMARIZE` looks through all columns at once. Here are those with empty cells:

# %%
duckdb.sql("""
SELECT column_name, null_percentage AS percent_empty
FROM (SUMMARIZE mine)
WHERE null_percentage > 0
ORDER BY percent_empty DESC, column_name
""")

# %% [markdown]
# For each: does blank mean *unknown*, *none*, *not yet*, or *does not apply*? Who would rather not answer? Which of your averages passes over them?

# %% [markdown]
# ### 5 · What does a second table do to it? (5 min)
#
# Take the table that the number is usually joined with. Rows before, rows after, and how many met nothing:

# %%
second = duckdb.sql("SELECT * FROM 'customers.parquet'")
duckdb.sql("""
SELECT (SELECT count(*) FROM mine) AS before,
       (SELECT count(*) FROM mine JOIN second USING (customer_id)) AS after,
       (SELECT count(*) FROM mine LEFT JOIN second USING (customer_id) WHERE second.customer_id IS NULL) AS met_nothing
""")

# %% [markdown]
# More rows after than before: something in the second table stands there several times. Does the number need that table at all?

# %% [markdown]
# ## What you leave with (2 min)
#
# Click this text, press **Enter**, and finish the lines. Then send them to nobody yet: sleep on it, and say one of them on Monday.
#
# - One row of our table is:
# - The number of last month left in, and we would take out:
# - Its mean is ... and its median ..., because:
# - Blank in the column ... means:
# - After the join with ... one row is:
# - The one change that we make to the number, who makes it, and by when:
