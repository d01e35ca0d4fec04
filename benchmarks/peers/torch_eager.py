#!/usr/bin/env python3
"""PyTorch's overhead an operation on ten numbers, on request: one line in (the workload), one line out (fastest seconds an operation).

Needs: python3-torch (Debian).
"""

import sys
import time

try:
    import torch
except ImportError:
    print("none", flush=True)
    sys.exit()

OPERATIONS = 1000
torch.set_num_threads(1)
a, b = torch.randn(10), torch.randn(10)
w = torch.randn(10, requires_grad=True)


def add():
    for _ in range(OPERATIONS):
        a + b


def record_and_reverse(step):
    def run():
        y = w
        for _ in range(OPERATIONS):
            y = step(y)
        y.sum().backward()
        w.grad = None

    return run


WORKLOADS = {
    "add": add,
    "grad add": record_and_reverse(lambda y: y + b),
    "grad multiply": record_and_reverse(lambda y: y * b),
    "grad tanh": record_and_reverse(torch.tanh),
}

print(f"PyTorch {torch.__version__}", flush=True)
for line in sys.stdin:
    run = WORKLOADS[line.strip()]
    run()
    fastest = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        run()
        fastest = min(fastest, time.perf_counter() - start)
    print(fastest / OPERATIONS, flush=True)
