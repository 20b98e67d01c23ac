"""Compile all kernels into the cache folder, so that no batch does."""

from genphase.jobs.compile import load_kernels

if __name__ == "__main__":
    from genphase.logs import logged

    with logged(snakemake.log[0]):
        load_kernels(workers=snakemake.threads)
