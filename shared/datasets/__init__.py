"""The dataset of a label: its rows, the files it streams into, and what its features are like."""
