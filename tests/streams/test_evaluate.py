"""`lossreg.evaluate`: one number, the same bits, whatever the data come from and however they are divided."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from interpreter import run

import lossreg

pa = pytest.importorskip("pyarrow")
ds = pytest.importorskip("pyarrow.dataset")
parquet = pytest.importorskip("pyarrow.parquet")
orc = pytest.importorskip("pyarrow.orc")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

ROWS = 2000
RNG = np.random.default_rng(7)
Y, P, W = RNG.random((3, ROWS))
M = RNG.random(ROWS) < 0.8
TABLE = pa.table({"x": np.arange(ROWS), "y": Y, "p": P, "w": W, "m": M})
EXPECTED = lossreg.get("huber")(Y, P, W, where=M)
NAMES = {"true": "y", "pred": "p", "weight": "w", "where": "m"}
PLACES = {"true": 1, "pred": 2, "weight": 3, "where": 4}


def pieces(n: int = ROWS, parts: int = 7, seed: int = 0) -> Iterator[slice]:
    cuts = [0, *sorted(np.random.default_rng(seed).integers(0, n + 1, parts).tolist()), n]
    return map(slice, cuts, cuts[1:])


def batches() -> Iterator[Any]:
    return ((np.arange(ROWS)[part], Y[part], P[part], W[part], M[part]) for part in pieces())


def duckdb_relation() -> Any:
    duckdb = pytest.importorskip("duckdb")
    return duckdb.connect().from_arrow(TABLE)


class OnlyArrow:
    """A frame of a library that nobody knows."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return TABLE.__arrow_c_stream__(requested_schema)


def frame() -> Any:
    return pl.from_arrow(TABLE)


SOURCES: dict[str, Callable[[], Any]] = {
    "table": lambda: TABLE,
    "record batch": lambda: TABLE.combine_chunks().to_batches()[0],
    "reader": TABLE.to_reader,
    "data set": lambda: ds.dataset(TABLE),
    "scanner": lambda: ds.dataset(TABLE).scanner(batch_size=100),
    "Arrow stream": OnlyArrow,
    "polars": frame,
    "polars, lazy": lambda: frame().lazy().filter(pl.col("y") >= 0),
    "pandas": TABLE.to_pandas,
    "pandas, Arrow": lambda: TABLE.to_pandas(types_mapper=pd.ArrowDtype),
    "DuckDB": duckdb_relation,
    "mapping": lambda: {name: TABLE[name].to_numpy() for name in TABLE.column_names},
    "records": lambda: TABLE.to_pandas().to_records(index=False).view(np.ndarray),
    "matrix": lambda: np.stack([np.arange(ROWS), Y, P, W, M], 1),
    "tuples": batches,
    "lists": lambda: ([column.tolist() for column in batch] for batch in batches()),
    "mappings": lambda: (dict(zip(TABLE.column_names, batch, strict=True)) for batch in batches()),
    "tables": lambda: [TABLE[part] for part in pieces()],
    "frames of several libraries": lambda: [TABLE[:10], TABLE[10:20].to_pandas(), frame()[20:]],
}


@pytest.mark.parametrize("name", SOURCES)
def test_sources(name: str) -> None:
    source = SOURCES[name]
    if name not in ("tuples", "lists", "matrix"):
        assert lossreg.evaluate("huber", source(), **NAMES) == EXPECTED
    assert lossreg.evaluate("huber", source(), **PLACES) == EXPECTED
    expected = lossreg.get("huber")(Y, P, reduction="sum")
    assert lossreg.evaluate(lossreg.get("huber"), source(), true=1, pred=2, reduction="sum") == expected


def by_rows(name: str) -> lossreg.Loss:
    """The loss; one of whole arrays, as one of each row."""
    loss = lossreg.get(name)
    return loss if loss.params.get("axis", -1) is not None else loss.replace(axis=-1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [name for name in lossreg.names() if not lossreg.describe(name).coupled])
def test_any_division_gives_the_bits_of_one_call(name: str, dtype: Any) -> None:
    loss = by_rows(name)
    arguments = lossreg.testing.arguments(loss, 60, dtype=dtype, seed=5)[: len(loss.info.sides)]
    weight = np.random.default_rng(1).random(np.shape(loss(*arguments, reduction="none")))
    expected = loss(*arguments, sample_weight=weight)
    columns = {"true": 0, "pred": 1, "weight": 2} if len(arguments) == 2 else {"pred": 0, "weight": 1}
    for seed in range(3):
        parts = [[column[part] for column in (*arguments, weight)] for part in pieces(60, 9, seed)]
        assert lossreg.evaluate(loss, parts, **columns) == expected
        assert lossreg.evaluate(loss, parts[::-1], **columns) == expected


