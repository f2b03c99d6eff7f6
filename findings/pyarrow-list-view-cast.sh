#!/usr/bin/env bash
# pyarrow casts an array of list views to one of lists that is no valid array: its offsets are those of the views, one fewer than lists
# need. The cast of an array says nothing, and full validation fails afterwards, for short and long offsets, sliced or not; that of a table
# fails itself. To lists of a fixed size, which all the views are of, it is refused with the words that they are not.
# Seen with pyarrow 26.0.1. Guessed before: offsets and sizes of views become the offsets of lists.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import pyarrow as pa

print("pyarrow", pa.__version__)
number = pa.float64()
views = pa.array([[1.0, 2.0, 3.0]] * 4, pa.list_view(number))
views.validate(full=True)
print("views with offsets", views.offsets.to_pylist(), "and sizes", views.sizes.to_pylist())


def outcome(cast):
    """What a cast gives: its error, or that of full validation, or nothing."""
    try:
        made = cast()
    except pa.ArrowInvalid as error:
        return f"refused: {error}"
    try:
        made.validate(full=True)
    except pa.ArrowInvalid as error:
        return f"made, and invalid: {error}"
    return "valid"


lists = pa.schema([("x", pa.list_(number))])
seen = {
    "to list": outcome(lambda: views.cast(pa.list_(number))),
    "to large list": outcome(lambda: views.cast(pa.large_list(number))),
    "a slice, to list": outcome(lambda: views[1:].cast(pa.list_(number))),
    "in a table, to list": outcome(lambda: pa.table({"x": views}).cast(lists)),
    "to lists of three": outcome(lambda: views.cast(pa.list_(number, 3))),
}
for what, found in seen.items():
    print(f"{what}: {found}")
for what in ("to list", "to large list", "a slice, to list"):
    assert seen[what].startswith("made, and invalid")
assert seen["in a table, to list"].startswith("refused: Column 0: In chunk 0: Invalid: Offsets buffer")
assert seen["to lists of three"].startswith("refused: ListType can only be casted to FixedSizeListType if the lists are")
taken = views.values.take(pa.array([0, 1, 2, 3, 4, 5]))
assert outcome(lambda: pa.FixedSizeListArray.from_arrays(taken, 3)) == "valid"
PYTHON
