# %% [markdown]
# # Week 3 · The number that doubled overnight
#
# **One skill:** lay two tables side by side, and count nothing twice.
#
# Run the grey box below.

# %%
import duckdb
import matplotlib.pyplot as plt

from grader import check, hand_in, predict, recall

# %% [markdown]
# ## Before we start (3 min)
#
# Did you ask Monday's question, *what is the median, and what is mixed in it?* `"yes"`, `"no"` or `"not yet"` in the first empty
# quotes, and in the last ones what came back.

# %% recall="monday"
recall("monday", "", came_back="")

# %% [markdown]
# **From week 2.** Ten jobs in one street: nine repairs of about 100 EUR each, and a heat pump of 15,000. It is cancelled, and you take its
# row out. What happens to the price of a job there?
#
# - **a** The mean falls far, and the median hardly moves.
# - **b** The median falls far, and the mean hardly moves.
# - **c** Both of them fall far: the largest job has gone.
# - **d** Neither of them moves: it is one job out of ten.
#
# One letter between the last quotes.

# %% recall="one-job-less"
recall("one-job-less", "")

# %% [markdown]
# ## The situation (3 min)
#
# Tuesday, 8:20. At eleven Ines is at the bank. It lends the company 60% of what customers still owe, and wants two figures for
# October: what was **billed**, with VAT, and what of that is still **open**, not paid by the 31st.
#
# Last night Tom closed October's books: **{{billed}} EUR** billed, and that is right. Then, so that the dashboard could show both figures, he had an AI
# assistant add the payments to its query. This morning it shows **{{joined}} EUR** billed, {{open_wrong}} of it open. On that, the bank
# would lend {{lent_wrong}} EUR. Nobody sold anything in the night.

# %% [markdown]
# - **Tom**, Finance: *"I tested it on September. It was {{sept_off}} off. That is timing."*
# - **Farid**, the CTO: *"My new payment system went live on 1 October. It books every cent."* It does.
# - **Owen**, Sales, has posted "best October ever". He would like it to stay up.
# - **Greta**, careful since last week, rings to ask whether it is a mean.
#
# Ines had to take a number back at this bank in 2023: *"Two figures by half past ten. This time I keep them."*

# %% [markdown]
# ## Watch two tables meet (6 min)
#
# In `invoices.parquet` one row is one invoice; in `payments.parquet` one row is one amount, booked against one invoice.
# A result with a name can be asked like a file. `*` means every column:

# %%
invoices = duckdb.sql("SELECT * FROM 'invoices.parquet'")
payments = duckdb.sql("SELECT * FROM 'payments.parquet'")
september = duckdb.sql("SELECT * FROM invoices WHERE issued_on >= '2026-09-01' AND issued_on < '2026-10-01'")
october = duckdb.sql("SELECT * FROM invoices WHERE issued_on >= '2026-10-01'")

# %% [markdown]
# A date stands in single quotes, year first. `>=` is *that day or later*, `<` is *before it*. The data end with October.
#
# A **join** puts two tables side by side. Rows with the same **key**, here the number of the invoice, belong together. Most invoices meet one
# payment, for the `whole` of it; a few are paid in instalments:

# %%
duckdb.sql("""
SELECT invoice_id, september.amount AS billed, part, payments.amount AS paid
FROM september JOIN payments USING (invoice_id)
WHERE part = 'instalment'
ORDER BY invoice_id, payment_id LIMIT 4
""")

# %% [markdown]
# `USING` names the key. Both tables have an `amount`; `september.amount` says whose. Read the first two rows: one invoice, two payments. `paid` holds the two
# halves. `billed` holds the whole invoice, twice.
#
# **After a join, one row is one match.** An invoice that meets two payments stands there twice (the trade says **fan-out**). One that
# meets none is not there at all.
#
# Tom's books say {{sept_billed}} EUR for September. After the join (`sum` adds a column up, `round` drops the cents):

# %%
duckdb.sql("""
SELECT round(sum(september.amount)) AS billed
FROM september JOIN payments USING (invoice_id)
""")

# %% [markdown]
# That is Tom's {{sept_off}}: few invoices were there twice, few were missing, and the two partly cancel.

# %% [markdown]
# ## Predict, then run (5 min)
#
# This is what the **assistant wrote** for October. A line with `--` is a note for people; the machine skips it.
#
# ```
# -- October: number of invoices, euros billed, euros received
# SELECT count(*) AS invoices,
#        round(sum(october.amount)) AS billed,
#        round(sum(payments.amount)) AS received
# FROM october JOIN payments USING (invoice_id)
# ```
#
# October has {{invoices}} invoices; a few have no payment yet. Since 1 October Farid's system books each paid invoice in two amounts or more,
# net and VAT apart. Which number will stand under `invoices`? Digits only; then how sure you are, from 0 to 100, that it is at most 50 off.

# %% predict="under-invoices"
predict("under-invoices", ..., confidence=...)

