"""What is measured: one module per contender and task, each run in a process of its own."""
