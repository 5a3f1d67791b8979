# %% [markdown]
# # Week 7 · Is it real?
#
# **One skill:** call a function, and ask how often luck does as well.
#
# Run the grey box below.

# %%
import duckdb
import matplotlib.pyplot as plt
import numpy as np

from grader import check, hand_in, predict, recall

# %% [markdown]
# ## Before we start (4 min)
#
# Did you ask Monday's question, *of whom, and what is one row at the top?* `"yes"`, `"no"` or `"not yet"` in the first empty quotes, in the last what came back.

# %% recall="monday"
recall("monday", "", came_back="")

# %% [markdown]
# **From week 6.** Of 600 leads, 300 are contacted, 60 surveyed, 30 quoted, 15 installed. Which stage is the worst?
#
# - **a** Contacted: it loses the most leads.
# - **b** Surveyed: it keeps the smallest share.
# - **c** Quoted: half of a few is hardly any.
# - **d** Installed: it has the fewest leads.

# %% recall="worst-stage"
recall("worst-stage", "")

# %% [markdown]
# **From week 4.** Ten customers got a survey: five gave an 8, five cells are empty. Somebody writes a 0 into those five. What does `avg` say now?
#
# - **a** 8: zeros add nothing to the sum.
# - **b** 0: half of the cells now hold it.
# - **c** 4: ten cells now share the sum.
# - **d** `NULL`: one gap spoils the sum.

# %% recall="five-silent"
recall("five-silent", "")

# %% [markdown]
# ## The situation (3 min)
#
# Wednesday, 13:35. In spring {{customers}} plans came up for renewal, for three years. {{visited}} of these customers first got a **welcome visit**: an engineer looks at the boiler and accepts a coffee. It costs {{visit}} EUR; a renewal brings 720, three years' margin.
#
# Aiko's slide: of the visited, **{{pilot}}%** renewed; of the others, **{{usual}}%**. Next spring 2,000 plans come up: **{{all_visits}} EUR** of visits. At two Ines decides: roll out, extend the pilot, or stop.

# %% [markdown]
# - **Aiko**, head of Valley, ran most of it: *"{{lift}} points. Visits for everybody."*
# - **Tom**, Finance: *"{{lift}} more renewals in 100 visits, at 720: {{worth_hundred}} EUR, {{worth}} a visit. It costs {{visit}}. For once I am for something."*
# - **Lena**, Service: *"2,000 coffees, in winter, with twelve engineers."*
# - **Sunniva**, the data scientist: *"How often would luck do that?"*
#
# In each region, engineers chose whom they visited. Ines: *"Is it real? Yes or no."*

# %% [markdown]
# ## Watch luck at work (7 min)
#
# In `experiment.parquet` one row is one of those customers; `arm` is `pilot` if visited, else `usual`. `renewed` is 1 or 0, so its mean is the share that renewed:

# %%
duckdb.sql("""
SELECT arm, count(*) AS customers, round(100 * avg(renewed), 1) AS percent_renewed
FROM 'experiment.parquet'
GROUP BY arm
ORDER BY arm
""")

# %% [markdown]
# The difference, {{lift}} points, is the **lift**.
#
# Suppose the visit does nothing. Each customer holds a card, `pilot` or `usual`; whether they renewed stays with the customer. Collect all {{customers}} cards, shuffle, deal them anew: {{visited}} customers get a `pilot` by chance. They too show a lift, and no visit made it. That is a **shuffle test**.
#
# An assistant has written it. First the cards; run this box, skip its code.

# %%
people = duckdb.sql("SELECT region, arm, renewed FROM 'experiment.parquet' ORDER BY region, customer_id").df()
cards, renewed = (people["arm"] == "pilot").to_numpy(), people["renewed"].to_numpy()

def lift(dealt):
    return round(float(100 * (renewed[dealt].mean() - renewed[~dealt].mean())), 1)

aikos_lift = lift(cards)

def shuffled(number):
    return cards[np.argsort(np.random.RandomState(number).random_sample(len(cards)))]

# %% [markdown]
# The deal itself is a **function**: a piece of work with a name. The last line **calls** it: its name, then a number in brackets.

# %%
def deal(number):
    dealt = shuffled(number)
    return lift(dealt)

