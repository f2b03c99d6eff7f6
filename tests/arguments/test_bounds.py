"""Nothing is read or written out of bounds, whatever the shapes and strides, and whoever else writes meanwhile."""

from __future__ import annotations

from interpreter import run

# Arrays that end where a page ends, or begin where one begins, between pages that cannot be touched.
GUARD = """
    import ctypes, mmap, sys
    import numpy as np
    import lossreg

    libc = ctypes.CDLL(None, use_errno=True)
    libc.mprotect.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    PAGE = mmap.PAGESIZE

    class Guarded:
        def __init__(self, room):
            self.room = -(-room // PAGE) * PAGE
            self.map = mmap.mmap(-1, self.room + 2 * PAGE)
            self.memory = np.frombuffer(self.map, np.uint8)
            start = self.memory.ctypes.data
            for guard in (start, start + PAGE + self.room):
                assert libc.mprotect(guard, PAGE, mmap.PROT_READ * 0) == 0
            self.memory = self.memory[PAGE:PAGE + self.room]

        def place(self, array, at_end, layout):
            # The elements of the array, with its first or last byte at a guard.
            step, flip = {"plain": (1, 1), "gaps": (3, 1), "backwards": (1, -1), "gaps backwards": (2, -1)}[layout]
            width = array.dtype.itemsize
            extent = ((array.size - 1) * step + 1) * width if array.size else 0
            offset = self.room - extent if at_end else 0
            dense = self.memory[offset:offset + extent].view(array.dtype)
            placed = dense[::step][::flip].reshape(array.shape) if step * flip == 1 else (
                np.lib.stride_tricks.as_strided(
                    dense[-1:] if flip < 0 else dense, array.shape,
                    [flip * step * s for s in array.strides]) if array.size else array)
            if array.size:
                placed[...] = array
            return placed

    guards = [Guarded(1 << 21) for _ in range(8)]
    LAYOUTS = ["plain", "gaps", "backwards", "gaps backwards"]

    def targets(name, shape, dtype, rng, turn):
        info = lossreg.describe(name)
        if name == "sparse_categorical_cross_entropy":
            return rng.integers(0, shape[-1], shape[:-1]).astype([np.int8 if shape[-1] < 128 else np.int64, np.uint16, np.int32, np.float32][turn % 4])
        if info.target.has_class_indices and info.family == "pointwise":
            return rng.integers(0, 3, shape).astype([np.int8, np.int64, np.uint16, dtype][turn % 4])
        if info.family == "row-wise":
            y = rng.random(shape) + 0.1
            return (y / y.sum(-1, keepdims=True)).astype(dtype)
        y = rng.integers(0, 2, shape) if info.target.is_label else rng.random(shape) + 0.5
        return y.astype([dtype, np.float32, np.float64, np.float16][turn % 4])

    def check(name, shape, dtype, rng, turn):
        loss = lossreg.get(name)
        layout, at_end = LAYOUTS[turn % 4], turn // 4 % 2 == 0
        x = rng.random(shape).astype(dtype)
        family = lossreg.describe(name).family
        losses = shape[:-1] if family == "row-wise" else shape
        options = {}
        if turn // 2 % 2:
            options["sample_weight"] = rng.random(losses).astype(dtype)
        if turn // 3 % 2:
            options["where"] = rng.random(losses) < 0.8
            options["where"].flat[:1] = True
        scores = (x[::-1].copy(), x)[-len(loss.info.sides):]
        arrays = scores if family == "adversarial" else (targets(name, shape, dtype, rng, turn // 8), x)
        sides = len(scores) if family == "adversarial" else 1
        wanted = loss.value_grad_hess(*arrays, **options)
        fresh = iter(guards)
        placed = [next(fresh).place(a, at_end, layout) for a in arrays]
        laid = {k: next(fresh).place(a, at_end, layout) for k, a in options.items()}
        # A gradient and a Hessian, each an array, or a pair of one for each side.
        fill = [tuple(next(fresh).place(np.zeros(shape, dtype), at_end, layout) for _ in range(sides)) for _ in range(2)]
        got = loss.value_grad_hess(*placed, **laid, out=tuple(pair if sides == 2 else pair[0] for pair in fill))
        assert got[0] == wanted[0], (name, shape, dtype, turn)
        for a, b in zip(got[1:], wanted[1:]):
            assert np.array_equal(a, b), (name, shape, dtype, turn)

    rng = np.random.default_rng(0)
"""


def test_nothing_is_touched_out_of_bounds_by_pointwise_losses() -> None:
    run(
        GUARD
        + """
    sizes = [*range(1, 301), 511, 513, 1023, 1024, 1025, 2049, 4095, 4097, 65535, 65536, 65537, 65601]
    for name in lossreg.names("pointwise") + lossreg.names("adversarial"):
        for dtype in (np.float32, np.float64):
            for turn, size in enumerate(sizes):
                check(name, (size,), dtype, rng, turn + size // 24)
    """
    )


def test_nothing_is_touched_out_of_bounds_by_row_wise_losses() -> None:
    run(
        GUARD
        + """
    shapes = [(rows, k) for k in (1, 2, 3, 5, 8, 15, 16, 17, 23, 24, 25, 31, 33, 63, 64, 65, 100) for rows in (1, 2, 63, 64, 65, 67)]
    shapes += [(3, k) for k in range(101, 301, 7)] + [(2, k) for k in (511, 512, 513, 1023, 1024, 1025, 2049, 10_001)]
    shapes += [(1025, 3), (1, 65537), (700, 100), (4, 3, 5)]
    for name in lossreg.names("row-wise"):
        for dtype in (np.float32, np.float64):
            for turn, shape in enumerate(shapes):
                if name == "multi_margin" and shape[-1] > 5000:
                    continue  # of a soft row each pair of classes counts
                for more in (0, 5):
                    check(name, shape, dtype, rng, turn + more)
    """
    )


def test_another_thread_writes_during_calls() -> None:
    run(
        """
        import threading, time
        import numpy as np
        import lossreg

        n, k = 20_000, 11
        rng = np.random.default_rng(0)
        labels = rng.integers(0, k, n)
        x, y = rng.normal(size=(n, k)), rng.random((n, k))
        scores, binary = x.reshape(-1), np.zeros(n * k)
        weight = np.ones(n)
        stop = threading.Event()

        def scribble():
            own = np.random.default_rng(1)
            wild = np.array([-(2**62), -1, 0, 5, k, 2**40, 2**63 - 1])
            floats = np.array([np.nan, np.inf, -np.inf, -1.0, 0.0, 0.5, 1.0, 1e300, 2.0])
            while not stop.is_set():
                labels[:] = own.choice(wild, n) if own.random() < 0.5 else own.integers(0, k, n)
                for array in (scores, binary, y.reshape(-1), weight):
                    array[own.integers(0, array.size, 1000)] = own.choice(floats, 1000)
                binary[:] = own.integers(0, 2, n * k)
                y[:] = 1 / k

        threads = [threading.Thread(target=scribble) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(40):
            for name, target, prediction in [
                ("sparse_categorical_cross_entropy", labels, x), ("categorical_cross_entropy", y, x), ("binary_cross_entropy", binary, scores),
                ("kl_divergence", y, x), ("categorical_focal", labels, x), ("poisson", binary, scores),
            ]:
                for options in ({}, {"n_threads": 4}, {"sample_weight": weight if target is not binary else None}):
                    try:
                        lossreg.get(name).value_grad_hess(target, prediction, **options)
                    except (lossreg.DomainError, lossreg.EmptyError):
                        pass
        stop.set()
        for thread in threads:
            thread.join()
        """
    )
