"""``python -m lab.site commands > docs/commands.md``: pages that are made from the program."""

import sys

from lab.site.commands import commands_page

PAGES = {"commands": commands_page}

if __name__ == "__main__":
    sys.stdout.write(PAGES[sys.argv[1]]())
