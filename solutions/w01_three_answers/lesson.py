# %% [markdown]
# # Week 1 · Three answers to "how many customers?"
#
# **One skill:** ask a table a question, and say what you counted.
#
# Click into the grey box below and press **Shift + Enter**. It fetches the tools and shows nothing. The number that
# appears at its left, `[1]`, is how you know that it ran. Run every grey box that way, from top to bottom. If you come back
# another day, begin with this box again.

# %%
import duckdb

from grader import check, hand_in, predict

# %% [markdown]
# ## The situation (3 min)
#
# Tuesday, 16:40. Kestrel & Vale sells heating and solar, and plans that keep them running, to homes and businesses. You run
# Plans. On Thursday the board decides how many service engineers to hire: one for every 400 customers. Ines Kestrel, who
# founded the company and reads e-mail on stairs, sends you one line: *"How many customers do we have? One number."*
#
# You ask three people. Owen, in sales, says **{{sales}}**. Lena, in service, says **{{service}}**. Tom, in finance, says
# **{{finance}}**, and is surprised you had to ask.
#
# At one for every 400, the highest and the lowest lie {{engineers_apart}} engineers apart. Nobody is lying. What did each of them count?

# %% [markdown]
# ## Watch one question being asked (6 min)
#
# A **table** is a grid. Each column holds one kind of fact, and each row claims to be one customer. You will test that
# claim. **SQL** is the language for asking a table questions. This one asks to see five rows:

# %%
duckdb.sql("SELECT name, city, region, status FROM 'customers.parquet' LIMIT 5")

# %% [markdown]
# Read it aloud: *select* name, city, region and status *from* the customers, and stop after five rows. `customers.parquet`
# is the file that holds the table. Under each column's name stands its kind (`VARCHAR` is text); then come the rows.
#
# `duckdb.sql("` and `")` are an **envelope**: the machine reads as a question what lies inside, so the whole question stays
# between the two double quotes.
#
# Now a question with one number for an answer. `count(*)` counts rows, whatever is in them. `WHERE` says which rows:

# %%
coast = duckdb.sql("SELECT count(*) FROM 'customers.parquet' WHERE region = 'Coast'")
coast

# %% [markdown]
# The last line is the answer. Above it stand a name that the machine made up, `count_star()`, and the kind (`BIGINT` is a whole number).
#
# `coast = ` gives the result a name, so that you can ask for it again; the second line shows it. Note the quotes: `'Coast'` is a
# word in the data, letter for letter, and **words in the data wear single quotes**.
#
# Two conditions are joined by `AND`; a row must meet both:

# %%
duckdb.sql("SELECT count(*) FROM 'customers.parquet' WHERE region = 'Coast' AND account_type = 'business'")

# %% [markdown]
# How do you know which words a column holds? Ask for the different (*distinct*) ones, in the order of the alphabet:

# %%
duckdb.sql("SELECT DISTINCT status FROM 'customers.parquet' ORDER BY status")

# %% [markdown]
# `active` pays and is visited, `paused` pays a reduced fee and gets no visits, `closed` has left. That is nearly all that
# this hour needs; two short words come with the task that uses them.

# %% [markdown]
# ## Predict, then run (4 min)
#
# The table has {{sales}} rows; Lena counts {{service}} of them. Of the rows that she leaves out, how many are *paused*
# rather than gone? Put a number in place of the first dots, and in place of the second how sure you are, from 0 to 100,
# that you are within 100 of the truth. Digits alone, without commas or signs. A wrong guess costs nothing, and tends to stick.

# %% predict="paused"
predict("paused", ..., confidence=...)

# %% [markdown]
# ## Your turn (20 min)
#
# Each task has two boxes: one where you write, one that checks. Run both. If something goes wrong, read the card's **Next**
# line. A file keeps your tries for you, and for your coach when you hand in. The coach also runs your answers on newer data:
# what holds today should hold next quarter.
#
# ### 1 · Every row (3 min)
# How many rows in all? In the Coast question, copy everything from `duckdb.sql(` to the last bracket and put it in place of the
# dots. Then cut what keeps only the Coast: all of `WHERE region = 'Coast'`. The double quote and the bracket at the end stay.

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
# Lena counts the rows whose `status` is the word active. Ask that question, in place of the dots. (Copying is not cheating; it is
# how everybody writes code.)

