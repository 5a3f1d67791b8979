# %% [markdown]
# # Week 1 · Three answers to "how many customers?"
#
# **One skill:** ask a table a question, and say what you counted.
#
# Click into the grey box below and press **Shift + Enter**. It fetches the tools and shows nothing. The number that
# appears at its left, `[1]`, is how you know that it ran. Run every grey box that way, from top to bottom.

# %%
import duckdb

from grader import check, hand_in, predict

# %% [markdown]
# ## The situation (3 min)
#
# Tuesday, 16:40. You run Plans. On Thursday the board decides how many service engineers to hire: one for every 400
# customers. Ines Kestrel, who founded the company and reads e-mail on stairs, sends you one line: *"How many customers do
# we have? One number."*
#
# You ask three people. Owen, in sales, says **{{sales}}**. Lena, in service, says **{{service}}**. Tom, in finance, says
# **{{finance}}**, and is surprised you had to ask.
#
# Between the highest and the lowest lie {{engineers_apart}} salaries. Nobody is lying. What did each of them count?

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
# How do you know which words a column holds? Ask for the different (*distinct*) ones:

# %%
duckdb.sql("SELECT DISTINCT status FROM 'customers.parquet'")

# %% [markdown]
# `active` pays and is served, `paused` pays a reduced fee and gets no visits, `closed` has left. You have now seen all
# that this hour needs.

# %% [markdown]
# ## Predict, then run (4 min)
#
# The table has {{sales}} rows; Lena counts {{service}} of them. Of the rows that she leaves out, how many are *paused*
# rather than gone? Put a number in place of the first dots, and in place of the second how sure you are, from 0 to 100,
# that you are within 100 of the truth. A wrong guess costs nothing, and tends to stick.

# %% predict="paused"
predict("paused", ..., confidence=...)

# %% [markdown]
# ## Your turn (18 min)
#
# Each task has two boxes: one where you write, one that checks. Run both. If a card says that something went wrong, read
# its **Next** line. You cannot break anything here.
#
# ### 1 · Every row (2 min)
# How many rows in all? Copy the part of the Coast question that starts with `duckdb.sql`, put it in place of the dots, and cut what keeps only the
# Coast.

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
# Lena counts the rows whose `status` is the word active. Write that question, in place of the dots.

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
# Test accounts are made by our own people to try things out. Their `account_type` is `'test'`. How many of the rows in **Lena's** count are
# test accounts? One number, from one question to the table.

# %% answer="nobody"
nobody = ...
### BEGIN SOLUTION
nobody = duckdb.sql("SELECT count(*) FROM 'customers.parquet' WHERE status = 'active' AND account_type = 'test'")
### END SOLUTION
nobody

# %% check="nobody"
check("nobody")

# %% [markdown]
# **You have it.** The rest of the hour is yours to decide with: a vote, a memo, one question for Monday. First, a picture. Run the box; its code can
# wait until week 2.

# %%
import matplotlib.pyplot as plt

rows = duckdb.sql("""
    SELECT if(account_type = 'test', 'our own tests', status) AS kind, count(*) AS n
    FROM 'customers.parquet' GROUP BY kind ORDER BY n
""").df()
bars = plt.barh(rows["kind"], rows["n"])
plt.bar_label(bars, labels=[f"{n:,}" for n in rows["n"]], padding=4)
plt.title("Three people drew three lines through one table")
plt.xlabel("rows in customers")
plt.show()

# %% [markdown]
# **In words:** of {{sales}} rows, {{active_real}} are active, {{closed_real}} closed, {{paused_real}} paused and {{tests}} our own tests. Owen counts all
# four bars. Tom counts active and paused. Lena counts active, and the tests that somebody left switched on.

# %% [markdown]
# ## Vote (3 min)
#
# Lena wants hers on the board's slide: "These are the people who ring us." Your reply? One letter between the quotes; your
# coach shows how the others voted.
#
# - **a** Use hers: she knows them best of all.
# - **b** Use Tom's: he signs the accounts.
# - **c** Ask Ines what the number is to decide.
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
# Ines has answered from the stairs: *"It decides hiring. Whom must we visit?"* Write to her, 60 to 150 words, for Thursday.
#
# - One number from this page, and what one row of it is.
# - What does it leave out, and roughly how much?
# - What does the board decide with it, and who owns the definition?
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
# **Ten minutes more?** Stop here with a clear conscience, or ask the table something that nobody set you: which words does `account_type`
# hold? How many homes on the Coast have left? Change the words below and run it as often as you like.

# %%
duckdb.sql("SELECT count(*) FROM 'customers.parquet' WHERE region = 'Coast' AND status = 'closed'")