deal(1)

# %% [markdown]
# **In words:** `def` names the piece of work; it wants a number. `dealt` is all cards, shuffled: the number says which shuffle. `return` hands back the lift of this deal.
#
# It returned points, by luck alone. (A minus: those with a `pilot` card renewed less.) Another number is another deal; the same number, the same deal.
#
# ## Predict, then run (4 min)
#
# One deal proves nothing. So the **assistant wrote** a counter: it calls `deal` with 1, 2, 3 and so on, and counts the deals that reach Aiko's lift.

# %%
def as_good(deals):
    """Of so many deals, how many are as good as the pilot, by luck alone?"""
    return sum(deal(number) >= aikos_lift for number in range(1, deals + 1))

# %% [markdown]
# Of 1,000 deals, how many will reach {{lift}} points? Digits only; then how sure you are, from 0 to 100, that it is at most 20 off.

# %% predict="by-luck-alone"
predict("by-luck-alone", ..., confidence=...)

# %%
as_good(1000)

# %% [markdown]
# Aiko books the engineers. But with what pilots has this code compared hers? Task 3 answers.
#
# ## Your turn (17 min)
#
# ### 1 · Region by region (4 min)
# Greta rings: *"Up here nobody noticed."* Ask the slide's question, one row for each pair of region and arm. Paste over the dots (`by_region =` stays) and fill the blanks.
#
# ```
# duckdb.sql("""
# SELECT ____, arm, count(*) AS customers, round(100 * avg(renewed), 1) AS percent_renewed
# FROM 'experiment.parquet'
# GROUP BY ____, ____
# ORDER BY region, arm
# """)
# ```

# %% answer="by-region"
by_region = ...
### BEGIN SOLUTION
by_region = duckdb.sql("""
SELECT region, arm, count(*) AS customers, round(100 * avg(renewed), 1) AS percent_renewed
FROM 'experiment.parquet'
GROUP BY region, arm
ORDER BY region, arm
""")
### END SOLUTION
by_region

# %% check="by-region"
check("by-region")

# %% [markdown]
# ### 2 · Two rows a region (3 min)
# Hold each region's two rows side by side: who renewed more, the visited or the others? And on Aiko's slide? Nobody has miscounted. Where does the company's lift come from? One letter.
#
# - **a** From chance: regions have few customers, a company has enough.
# - **b** From Aiko: her visits are so good that they carry the others.
# - **c** From rounding: six shares cannot be added up to make two.
# - **d** From the map: most visits fell where most renew anyway.

# %% answer="the-flip"
the_flip = ""
### BEGIN SOLUTION
the_flip = "d"
### END SOLUTION

# %% check="the-flip"
check("the-flip")

# %% [markdown]
# In each region the visited renewed less, in the company more: **Simpson's paradox**.
#
# ### 3 · Deal like hers (3 min)
# The assistant shuffled all cards on one heap, so in its deals about {{share}}% of every region is visited. In Aiko's pilot: {{share_valley}}% of Valley, {{share_north}}% of North. It has compared her with pilots that nobody ran.
#
# Between which customers may you swap cards, so that Valley keeps its {{n_valley}} visits and luck decides who gets them?
#
# - **a** Two who live in one `region`.
# - **b** Two who are in one `arm`.
# - **c** Two who share one `renewed`.
# - **d** Any two: luck knows no map.

# %% answer="among-whom"
among_whom = ""
### BEGIN SOLUTION
among_whom = "a"
### END SOLUTION

# %% check="among-whom"
check("among-whom")

# %% [markdown]
# ### 4 · Luck inside the regions (5 min)
# Sunniva has read the code. Hers deals inside each region: Valley keeps its {{n_valley}} visits, North its {{n_north}}. Run it; skip its code.

# %%
def deal_inside(number):
    draws = np.random.RandomState(number).random_sample(len(cards))
    return lift(cards[np.lexsort((draws, people["region"].factorize()[0]))])

def as_good_inside(deals):
    return sum(deal_inside(number) >= aikos_lift for number in range(1, deals + 1))

# %% [markdown]
# **In words:** two functions like `deal` and `as_good`, with deals inside the regions.
#
# Of `1000` such deals, how many are as good as Aiko's pilot? Paste over the dots only and fill both blanks: which function, which number. Then run the picture.
#
# ```
# ____(____)
# ```

