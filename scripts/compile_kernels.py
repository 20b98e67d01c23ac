"""Compile all kernels into the cache folder, so that no batch does."""

from genphase.jobs.compile import load_kernels
from genphase.logs import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        load_kernels()
