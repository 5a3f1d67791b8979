# %% [markdown]
# # Week 8 · The power triangle
#
# **One skill:** turn a list into a grid, and see who decides, who only says yes, and who can stop it.
#
# Run the grey box below.

# %%
import duckdb

from grader import check, hand_in, predict, recall
from grader.labs.triangle import Person, draw, draw_mine

# %% [markdown]
# ## Before we start (3 min)
#
# Did you ask Monday's question, *where did it run?* `"yes"`, `"no"` or `"not yet"` in the first empty quotes, in the last what came back.

# %% recall="monday"
recall("monday", "", came_back="")

# %% [markdown]
# **From week 7.** A depot tries a checklist, and its jobs run 4 points better. You shuffle the label *checklist* among all jobs, 1,000 times; in
# 300 shuffles the gap is at least as large. What do you say?
#
# - **a** It works: the gap is 4 points.
# - **b** It does nothing: the gap is luck.
# - **c** Not shown: luck often does as well.
# - **d** It works, with 700 chances in 1,000.
#
# One letter between the last quotes.

# %% recall="three-hundred-shuffles"
recall("three-hundred-shuffles", "")

# %% [markdown]
# ## The situation (2 min)
#
# Wednesday, 18 November, 17:40. The AI committee shows hands on the churn assistant (it finds likely leavers), {{budget}} EUR. **{{room}} hands of {{people}}** go up. You
# write the minutes. The vote that counts is on {{decide_by}}.
#
# - **Ines**, the boss: *"Settled. I announce it at eight tomorrow."*
# - **Farid**, tech: *"I looked round. Nobody is against it."*
# - **Mirela**, business: *"I was for it before it had a name."*
# - **Lena**, Service, has her hand up and her eyes on the clock.

# %% [markdown]
# **Henrik** chairs, says nothing, and stays behind. Since spring everybody, Ines too, drops a note into his hat on the way out: yes or no, signed.
# Who wrote what is for the chair and whoever writes the minutes alone. He has made a table of hands and notes, for eight initiatives. *"Draw me
# who carries this."*
#
# Should Ines announce it?

# %% [markdown]
# ## Watch a list become a grid (4 min)
#
# In `stakeholders.parquet` one row is **one person in one initiative**: {{people}} people, {{initiatives}} initiatives, {{rows}} rows. Each
# stands in a corner: `boss` (is it paid for?), `tech` (does it run?) or `business` (whom does it serve?). `I01` is the churn assistant:

# %%
duckdb.sql("""
SELECT initiative_id, person, corner, energy, public_vote
FROM 'stakeholders.parquet'
WHERE initiative_id = 'I01' AND energy <> 'rest' LIMIT 4
""")

# %% [markdown]
# `public_vote` is the hand. `energy` is from the minutes: `push` asks for the next step, `drag` for one more thing first, `rest` for nothing.
#
# How much of each, in each corner? Grouped by both columns that is nine rows. The same nine counts as a grid:

# %%
duckdb.sql("""
PIVOT 'stakeholders.parquet'
ON energy
USING count(*)
GROUP BY corner
ORDER BY corner
""")

# %% [markdown]
# A **pivot**, as in Excel. The words in the column behind `ON` become headings. `GROUP BY` makes the rows, as in week 2. `USING` says what is
# worked out in each cell. There is no `SELECT`.
#
# First row: the three people of `boss`, in eight initiatives, dragged {{boss_drag}} times.

# %% [markdown]
# ## Predict, then run (4 min)
#
# Ines had asked an assistant: *"How united are we?"* It **wrote**:
#
# ```
# -- what each corner says of each initiative
# PIVOT 'stakeholders.parquet'
# ON initiative_id
# USING max(public_vote)
# GROUP BY corner
# ORDER BY corner
# ```
#
# `max` keeps the largest; among words, the last in the alphabet. Of all {{rows}} votes in the room {{room_no}} were `no`. The grid has {{cells}} cells, each
# for three people or six: in how many will `yes` stand? Digits; then how sure you are, from 0 to 100, that it is at most 1 off.

