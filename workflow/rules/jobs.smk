# The inputs of jobs. Snakemake's own reasons to repeat a job, by the times of its files and its
# memory of the last run, are not asked: the inputs of files that are current are `ancient`. A job
# whose files are not is forced, and repeated after those that make its inputs.


def reading(name, recipe):
    """What marks the inputs of a job: not to be looked at where its files are current."""
    return list if RUN.to_make(name, recipe) else partial(map, ancient)


@told
def trials_of(wildcards):
    name = wildcards.sweep
    mark = reading(name, RUN.recipes(name).tables())
    return list(mark([f"{RESULTS}/{name}/trials.csv"]))


@told
def kernels_for_batch(wildcards):
    needed = RUN.needs_kernels(wildcards.sweep, wildcards.batch)
    return [KERNELS if needed else ancient(KERNELS)]


@told
def kernels_for_traces(wildcards):
    mark = reading(wildcards.sweep, RUN.recipes(wildcards.sweep).traces())
    return list(mark([KERNELS]))


@told
def before_images(wildcards):
    """The kernels, and where x̂ is kept the batches: the store has it after them."""
    name = wildcards.sweep
    mark = reading(name, RUN.recipes(name).images(wildcards.figure))
    return {"kernels": mark([KERNELS]), "batches": mark(RUN.kept_files(name))}


@told
def drawn_from(wildcards):
    """The tables that a figure is drawn from, by name."""
    name, figure = wildcards.sweep, wildcards.figure
    tables = RUN.drawn_from(name, figure)
    mark = reading(name, RUN.recipes(name).figure(figure))
    return dict(zip(tables, mark(tables.values()), strict=True))


@told
def explored_from(wildcards):
    """The tables that a figure's explorer is made from, by name."""
    name, figure = wildcards.sweep, wildcards.figure
    tables = RUN.explored_from(name, figure)
    mark = reading(name, RUN.recipes(name).explorer(figure))
    return dict(zip(tables, mark(tables.values()), strict=True))


@told
def described_by(wildcards):
    """The tables that README.txt tells of, by name."""
    name = wildcards.sweep
    tables = RUN.described_by(name)
    mark = reading(name, RUN.recipes(name).readme())
    return dict(zip(tables, mark(tables.values()), strict=True))


@told
def published_of(wildcards):
    """The CSV files of a figure's overlays."""
    name, figure = wildcards.sweep, wildcards.figure
    mark = reading(name, RUN.recipes(name).overlays(figure))
    return list(mark(RUN.published(name, figure)))


def built_rounds(wildcards, count):
    """The files of the first rounds of a refinement, or a budget: Snakemake makes them first."""
    budget = RUN.has_budget(wildcards.sweep)
    made = checkpoints.allot_trials if budget else checkpoints.refine_grid
    return [
        made.get(sweep=wildcards.sweep, round=str(number)).output[0]
        for number in range(1, count + 1)
    ]


def batches_for(wildcards, recipe, count):
    """The batches of the grid and of its first rounds, for a job's recipe."""
    rounds = built_rounds(wildcards, count)
    mark = reading(wildcards.sweep, recipe)
    files = list(mark(RUN.batch_files(wildcards.sweep, rounds)))
    name = "shares" if RUN.has_budget(wildcards.sweep) else "rounds"
    return {"batches": files} | ({name: list(mark(rounds))} if rounds else {})


@told
def before_round(wildcards):
    """What decides the points that a round adds: the rounds before it, and all their batches."""
    number = int(wildcards.round)
    recipe = RUN.recipes(wildcards.sweep).round(number)
    return batches_for(wildcards, recipe, number - 1)


@told
def before_shares(wildcards):
    """What decides the trials that a round gives: the rounds before it, and all their batches."""
    number = int(wildcards.round)
    recipe = RUN.recipe_of_round(wildcards.sweep, number)
    return batches_for(wildcards, recipe, number - 1)


@told
def all_rounds(wildcards):
    name = wildcards.sweep
    return batches_for(wildcards, RUN.recipes(name).trials(), RUN.rounds(name))
