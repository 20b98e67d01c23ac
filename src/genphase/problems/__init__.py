"""Problems: what is recovered from what. One file each, which names it."""
