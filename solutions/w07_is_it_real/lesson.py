# %% [markdown]
# # Week 7 · Is it real?
#
# **One skill:** call a function, and ask how often luck does as well.
#
# Run the grey box below, as every week.

# %%
import duckdb
import matplotlib.pyplot as plt
import numpy as np

from grader import check, hand_in, predict, recall

# %% [markdown]
# ## Before we start (4 min)
#
# Did you ask Monday's question? `"yes"`, `"no"` or `"not yet"` in the first empty quotes, and in the last ones what came back.

# %% recall="monday"
recall("monday", "", came_back="")

# %% [markdown]
# **From week 6.** A funnel: 600 leads, 300 contacted, 60 surveyed, 30 quoted, 15 installed. Which stage is the worst, and why?
#
# - **a** Contacted: of all the stages it loses the most leads.
# - **b** Installed: of all the stages it has the fewest leads.
# - **c** Surveyed: of those who came, it keeps the smallest share.
# - **d** Leads: of all that follows, they set the upper limit.

# %% recall="worst-stage"
recall("worst-stage", "")

# %% [markdown]
# **From week 4.** Ten customers got a survey. Five gave an 8; five cells are empty. "So that the table is complete", somebody writes a 0 into
# those five. What will `avg` say now?
#
# - **a** 8: zeros add nothing to the total.
# - **b** 4: silence has become an opinion.
# - **c** 0: the zeros are now in the middle.
# - **d** `NULL`: one unknown makes all unknown.

# %% recall="five-silent"
recall("five-silent", "")

# %% [markdown]
# ## The situation (3 min)
#
# Wednesday, 13:35. In spring {{customers}} plans came up for renewal, for three more years each. {{visited}} of these customers first got a **welcome
# visit**: an engineer looks at the boiler, explains the plan and accepts a coffee. A visit costs {{visit}} EUR. A renewal brings 720: three years' margin,
# at 240.
#
# Aiko's slide: of the visited, **{{pilot}}%** renewed; of the others, **{{usual}}%**. Next spring 2,000 plans come up. A visit for each is
# **{{all_visits}} EUR**, and at two o'clock Ines decides: roll out, extend the pilot, or stop.

# %% [markdown]
# - **Aiko**, head of Valley, ran most of it: *"{{lift}} points. Everybody gets one, from January."*
# - **Tom**, finance: *"{{lift}}% of 720 is {{worth}} EUR a visit. It costs {{visit}}. For once I am for something."*
# - **Lena**, Service: *"2,000 coffees. I have twelve engineers, and it will be winter."*
# - **Sunniva**, the data scientist: *"How often would luck have done that?"*
#
# Nobody drew lots for a visit. In each region the engineers chose whom they went to see.
#
# Ines: *"Is it real? Yes or no."*

# %% [markdown]
# ## Watch luck at work (7 min)
#
# In `experiment.parquet` one row is one of those customers. `arm` holds `pilot` for the visited, `usual` for the others. `renewed` is 1 or 0, so its mean is the
# share that renewed:

# %%
duckdb.sql("""
SELECT arm, count(*) AS customers, round(100 * avg(renewed), 1) AS percent_renewed
FROM 'experiment.parquet'
GROUP BY arm
ORDER BY arm
""")

# %% [markdown]
# The first share less the second, {{lift}} points, is the **lift**.
#
# Suppose the visit did nothing. Then `pilot` is a word on a card. Collect all {{customers}} cards, shuffle them, and deal them anew: {{visited}} customers get
# a `pilot` by blind chance. They too will show a lift, and no visit made it. That is what luck can do: a **shuffle test**.
#
# Sunniva has written the dealing as a **function**: a piece of work with a name. Run both boxes; skip the code of the first, and read the second.

# %%
people = duckdb.sql("SELECT region, arm, renewed FROM 'experiment.parquet' ORDER BY region, customer_id").df()
renewed = people["renewed"].to_numpy()
cards = (people["arm"] == "pilot").to_numpy()


def lift(dealt):
    return round(float(100 * (renewed[dealt].mean() - renewed[~dealt].mean())), 1)


aikos_lift = lift(cards)

# %%
def deal(number):
    draws = np.random.RandomState(number).random_sample(len(cards))
    dealt = cards[np.argsort(draws)]
    return lift(dealt)

# %% [markdown]
# Read aloud: *define* `deal`, which wants a number. Each card draws a lot; the cards are handed out in the order of their lots; the lift of that deal is
# *returned*.
#
# You need not write a function to use one. You **call** it: its name, and in brackets the number it wants. This is deal number 1:

# %%
deal(1)