# %%
dashboard = duckdb.sql("""
-- October: number of invoices, euros billed, euros received
SELECT count(*) AS invoices,
       round(sum(october.amount)) AS billed,
       round(sum(payments.amount)) AS received
FROM october JOIN payments USING (invoice_id)
""")
dashboard

# %% [markdown]
# The heading says invoices; the column counts matches. Four of October's invoices, drawn row by row. Run both boxes; skip their code.

# %%
fan = duckdb.sql("""
    WITH each AS (SELECT invoice_id, count(payment_id) AS parts FROM october LEFT JOIN payments USING (invoice_id)
                  WHERE status <> 'open' GROUP BY 1),
         four AS (SELECT min(invoice_id) AS invoice_id FROM each GROUP BY parts
                  UNION SELECT max(invoice_id) FROM each WHERE parts = 2)
    SELECT invoice_id, october.amount AS billed, row_number() OVER (PARTITION BY invoice_id ORDER BY payment_id) AS turn,
           if(payment_id IS NULL, 'lost', if(turn = 1, 'once', 'AGAIN')) AS word, if(word = 'lost', '', format('{:,.2f}', billed)) AS amount,
           coalesce(format('beside payment {}: {} {:,.2f}', turn, part, payments.amount), 'no payment, so no row') AS beside
    FROM four JOIN october USING (invoice_id) LEFT JOIN payments USING (invoice_id) ORDER BY invoice_id, turn
""").df()
fan["start"] = fan.reset_index().groupby("invoice_id")["index"].transform("mean")
finding = f"Four invoices of {fan[fan['turn'] == 1]['billed'].sum():,.2f} EUR become seven rows of {fan[fan['word'] != 'lost']['billed'].sum():,.2f}"

# %%
axis = plt.subplots(figsize=(9, 4.4))[1]
for place, row in fan.iterrows():
    mark, colour = {"once": ("o", "C0"), "AGAIN": ("s", "C1"), "lost": ("X", "black")}[row["word"]]
    axis.plot([0, 1], [row["start"], place], color="0.5", linewidth=0 if row["word"] == "lost" else 1.5)
    axis.plot(0.3 if row["word"] == "lost" else 1, place, mark, color=colour, markersize=10, clip_on=False)
    name = f"{row['invoice_id']}    {row['billed']:,.2f}" if row["turn"] == 1 else ""
    axis.text(-0.02, row["start"], name, ha="right", va="center")
    axis.text(1.04, place, row["word"], va="center", weight="bold")
    axis.text(1.75, place, row["amount"], ha="right", va="center"), axis.text(1.81, place, row["beside"], va="center")
axis.text(-0.02, -0.9, "October's invoices", ha="right", weight="bold"), axis.text(0.98, -0.9, "rows of the join", weight="bold")
axis.set(xlim=(-0.75, 2.6), ylim=(7.6, -1.1), frame_on=False, xticks=[], yticks=[], title=finding)
plt.show()

# %% [markdown]
# **In words:** on the left, four invoices; on the right, the rows of the join. Each line is one match. A dot marks an invoice's first row
# (*once*); a square, every further one (*AGAIN*), with the same amount. An invoice paid in two instalments meets three payments. A cross is an invoice without a payment (*lost*).
# {{fan_billed}} EUR have become {{fan_joined}}.

# %% [markdown]
# ## Your turn (18 min)
#
# ### 1 · Rows and invoices (4 min)
# A check for any join: its rows, against the *different* things in them. Here, the different regions:

# %%
duckdb.sql("SELECT count(DISTINCT region) FROM october JOIN payments USING (invoice_id)")

# %% [markdown]
# How many different **invoices** are in the assistant's join? Copy that question over the dots (`paid_invoices =` stays) and change
# one word, the column: the number of an invoice stands in `invoice_id`.

# %% answer="paid-invoices"
paid_invoices = ...
### BEGIN SOLUTION
paid_invoices = duckdb.sql("SELECT count(DISTINCT invoice_id) FROM october JOIN payments USING (invoice_id)")
### END SOLUTION
paid_invoices

# %% check="paid-invoices"
check("paid-invoices")

# %% [markdown]
# ### 2 · What still holds (3 min)
# The dashboard has four tiles, all asked of that same join. (An invoice also names its VAT, in `vat`.) Which one is still right? One letter.
#
# ```
# a   Invoices paid     count(*)
# b   Euros billed      sum(october.amount)
# c   Euros received    sum(payments.amount)
# d   VAT billed        sum(october.vat)
# ```
#
# Ask of each: does it belong to the invoice, or to the payment?

# %% answer="what-holds"
what_holds = ""
### BEGIN SOLUTION
what_holds = "c"
### END SOLUTION

# %% check="what-holds"
check("what-holds")

# %% [markdown]
# ### 3 · Still open (9 min)
# The cure: before you join, add up the payments until **one row is one invoice again** (last week's `GROUP BY`). Tom has done that:

