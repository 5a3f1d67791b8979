# %% [markdown]
# # Week 1 · Three answers to "how many customers?"
#
# **One skill:** ask a table a question, and say what you counted.
#
# ## Before we start (1 min)
#
# Click into the grey box below and press **Shift + Enter**. It fetches the tools and shows nothing; the `[1]` at its left
# says that it ran. Run every grey box that way, from top to bottom. If you come back another day, begin here again.

# %%
import duckdb

from grader import check, hand_in, predict

# %% [markdown]
# ## The situation (3 min)
#
# Tuesday, 16:40. Kestrel & Vale sells heating and solar, and plans that keep them running, to homes and businesses. You run
# Plans. On Thursday the board decides how many service engineers Plans gets: one for every 400 customers. Ines
# Kestrel, who founded it and reads e-mail on stairs, sends you one line: *"How many customers do we have? One number."*
#
# You ask three people. Owen, in sales, says **{{sales}}**. Lena, in service, says **{{service}}**. Tom, in finance, says
# **{{finance}}**, and is surprised you had to ask.
#
# The highest and the lowest lie {{engineers_apart}} engineers apart. Nobody is lying. What did each of them count?

# %% [markdown]
# ## Watch one question being asked (6 min)
#
# A **table** is a grid. Each column holds one kind of fact; each row claims to be one customer, which you will test.
# **SQL** is the language for asking a table questions. This one asks to see five rows:

# %%
duckdb.sql("SELECT name, city, region, status FROM 'customers.parquet' LIMIT 5")

# %% [markdown]
# Read it aloud: *select* name, city, region and status *from* the customers, and stop after five rows. `customers.parquet`
# is the file that holds the table. Under each column's name stands its kind: `VARCHAR` is text, `BIGINT` a whole number.
#
# `duckdb.sql("` and `")` are an **envelope**, and the whole question goes inside it.
#
# Now a question whose answer is one number. `count(*)` counts rows. `WHERE` says which rows:

# %%
coast = duckdb.sql("SELECT count(*) FROM 'customers.parquet' WHERE region = 'Coast'")
coast

# %% [markdown]
# The last line is the answer; `count_star()` is a heading that the machine made up. `coast = ` gives the result a name; the
# second line shows it.
#
# **Words in the data stand in single quotes**, letter for letter. Write `'coast'` and you get 0, without a complaint: no row
# has that word. So distrust a zero.
#
# Two conditions are joined by `AND`; a row must meet both:

# %%
duckdb.sql("SELECT count(*) FROM 'customers.parquet' WHERE region = 'Coast' AND account_type = 'business'")

# %% [markdown]
# How do you know which words a column holds? Ask for the different (*distinct*) ones, in the order of the alphabet:

# %%
duckdb.sql("SELECT DISTINCT status FROM 'customers.parquet' ORDER BY status")

# %% [markdown]
# `active` pays and is visited, `paused` pays a reduced fee and gets no visits, `closed` has left.

# %% [markdown]
# ## Predict, then run (3 min)
#
# The table has {{sales}} rows; Lena counts the {{service}} whose status is `active`. How many of the others are `paused`?
# Put your guess in place of the first dots. In place of the second, how sure you are that it is at most 100 off: from 0 (no
# idea) to 100 (certain). Digits only, no comma. A wrong guess costs nothing.

# %% predict="paused"
predict("paused", ..., confidence=...)

# %% [markdown]
# ## Your turn (20 min)
#
# Each task has two boxes: one where you write, one that checks. Run both. If something goes wrong, read the card's **Next**
# line. A right answer earns **points**, however many tries it takes: 10 on this page. Your coach gives up to 8 for the memo, runs
# your answers on newer data and, unless you say no, sees your tries.
#
# ### 1 · Every row (3 min)
# How many rows in all? In the Coast question, copy everything from `duckdb.sql(` to the last bracket and put it in place of the
# dots; `all_rows =` stays in front of it. Then cut what keeps only the Coast: `WHERE region = 'Coast'`. The `")` behind it stays.

# %% answer="all-rows"
all_rows = ...
### BEGIN SOLUTION
all_rows = duckdb.sql("SELECT count(*) FROM 'customers.parquet'")
### END SOLUTION
all_rows

# %% check="all-rows"
check("all-rows")

# %% [markdown]
# ### 2 · Lena's count (5 min)
# Lena counts the rows whose `status` equals the word active. Ask that, in place of the dots. (Copying is how everybody writes code.)

# %% answer="active-customers"
active_customers = ...
### BEGIN SOLUTION
active_customers = duckdb.sql("SELECT count(*) FROM 'customers.parquet' WHERE status = 'active'")
### END SOLUTION
active_customers

# %% check="active-customers"
check("active-customers")

