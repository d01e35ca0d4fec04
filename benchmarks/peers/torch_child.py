#!/usr/bin/env python3
"""Steps of training in a process of their own: prints the peak of resident memory in KiB when they are done.

Usage: torch_child.py mlp|cnn STEPS THREADS.   Needs: python3-torch (Debian).
"""

import sys

import torch
import torch.nn.functional as F
from torch import nn

network, steps, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
if network == "mlp":
    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    x = torch.randn(64, 784)
else:
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten(),
        nn.Linear(576, 64), nn.ReLU(), nn.Linear(64, 10),
    )
    x = torch.randn(64, 1, 28, 28)
y = torch.randint(0, 10, (64,))
optimizer = torch.optim.Adam(model.parameters(), 1e-3)
for _ in range(steps):
    optimizer.zero_grad(set_to_none=True)
    F.cross_entropy(model(x), y).backward()
    optimizer.step()
with open("/proc/self/status") as status:
    print([line.split()[1] for line in status if line.startswith("VmHWM")][0], flush=True)
