"""Training, read downward: batches, one step, the loop over epochs, resuming, and `Trainer`."""
