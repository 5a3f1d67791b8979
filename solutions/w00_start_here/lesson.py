# %% [markdown]
# # Start here
#
# One hour a week, for 26 weeks. You run a real query in the first hour and review real code in the last. Nothing is assumed, and nothing that
# you do here can break anything outside this page.
#
# This page takes ten minutes: how a notebook works, where to begin, what is there, who sees what.

# %% [markdown]
# ## How a notebook works (4 min)
#
# A notebook is a page of text with boxes of code in it. Click into the grey box below, then press **Shift + Enter**. (Its bracket still
# empty? Press once more; the page had only now woken up.)

# %%
180 * 24

# %% [markdown]
# The answer stands under the box, and `[1]` at its left says that this was the first box you ran. Change a number in it and run it again: the bracket counts
# on. Boxes run in the order in which *you* run them, so go from top to bottom.
#
# While a box works, its bracket shows `[*]`. This one takes three seconds; watch it:

# %%
import time

time.sleep(3)
print("Done.")

# %% [markdown]
# A box can **give a value a name**. Later boxes know the name, as long as this one has been run:

# %%
staff = 180
staff

# %% [markdown]
# **What red means.** Sooner or later something goes wrong: a missing quote, a name that nobody gave. Everyone who writes code sees it twenty times a day. In this
# course a mistake shows a card that says what happened and what to do next. Here is one, made on purpose. Run both boxes:

# %%
from grader import check, hand_in, predict, recall

# %% raises
print(staf)

# %% [markdown]
# The card names the word that it does not know, and one that is near. The line in red under it is for the computer's own kind; weeks from now you will read those too.
#
# **When you are stuck:**
#
# 1. Run the boxes above once more, from the top: menu **Run**, then *Run All Above Selected Cell*.
# 2. Still odd? Menu **Kernel**, then *Restart Kernel*. It forgets all names; your text stays. Run from the top again.
# 3. Wrong answers open hints, one at a time. After the third hint, go on: the rest of the hour does not need it.
#
# The page saves itself every ten seconds. **Ctrl + S** (on a Mac **⌘ S**) saves at once.

# %% [markdown]
# ## Where to begin (2 min)
#
# Seven lines, one for each module. Put a number at the start of each: 0 for *not yet*, 1 for *with help*, 2 for *alone, and I have done it this year*. Nobody else sees it,
# and you meet it again in week 26.

# %%
me = [
    0,  # 1 I can ask a table a question myself, and say what one row of it is
    0,  # 2 I can show with data where my organisation slows a decision down
    0,  # 3 I can tell a good model score from one that is too good to be true
    0,  # 4 I have automated a report, and I know what happens when it breaks
    0,  # 5 I can say how a language model makes an answer, and when it invents one
    0,  # 6 I can lay cost, delay and compliance of one option side by side
    0,  # 7 I can review a change to code that decides something
]

# %%
import json
from datetime import date
from pathlib import Path

begin_with = next((number for number, level in enumerate(me, 1) if level < 2), 7)
Path("self-assessment.json").write_text(json.dumps({"on": str(date.today()), "answers": me}))
print(f"Begin with module {begin_with}. Your answers are in self-assessment.json, beside this page.")

# %% [markdown]
# If that module has no week yet, take the nearest one before it that has. When in doubt, take week 1: the later weeks lean on it.

# %% [markdown]
# ## The map
#
# Run this box. It reads the journals in your lesson folders and nothing else. Run it again whenever you come back.

# %%
from grader import progress

progress()

# %% [markdown]
# ## What happens with your data (2 min)
#
# - **What you type stays here**, in this folder on this machine. The course sends nothing anywhere.
# - **Your tries and predictions** stand as plain text in `journal.jsonl`, in each lesson's folder, and stay yours until you hand in.
# - **Handing in** makes one zip file, and you send it. The coach then sees answers, memo, tries and predictions. Colleagues see none of it, and of votes the counts.
# - **In Binder** (the course in a browser, nothing installed) the machine is somebody else's, wiped when you leave. Nothing of your company belongs there.
# - The company in these pages, **Kestrel & Vale Home Energy**, is invented, to the last euro.

# %% [markdown]
# ## When may I use an assistant? (1 min)
#
# - **For an exercise: after your own first try**, not before. What you are here for is to read what it writes, and that takes having written some.
# - **For the memo: no.** It is graded for your judgement, and a coach who reads thirty can tell.
# - **In the spare minutes: as much as you like.** Ask it for a query, then say what the query really counts.
# - **Never** paste a customer's name, or anything that your company has not cleared, into an assistant that it has not cleared.

# %% [markdown]
# ## Ready?
#
# Click a week in the map above. It opens in place of this page; the menu **Tabs** brings you back. You need one hour and something warm to
# drink.