def write(path: Path, form: str, columns: dict[str, Any], part: slice) -> None:
    some = {name: column[part] for name, column in columns.items()}
    if form == "parquet":
        parquet.write_table(pa.table(some), path, row_group_size=50)
    elif form == "npz":
        np.savez_compressed(path, **some)
    elif form == "npy":
        np.save(path, np.stack([*some.values()], 1))
    else:
        rows = [
            ",".join(some),
            *(",".join(map(repr, row)) for row in zip(*map(np.ndarray.tolist, some.values()), strict=True)),
        ]
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")


@pytest.mark.parametrize("form", ["parquet", "csv", "npy", "npz"])
def test_any_files_give_the_bits_of_one_call(tmp_path: Path, form: str) -> None:
    columns = {"y": Y, "p": P, "w": W}
    names = {"true": "y", "pred": "p", "weight": "w"} if form != "npy" else {"true": 0, "pred": 1, "weight": 2}
    expected = lossreg.get("huber")(Y, P, W)
    for seed in range(4):
        folder = tmp_path / str(seed)
        folder.mkdir()
        for number, part in enumerate(pieces(seed=seed)):
            write(folder / f"{number}.{form}", form, columns, part)
        files = sorted(folder.iterdir(), key=lambda path: hash((seed, path.name)))
        for source in (folder, str(folder / "*"), files, tuple(files)):
            assert lossreg.evaluate("huber", source, **names) == expected
    whole = tmp_path / f"whole.{form}"
    write(whole, form, columns, slice(None))
    assert lossreg.evaluate("huber", whole, **names) == expected


def test_rows_of_classes(tmp_path: Path) -> None:
    classes, scores = RNG.integers(0, 3, ROWS), RNG.random((ROWS, 3))
    expected = lossreg.get("scce")(classes, scores)
    names = ["a", "b", "c"]
    table = pa.table({"class": classes, **{name: scores[:, place] for place, name in enumerate(names)}})
    rows = pa.FixedSizeListArray.from_arrays(scores.ravel(), 3)
    wide = table.append_column("fixed", rows).append_column("lists", rows.cast(pa.list_(pa.float64())))
    parquet.write_table(wide, tmp_path / "rows.parquet", row_group_size=300)
    for source in (wide, pl.from_arrow(wide), tmp_path / "rows.parquet", wide.to_reader(100)):
        assert lossreg.evaluate("scce", source, true="class", pred=names) == expected
    for source in (wide, pl.from_arrow(wide), tmp_path / "rows.parquet"):
        for column in ("fixed", "lists"):
            assert lossreg.evaluate("scce", source, true="class", pred=column) == expected
    assert lossreg.evaluate("scce", [(classes[:5], scores[:5]), (classes[5:], scores[5:])], true=0, pred=1) == expected
    np.save(tmp_path / "fortran.npy", np.asfortranarray(np.column_stack([classes, scores])))
    assert lossreg.evaluate("scce", tmp_path / "fortran.npy", true=0, pred=[1, 2, 3]) == expected
    assert lossreg.evaluate("mse", table, true=["a"], pred=["b"]) == lossreg.get("mse")(scores[:, 0], scores[:, 1])


def test_partitioned_data_sets(tmp_path: Path) -> None:
    key = np.arange(ROWS) % 3
    table = TABLE.append_column("k", pa.array(key))
    ds.write_dataset(table, tmp_path, format="parquet", partitioning=["k"], partitioning_flavor="hive")
    (tmp_path / "_SUCCESS").touch()
    expected = lossreg.get("huber")(Y, P, W, where=M)
    for source in (tmp_path, f"{tmp_path}/k=*/*.parquet", ds.dataset(tmp_path, partitioning="hive")):
        assert lossreg.evaluate("huber", source, **NAMES) == expected
        assert lossreg.evaluate("huber", source, true="k", pred="p") == lossreg.get("huber")(key, P)


