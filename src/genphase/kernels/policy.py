"""When the fast iteration changes its way: constants, and what each was measured by.

They decide how an iterate is computed, never which. ``docs/frozen.md`` says what each rule is
worth.
"""

# Costs, in multiplications with one number read, of what does not grow with the network: calls,
# counters and small loops. Fitted to times of iterations of networks of 10 to 100 units.
PASS_OVERHEAD = 3e3
LOOK_OVERHEAD = 3e3
HINGE_OVERHEAD = 4e3
REGION_OVERHEAD = 3e4
# Matrix products use a number that they have loaded more often than a pass does.
PRODUCT_SPEED = 1.5

# A region has room for as many hinges as cost as much as the region itself, within these bounds.
# More than the most would need as much time at every look as a pass takes.
FEWEST_HINGES, MOST_HINGES = 64, 256

# Where a trial has threads: the fewest multiplications that are worth one of their own, as waking
# it takes some 5 µs.
LEAST_SHARE = 1 << 17

# By which factor a frozen phase that ended without a gain makes the next one wait longer.
PATIENCE_GROWTH = 4

# The credit of a frozen phase in plain steps: what it begins with; and in regions, with what it
# begins with, the most that it can save.
FIRST_CREDIT = 8.0
MOST_CREDIT = 4.0

# The radius of the first ball, in lengths of the first step.
FIRST_RADIUS = 4.0
# What is spent on a ball is kept between these many looks at all units, by its radius; at the
# upper end it is left.
FEWEST_LOOKS, MOST_LOOKS = 2.0, 8.0
# A ball that holds more than one in this number of units saves too little.
ONE_WATCHED_OF = 2

# What a look costs for a hinge that is flipped: half of the units stand behind it, on average.
PART_BEHIND = 0.5

# Of blind demodulation: for how many iterations a pattern rests before its network is frozen, how
# many times longer after one that thawed before it had earned its maps, the most, and for how many
# iterations for each unknown it has then been frozen.
FIRST_REST, REST_GROWTH, MOST_REST, EARNED = 2, 4, 256, 2

# Power iteration estimates a spectral norm from below. With this margin and these steps, more
# for thin layers whose first vector can miss the largest direction, the norms of 6 of 20 000
# Gaussian layers of 1 to 200 units on each side were larger, by 8 % at most.
NORM_MARGIN, NORM_STEPS, THIN_STEPS = 1.15, 8, 64

# A hair more than the radius, for the rounding of the two sides that are compared.
MARGIN = 1 + 1e-9
# ‖r‖² is a difference of numbers of the size of ‖b‖², and so right to some 1e-13 of it at k = 100:
# with so much added, it is never too small, and the negation test computes f(x) where it matters.
SQUARED_ROUNDING = 1e-10
# Where hinges cancel all but this part of the signal of the region, the direction for a spiked
# matrix, which is cubic in it, has lost half of its digits.
CANCELLED = 1e-6