# %% answer="luck-inside"
luck_inside = ...
### BEGIN SOLUTION
luck_inside = as_good_inside(1000)
### END SOLUTION
luck_inside

# %% check="luck-inside"
check("luck-inside")

# %%
axis = plt.subplots(figsize=(9, 3.8))[1]
for dealing, grey, words in ((deal, "0.75", "all cards on one heap"), (deal_inside, "0.35", "inside each region")):
    lifts = [dealing(number) for number in range(1, 1001)]
    bars = axis.hist(lifts, bins=28, range=(-8, 20), color=grey)[0]
    axis.text(np.mean(lifts), bars.max() + 8, words, ha="center")
axis.axvline(aikos_lift, color="black", linewidth=2, linestyle="--")
axis.text(aikos_lift - 0.2, 325, f"Aiko's pilot: {aikos_lift}", ha="right", weight="bold")
axis.set(xlabel="lift of a deal, in points; 1,000 deals of each kind", ylabel="deals", ylim=(0, 350))
axis.set_title(f"{aikos_lift} points: beyond luck on one heap, low for luck inside the regions")
plt.show()

# %% [markdown]
# The dark hill stands round {{nothing}}, not 0: visits that do nothing, placed like hers, show {{nothing}} points from the map alone, since most fall in Valley. Hers shows {{lift}}, at its left end.
#
# ### What each error costs (2 min)
# **You have it.** A visit pays from **{{pays}} points** on ({{visit}} EUR of 720). For 2,000 plans:
#
# - Roll out, and it does nothing: {{all_visits}} EUR gone.
# - Roll out, and it loses {{harm}} points, as in the regions: {{gone}} EUR gone, {{lost}} of it in lost renewals.
# - Stop, and it would bring 10 points: 200 renewals less the visits, {{missed}} EUR missed.
# - Extend, 200 visits a region: {{extend}} EUR and a year, to know first.

# %% [markdown]
# ## Vote (3 min)
#
# Tom writes the minutes: *"What do I write about the visit? The truth, please."* One letter.
#
# - **a** It works: the company's lift is far beyond luck.
# - **b** It hurts: the lift is below zero in each region.
# - **c** It is open: nobody drew lots for who got a visit.
# - **d** It is luck: inside the regions it does as well.

# %% answer="the-minutes"
the_minutes = ""
### BEGIN SOLUTION
the_minutes = "c"
### END SOLUTION

# %% check="the-minutes"
check("the-minutes")

# %% [markdown] memo="dear-aiko"
# ## Your memo (9 min)
#
# 13:52. Aiko has looked at the dark hill. *"You dealt out my customers like cards."* She leaves the room.
#
# To Aiko, 60 to 150 words; Ines gets a copy. Roll out, extend or stop?
#
# - What you advise, and a number from this page that carries it.
# - What that number cannot say: whom did the engineers choose?
# - The error you risk, the one you avoid, in euros; who decides.
# - What would change your mind?
#
# An extended pilot answers only if a **lot** draws who is visited.
#
# Click on *Write here.*, press **Enter**, and write. At the end, **Shift + Enter**.

# %% [markdown]
# ## Your company (3 min)
#
# Put this in your calendar: *On ____, when I hear that a pilot worked, I will ask ____: where did it run, who chose, and how do they do there without it?*
#
# **Keep:** leave all as it was, shuffle only who got it, and see how often luck does as well.
#
# **Worth forwarding**
#
# > Before we roll out what worked: who got it, and who chose? Like with like, what is the lift? How often does luck do as well? What does each
# > error cost?
#
# **Hand in.** Save first: **Ctrl + S** (on a Mac **⌘ S**). Then run this box.

# %%
hand_in("w07")

# %% [markdown]
# **Ten minutes more?** Stop here with a clear conscience. Or turn it round: how many deals inside the regions lie **below** Aiko's pilot?

# %%
sum(deal_inside(number) < aikos_lift for number in range(1, 1001))

# %% [markdown]
# Luck alone seldom goes so low. Something pulls her pilot down: the visit, or whom the engineers chose. This table cannot say which.
