"""What goes wrong in training, said in words: symptoms that are looked for in data, network, passes and history."""