# %% [markdown]
# What stands below is what it returned: a lift, in points. A minus says that those with a `pilot` card renewed less. Write 2 in the brackets and run
# it; then 1 again. Another number is another deal; the same number is the same deal, on anybody's machine.

# %% [markdown]
# ## Predict, then run (4 min)
#
# One deal proves nothing. This an **assistant wrote**; it calls `deal` with 1, 2, 3 and so on, and counts the deals that reach Aiko's lift:

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
# The number in the brackets was how many deals; what it returned is how many of them were as good. Aiko has seen it and books the engineers. What did the
# assistant's code really count? You will know in ten minutes.

# %% [markdown]
# ## Your turn (18 min)
#
# ### 1 · Region by region (3 min)
# Greta rings, from North: *"Up here nobody noticed."* Ask the question of Aiko's slide again, with one row for each **pair** of region and arm. Paste this
# over the dots (`by_region =` stays) and fill the two blanks.
#
# ```
# duckdb.sql("""
# SELECT ____, arm, count(*) AS customers, round(100 * avg(renewed), 1) AS percent_renewed
# FROM 'experiment.parquet'
# GROUP BY ____
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
# ### 2 · The flip (3 min)
# Hold your six rows against Aiko's two. In each region the visited renewed **less** than the others; in the whole company, **more**. Nobody has
# miscounted: it is called **Simpson's paradox**. Where does the company's lift come from? One letter.
#
# - **a** From chance: a region has few customers, and a company has enough.
# - **b** From Aiko: her visits were good enough to make up for the other two.
# - **c** From averaging: the mean of three regions is not that of a company.
# - **d** From the map: most visits fell where most renew, visited or not.

# %% answer="the-flip"
the_flip = ""
### BEGIN SOLUTION
the_flip = "d"
### END SOLUTION

# %% check="the-flip"
check("the-flip")

# %%
shares = duckdb.sql("""
    SELECT coalesce(region, 'all three') AS place, arm, count(*) AS customers, 100 * avg(renewed) AS percent
    FROM 'experiment.parquet' GROUP BY GROUPING SETS ((region, arm), (arm)) ORDER BY place = 'all three', percent DESC
""").df()
wide = shares.pivot(index="place", columns="arm", values="percent")
below = (wide.drop("all three")["pilot"] < wide.drop("all three")["usual"]).sum()
finding = f"The visited renewed less in {below} regions of 3, and {aikos_lift} points more in all"

# %%
axis = plt.subplots(figsize=(9, 4))[1]
rows = {"Valley": 0, "Coast": 1, "North": 2, "all three": 3.4}
for _, one in shares.iterrows():
    up, face, word = (0.16, "black", "visited") if one["arm"] == "pilot" else (-0.16, "white", "not")
    place = rows[one["place"]] + up
    axis.plot([50, one["percent"]], [place, place], color="0.8", linewidth=1, zorder=0)
    axis.scatter(one["percent"], place, s=one["customers"] / 1.6, color=face, edgecolor="black", zorder=2)
    axis.text(93, place, f"{one['percent']:.1f}% of {one['customers']:,} {word}", va="center")
axis.set(yticks=list(rows.values()), yticklabels=list(rows), xlim=(50, 92), ylim=(4, -0.6), title=finding)
axis.set_xlabel("renewed, in %; the larger the disc, the more customers")
plt.show()

# %% [markdown]
# **In words:** white discs are customers without a visit, black ones those with. In each region black lies left of white. But the large black disc is
# Valley's, at {{valley_pilot}}%, and the large white one is North's, at {{north_usual}}%: so over all three, black lies right.

# %% [markdown]
# ### 3 · Which cards to shuffle (3 min)
# The assistant shuffled **all** cards on one heap, so in its deals about {{share}}% of every region is visited. In the pilot it was {{share_valley}}% of Valley
# and {{share_north}}% of North. It compared Aiko's pilot with pilots that nobody ran.
#
# A fair deal lets luck decide one thing only: **who** got the visit. All else stays as it was. Which cards may change hands?
#
# - **a** Those of one region, among themselves.
# - **b** Those of one arm, among themselves.
# - **c** Those of one ending, among themselves: renewed, or not.
# - **d** Those of all regions, but each region gets equally many.

# %% answer="which-cards"
which_cards = ""
### BEGIN SOLUTION
which_cards = "a"
### END SOLUTION

# %% check="which-cards"
check("which-cards")

# %% [markdown]
# ### 4 · Luck, dealt fairly (4 min)
# Sunniva's `fair_deal` shuffles inside each region: Valley keeps its {{n_valley}} visits, North its {{n_north}}. Here it is with its counter; the last line
# calls the counter, for ten deals.

