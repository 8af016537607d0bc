"""Training, from below to above: gate, batches, step, plan, training, callback, resuming, loop, trainer."""