# %%
per_invoice = duckdb.sql("SELECT invoice_id, sum(amount) AS paid FROM payments GROUP BY invoice_id")
duckdb.sql("SELECT * FROM per_invoice ORDER BY invoice_id LIMIT 3")

# %% [markdown]
# And `LEFT JOIN` keeps every row of the table on its left, also one that meets nothing:
#
# ```
# bills       money       bills LEFT JOIN money
# A   100     A   100     A   100   100
# B    50                 B    50   (empty)
# ```
#
# The bank's second figure: how many euros of October's invoices are still open? One number: billed less paid. (Two sums would do for that; side by
# side, they also say *who* owes it.) Paste this over the dots only (`still_open =` stays). Fill the blanks so that nothing is repeated and nothing
# lost: which column of `per_invoice`, which kind of join, which table.
#
# ```
# duckdb.sql("""
# SELECT round(sum(october.amount) - sum(____))
# FROM october ____ ____ USING (invoice_id)
# """)
# ```

# %% answer="still-open"
still_open = ...
### BEGIN SOLUTION
still_open = duckdb.sql("""
SELECT round(sum(october.amount) - sum(paid))
FROM october LEFT JOIN per_invoice USING (invoice_id)
""")
### END SOLUTION
still_open

# %% check="still-open"
check("still-open")

# %% [markdown]
# ### Twelve months of the same join (2 min)
#
# **You have it.** The rest is for deciding. What would the assistant's join have shown in the months before? Run it; skip its code.

# %%
months = duckdb.sql("""
    SELECT strftime(issued_on, '%b') AS month, 100 * sum(amount * coalesce(matches, 0)) / sum(amount) AS percent
    FROM invoices LEFT JOIN (SELECT invoice_id, count(*) AS matches FROM payments GROUP BY 1) USING (invoice_id)
    WHERE issued_on >= '2025-11-01' GROUP BY month ORDER BY min(issued_on)
""").df()
chart = months.plot.bar(x="month", y="percent", color=["0.6"] * 11 + ["black"], legend=False, figsize=(9, 3.5), rot=0, xlabel="")
chart.bar_label(chart.containers[0], fmt="%.1f", padding=2)
chart.axhline(100, color="black", linewidth=1, linestyle="--")
chart.text(-0.4, 128, "dashed line: 100, the euros before the join")
wrong = (months["percent"].round(1) != 100).sum()
chart.set(ylabel="after the join, in % of billed", ylim=(0, 250), title=f"Wrong in {wrong} months of 12, and seen in one")
plt.show()

# %% [markdown]
# **In words:** twelve bars, November 2025 to October 2026: euros billed after the join, in per cent of those before it. Eleven bars lie
# between {{percent_low}} and {{percent_high}}; October's is {{percent_october}}. The same code twelve times.

# %% [markdown]
# ## Vote (3 min)
#
# 9:40. Ines: *"What was it? One line, for the bank."* Which do you send? One letter.
#
# - **a** Our query took for granted: one invoice, one payment.
# - **b** Our new payment system books every payment in parts.
# - **c** An AI assistant wrote a query with an error in it.
# - **d** We put a query on the dashboard without a test.

# %% answer="one-line"
one_line = ""
### BEGIN SOLUTION
one_line = "a"
### END SOLUTION

# %% check="one-line"
check("one-line")

# %% [markdown] memo="one-check"
# ## Your memo (9 min)
#
# Ines has her two figures; Owen has taken his post down. Tom writes: *"From now on you read my queries before the board reads their
# numbers. And the dashboard gets a check. One, not five. Which?"*
#
# To Tom, 60 to 150 words; Ines gets a copy. A check compares two numbers each night.
#
# - Which two numbers, and one figure from this page that it would have caught.
# - How far apart may they be? (The eleven grey bars show how far off that join would have been, unnoticed.) What does it not catch?
# - When it fails: does the tile go out? Who decides, and by when?
# - What would make you loosen it, or replace it?
#
# Click on *Write here.*, press **Enter**, and write. At the end, **Shift + Enter**.

# %% [markdown]
# ## Your company (3 min)
#
# Put this in your calendar: *On ____, when I am shown a number made of two systems, I will ask ____ for two totals: before the join, and after it.*
#
# **Keep:** after a join, one row is one match. Add up first, then join; and join only what the number needs.
#
# **Worth forwarding**
#
# | Before you join a second table to my number | |
# |---|---|
# | One row was: | |
# | One row is now: | |
# | Rows and total, before and after | |
# | Does the number need the second table? | |

# %% [markdown]
# **Hand in.** Save first: **Ctrl + S** (on a Mac **⌘ S**). Then run this box.

# %%
hand_in("w03")

# %% [markdown]
# **Ten minutes more?** Stop here with a clear conscience. Or see how October was paid: the same join, and its euros are right. Why? Then put
# `method` in all three places of `part`.

# %%
duckdb.sql("""
SELECT part, count(*) AS amounts, round(sum(payments.amount)) AS received
FROM october JOIN payments USING (invoice_id)
GROUP BY part ORDER BY part
""")
