"""Parts of pages that are made when the site is built, and links that work on a forge and here."""