def test_files_of_several_dtypes_are_one_array(tmp_path: Path) -> None:
    """A file of float32 beside one of float64 is computed as their joined array would be, not rounded to the first one's dtype."""
    first = pa.table({"y": Y[:900].astype(np.float32), "p": P[:900].astype(np.float32)})
    second = pa.table({"y": pa.array((Y[900:] * 9).astype(np.int16)), "p": P[900:]})
    for number, table in enumerate((first, second)):
        parquet.write_table(table, tmp_path / f"{number}.parquet")
    joined = [np.concatenate([first[name].to_numpy(), second[name].to_numpy()]) for name in ("y", "p")]
    assert lossreg.evaluate("huber", tmp_path, true="y", pred="p") == lossreg.get("huber")(*joined)
    # An iterable's batches are computed each as it is.
    state = lossreg.get("huber").state()
    for table in (first, second):
        state.update(table["y"].to_numpy(), table["p"].to_numpy())
    assert lossreg.evaluate("huber", iter([first, second]), true="y", pred="p") == state.result()


def test_blocks_are_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lossreg.streams import Columns, Files, delimited, numpy_files
    from lossreg.streams import parquet as reader

    monkeypatch.setattr(delimited, "ROWS", 100)
    monkeypatch.setattr(reader, "ROWS", 100)
    monkeypatch.setattr(numpy_files, "BLOCK", 100 * 24)
    for form in ("parquet", "csv", "npy", "npz"):
        path = tmp_path / f"data.{form}"
        write(path, form, {"y": Y, "p": P, "w": W}, slice(None))
        column = Columns((0,) if form == "npy" else ("y",))
        lengths = [len(block["y_true"]) for block in Files.of([str(path)], {"y_true": column}).blocks()]
        assert sum(lengths) == ROWS
        assert max(lengths) <= (300 if form == "npz" else 100)


# What is wrong


def test_a_label_outside_the_domain_is_named_with_its_place(tmp_path: Path) -> None:
    labels = np.zeros(300)
    labels[250] = 7
    columns = {"label": labels, "p": np.full(300, 0.5)}
    for form in ("csv", "parquet"):
        folder = tmp_path / form
        folder.mkdir()
        for number, part in enumerate((slice(0, 120), slice(120, 300))):
            write(folder / f"{number}.{form}", form, columns, part)
        with pytest.raises(lossreg.DomainError) as raised:
            lossreg.evaluate("bce", folder, true="label", pred="p")
        assert (raised.value.argument, raised.value.index, raised.value.value) == ("y_true", 250, 7)
        assert f"column label of {folder / f'1.{form}'}" in str(raised.value)
        assert "index 250 of all" in str(raised.value)
        assert form != "csv" or "line 132" in str(raised.value)
    parts = [(labels[:100], labels[:100]), (labels[100:200],) * 2, (labels[200:],) * 2]
    with pytest.raises(lossreg.DomainError, match=r"holds 7 at index 50.*\(column 0 of batch 2; index 250 of all\)"):
        lossreg.evaluate("bce", parts, true=0, pred=1)
    with pytest.raises(lossreg.DomainError, match=r"column p1 of batch 0") as raised:
        lossreg.evaluate(
            "cce(from_logits=False)", {"t": np.eye(2), "p0": [0.5, 1], "p1": [0.5, -1]}, true="t", pred=["p0", "p1"]
        )
    assert raised.value.index == (1, 1)


def test_files_that_only_pyarrow_reads(tmp_path: Path) -> None:
    """They are named; as data sets they are read."""
    for form in ("ipc", "orc", "json"):
        file = tmp_path / form
        if form == "orc":
            orc.write_table(TABLE, file)
        elif form == "json":
            file.write_text("".join(f"{json.dumps(row)}\n" for row in TABLE.to_pylist()), encoding="utf-8")
        else:
            with pa.ipc.new_file(file, TABLE.schema) as writer:
                writer.write_table(TABLE)
        with pytest.raises(lossreg.DataError, match=rf'is no CSV but {form.upper()}; pass .*format="{form}"'):
            lossreg.evaluate("huber", file, **NAMES)
        assert lossreg.evaluate("huber", ds.dataset(file, format=form), **NAMES) == EXPECTED


