# %% [markdown]
# # Start here
#
# One hour a week. In the first you run a real query; by the last you review real code. The weeks that are ready are on the map below. You need to know
# nothing beforehand. A wrong answer breaks nothing: you change it, and run it again.
#
# This page takes ten minutes.

# %% [markdown]
# ## How a notebook works (4 min)
#
# A notebook is a page of text with boxes of code in it. Click into the grey box below, then press **Shift + Enter**.

# %%
staff = 180
staff * 24

# %% [markdown]
# The answer stands under the box: the holidays of 180 people, 24 days each. `[1]` at its left: the first box you ran; while a
# box works, it shows `[*]`. (Nothing yet? Press once more.) Change 24 and run it again.
# Digits alone: `1800`, not `1,800` or `1.800`.
#
# The first line gave a number a **name**. Boxes below know it once this one has run, so go from top to bottom.
#
# **What red means.** Something is wrong, such as a name misspelled. Whoever writes code sees it twenty times a day. Here a card says what
# happened and what to do next. Run both boxes: the first fetches the course's tools and shows nothing, the second is wrong on purpose.

# %%
from grader import check, hand_in, predict, recall

# %% raises
print(staf)

# %% [markdown]
# The card names the word that is unknown, and one that is near. The red line under it has the error's name, for whoever
# asks you for it.
#
# **When you are stuck:**
#
# 1. Run the boxes above once more: menu **Run**, then *Run All Above Selected Cell*. (It goes on past the error above, which is marked as meant.)
# 2. Still odd? Menu **Kernel**, then *Restart Kernel*. It forgets all names; your text stays. Then do 1.
# 3. Wrong answers open hints, one at a time. After the third, go on: the rest of the hour does not need it.

# %% [markdown]
# **Saving.** The page saves itself every few seconds; **Ctrl + S** (on a Mac **⌘ S**) saves at once. A window says **File Changed**? Then the page is open in two
# tabs: *Overwrite* keeps what this tab shows, *Revert* takes what the other one saved. Close one of the two. No mouse: arrows, **Enter**, **Esc**, and
# **Tab** for links.

# %% [markdown]
# ## Where to begin (2 min)
#
# In each row, change the first number: **0** not yet, **1** with help, **2** by myself within the last year. A digit, no word; the comma stays.
# It is not handed in, and you meet it again in week 26. Then run both boxes.

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
from grader import self_assessment

self_assessment(me)

# %% [markdown]
# The map names the week: the first of that module, or of the nearest before it that has one. In doubt, take week 1: the later weeks lean on it.

# %% [markdown]
# ## The map (1 min)
#
# Run this box, and again whenever you come back. It reads what your own folder holds: your tries, predictions, recalls and hand-ins, and the answers
# above. **➜** is the week to take now.

# %%
from grader import progress

progress()

# %% [markdown]
# ## What happens with your data (2 min)
#
# - **What you type stays here**, in this folder on this machine. The course sends nothing anywhere.
# - **Your tries and predictions** stand in `journal.jsonl`, in each lesson's folder, yours until you hand in.
# - **Handing in** makes one file, and you send it. Your coach then sees answers, memo, time, your kind of
#   computer and, unless you say no, tries and predictions. Others see how often each option of a vote was chosen.
# - **In Binder** (the course in a browser, nothing installed) the machine is somebody else's, wiped when you leave: nothing of your company goes there.
# - The company here, **Kestrel & Vale Home Energy**, is invented.

# %% [markdown]
# **Keep your work.** This box puts what you worked on into one file, with a link that downloads it: each lesson that you touched, and files of your own
# unless they are very large (it says which). In Binder, run it before you leave. To go on there: drag the file into the list at the left, then run
# `bring_back("...")` with its name between the quotes.
#
# To go on at another computer, the course must be installed there; ask whoever invited you. Then open a *terminal*, the window in which one types commands
# to the machine (**Terminal** on a Mac, **PowerShell** on Windows). Type `handson start --from` and a space, drag the file into that window, and press **Enter**.

# %%
from grader import bring_back, keep_my_work

keep_my_work()

# %% [markdown]
# ## When may I use an assistant? (1 min)
#
# (ChatGPT, Copilot and their like.)
#
# - **For an exercise: after your own first try.** You are here to read what it writes, and that takes having written some.
# - **For the memo: no.** It is graded for your judgement. **In the spare minutes:** as much as you like.
# - **Never** paste a customer's name, or anything that your company has not cleared, into an assistant that it has not cleared.
#
# **Ready?** Click a week in the map. It opens in place of this page; the menu **Tabs** brings you back.