# %% predict="cells-of-yes"
predict("cells-of-yes", ..., confidence=...)

# %%
duckdb.sql("""
-- what each corner says of each initiative
PIVOT 'stakeholders.parquet'
ON initiative_id
USING max(public_vote)
GROUP BY corner
ORDER BY corner
""")

# %% [markdown]
# One hand is enough for a corner's `yes`. A pivot squeezes rows into cells: ask what stands behind `USING`.
#
# ## Your turn (15 min)
#
# ### 1 · On paper, and in fact (4 min)
# In `initiatives.parquet` one row is one initiative: whom the paper names as decider, and whose word settles it, by the minutes. Here they are one
# person:

# %%
duckdb.sql("""
SELECT initiative_id, name, formal_decider, actual_decider
FROM 'initiatives.parquet'
WHERE formal_decider = actual_decider
ORDER BY initiative_id
""")

# %% [markdown]
# Where are they **two**? Copy that question over the dots (`they_differ =` stays) and change one sign.

# %% answer="they-differ"
they_differ = ...
### BEGIN SOLUTION
they_differ = duckdb.sql("""
SELECT initiative_id, name, formal_decider, actual_decider
FROM 'initiatives.parquet'
WHERE formal_decider <> actual_decider
ORDER BY initiative_id
""")
### END SOLUTION
they_differ

# %% check="they-differ"
check("they-differ")

# %% [markdown]
# ### 2 · In the room, and alone (5 min)
# Now the hat: `private_vote` is the word on the note. Take those who said yes in the room:

# %%
said_yes = duckdb.sql("SELECT * FROM 'stakeholders.parquet' WHERE public_vote = 'yes'")

# %% [markdown]
# What did they write? One row for each initiative, one column for each word on the notes. Paste this over the dots only, and fill each blank
# with a column (`ORDER BY ALL` sorts by all of them):
#
# ```
# duckdb.sql("""
# PIVOT said_yes
# ON ____
# USING count(*)
# GROUP BY ____
# ORDER BY ALL
# """)
# ```

# %% answer="room-and-alone"
room_and_alone = ...
### BEGIN SOLUTION
room_and_alone = duckdb.sql("""
PIVOT said_yes
ON private_vote
USING count(*)
GROUP BY initiative_id
ORDER BY ALL
""")
### END SOLUTION
room_and_alone

# %% check="room-and-alone"
check("room-and-alone")

# %% [markdown]
# ### 3 · The triangle (6 min)
# The churn assistant, drawn. Run it; skip its code.

# %%
which = "I01"
called = duckdb.sql(f"""
SELECT coalesce(any_value(name), 'No {which}, only I01 to I08') FROM 'initiatives.parquet' WHERE initiative_id ILIKE '{which}'
""").fetchall()[0][0]
there = duckdb.sql(f"""
SELECT person, corner, formal_decider, actual_decider, veto, energy, public_vote, private_vote
FROM 'stakeholders.parquet' WHERE initiative_id ILIKE '{which}' ORDER BY weight DESC, person
""").fetchall()
draw([Person(*row) for row in there], called)

# %% [markdown]
# A **veto** (`*`) stops it, alone. The numbers are the votes that each one holds. A **coalition** carries it: more than half of the {{votes}} votes,
# with everybody who has a veto. Which is the smallest? One letter.
#
# ```
# a   Henrik* {{votes_chair}}, Ines {{votes_chair}}, Tom* {{votes_three}}, Farid* {{votes_three}}
# b   Henrik* {{votes_chair}}, Tom* {{votes_three}}, Farid* {{votes_three}}, Mirela* {{votes_three}}
# c   Henrik* {{votes_chair}}, Tom* {{votes_three}}, Farid* {{votes_three}}, Mirela* {{votes_three}}, Lena {{votes_two}}
# d   the ten hands of Wednesday, {{votes_of_ten}} in all
# ```