def test_nulls_are_refused_with_column_and_row(tmp_path: Path) -> None:
    table = pa.table({"y": pa.array([1.0] * 7 + [None] + [1.0] * 4), "p": [0.5] * 12})
    parquet.write_table(table, tmp_path / "0.parquet")
    for source in (table, tmp_path / "0.parquet", pl.from_arrow(table), table.to_pandas(types_mapper=pd.ArrowDtype)):
        with pytest.raises(
            lossreg.DtypeError, match=r"y_true has 1 null, at index 7; drop .* \(column y of "
        ) as raised:
            lossreg.evaluate("mse", source, true="y", pred="p")
        assert raised.value.index == 7
    with pytest.raises(lossreg.DtypeError, match=r"at index 2; .*\(column y of batch 1; index 7 of all\)"):
        lossreg.evaluate("mse", [table[:5], table[5:]], true="y", pred="p")
    inside = pa.table({"t": [0, 1], "p": pa.array([[0.5, 1.0], [1.0, None]], pa.list_(pa.float64(), 2))})
    with pytest.raises(lossreg.DtypeError, match=r"y_pred has 1 null, at index 1; .*column p of batch 0"):
        lossreg.evaluate("scce", inside, true="t", pred="p")


@pytest.mark.parametrize(
    ("source", "columns", "error", "words"),
    [
        (
            TABLE,
            {"true": "z", "pred": "p"},
            lossreg.DataError,
            "the source: no column is called 'z'; there are x, y, p",
        ),
        ([(Y, P)], {"true": 0, "pred": 2}, lossreg.DataError, "batch 0: there is no column 2 among 2"),
        (
            {"y": Y, "p": P},
            {"true": "y", "pred": []},
            lossreg.ParameterError,
            "pred is []; wanted the name or the position",
        ),
        ({"y": Y, "p": P}, {"pred": "p"}, lossreg.ParameterError, "say which column is true"),
        (Y, {"true": 0, "pred": 1}, lossreg.DtypeError, "batch 0 is a float64, which has no columns"),
        (pl.Series(Y), {"true": 0, "pred": 1}, lossreg.DtypeError, "source is a Series, which has no columns; wanted"),
        (pd.Series(Y), {"true": 0, "pred": 1}, lossreg.DtypeError, "source is a Series, which has no columns; wanted"),
        ("s3://a/b.csv", {"true": 0, "pred": 1}, FileNotFoundError, "such file; pass pyarrow.dataset.dataset(ADDRESS)"),
        (7, {"true": 0, "pred": 1}, lossreg.DtypeError, "source is a int; wanted a path, a table, or an iterable"),
        (
            io.BytesIO(b"1,2"),
            {"true": 0, "pred": 1},
            lossreg.DtypeError,
            "source is a BytesIO, an open file; pass its path",
        ),
        (
            {"y": Y, "p": P},
            {"true": "y", "pred": "p", "where": Y > 0},
            lossreg.ParameterError,
            "where is a ndarray; wanted the name or the position of a column, or a list of them: put it into the source as",
        ),
        ([], {"true": 0, "pred": 1}, lossreg.EmptyError, "mean over no"),
        ("none.csv", {"true": 0, "pred": 1}, FileNotFoundError, "no such file"),
        ([(Y[:3], P[:2])], {"true": 0, "pred": 1}, lossreg.ShapeError, r"(3,) and y_pred has shape (2,)"),
        (
            [(Y, P), (np.eye(2), np.eye(2))],
            {"true": 0, "pred": 1},
            lossreg.DataError,
            "in batch 0 and (2, 2) in batch 1",
        ),
        (
            {"t": [0], "p": pa.array([[1.0], [1.0, 2.0]])},
            {"true": "t", "pred": "p"},
            lossreg.DtypeError,
            "unequal lengths, 1 and",
        ),
    ],
)
def test_errors(source: Any, columns: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as raised:
        lossreg.evaluate("mse", source, **columns)
    assert words in str(raised.value)


def test_what_duckdb_executed_is_no_relation() -> None:
    connection = pytest.importorskip("duckdb").connect()
    with pytest.raises(
        lossreg.DtypeError, match=r"a DuckDBPyConnection; wanted a relation, which connection.sql\(query\)"
    ):
        lossreg.evaluate("mse", connection.execute("select 1 as y, 2 as p"), true="y", pred="p")


def test_data_of_clusters_have_a_function_of_their_own() -> None:
    frames = pytest.importorskip("dask.dataframe")
    from lossreg.integrations.dask import evaluate

    frame = frames.from_pandas(TABLE.to_pandas(), npartitions=3)
    with pytest.raises(lossreg.DtypeError, match=r"a DataFrame of Dask; pass it to lossreg.integrations.dask.evaluate"):
        lossreg.evaluate("mse", frame, true="y", pred="p")
    assert evaluate("mse", frame, true="y", pred="p") == lossreg.get("mse")(Y, P)


def test_batches_of_clusters_are_batches() -> None:
    """Ray's `iter_batches` returns an iterable of Ray's own; only what has no columns belongs elsewhere."""

    def of_ray(items: Any) -> Any:
        return type("Batches", (), {"__module__": "ray.data.iterator", "__iter__": lambda _: iter(items)})()

    batches = of_ray([{"y": Y[:3], "p": P[:3]}, {"y": Y[3:], "p": P[3:]}])
    assert lossreg.evaluate("mse", batches, true="y", pred="p") == lossreg.get("mse")(Y, P)
    for items in (["y", "p"], None):  # what goes over columns, and what raises a TypeError
        with pytest.raises(lossreg.DtypeError, match=r"a Batches of Ray; pass it to lossreg.integrations.ray.evaluate"):
            lossreg.evaluate("mse", of_ray(items), true="y", pred="p")


def test_losses_that_are_not_evaluated_by_rows() -> None:
    with pytest.raises(lossreg.ParameterError, match="goes along axis 0 of 2, which is that of the rows"):
        lossreg.evaluate("cce(axis=0)", [(np.eye(2), np.eye(2))], true=0, pred=1)
    for loss in ("dice", "dice(axis=-1)"):
        with pytest.raises(lossreg.ParameterError, match=r"goes along axis (0|-1) of 1, which is that of the rows"):
            lossreg.evaluate(loss, [(M, P)], true=0, pred=1)
    with pytest.raises(lossreg.ParameterError, match="takes fake_scores only"):
        lossreg.evaluate("minimax_generator", [(Y, P)], true=0, pred=1)
    assert lossreg.evaluate("minimax_generator", [(P[:9],), (P[9:],)], pred=0) == lossreg.get("minimax_generator")(P)


def test_an_iterator_that_fails_is_not_read_on() -> None:
    def failing() -> Iterator[Any]:
        yield Y, P
        raise RuntimeError("the link is down")

    with pytest.raises(RuntimeError, match="the link is down"):
        lossreg.evaluate("mse", failing(), true=0, pred=1)


def test_sets_along_several_axes_are_sets_of_columns() -> None:
    scores = np.random.default_rng(0).normal(size=(4, 5, 3))
    targets = (scores > 0.3).astype(float)
    loss = lossreg.get("dice(axis=[1, 2])")
    parts = [(targets[:1], scores[:1]), (targets[1:], scores[1:])]
    assert lossreg.evaluate(loss, parts, true=0, pred=1) == loss(targets, scores)
    with pytest.raises(lossreg.ParameterError, match="which is that of the rows"):
        lossreg.evaluate("dice(axis=[0, 1])", parts, true=0, pred=1)


def test_sequences_are_padded_batch_by_batch() -> None:
    batches = [(np.array([[1, 2]]), np.zeros((1, 5, 3))), (np.array([[1, 2, 1]]), np.zeros((1, 7, 3)))]
    state = lossreg.get("ctc").state()
    for batch in batches:
        state.update(*batch)
    assert lossreg.evaluate("ctc", batches, true=0, pred=1) == state.result()


def test_a_batch_may_be_a_number_and_a_position_numpys() -> None:
    assert lossreg.evaluate("huber", {"y": 1.0, "p": 2.0}, true="y", pred="p") == 0.5
    assert lossreg.evaluate("huber", [([1.0], [2.0])], true=np.int64(0), pred=np.int64(1)) == 0.5


def test_row_groups_of_any_size_are_read_in_little_memory(tmp_path: Path) -> None:
    """A column of a large row group is not held whole, and of wide rows there are fewer at a time."""
    rows, width = 3_000_000, 1000
    draw = np.random.default_rng(1)
    parquet.write_table(pa.table({"y": draw.random(rows), "p": draw.random(rows)}), tmp_path / "long", rows)
    scores = pa.FixedSizeListArray.from_arrays(draw.random(6000 * width), width)
    parquet.write_table(pa.table({"y": draw.integers(0, width, 6000), "p": scores}), tmp_path / "wide", 6000)
    for name, loss, mib in (("long", "mse", 32), ("wide", "scce", 64)):
        run(
            f"""
            import lossreg, pyarrow
            lossreg.evaluate({loss!r}, {str(tmp_path / name)!r}, true="y", pred="p")
            most = pyarrow.default_memory_pool().max_memory()
            assert most < {mib} * 2**20, f"{{most:,}}"
            """
        )
