"""The pages that people look at: one module a page, each a function of a view of the graph and of what the address says."""
