"""The commands of the command line, one a module: `add(commands, settings)` registers its parser."""