# %%
def fair_deal(number):
    draws = np.random.RandomState(number).random_sample(len(cards))
    return lift(cards[np.lexsort((draws, people["region"].factorize()[0]))])


def fair_as_good(deals):
    return sum(fair_deal(number) >= aikos_lift for number in range(1, deals + 1))


fair_as_good(10)

# %% [markdown]
# Of **1,000** fair deals, how many are as good as Aiko's pilot? Call the function that counts them. Paste over the dots only, and fill both blanks: which of
# the functions, and what it is to work with (digits, no comma).
#
# ```
# ____(____)
# ```

# %% answer="fair-luck"
fair_luck = ...
### BEGIN SOLUTION
fair_luck = fair_as_good(1000)
### END SOLUTION
fair_luck

# %% check="fair-luck"
check("fair-luck")

# %%
axis = plt.subplots(figsize=(9, 3.8))[1]
for dealing, grey, words in ((deal, "0.75", "all on one heap"), (fair_deal, "0.35", "inside each region")):
    lifts = [dealing(number) for number in range(1, 1001)]
    bars = axis.hist(lifts, bins=np.arange(-8, 20, 0.5), color=grey)[0]
    axis.text(np.mean(lifts), bars.max() + 6, f"{words}: {np.mean(lifts):.1f} on average", ha="center")
axis.axvline(aikos_lift, color="black", linewidth=2, linestyle="--")
axis.text(aikos_lift - 0.2, 130, f"Aiko's pilot: {aikos_lift}", ha="right", weight="bold")
axis.set(xlabel="lift of a deal, in points: 1,000 deals each", ylabel="deals", ylim=(0, 145))
axis.set_title(f"Without any visit that works: {np.mean(lifts):.1f}. With Aiko's: {aikos_lift}")
plt.show()

# %% [markdown]
# **In words:** the light hill is the assistant's deals, round zero; Aiko's line stands at its far right. The dark hill is the fair deals, round
# {{nothing}}; there, her line stands at the far left. Visits placed as hers were show {{nothing}} points although nobody rings a bell.

# %% [markdown]
# ### What each error costs (2 min)
#
# **You have it.** The rest is for deciding: 2,000 renewals, {{visit}} EUR a visit, 720 a renewal.
#
# | Ines decides | and in truth the visit | that costs |
# |---|---|---|
# | roll out | does nothing | {{all_visits}} EUR |
# | roll out | loses {{harm}} points, as in the regions | {{all_visits}} + {{lost}} EUR |
# | stop | brings {{lift}} points, as on the slide | {{missed}} EUR not earned |
# | extend: 600 visits, 200 in each region, drawn **by lot** | is whatever it is | {{extend}} EUR and a year |

# %% [markdown]
# ## Vote (3 min)
#
# Tom writes the minutes: *"One line on the visit itself, please. Whatever is true."* One letter.
#
# - **a** It works: the company's lift is far beyond luck.
# - **b** It hurts: the lift is below zero in each region.
# - **c** It is open: nobody drew lots for who got a visit.
# - **d** It is idle: nearly every fair deal does as well.

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
# Aiko has looked at the dark hill for a while. *"You dealt out my customers like cards."* Then she left the room. It is 13:52.
#
# To Aiko, 60 to 150 words; Ines gets a copy and decides by it. Roll out, extend or stop?
#
# - What you advise, and a number from this page that carries it.
# - What that number cannot say. (Whom did the engineers go to see?)
# - The error you risk and the one you avoid, in euros; and who decides.
# - What would make you change your mind?
#
# Double-click the box below, write, and press **Shift + Enter**.

# %% [markdown]
# ## Your company (3 min)
#
# Put it in your calendar: *On ____, when I hear that a pilot worked, I will ask ____: where did it run, and how do they do there without it?*
#
# **Keep:** shuffle what is said to have done it, and leave all else where it was. Then see how often luck does as well.
#
# **Worth forwarding**
#
# | Before we roll out what worked | |
# |---|---|
# | Who got it, and who chose them? | |
# | Like with like: the lift in each group | |
# | How often does luck do as well? | |
# | What does each error cost? | |

# %% [markdown]
# **Hand in.** Save first: **Ctrl + S** (on a Mac **⌘ S**). Then run this box.

# %%
hand_in("w07")

# %% [markdown]
# **Ten minutes more?** Stop here with a clear conscience. Or ask the other way round: how many of 1,000 fair deals are as **low** as Aiko's pilot, or lower? Would you
# say in a meeting that the visit does harm?

# %%
sum(fair_deal(number) <= aikos_lift for number in range(1, 1001))