# %% answer="smallest-coalition"
smallest_coalition = ""
### BEGIN SOLUTION
smallest_coalition = "c"
### END SOLUTION

# %% check="smallest-coalition"
check("smallest-coalition")

# %% [markdown]
# **You have it.** The rest is for deciding; with ten minutes more, put `I06` into the triangle's box.
#
# An **illusion of consensus**: hands that the notes take back; here four, Mirela's among them. Three of them drag, and whoever
# drags writes no, {{drags_no}} times of {{drags}}. Only who holds the notes knows that.
#
# The paper names Lena nowhere; her word settled `I03` for Mirela, business, and `I08` for Farid, tech. A **bridge**: her word counts in both corners.
# Why does she drag? *Who rings those it finds?* That can be traded.
#
# A small **loop**, Aiko's visits: renewals come up; a lot picks who gets one; who renews is counted. If the visited renew no more often
# than others, it stops.

# %% [markdown]
# ## Vote (4 min)
#
# Seven in the evening. Ines rings; she has not seen the notes. *"Do I announce?"* The hat goes round again on {{decide_by}}. Your reply? One letter.
#
# - **a** No: talk to four of them first. I send you their names.
# - **b** No: alone, only {{alone}} of {{people}} are for it. I send no names.
# - **c** Yes: even alone, {{votes_alone}} of {{votes}} votes are for it, over half.
# - **d** Not yet: let each of them say it again, aloud, by name.

# %% answer="do-i-announce"
do_i_announce = ""
### BEGIN SOLUTION
do_i_announce = "b"
### END SOLUTION

# %% check="do-i-announce"
check("do-i-announce")

# %% [markdown]
# ## Your own initiative (16 min)
#
# Take one that is being decided this quarter: ten answers between the quotes, six minutes. Roles suffice, a comma between two people, each
# spelled one way. What you do not know stays empty; `nobody` is an answer.
#
# **The box is private**: it and its picture are left out of your hand-in. A word in `save`, such as `"mine"`, puts the picture beside this
# notebook, for a deck, without private votes; who drags still shows.

# %% private
draw_mine(
    "",  # what you call it
    boss="", tech="", business="",  # 1 to 3: who stands in each corner?
    on_paper="",  # 4: who is named as decider?
    in_fact="",  # 5: whose word ends it?
    veto="",  # 6: who can stop it alone?
    push="", drag="",  # 7 and 8: who does?
    no_in_the_room="",  # 9: who said no aloud?
    no_alone="",  # 10: who said yes, and would write no on a note?
    save="",
)

# %% [markdown] memo="my-triangle"
# ### Your memo
#
# To yourself, before the next meeting about it, 60 to 150 words. Your coach reads it: roles, no names. (Nothing you may write about? Take the
# churn assistant.)
#
# - Which corner is missing, or means no? One count from the triangle.
# - Which answers are guesses, and whom would you ask?
# - Who decides, on paper and in fact? Whose word do two corners take, as Lena's? What do you trade for it?
# - The smallest loop: what happens, who acts, what is measured, when does it stop? (Week 24 measures it.)
#
# Click on *Write here.*, press **Enter**, and write. At the end, **Shift + Enter**.

# %% [markdown]
# ## Your company (2 min)
#
# Put this in your calendar: *On ____, before ____ is called settled, I will ask ____ alone: what would have to be true for your yes?*
#
# **Keep:** a pivot makes headings of words; ask what fills its cells. A yes in the room is about the room.
#
# **Worth forwarding**
#
# | Before you tell me that everybody is for it | |
# |---|---|
# | Who is named, and whose word ends it? | |
# | Which corner was not there? | |
# | Who can stop it alone? | |
# | What did they say alone? | |
#
# **Hand in.** Save (**Ctrl + S**, on a Mac **⌘ S**), then run this box.

# %%
hand_in("w08")
