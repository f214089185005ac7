"""Long runs of damaged inputs: `make torture`. Samples of them are among the tests."""
