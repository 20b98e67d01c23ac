# The jobs of a sweep: batches of cells, those of a refinement's rounds, and what jobs ask for.


@cache
def batches_at(name, number, text):
    """The batches of a round, of which `text` says what it adds; of the sweep's own grid at 0."""
    sweep, source = sweep_of(name), str(SWEEPS[name])
    try:
        if number > 0:
            places = read_round(text, sweep)
            cells = cells_at(sweep, number, CONFIG.seed, source, places)
        else:
            cells = expand(sweep, CONFIG.seed, source)
            if workflow.is_main_process:
                check_refinement(sweep, CONFIG.seed, source)
    except SweepError as error:
        raise WorkflowError(str(error)) from None
    grid = refined(sweep, number)
    return pack(grid, cells, CONFIG.batch_seconds, calibration_of(name))


def round_of(name, number):
    """What a round of a refinement adds, and where that is written."""
    return round_file(CONFIG.results / name, number)


@cache
def batches_in(name, rounds):
    """The batches of the sweep's own grid, and of rounds, whose files have these texts, by id."""
    found = batches_at(name, 0, "")
    for number, text in enumerate(rounds, start=1):
        found = found | batches_at(name, number, text)
    return found


def batches_of(name):
    """The batches of the sweep's own grid, and of those rounds that are there, by id."""
    rounds = []
    for number in range(1, rounds_of(name) + 1):
        try:
            text = round_as_written(round_of(name, number))
            read_round(text, sweep_of(name))
        except (FileNotFoundError, BadRound):
            break
        rounds.append(text)
    return batches_in(name, tuple(rounds))


def rounds_of(name):
    return refinement(sweep_of(name)).rounds


def built_rounds(wildcards, count=None):
    """The files of the first rounds of a refinement, or of all: Snakemake makes them first."""
    name = wildcards.sweep
    count = rounds_of(name) if count is None else count
    return [
        checkpoints.refine_grid.get(sweep=name, round=str(number)).output[0]
        for number in range(1, count + 1)
    ]


def batch_files(wildcards, for_job, count=None):
    """The batches of the grid and of the first rounds of its refinement, or of all.

    They are what the job of the recipe `for_job` reads.
    """
    name, rounds = wildcards.sweep, built_rounds(wildcards, count)
    batches = batches_in(name, tuple(round_as_written(Path(file)) for file in rounds))
    mark = reading(name, for_job)
    files = list(mark(f"{RESULTS}/{name}/batches/{batch}.csv" for batch in batches))
    return {"batches": files} | ({"rounds": list(mark(rounds))} if rounds else {})


def before_round(wildcards):
    """What decides the points that a round adds: the rounds before it, and all their batches."""
    number = int(wildcards.round)
    return batch_files(wildcards, recipes_of(wildcards.sweep).round(number), number - 1)


def all_rounds(wildcards):
    return batch_files(wildcards, recipes_of(wildcards.sweep).trials())


def batch_of(wildcards):
    found = batches_of(wildcards.sweep).get(wildcards.batch)
    if found is None:
        raise WorkflowError(f"sweep {wildcards.sweep} has no batch {wildcards.batch}")
    return found


@cache
def cells_of(name):
    """The cells of the sweep's own grid, which a refinement seldom adds as many to."""
    return sum(len(batch.cells) for batch in batches_at(name, 0, "").values())


# What jobs ask a cluster for, which ends those that take more.


def asking(cost_of):
    """The resources of a rule whose jobs cost what `cost_of` says of their wildcards."""

    def ask(wildcards, attempt):
        return request(cost_of(wildcards), cells_of(wildcards.sweep), attempt)

    return {
        "mem_mb": lambda wildcards, attempt: ask(wildcards, attempt).mem_mb,
        "runtime": lambda wildcards, attempt: ask(wildcards, attempt).runtime,
    }


def asking_in_turn(cost_of):
    """The resources of a rule whose jobs share one on a cluster, where they run one by one."""
    return asking(cost_of) | {"in_turn": 1}


def cost_of_batch(wildcards):
    return batch_of(wildcards).cost


def cost_of_tables(wildcards):
    trials = sampling_of(sweep_of(wildcards.sweep)).at_most
    return tables_cost(cells_of(wildcards.sweep) * trials)


def cost_of_traces(wildcards):
    batches = batches_at(wildcards.sweep, 0, "").values()
    sweep = sweep_of(wildcards.sweep)
    share = sweep.trace.trials / sampling_of(sweep).expected
    seconds = sum(batch.cost.core_seconds * share for batch in batches)
    memory = max(batch.cost.memory_mb for batch in batches)
    return traces_cost(Cost(seconds, memory))
