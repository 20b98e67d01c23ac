"""Compile all kernels into the cache folder, so that no batch does."""

from genphase.compile import compile_kernels
from genphase.logs import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        compile_kernels(snakemake.threads)