# %% [markdown]
# ### 3 · Tom's query, in pieces (3 min)
# Tom counts who pays, and leaves out the company's own test accounts. Here is his query, cut into strips. `IN` means *is one of*;
# `<>` means *is not*.
#
# ```
# a   AND account_type <> 'test'
# b   FROM 'customers.parquet'
# c   WHERE status IN ('active', 'paused')
# d   SELECT count(*)
# ```
#
# Put the strips in order, as in the example: four letters between the quotes, such as `"abcd"`.

# %% answer="toms-query"
toms_query = ""
### BEGIN SOLUTION
toms_query = "dbca"
### END SOLUTION

# %% check="toms-query"
check("toms-query")

# %% [markdown]
# ### 4 · Rows that are nobody (6 min)
# Does each row hold a customer? Some are test accounts, made by our own people to try things out: their `account_type` is `'test'`.
# How many of the rows in **Lena's** count are test accounts? One question, one number.

# %% answer="nobody"
nobody = ...
### BEGIN SOLUTION
nobody = duckdb.sql("SELECT count(*) FROM 'customers.parquet' WHERE status = 'active' AND account_type = 'test'")
### END SOLUTION
nobody

# %% check="nobody"
check("nobody")

# %% [markdown]
# ### The three, side by side (3 min)
#
# **You have it.** The rest is for deciding. Run the box; its code need not be read. (Three double quotes make an envelope for several lines.)

# %%
import matplotlib.pyplot as plt
counts = duckdb.sql("""
    SELECT if(account_type = 'test', 'our own tests', status) AS kind, count(*) AS Owen,
           count(*) FILTER (status = 'active') AS Lena,
           count(*) FILTER (status <> 'closed' AND account_type <> 'test') AS Tom
    FROM 'customers.parquet' GROUP BY kind
""").df().set_index("kind").T[["active", "paused", "closed", "our own tests"]]
chart = counts.plot.barh(stacked=True, color=["tab:blue", "tab:orange", "0.85", "black"], figsize=(9, 3), xlabel="rows")
for place, rows in enumerate(counts.sum(axis=1)):
    chart.text(60, place, f"{rows:,.0f} rows: {rows / 400:.1f} engineers", color="white", va="center", weight="bold")
plt.title("One word, three definitions: the black lines, our own tests, hardly matter")
plt.show()

# %% [markdown]
# **In words:** three bars. Owen's {{sales}} rows are {{active_real}} active, {{paused_real}} paused, {{closed_real}} closed and {{tests}} of our own tests. (You saw
# {{paused_all}} paused: {{paused_tests}} of them are tests.) Tom's are the active and the paused, Lena's the active and {{tests_active}} tests. One for every 400 makes
# {{sales_engineers}}, {{finance_engineers}} and {{service_engineers}} engineers.
#
# The {{tests_active}} tests move the answer by {{tests_engineers}} of an engineer. The definition moves it by {{engineers_apart}}.

# %% [markdown]
# ## Vote (3 min)
#
# Lena wants hers on the board's slide: "These are the people who ring us." Your reply? One letter between the quotes. One of the four
# serves Thursday best, and earns a point; your coach shows how the others voted.
#
# - **a** Use hers: she knows them best of all.
# - **b** Use Tom's: he signs the accounts.
# - **c** Ask first whom an engineer has to visit.
# - **d** Send all three, each with its meaning.

# %% answer="best-reply"
best_reply = ""
### BEGIN SOLUTION
best_reply = "c"
### END SOLUTION

# %% check="best-reply"
check("best-reply")

# %% [markdown] memo="board-number"
# ## Your memo (9 min)
#
# Ines has answered from the stairs: *"Whom must we visit, then?"* Write to her, 60 to 150 words, for Thursday.
#
# - One number from this page, and what one row of it is.
# - What does it leave out, and roughly how much?
# - What does the board decide with it? Who owns the definition? (The owner alone may change it, and tells the others.)
# - What would make you use another number?
#
# Click on *Write here.* and press **Enter**: now it is yours to write over. At the end, **Shift + Enter**.

# %% [markdown]
# ## Your company, and hand in (4 min)
#
# Finish this sentence, and put it in your calendar: *On ____, when ____ shows me a count of ____, I will ask: what is one row?*
#
# **Keep:** `SELECT` what, `FROM` which table, `WHERE` which rows. A count is a definition with a number on it.
#
# **Worth forwarding**
#
# > Before you show me a number: *one row of it is* ____. *It leaves out* ____. *It is there to decide* ____. *The definition is owned by* ____.

# %% [markdown]
# **Hand in.** Save first: **Ctrl + S** (on a Mac **⌘ S**). Then run this box. It makes one file, for your coach.

# %%
hand_in("w01")

# %% [markdown]
# **Ten minutes more?** Stop here with a clear conscience, or ask the table something that nobody set you. How many *homes* on the Coast
# have left? (And how many rows? Take one condition away.) Change the words and run it as often as you like.

# %%
duckdb.sql("""
    SELECT count(*)
    FROM 'customers.parquet'
    WHERE region = 'Coast' AND status = 'closed' AND account_type = 'home'
""")
