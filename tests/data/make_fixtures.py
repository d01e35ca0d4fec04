"""Makes the files beside it by means independent of DeepFun: NumPy for npy and npz, struct and json for safetensors.

Usage: python3 tests/data/make_fixtures.py       needs NumPy 1.23 or later; run once, the files are in the repository.
The expected values are written out again in tests/DeepFun.Core.Tests/IO/Fixtures.fs.
"""

import json
import pathlib
import struct

import numpy as np
from numpy.lib import format as npy

FOLDER = pathlib.Path(__file__).resolve().parent

DTYPES = {"f2": np.float16, "f4": np.float32, "f8": np.float64, "i1": np.int8, "i2": np.int16, "i4": np.int32, "i8": np.int64, "u1": np.uint8}


def save_npy(name, array, version=None):
    with open(FOLDER / "npy" / f"{name}.npy", "wb") as file:
        npy.write_array(file, array, version=version, allow_pickle=False)


def npy_files():
    for name, dtype in DTYPES.items():
        save_npy(f"c_{name}", np.arange(6).reshape(2, 3).astype(dtype))
    save_npy("c_b1", np.array([[True, False, True], [False, False, True]]))
    for name in ["f2", "f4", "f8", "i2", "i4", "i8"]:
        save_npy(f"big_{name}", (np.arange(6).reshape(2, 3) - 3).astype(">" + name))
    for name, dtype in DTYPES.items():
        save_npy(f"fortran_{name}", np.asfortranarray(np.arange(24).reshape(2, 3, 4).astype(dtype)))
    save_npy("fortran_big", np.asfortranarray(np.arange(6).reshape(2, 3)).astype(">f8", order="K"))
    save_npy("vector", np.array([0.5, -1.25, 3.0], dtype=np.float32))
    save_npy("scalar", np.array(2.5))
    save_npy("empty", np.zeros((0, 3), dtype=np.float32))
    save_npy("special", np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45, 3.4028235e38], dtype=np.float32))
    save_npy("limits", np.array([-(2**63), 2**63 - 1, 2**53 + 1], dtype=np.int64))
    save_npy("deep", np.arange(64, dtype=np.int32).reshape([2] * 6 + [1] * 20))
    save_npy("version2", np.arange(6, dtype=np.int32).reshape(2, 3), version=(2, 0))
    save_npy("version3", np.arange(6, dtype=np.int32).reshape(2, 3), version=(3, 0))
    save_npy("unknown_c8", np.zeros(2, dtype=np.complex64))
    # What numpy.save makes of ml_dtypes.bfloat16.
    save_npy("unknown_v2", np.zeros(2, dtype="V2"))
    save_npy("half", np.array([np.nan, np.inf, -np.inf, -0.0, 6e-8, 65504, 0.1], dtype=np.float16))
    save_npy("unknown_text", np.array(["a", "b"]))
    save_npy("unknown_fields", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))


def npz_files():
    arrays = {
        "weight": np.arange(6, dtype=np.float32).reshape(2, 3),
        "layer/bias": np.arange(3, dtype=np.float64),
        "größe": np.array(7, dtype=np.int64),
        "zeros": np.zeros((50, 50), dtype=np.int32),
    }
    np.savez(FOLDER / "npz" / "stored.npz", **arrays)
    np.savez_compressed(FOLDER / "npz" / "deflated.npz", **arrays)


def safetensors(name, entries, data, metadata=None, padding=True):
    """entries: (name, dtype, shape, start, stop) in the order of the header."""
    header = {} if metadata is None else {"__metadata__": metadata}
    for tensor, dtype, shape, start, stop in entries:
        header[tensor] = {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    if padding:
        text += b" " * (-len(text) % 8)
    (FOLDER / "safetensors" / f"{name}.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


def safetensors_files():
    # As the reference implementation orders them: I64, F64, F32, I32, BF16, F16, I16, I8, U8, BOOL, each by name.
    safetensors(
        "all",
        [
            ("i64", "I64", [2], 0, 16),
            ("f64", "F64", [], 16, 24),
            ("a.weight", "F32", [2, 3], 24, 48),
            ("empty", "F32", [0, 3], 48, 48),
            ("größe", "F32", [1], 48, 52),
            ("i32", "I32", [3], 52, 64),
            ("u8", "U8", [2, 2], 64, 68),
            ("flag", "BOOL", [3], 68, 71),
        ],
        struct.pack("<2q", -(2**63), 2**63 - 1)
        + struct.pack("<d", 2.5)
        + struct.pack("<6f", 0, 1, 2, 3, 4, 5)
        + struct.pack("<f", -0.0)
        + struct.pack("<3i", -1, 0, 2**31 - 1)
        + bytes([0, 1, 254, 255])
        + bytes([1, 0, 1]),
        metadata={"format": "pt", "größe": "groß"},
    )
    # What other writers may do: no padding, the header in another order than the data, no metadata.
    safetensors(
        "foreign",
        [("second", "U8", [3], 4, 7), ("first", "F32", [1], 0, 4)],
        struct.pack("<f", 1.5) + bytes([7, 8, 9]),
        padding=False,
    )
    safetensors("nothing", [], b"")
    # 1.5 and -inf, -2 and NaN, and small integers, in the reference implementation's order.
    safetensors(
        "small",
        [("brain", "BF16", [2], 0, 4), ("half", "F16", [2], 4, 8), ("i16", "I16", [2], 8, 12), ("i8", "I8", [3], 12, 15)],
        struct.pack("<4H2h", 0x3FC0, 0xFF80, 0xC000, 0x7E00, -(2**15), 2**15 - 1) + struct.pack("<3b", -128, -1, 127),
    )
    safetensors("unknown", [("x", "U16", [1], 0, 2)], b"\0\0")


for folder in ["npy", "npz", "safetensors"]:
    (FOLDER / folder).mkdir(exist_ok=True)
npy_files()
npz_files()
safetensors_files()
