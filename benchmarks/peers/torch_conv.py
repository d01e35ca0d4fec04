"""PyTorch's side of the convolution benchmark: answers each request line with the seconds of the fastest call.

Request: threads batch in out size kernel groups what seconds, with what one of forward, input, weight.
"""

import sys
import time

try:
    import torch
except ImportError:
    print("none", flush=True)
    sys.exit(0)

print(f"PyTorch {torch.__version__}", flush=True)
for line in sys.stdin:
    threads, batch, channels, out, size, kernel, groups = map(int, line.split()[:7])
    what, seconds = line.split()[7], float(line.split()[8])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    x = torch.rand(batch, channels, size, size)
    w = torch.rand(out, channels // groups, kernel, kernel)
    y = torch.nn.functional.conv2d(x, w, groups=groups)
    dy = torch.rand_like(y)

    def call():
        if what == "forward":
            with torch.no_grad():
                torch.nn.functional.conv2d(x, w, groups=groups)
        else:
            mask = [what == "input", what == "weight", False]
            torch.ops.aten.convolution_backward(dy, x, w, None, [1, 1], [0, 0], [1, 1], False, [0, 0], groups, mask)

    for _ in range(3):
        call()
    start = time.perf_counter()
    call()
    calls = max(1, int(seconds / (time.perf_counter() - start)))
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    print(min(times), flush=True)