# %% answer="active-customers"
active_customers = ...
### BEGIN SOLUTION
active_customers = duckdb.sql("SELECT count(*) FROM 'customers.parquet' WHERE status = 'active'")
### END SOLUTION
active_customers

# %% check="active-customers"
check("active-customers")

# %% [markdown]
# ### 3 · Tom's query, in pieces (4 min)
# Tom counts who pays, and leaves out the company's own test accounts. He sends you his query, printed, cut into strips.
# `IN` means *is one of*; `<>` means *is not*.
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
# Does each row hold a customer, as it claims? Some are test accounts, made by our own people to try things out: their `account_type` is
# `'test'`. How many of the rows in **Lena's** count are test accounts? One question, one number.

# %% answer="nobody"
nobody = ...
### BEGIN SOLUTION
nobody = duckdb.sql("SELECT count(*) FROM 'customers.parquet' WHERE status = 'active' AND account_type = 'test'")
### END SOLUTION
nobody

# %% check="nobody"
check("nobody")

# %% [markdown]
# **You have it.** The rest of the hour is for deciding: a vote, a memo, one question for Monday. First, Tom's strips, put together:

# %%
duckdb.sql("""
    SELECT count(*)
    FROM 'customers.parquet'
    WHERE status IN ('active', 'paused')
      AND account_type <> 'test'
""")

# %% [markdown]
# (Three double quotes make an envelope for several lines.) Now the three of them as a picture. Run the box; its code can wait.

# %%
import matplotlib.pyplot as plt
counts = duckdb.sql("""
    SELECT if(account_type = 'test', 'our own tests', status) AS kind, count(*) AS Owen,
           count(*) FILTER (status = 'active') AS Lena,
           count(*) FILTER (status <> 'closed' AND account_type <> 'test') AS Tom
    FROM 'customers.parquet' GROUP BY kind ORDER BY kind
""").df().set_index("kind").T
chart = counts.plot.barh(stacked=True, color=["0.78", "0.55", "0.9", "0.1"], xlim=(0, 8500),
                         title="Three definitions of one word, and what each would hire")
for place, rows in enumerate(counts.sum(axis=1)):
    chart.text(rows + 60, place, f"{rows:,.0f} rows: {rows / 400:.1f} engineers", va="center")
plt.show()

# %% [markdown]
# **In words:** three bars. Owen's {{sales}} rows hold everything: {{active_real}} active, {{paused_real}} paused, {{closed_real}} closed and {{tests}} of our
# own tests. Tom's hold active and paused, Lena's the active ones and {{tests_active}} tests. One for every 400 makes {{sales_engineers}}, {{finance_engineers}} and
# {{service_engineers}} engineers.
#
# Those {{tests_active}} tests move the answer by {{tests_engineers}} of an engineer. The definition moves it by {{engineers_apart}}.

# %% [markdown]
# ## Vote (3 min)
#
# Lena wants hers on the board's slide: "These are the people who ring us." Your reply? One letter between the quotes;
# your coach shows how the others voted.
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
# - What does the board decide with it? Who owns the definition: who may change it, and has to tell the others?
# - What would make you use another number?
#
# Double-click on *Write here.*, write over it, and press **Shift + Enter**.

# %% [markdown]
# ## Your company (3 min)
#
# Finish it, and put it in your calendar: *On ____, when ____ shows me a count of ____, I will ask: what is one row?*
#
# **Keep:** `SELECT` what, `FROM` which table, `WHERE` which rows. A count is a definition with a number on it.
#
# **Worth forwarding:**
#
# > Before you show me a number: *one row of it is* ____. *It leaves out* ____. *It is there to decide* ____. *The definition is owned by* ____.

# %% [markdown]
# **Hand in.** Save first: **Ctrl + S** (on a Mac **⌘ S**). Then run this box. It makes one file for your coach, beside this notebook.

# %%
hand_in("w01")

# %% [markdown]
# **Ten minutes more?** Stop here with a clear conscience, or ask the table something that nobody set you. How many *homes* on the Coast
# have left? (And how many rows? Take one condition away.) Change the words below and run it as often as you like.

# %%
duckdb.sql("""
    SELECT count(*)
    FROM 'customers.parquet'
    WHERE region = 'Coast' AND status = 'closed' AND account_type = 'home'
""")
